"""How work reaches a database: one transaction an action, on SQLite or PostgreSQL."""

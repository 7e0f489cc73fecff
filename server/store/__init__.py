"""What is kept: the only place that knows SQLAlchemy. Functions take and return domain objects."""

"""How long somebody has still to wait."""

"""The only clock. The composition root and the commands hand it down; below them time is an argument."""

from datetime import UTC, datetime


def system_clock() -> datetime:
    """Now, in UTC."""
    return datetime.now(UTC)

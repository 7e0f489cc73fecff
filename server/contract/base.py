"""Common parts of all shapes: times, names, and the base class of responses."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, PlainSerializer

Names = dict[str, str]


def instant(moment: datetime) -> str:
    """Format a UTC time as RFC 3339 with milliseconds."""
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


Time = Annotated[datetime, PlainSerializer(instant, return_type=str)]


class Shape(BaseModel):
    """The base class of every response."""

    model_config = ConfigDict(frozen=True)


def no_truth(value: object) -> object:
    """Refuse true and false for numbers: pydantic would read true as 1. Raises ValueError."""
    if isinstance(value, bool):
        raise ValueError("must be a number, not true or false")
    return value

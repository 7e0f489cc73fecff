"""Parts of what staff see of a branch: its clock, its last turn of the day, and its rules at counters."""

from datetime import date
from typing import Literal

from pydantic import Field

from server.contract.base import Names, Shape, Time


class ClockTrouble(Shape):
    """The server's clock cannot be believed. Behind: work goes on at `last_event_at`. Ahead: nothing is done."""

    fault: Literal["behind", "ahead"]
    clock: Time = Field(description="What the clock shows.")
    last_event_at: Time = Field(description="When the branch's last event was.")


class DayTurn(Shape):
    """What the last turn of the business day did to open tickets; told for half a day where staff should know."""

    day: date = Field(description="The business day that began.")
    at: Time
    expired: int
    carried: int
    while_working: bool = Field(description="Tickets expired within the hour of the last event, or the clock jumped.")
    last_event_at: Time = Field(description="When the branch's last event before it was.")
    clock_before: Time | None = Field(description="What the clock showed before it was put ahead; null if it was not.")
    clock_after: Time | None


class PauseReason(Shape):
    """Why a counter may be on a break, in the branch's own words; send the code as `reason`."""

    code: str
    name: Names


class NoShowAfter(Shape):
    """A no-show is taken after so many recalls, and so many seconds after the call."""

    recalls: int
    seconds: int

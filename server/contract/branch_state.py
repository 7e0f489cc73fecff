"""Parts of the queue view for staff: the clock, the last turn of the day, and the rules at counters."""

from datetime import date
from typing import Literal

from pydantic import Field

from server.contract.base import Names, Shape, Time


class ClockTrouble(Shape):
    """The server's clock is implausible. Behind: work continues at `last_event_at`. Ahead: all actions are refused."""

    fault: Literal["behind", "ahead"]
    clock: Time = Field(description="The time that the clock shows.")
    last_event_at: Time = Field(description="The time of the branch's last event.")


class DayTurn(Shape):
    """The effect of the last turn of the business day on open tickets; shown for half a day if staff should know."""

    day: date = Field(description="The business day that began.")
    at: Time
    expired: int
    carried: int
    while_working: bool = Field(description="Tickets expired within the hour of the last event, or the clock jumped.")
    last_event_at: Time = Field(description="The time of the branch's last event before it.")
    clock_before: Time | None = Field(description="The clock's time before it jumped ahead; null if it did not.")
    clock_after: Time | None


class PauseReason(Shape):
    """A reason for a break, named by the branch; send the code as `reason`."""

    code: str
    name: Names


class NoShowAfter(Shape):
    """The recalls, and the seconds after the call, before which a no-show is refused."""

    recalls: int
    seconds: int

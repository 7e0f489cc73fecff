"""Responses and pushes of the server. Times are RFC 3339 in UTC, durations are seconds, names map language → text."""

from typing import Annotated, Any, Literal

from pydantic import Field

from server.contract import papers
from server.contract.base import Names, Time
from server.contract.base import Shape as Shape
from server.contract.base import instant as instant
from server.contract.branch_state import ClockTrouble, DayTurn, NoShowAfter, PauseReason

Staffing = Literal["open", "helping", "paused", "closed"]
DeviceRole = Annotated[str, Field(json_schema_extra={"enum": ["kiosk", "display", "printer"]})]
StaffRole = Annotated[str, Field(json_schema_extra={"enum": ["agent", "supervisor", "admin"]})]
TokenRole = Annotated[
    str, Field(json_schema_extra={"enum": ["kiosk", "display", "printer", "api", "agent", "supervisor", "admin"]})
]
TicketState = Literal["waiting", "called", "serving", "parked", "served", "no_show", "cancelled", "expired"]


class Estimate(Shape):
    """Seconds still to wait, from `as_of`; eight of ten customers should fall between low and high."""

    low: int
    likely: int
    high: int
    as_of: Time


class Leg(Shape):
    """One stay in one service's queue."""

    service: str
    counter: int | None
    queued_at: Time
    called_at: Time | None
    started_at: Time | None
    ended_at: Time | None
    outcome: str | None
    recalls: int = Field(description="The number of recalls in this stay.")


class Ticket(Shape):
    """One customer's number for one visit, in the shape for its holder, kiosks and programs.

    Texts of staff belong in `StaffTicket`: strangers can read every field here.
    """

    id: str
    number: str
    branch: str
    branch_name: Names
    timezone: str
    service: str
    service_name: Names
    priority: str
    priority_name: Names | None
    state: TicketState
    language: str
    languages: list[str]
    issued_at: Time
    called_at: Time | None
    started_at: Time | None
    ended_at: Time | None
    counter: int | None = Field(description="The counter that called it last; null while it waits.")
    counter_name: Names | None
    for_counter: int | None = Field(description="The only counter that may call it, if it was moved to one.")
    legs: list[Leg]
    ahead: int = Field(description="The number of tickets that would be called before it now.")
    estimate: Estimate | None
    staffing: Staffing | None = Field(
        description="The counters that may call it: open; helping (only counters that help out are open); "
        "paused (none open, one on a break); closed. Null for a ticket that is not waiting."
    )
    without_counter: bool = Field(
        description="It waits, but no counter calls customers of its service: the customer should ask at a counter."
    )
    branch_retired: bool = Field(description="Its branch is permanently closed.")


class StaffTicket(Ticket):
    """The ticket with the notes of staff."""

    note: str | None = Field(description="The note of a transfer, or the reason why it was parked.")


class PhoneTicketsCancelled(Shape):
    """The cancelled numbers of phones; with `dry_run`, those that would be cancelled."""

    cancelled: int
    numbers: list[str]
    dry_run: bool


class HolderTicket(Ticket):
    """The ticket for its holder, with the current time and the branch's seq."""

    now: Time
    seq: int


class DoneTicket(StaffTicket):
    """The ticket after an action."""

    seq: int = Field(description="The branch's seq of that action: pushes with a lower seq are older.")


class IssuedTicket(Ticket):
    """The new ticket, with the token and address to follow it."""

    token: str
    url: str
    qr_url: str | None = Field(description="The URL for a code for phones; null if it leads to this machine alone.")
    print_job: str | None = Field(description="The id of its print job; null if nothing is printed.")


class TicketBrief(Shape):
    """A ticket in the staff's lists."""

    id: str
    number: str
    service: str
    priority: str
    state: TicketState
    language: str
    issued_at: Time
    queued_at: Time
    place_at: Time
    called_at: Time | None
    parked_at: Time | None = Field(description="When it was parked; null if it is not parked.")
    counter: int | None
    for_counter: int | None
    without_counter: bool = Field(description="It waits, but no counter calls customers of its service.")
    note: str | None


class Next(Shape):
    """The ticket that Next would call, and the reason."""

    number: str
    why: Literal["moved_here", "earliest", "head_start", "helping_empty", "helping_late"]


class Counter(Shape):
    """The current state of a counter."""

    number: int
    name: Names
    state: Literal["open", "paused", "closed"]
    reason: str | None = Field(description="The reason for its break: a code of `pause_reasons`, or a text.")
    pause_after: str | None = Field(
        description="The reason of the pause that begins when its customer leaves; null if none is planned."
    )
    agent: str | None
    ticket: StaffTicket | None
    services: list[str]
    helps_out_with: list[str]
    waiting: int = Field(description="The number of waiting tickets that it takes first.")
    next: Next | None


class Service(Shape):
    """The state of a service for a customer who would take a number now."""

    code: str
    name: Names
    waiting: int = Field(description="The number of tickets that wait for this service.")
    ahead: int = Field(description="The number of tickets that would be called before one issued now.")
    estimate: Estimate | None
    staffing: Staffing
    open: bool
    closed_reason: Literal["hours", "last_ticket", "quota", "numbers", "no_counter"] | None
    remaining: int | None = Field(description="The rest of the daily quota; null without a quota.")
    opens_at: Time | None = Field(
        description="When numbers are issued again; null while they are issued, or if unknown."
    )
    target_wait_minutes: float


class WithdrawnService(Shape):
    """A service that is no longer offered, but still has waiting customers."""

    code: str
    name: Names
    waiting: int
    counters: list[int] = Field(description="The counters that still call its customers; empty if none does.")
    target_wait_minutes: float


class PriorityClass(Shape):
    """A priority class of the branch."""

    code: str
    name: Names
    head_start_minutes: float


class Branch(Shape):
    """The public view of a branch."""

    slug: str
    name: Names
    timezone: str
    languages: list[str]
    open: bool = Field(description="Within its hours; customers with a number are served after them too.")
    opens_at: Time | None = Field(description="When it opens next; null if unknown.")
    closes_at: Time | None = Field(description="Null while it is closed, and if it does not close within days.")
    last_ticket_at: Time | None = Field(description="When it stops issuing numbers; null without such a time.")
    special_days: dict[str, list[list[str]]] = Field(
        description="Local date, from today on → opening spans instead of its weekday's; no spans: closed."
    )
    last_ticket_minutes: int = Field(
        description="The minutes before the day's last closing in which no numbers are issued."
    )
    join_by_phone: bool
    services: list[Service]
    priority_classes: list[PriorityClass]
    now: Time


class BranchBrief(Shape):
    """A branch in a list."""

    slug: str
    name: Names
    languages: list[str]
    open: bool


class Branches(Shape):
    branches: list[BranchBrief]


class Call(Shape):
    """A call on the board; `seq` is that of its last call or recall."""

    id: str = Field(description="The ticket's id.")
    seq: int
    number: str
    counter: int
    counter_name: Names
    service: str
    service_name: Names
    called_at: Time
    recalls: int
    state: TicketState = Field(description="The ticket's state now; only called and serving are current.")


class Board(Shape):
    """The current content of a wall display; newest calls first."""

    now: Time
    branch_name: Names
    timezone: str
    languages: list[str]
    open: bool = Field(description="Within its hours; customers with a number are served after them too.")
    opens_at: Time | None = Field(description="When it opens next; null if unknown.")
    closes_at: Time | None = Field(description="Null while it is closed, and if it does not close within days.")
    last_ticket_at: Time | None = Field(description="When it stops issuing numbers; null without such a time.")
    calls: list[Call]
    waiting: dict[str, int]
    notice: Names | None
    services: list[Service]


class Queue(Shape):
    """The queue view of a branch, for staff."""

    now: Time
    branch_name: Names
    timezone: str
    languages: list[str]
    start_on_call: bool
    open: bool = Field(description="Within its hours; customers with a number are served after them too.")
    opens_at: Time | None = Field(description="When it opens next; null if unknown.")
    closes_at: Time | None = Field(description="Null while it is closed, and if it does not close within days.")
    last_ticket_at: Time | None = Field(description="When it stops issuing numbers; null without such a time.")
    counters: list[Counter]
    waiting: list[TicketBrief]
    parked: list[TicketBrief]
    services: list[Service]
    withdrawn_services: list[WithdrawnService] = Field(description="Those that still have waiting customers.")
    priority_classes: list[PriorityClass]
    pause_reasons: list[PauseReason]
    no_show_after: NoShowAfter
    printers: list[papers.Printer]
    doubts: list[papers.Doubt] = Field(description="Oldest first; the latest 50 of the branch.")
    notice: Names | None
    clock_trouble: ClockTrouble | None
    day_turn: DayTurn | None


class BoardAnswer(Board):
    seq: int


class QueueAnswer(Queue):
    seq: int


class CounterAnswer(Counter):
    seq: int


class Event(Shape):
    """One line of the branch's log."""

    seq: int
    type: str
    at: Time
    ticket: str | None
    number: str | None
    service: str | None
    counter: int | None
    data: dict[str, Any]


class Events(Shape):
    """A page of the log; for the next one, send `after=next`."""

    events: list[Event]
    next: int


class Spread(Shape):
    """The distribution of a duration, in seconds."""

    n: int
    mean: float | None
    p50: float | None
    p90: float | None


class StatisticsRow(Shape):
    """One row of a report."""

    key: str
    issued: int
    called: int
    served: int
    no_show: int
    wait: Spread
    walk: Spread
    service_time: Spread
    within_target: float | None = Field(description="Share (0…1) of called legs that waited no longer than the target.")


class Statistics(Shape):
    rows: list[StatisticsRow]


class HeldCounter(Shape):
    branch: str
    number: int


class OwnBranch(BranchBrief):
    """A branch of the account, with its role there."""

    role: StaffRole


class Session(Shape):
    """The signed-in account. Send `csrf_token` as X-CSRF-Token with every change."""

    user: str
    role: StaffRole = Field(description="The highest of the account's roles.")
    csrf_token: str
    branch: str | None = Field(description="The only branch of the account; null if it has several.")
    branches: list[OwnBranch]
    counters: list[HeldCounter]


class TokenBrief(Shape):
    id: str
    name: str
    role: TokenRole
    created_at: Time


class Device(Shape):
    """A device of the branch with its live tokens."""

    id: str
    role: DeviceRole
    name: str
    paper: int | None
    printer: str | None
    connected: bool
    tokens: list[TokenBrief]


class Codes(Shape):
    """The address in the codes on tickets."""

    url: str | None = Field(description="The base address of ticket pages; null if tickets have no code.")
    why_none: Literal["public_url", "base_url", "not_reachable"] | None = Field(
        description="The branch's public_url or the server's base_url leads each phone to itself, or phones cannot "
        "reach the server at all."
    )


class Devices(Shape):
    devices: list[Device]
    tokens: list[TokenBrief] = Field(description="Live tokens that belong to no device.")
    address: str | None = Field(
        description="The address of the pages for other machines; null if they cannot open them."
    )
    codes: Codes = Field(description="The codes on tickets that are issued under the address of this request.")


class NewToken(Shape):
    """A new token; it is returned only once."""

    id: str
    token: str
    role: TokenRole
    name: str


class StaffMember(Shape):
    """An account of the branch; `role` is its role there, `branches` are its other branches that the reader may see."""

    name: str
    role: StaffRole
    has_password: bool
    every_branch: bool = Field(description="It works in every branch, future ones included.")
    elsewhere: bool = Field(description="It also works in other branches.")
    branches: list[str]
    may_change: bool = Field(description="Whether the reader may change its role here, or remove it.")
    may_set_password: bool


class Staff(Shape):
    staff: list[StaffMember]


class SignInFailures(Shape):
    """Consecutive failed sign-ins of an account: wrong passwords, and attempts refused as too many."""

    name: str
    count: int
    first_at: Time
    last_at: Time
    last_address: str = Field(description="The network address of the last failure.")


class FailedSignIns(Shape):
    failures: list[SignInFailures]


class AuditLine(Shape):
    """An administrative action; `data` has the values before and after, never a secret."""

    id: str
    at: Time
    actor: str
    action: str
    data: dict[str, Any]


class Audit(Shape):
    """Audit lines, newest first; for the next page, send `before` the last id."""

    lines: list[AuditLine]


class Done(Shape):
    """The action is done; there is nothing to return."""

    done: Literal[True] = True


class Problem(Shape):
    """RFC 9457 problem; `code` is stable."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    ticket: StaffTicket | Ticket | None = Field(
        None, description="The current ticket, with the notes of staff only for staff."
    )
    candidates: list[str] | None = Field(None, description="The matching numbers, if there are several.")
    opens_at: Time | None = Field(None, description="When numbers are issued again, if none are issued now.")
    closes_at: Time | None = Field(None, description="When the branch closes, if it is open but issues no numbers.")
    possible_at: Time | None = Field(None, description="The earliest time of the action, if it is too early.")
    recalls_missing: int | None = Field(None, description="The number of recalls still required before a no-show.")
    touches: list[str] | None = Field(None, description="Things in use that would be removed; English sentences.")
    errors: list[dict[str, Any]] | None = None

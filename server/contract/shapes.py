"""What the server answers and pushes. Times are RFC 3339 in UTC, durations are seconds, names map language → text."""

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
    """Seconds still to wait, from `as_of`: eight in ten customers fall between low and high."""

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
    recalls: int = Field(description="How often it was called again in this stay.")


class Ticket(Shape):
    """One customer's number for one visit, as its holder, a kiosk and programs get it.

    What staff write for staff belongs in `StaffTicket`: every field here can be read by strangers.
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
    counter: int | None = Field(description="Where it is, or was last, called; null while it waits.")
    counter_name: Names | None
    for_counter: int | None = Field(description="The counter it was moved to; only that one calls it.")
    legs: list[Leg]
    ahead: int = Field(description="How many tickets would be called before it now.")
    estimate: Estimate | None
    staffing: Staffing | None = Field(
        description="What the counters that may call it do: open; helping (only counters that help out are open); "
        "paused (none open, one on a break); closed. Null for a ticket that does not wait."
    )
    without_counter: bool = Field(
        description="It waits, and no counter calls customers of its service: its holder should ask at a counter."
    )
    branch_retired: bool = Field(description="Its branch is closed for good.")


class StaffTicket(Ticket):
    """The ticket with what staff write for staff."""

    note: str | None = Field(description="The note of a transfer, or the reason why it was set aside.")


class PhoneTicketsCancelled(Shape):
    """The numbers that phones had taken and that left the line; with `dry_run`, those that would."""

    cancelled: int
    numbers: list[str]
    dry_run: bool


class HolderTicket(Ticket):
    """The ticket as its holder sees it, with the time now and the branch's seq."""

    now: Time
    seq: int


class DoneTicket(StaffTicket):
    """The ticket as an action at a counter has left it."""

    seq: int = Field(description="The branch's seq of that action: what the feed pushes with a lower seq is older.")


class IssuedTicket(Ticket):
    """The ticket and what its holder needs to follow it."""

    token: str
    url: str
    qr_url: str | None = Field(
        description="What a code for phones may hold: the url, or null where that leads to this machine alone."
    )
    print_job: str | None = Field(description="The id of its print job; null where the branch has no printer.")


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
    parked_at: Time | None = Field(description="Since when it is set aside; null where it is not.")
    counter: int | None
    for_counter: int | None
    without_counter: bool = Field(description="It waits, and no counter calls customers of its service.")
    note: str | None


class Next(Shape):
    """Whom Next would call, and why."""

    number: str
    why: Literal["moved_here", "earliest", "head_start", "helping_empty", "helping_late"]


class Counter(Shape):
    """A counter as it is now."""

    number: int
    name: Names
    state: Literal["open", "paused", "closed"]
    reason: str | None = Field(description="Why it is on a break: a code of `pause_reasons`, or words.")
    pause_after: str | None = Field(description="For what it pauses once its customer has left; null: it goes on.")
    agent: str | None
    ticket: StaffTicket | None
    services: list[str]
    helps_out_with: list[str]
    waiting: int = Field(description="How many wait whom it takes first.")
    next: Next | None


class Service(Shape):
    """A service as it stands for somebody who would take a number now."""

    code: str
    name: Names
    waiting: int = Field(description="How many tickets wait for this service.")
    ahead: int = Field(description="How many tickets would be called before one that is issued now.")
    estimate: Estimate | None
    staffing: Staffing
    open: bool
    closed_reason: Literal["hours", "last_ticket", "quota", "numbers", "no_counter"] | None
    remaining: int | None = Field(description="What is left of the daily quota; null without one.")
    opens_at: Time | None = Field(description="When numbers are given again; null while they are, or if not known.")
    target_wait_minutes: float


class WithdrawnService(Shape):
    """A service that is no longer offered, and whose last customers still wait."""

    code: str
    name: Names
    waiting: int
    counters: list[int] = Field(description="Those that took it, and call whoever still waits; of none, nobody does.")
    target_wait_minutes: float


class PriorityClass(Shape):
    """A priority class of the branch."""

    code: str
    name: Names
    head_start_minutes: float


class Branch(Shape):
    """A branch as the public sees it."""

    slug: str
    name: Names
    timezone: str
    languages: list[str]
    open: bool = Field(description="Within its hours; whoever holds a number is served after them too.")
    opens_at: Time | None = Field(description="When it opens next; null where that is not known.")
    closes_at: Time | None = Field(description="Null while it is closed, and where it does not close within days.")
    last_ticket_at: Time | None = Field(description="From when on no new numbers are given; null without such a time.")
    special_days: dict[str, list[list[str]]] = Field(
        description="Local date, from today on → when it is open instead of its weekday's hours; no span: closed."
    )
    last_ticket_minutes: int = Field(description="No new numbers in so many minutes before the day's last closing.")
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
    """What a wall display shows now; calls newest first."""

    now: Time
    branch_name: Names
    timezone: str
    languages: list[str]
    open: bool = Field(description="Within its hours; whoever holds a number is served after them too.")
    opens_at: Time | None = Field(description="When it opens next; null where that is not known.")
    closes_at: Time | None = Field(description="Null while it is closed, and where it does not close within days.")
    last_ticket_at: Time | None = Field(description="From when on no new numbers are given; null without such a time.")
    calls: list[Call]
    waiting: dict[str, int]
    notice: Names | None
    services: list[Service]


class Queue(Shape):
    """What staff see of a branch."""

    now: Time
    branch_name: Names
    timezone: str
    languages: list[str]
    start_on_call: bool
    open: bool = Field(description="Within its hours; whoever holds a number is served after them too.")
    opens_at: Time | None = Field(description="When it opens next; null where that is not known.")
    closes_at: Time | None = Field(description="Null while it is closed, and where it does not close within days.")
    last_ticket_at: Time | None = Field(description="From when on no new numbers are given; null without such a time.")
    counters: list[Counter]
    waiting: list[TicketBrief]
    parked: list[TicketBrief]
    services: list[Service]
    withdrawn_services: list[WithdrawnService] = Field(description="Those for which somebody still waits.")
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
    """A page of the log; ask again with `after=next`."""

    events: list[Event]
    next: int


class Spread(Shape):
    """How a duration is spread, in seconds."""

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
    """A branch in which the account works, and as what."""

    role: StaffRole


class Session(Shape):
    """Who is signed in. Send `csrf_token` as X-CSRF-Token with every change."""

    user: str
    role: StaffRole = Field(description="The highest of the account's roles.")
    csrf_token: str
    branch: str | None = Field(description="The one branch in which the account works; null for several.")
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
    """Where the codes on tickets lead."""

    url: str | None = Field(description="The address that their pages begin with; null where tickets get no code.")
    why_none: Literal["public_url", "base_url", "not_reachable"] | None = Field(
        description="The branch's public_url or the server's base_url leads each phone to itself, or phones cannot "
        "reach the server at all."
    )


class Devices(Shape):
    devices: list[Device]
    tokens: list[TokenBrief] = Field(description="Live tokens that belong to no device.")
    address: str | None = Field(description="Where other machines open the pages; null where they cannot.")
    codes: Codes = Field(description="The codes on tickets that are issued under the address of this request.")


class NewToken(Shape):
    """A token, told once."""

    id: str
    token: str
    role: TokenRole
    name: str


class StaffMember(Shape):
    """An account that works in the branch; `role` is the one here, `branches` those of its others that one may see."""

    name: str
    role: StaffRole
    has_password: bool
    every_branch: bool = Field(description="It works in every branch, also in those to come.")
    elsewhere: bool = Field(description="It works in other branches besides.")
    branches: list[str]
    may_change: bool = Field(description="Whether the one who asks may change its role here, or take it out.")
    may_set_password: bool


class Staff(Shape):
    staff: list[StaffMember]


class SignInFailures(Shape):
    """Failed sign-ins of one account in a row: wrong passwords, and tries that were refused as too many."""

    name: str
    count: int
    first_at: Time
    last_at: Time
    last_address: str = Field(description="The network address that the last one came from.")


class FailedSignIns(Shape):
    failures: list[SignInFailures]


class AuditLine(Shape):
    """Who administered what, and when; `data` says what it was before and is after, never a secret."""

    id: str
    at: Time
    actor: str
    action: str
    data: dict[str, Any]


class Audit(Shape):
    """Audit lines, newest first; ask again with `before` the last id."""

    lines: list[AuditLine]


class Done(Shape):
    """It is done; there is nothing to tell."""

    done: Literal[True] = True


class Problem(Shape):
    """RFC 9457 problem; `code` is stable."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    ticket: StaffTicket | Ticket | None = Field(
        None, description="The ticket as it truly is: with the staff's fields for staff, without them for others."
    )
    candidates: list[str] | None = Field(None, description="The numbers that may be meant, where several are.")
    opens_at: Time | None = Field(None, description="When there are numbers again, where none are given now.")
    closes_at: Time | None = Field(None, description="When the branch closes, where it is open and gives none.")
    possible_at: Time | None = Field(None, description="From when on it may be done, where it is too early.")
    recalls_missing: int | None = Field(None, description="How often to call again before a no-show.")
    touches: list[str] | None = Field(None, description="What people use now that would go; sentences in English.")
    errors: list[dict[str, Any]] | None = None

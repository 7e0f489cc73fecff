"""Requests of clients. Unknown fields are refused, so that a misspelt one is never silently ignored."""

from datetime import date
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field

from server.contract import keys
from server.contract.base import no_truth
from server.contract.declaration import CounterDeclared, ServiceDeclared, TimeZone
from server.contract.text_types import Code, DeviceName, Language, Names, ShortText, Slug, Text

CounterNumber = Annotated[int, Field(ge=1, le=9999), BeforeValidator(no_truth)]
TicketId = Annotated[int, Field(ge=1, le=2**62), BeforeValidator(no_truth)]
"""Ids are opaque strings of digits to clients; a bare number is accepted too."""
Number = Annotated[
    str,
    Field(
        min_length=1,
        max_length=16,
        description="A ticket's number. Other spellings are accepted too: `a 12`, `A-012`, or `12` if only one "
        "service has that number open.",
    ),
]


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class BranchPath(BaseModel):
    slug: Slug


class CounterPath(BaseModel):
    slug: Slug
    number: CounterNumber


class TicketNumberPath(BaseModel):
    slug: Slug
    number: Number


class HolderPath(BaseModel):
    token: Annotated[str, Field(min_length=1, max_length=64)]


class JobPath(BaseModel):
    id: TicketId


class TokenPath(BaseModel):
    slug: Slug
    id: TicketId


class DevicePath(BaseModel):
    slug: Slug
    id: TicketId


class StaffPath(BaseModel):
    slug: Slug
    name: DeviceName


class SpeechPath(BaseModel):
    slug: Slug
    seq: Annotated[int, Field(ge=1, le=2**62)]


class SpeechQuery(BaseModel):
    language: Language = "id"
    short: Annotated[bool, Field(description="Number and counter alone, for one of several calls in a row.")] = False


class EventsQuery(BaseModel):
    after: Annotated[int, Field(ge=0, le=2**62)] = 0
    limit: Annotated[int, Field(ge=1, le=1000)] = 1000


class StatisticsQuery(BaseModel):
    model_config = ConfigDict(populate_by_name=True)

    from_: Annotated[date | None, Field(alias="from", description="First business day; today without it.")] = None
    to: Annotated[date | None, Field(description="Last business day, included; `from` without it.")] = None
    by: Literal["counter", "service", "hour", "day"] = "counter"
    format: Annotated[
        Literal["json", "csv", "spreadsheet"] | None,
        Field(description="The format of the response; it takes precedence over `Accept`."),
    ] = None


class SignIn(Body):
    name: Annotated[str, Field(min_length=1, max_length=64)]
    password: Annotated[str, Field(min_length=1, max_length=1024)]


class ChangePassword(Body):
    old: Annotated[str, Field(min_length=1, max_length=1024)]
    new: Annotated[str, Field(min_length=8, max_length=1024)]


class SignOut(BaseModel):
    everywhere: Annotated[bool, Field(description="End every session of the account, on every machine.")] = False


class Issue(Body):
    service: Code
    priority: Annotated[str, Field(max_length=32)] | None = None
    language: Language | None = None
    after_hours: Annotated[
        bool,
        Field(description="Staff allow a late customer: an agent until the branch closes, a supervisor at any time."),
    ] = False
    printer: ShortText | None = Field(
        None, description="The printer, for staff and programs; if left out, the kiosk's own, else any."
    )


class DryRun(BaseModel):
    dry_run: Annotated[bool, Field(description="Return the effect without doing it.")] = False


class CancelPhoneTickets(Body):
    model_config = ConfigDict(populate_by_name=True)

    since: Annotated[AwareDatetime, Field(alias="from", description="Numbers taken at this time or later.")]
    until: Annotated[AwareDatetime, Field(alias="to", description="Numbers taken before this time.")]
    reason: ShortText


class Nothing(Body):
    pass


class OpenCounter(Body):
    take_over: bool = False


class PauseCounter(Body):
    reason: ShortText
    after_customer: bool = Field(
        False,
        description="If a customer is there: pause when the customer leaves. Opening the counter cancels the pause.",
    )


class CallNumber(Body):
    number: Number
    reason: Text | None = None


class OnExpectedTicket(Body):
    ticket: TicketId | None = Field(
        None, description="The id of the expected ticket; the action is refused if another one is there."
    )


class CallNext(OnExpectedTicket):
    finish: bool = False


class Finish(OnExpectedTicket):
    outcome: ShortText | None = None


class Park(OnExpectedTicket):
    reason: Text | None = None


class Destination(Body):
    service: Code | None = None
    counter: CounterNumber | None = None
    keep_place: bool = False
    note: Text | None = None


class Transfer(Destination):
    ticket: TicketId | None = None


class Reinstate(Body):
    keep_place: bool = False


class Reprint(Body):
    printer: ShortText | None = None


class Claim(Body):
    wait: Annotated[float, Field(ge=0, le=25), BeforeValidator(no_truth)] = 0
    job: TicketId | None = Field(
        None,
        description="The job that this agent has claimed, not started, and keeps; null for none. Any other that the "
        "printer has claimed and not started is offered again at once: its agent is gone. If left out, it "
        "is offered after unclaimed ones.",
    )


class Lease(Body):
    lease: Annotated[str, Field(min_length=1, max_length=64)]


class Outcome(Lease):
    outcome: Literal["printed", "not_sent", "unknown"]
    detail: Annotated[str, Field(max_length=1000)] | None = None
    reason: Literal["no_proof", "not_cut", "broken"] | None = Field(
        None,
        description="Why it is unknown. `no_proof`: all of it was sent over an intact connection, and only the "
        "confirmation is missing; a trusted printer's paper then counts as printed. `not_cut`: the cut command was "
        "never sent, so at most a torn-off piece came out.",
    )


class PrinterStatus(Body):
    online: bool
    paper: Literal["ok", "near_end", "out", "unknown"] = "unknown"
    cover_open: bool | None = None
    error: Annotated[str, Field(max_length=500)] | None = None
    device: Annotated[str, Field(max_length=200)] = ""
    detail: Annotated[str, Field(max_length=500)] | None = None
    paper_mm: Literal[58, 80] | None = Field(
        None, description="The width of the roll, if the agent knows it; null: as declared."
    )
    undrawn: Annotated[str, Field(max_length=500)] | None = Field(
        None, description="Letters without a font on the agent's machine, and the packages that have them."
    )

    job: TicketId | None = Field(
        None,
        description="The job that this agent has started and not ended, null for none: jobs left by an earlier agent "
        "become unknown soon. If left out, every job that the printer has started counts as under way.",
    )


class PrinterPath(BaseModel):
    slug: Slug
    name: Annotated[str, Field(min_length=1, max_length=100)]


class RoutePrinter(Body):
    """Fields that are left out stay unchanged."""

    held: bool | None = None
    sends_to: ShortText | None = Field(None, description="The printer that gets its jobs; null: it keeps them.")


class PapersQuery(BaseModel):
    state: Literal["queued", "claimed", "started", "printed", "not_sent", "unknown", "expired"] | None = None
    unresolved: bool = Field(False, description="Only jobs whose outcome is unknown and unresolved.")
    number: Number | None = None
    before: TicketId | None = Field(None, description="The id of the last job of the previous page.")
    limit: Annotated[int, Field(ge=1, le=200)] = 50


class Resolve(Body):
    resolution: Literal["printed", "lost"]
    print_again: bool = Field(False, description="For a lost paper: print it again, marked REPRINT.")
    printer: ShortText | None = Field(None, description="The printer of the reprint; if left out, the branch decides.")


Notices = Annotated[
    dict[Language, Text],
    Field(
        max_length=keys.MOST_LANGUAGES,
        json_schema_extra={"additionalProperties": {"type": "string", "maxLength": 500}},
    ),
]


class Notice(Body):
    notice: Notices | None


class AuditQuery(BaseModel):
    before: TicketId | None = Field(None, description="The id of the last line of the previous page.")
    limit: Annotated[int, Field(ge=1, le=200)] = 50


class MakeToken(Body):
    role: Literal["kiosk", "display", "printer", "api", "agent", "supervisor", "admin"]
    name: ShortText | None = None


class PutStaff(Body):
    role: Literal["agent", "supervisor", "admin"]
    password: Annotated[str, Field(min_length=8, max_length=1024)] | None = None


class SetUpBranch(Body):
    slug: Slug
    name: Names
    timezone: TimeZone = "Asia/Jakarta"


class SetUp(Body):
    code: Annotated[str, Field(min_length=1, max_length=64)]
    name: ShortText
    password: Annotated[str, Field(min_length=8, max_length=1024)]
    branch: SetUpBranch
    services: Annotated[list[ServiceDeclared], Field(min_length=1, max_length=keys.MOST_SERVICES)]
    counters: Annotated[list[CounterDeclared], Field(min_length=1, max_length=keys.MOST_COUNTERS)]

"""The file of `giliran apply`: a declared branch, validated as a whole before anything is changed.

The `Key` of a field is its description in docs/apply-file.md, which `make docs` writes.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from server.contract import declared_hours, keys
from server.contract.base import no_truth
from server.contract.keys import Holds, Key
from server.contract.text_types import Code, DeviceName, Language, Names, Notice, Slug
from server.domain.branch import NORMAL, Branch, CounterProfile, NoShowRule, PauseReason, PriorityClass, Service
from server.domain.calendar import time_zones
from server.domain.declaration import Declaration, DeclaredDevice, DeclaredStaff
from server.domain.public_address import plain_address

TEXT_WANTED = ("string_type", "literal_error", "invalid_key")
"""Errors caused by a text without quotes that YAML reads as another type."""


def _zone(name: str) -> str:
    if not time_zones.is_known(name):
        context = {"refusal": time_zones.unknown_zone_message(name), "nearest": time_zones.suggestions(name)}
        raise PydanticCustomError("time_zone", "no time zone", context)
    return name


TimeZone = Annotated[str, Field(max_length=64), AfterValidator(_zone)]
ClockTime = Annotated[str, Field(pattern=r"^([01]?\d|2[0-3]):[0-5]\d$")]
_Number = BeforeValidator(no_truth)


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ClassDeclared(_Part):
    """A class of customers who are called earlier."""

    code: Annotated[
        str,
        Field(pattern=r"^[a-z][a-z0-9_-]{0,31}$"),
        Key("The short name that programs and reports use.", "senior", Holds.NEW, "Open tickets keep their class."),
    ]
    name: Annotated[Names, Key("The name for people.", {"en": "Senior", "id": "Lansia"}, Holds.AT_ONCE)]
    head_start_minutes: Annotated[
        float,
        Field(ge=0, le=24 * 60),
        _Number,
        Key(
            "Its customers are ordered as if they had come so many minutes earlier.",
            20,
            Holds.AT_ONCE,
            "Waiting customers move in the line, too.",
        ),
    ]


class PauseReasonDeclared(_Part):
    """A reason for a break. Clerks choose one, or write their own."""

    code: Annotated[
        str,
        Field(pattern=r"^[a-z][a-z0-9_-]{0,31}$"),
        Key("The short name that programs and reports use.", "prayer", Holds.NEW, "A counter on a break keeps its."),
    ]
    name: Annotated[Names, Key("The name for staff.", {"en": "Prayer", "id": "Salat"}, Holds.AT_ONCE)]


class NoShowDeclared(_Part):
    """How long staff wait for a called customer. Before that, "did not come" is refused."""

    recalls: Annotated[
        int, Field(ge=0, le=20), _Number, Key("The recalls that are required first.", 2, Holds.AT_ONCE)
    ] = 0
    seconds: Annotated[
        int, Field(ge=0, le=3600), _Number, Key("The seconds after the call in which it is refused.", 60, Holds.AT_ONCE)
    ] = 0


class BranchDeclared(_Part):
    """The branch itself."""

    slug: Annotated[
        Slug,
        Key(
            "The branch's part of addresses, and its name in commands.",
            "central",
            Holds.NEW,
            "`giliran branch rename` gives the same branch another slug; `apply` asks if that seems to be intended.",
        ),
    ]
    name: Annotated[Names, Key("The name for people.", {"en": "Central Branch", "id": "Cabang Pusat"}, Holds.AT_ONCE)]
    timezone: Annotated[
        TimeZone,
        Key(
            "The IANA name of the branch's time zone: WIB is Asia/Jakarta.",
            "Asia/Jakarta",
            Holds.AT_ONCE,
            "If the business day of waiting people changes by it, `apply` asks.",
        ),
    ]
    languages: Annotated[
        list[Language],
        Field(min_length=1, max_length=keys.MOST_LANGUAGES),
        Key(
            "The languages of the screens, the paper and the calls, the first one first.",
            ["id", "en"],
            Holds.AT_ONCE,
            "A ticket keeps its own. Texts and voices exist for id and en.",
        ),
    ] = ["id", "en"]
    day_start: Annotated[
        ClockTime,
        Key(
            "The time at which the business day begins, and numbers with it.",
            "00:00",
            Holds.AT_ONCE,
            "If the business day of waiting people changes by it, `apply` asks.",
        ),
    ] = "00:00"
    start: Annotated[
        Literal["explicit", "on_call"],
        Key("Whether service begins when the clerk presses a button, or with the call.", "on_call", Holds.AT_ONCE),
    ] = "explicit"
    public_url: Annotated[
        Annotated[str, Field(max_length=500), AfterValidator(plain_address)] | None,
        Key(
            "The address in the code on a ticket: scheme, host and port, without a path.",
            "http://192.168.1.10:8080",
            Holds.NEXT_PAPER,
            "Without it, the server's `--base-url`, else the address that the kiosk uses.",
        ),
    ] = None
    hours: Annotated[
        Annotated[dict[str, Any], Field(max_length=keys.MOST_DAYS)] | None,
        Key(
            "When the branch is open: a day or `mon-fri`, then spans, or `closed`. Days left out are closed.",
            {"mon-fri": "08:00-12:00, 13:00-15:00", "sat": "08:00-12:00"},
            Holds.AT_ONCE,
            "Without it, always open. At most 8 spans a day.",
        ),
    ] = None
    special_days: Annotated[
        Annotated[dict[Any, Any], Field(max_length=keys.MOST_SPECIAL_DAYS)] | None,
        Key("Dates with hours of their own.", {"2026-12-25": "closed", "2026-12-24": "08:00-12:00"}, Holds.AT_ONCE),
    ] = None
    last_ticket_minutes: Annotated[
        int,
        Field(ge=0, lt=24 * 60),
        _Number,
        Key("No new numbers in so many minutes before the last closing of the day.", 30, Holds.AT_ONCE),
    ] = 0
    join_by_phone: Annotated[bool, Key("Whether anybody may take a number over the network.", True, Holds.AT_ONCE)] = (
        False
    )
    phone_share: Annotated[
        float,
        Field(ge=0, le=1, allow_inf_nan=False),
        _Number,
        Key("The share of each service's quota, else of its range, that phones may take.", 0.25, Holds.NEXT_NUMBER),
    ] = 0.5
    reinstate_within_minutes: Annotated[
        int,
        Field(ge=0, le=24 * 60),
        _Number,
        Key("The minutes in which an ended ticket may be reinstated.", 60, Holds.AT_ONCE),
    ] = 120
    carry_hours: Annotated[
        int,
        Field(ge=0, le=24),
        _Number,
        Key(
            "The hours for which open tickets are kept after the turn of the day, if the branch is open then.",
            6,
            Holds.DAY_TURN,
            "Tickets carried already are checked at once; `apply` asks if tickets would expire.",
        ),
    ] = 12
    pause_reasons: Annotated[
        list[PauseReasonDeclared],
        Field(max_length=keys.MOST_PAUSE_REASONS),
        Key("Reasons for a break; without them, three usual ones.", [], Holds.AT_ONCE, "See below."),
    ] = []
    no_show_after: Annotated[
        NoShowDeclared, Key("How long staff wait for a called customer.", {}, Holds.AT_ONCE, "See below.")
    ] = NoShowDeclared()
    retention_days: Annotated[
        int,
        Field(ge=1, le=3650),
        _Number,
        Key("The days for which notes and reasons are kept.", 30, Holds.ERASING, "Erased texts cannot be restored."),
    ] = 90
    notice: Annotated[
        Notice | None,
        Key(
            "The text below the calls on the wall displays, in languages of the branch.",
            {"en": "Closed on Friday.", "id": "Jumat tutup."},
            Holds.AT_ONCE,
            "If left out, the notice is unchanged; if empty (`notice:`), it is removed. See below for notices that "
            "somebody has set on the page since.",
        ),
    ] = None
    priority_classes: Annotated[
        list[ClassDeclared],
        Field(max_length=keys.MOST_CLASSES),
        Key("Classes of customers who are called earlier.", [], Holds.AT_ONCE, "See below."),
    ] = []

    @model_validator(mode="after")
    def _notice_in_own_languages(self) -> BranchDeclared:
        unknown = sorted(set(self.notice or {}) - set(self.languages))
        if unknown:
            raise ValueError(
                f"the notice is in {', '.join(unknown[:5])}, which is none of the branch's languages "
                f"({', '.join(self.languages)}): nobody would see it"
            )
        return self


class ServiceDeclared(_Part):
    """A service that customers queue for."""

    code: Annotated[
        Code, Key("One or two capital letters, which begin all its numbers.", "A", Holds.NEW, "See retiring.md.")
    ]
    name: Annotated[Names, Key("The name for people.", {"en": "Accounts", "id": "Rekening"}, Holds.AT_ONCE)]
    first_number: Annotated[
        int, Field(ge=0, le=99999), _Number, Key("The first number of a day.", 1, Holds.NEXT_DAY)
    ] = 1
    last_number: Annotated[
        int,
        Field(ge=1, le=99999),
        _Number,
        Key(
            "The last number of a day; every number has as many digits.",
            999,
            Holds.NEXT_NUMBER,
            "If today's numbers are already past it, there are no more until tomorrow: `apply` asks.",
        ),
    ] = 999
    target_wait_minutes: Annotated[
        float,
        Field(gt=0, le=24 * 60),
        _Number,
        Key("The longest wait that the branch aims at.", 15, Holds.AT_ONCE, "Reports use it, also for earlier days."),
    ] = 15
    daily_quota: Annotated[
        Annotated[int, Field(ge=1, le=99999), _Number] | None,
        Key(
            "The most numbers of a day; without it, as many as the range has.",
            60,
            Holds.NEXT_NUMBER,
            "If so many are issued already, there are no more until tomorrow: `apply` asks.",
        ),
    ] = None

    @model_validator(mode="after")
    def _range(self) -> ServiceDeclared:
        if self.last_number < self.first_number:
            raise ValueError("last_number lies before first_number")
        return self


class CounterDeclared(_Part):
    """A place where staff serve."""

    number: Annotated[
        int, Field(ge=1, le=9999), _Number, Key("The number on its sign.", 1, Holds.NEW, "See retiring.md.")
    ]
    name: Annotated[Names, Key("The name, shown and spoken.", {"en": "Counter 1", "id": "Loket 1"}, Holds.AT_ONCE)]
    services: Annotated[
        list[Code],
        Field(min_length=1, max_length=keys.MOST_SERVICES),
        Key("Codes of the services that it takes first.", ["A"], Holds.AT_ONCE, "A present customer is still served."),
    ]
    helps_out_with: Annotated[
        list[Code],
        Field(max_length=keys.MOST_SERVICES),
        Key("Codes of the services that it takes when nobody waits for its own.", ["B"], Holds.AT_ONCE),
    ] = []
    helps_out_after_minutes: Annotated[
        Annotated[float, Field(ge=0, le=24 * 60), _Number] | None,
        Key("It also helps as soon as somebody of those has waited so long.", 10, Holds.AT_ONCE),
    ] = None


class KioskDeclared(_Part):
    """A touch screen that gives numbers."""

    name: Annotated[DeviceName, Key("The name for staff.", "Lobby", Holds.NEW, "The old one's tokens are revoked.")]
    printer: Annotated[
        DeviceName | None, Key("The printer of its tickets; without it, any of the branch.", "front", Holds.NEXT_PAPER)
    ] = None


class PrinterDeclared(_Part):
    """A ticket printer."""

    name: Annotated[DeviceName, Key("The name for staff.", "front", Holds.NEW, "The old one's tokens are revoked.")]
    paper: Annotated[Literal[58, 80], Key("The width of its paper, in mm.", 58, Holds.NEXT_PAPER)] = 80
    trusted: Annotated[
        bool,
        Key("It cannot prove its papers: they count as printed unless the connection broke.", True, Holds.NEXT_PAPER),
    ] = False


class DisplayDeclared(_Part):
    """A wall display."""

    name: Annotated[DeviceName, Key("The name for staff.", "Hall", Holds.NEW, "The old one's tokens are revoked.")]


class StaffDeclared(_Part):
    """An account that works in the branch; its password is given by `user add`."""

    name: Annotated[DeviceName, Key("The name it signs in with.", "rani", Holds.NEW, "The old one works here no more.")]
    role: Annotated[
        Literal["agent", "supervisor", "admin"], Key("Its role in this branch.", "supervisor", Holds.AT_ONCE)
    ] = "agent"


class ApplyDocument(_Part):
    """One YAML document: one branch."""

    branch: Annotated[BranchDeclared, Key("The branch itself.", {}, Holds.AT_ONCE)]
    services: Annotated[
        list[ServiceDeclared],
        Field(max_length=keys.MOST_SERVICES),
        Key("The services, in the order of the kiosk.", [], Holds.AT_ONCE),
    ] = []
    counters: Annotated[
        list[CounterDeclared], Field(max_length=keys.MOST_COUNTERS), Key("Where staff serve.", [], Holds.AT_ONCE)
    ] = []
    kiosks: Annotated[
        list[KioskDeclared], Field(max_length=keys.MOST_DEVICES), Key("Touch screens.", [], Holds.AT_ONCE)
    ] = []
    printers: Annotated[
        list[PrinterDeclared], Field(max_length=keys.MOST_DEVICES), Key("Ticket printers.", [], Holds.AT_ONCE)
    ] = []
    displays: Annotated[
        list[DisplayDeclared], Field(max_length=keys.MOST_DEVICES), Key("Wall displays.", [], Holds.AT_ONCE)
    ] = []
    staff: Annotated[
        list[StaffDeclared],
        Field(max_length=keys.MOST_STAFF),
        Key("Accounts that work here; accounts of every branch are in no file.", [], Holds.AT_ONCE),
    ] = []

    @model_validator(mode="after")
    def _consistent(self) -> ApplyDocument:
        codes = [s.code for s in self.services]
        _unique("service", codes)
        _unique("counter", [c.number for c in self.counters])
        _unique("priority class", [c.code for c in self.branch.priority_classes])
        _unique("pause reason", [r.code for r in self.branch.pause_reasons])
        for kind in ("kiosks", "printers", "displays", "staff"):
            _unique(kind, [d.name for d in getattr(self, kind)])
        if any(c.code == NORMAL for c in self.branch.priority_classes):
            raise ValueError(f"{NORMAL!r} is the class of everybody else; choose another code")
        for c in self.counters:
            for code in (*c.services, *c.helps_out_with):
                if code not in codes:
                    raise ValueError(f"counter {c.number} takes service {code!r}, which is not declared")
            if set(c.services) & set(c.helps_out_with):
                raise ValueError(f"counter {c.number} has a service both as first choice and as one it helps out with")
        printers = {p.name for p in self.printers}
        for k in self.kiosks:
            if k.printer is not None and k.printer not in printers:
                raise ValueError(f"kiosk {k.name!r} prints on {k.printer!r}, which is not declared")
        return self

    def declaration(self) -> Declaration:
        """Return the document as a domain object. Raises Invalid for hours that leave no time for numbers."""
        b = self.branch
        branch = Branch(
            id=0,
            slug=b.slug,
            name=b.name,
            timezone=b.timezone,
            languages=tuple(dict.fromkeys(b.languages)),
            day_start=declared_hours.clock_time(b.day_start),
            start_on_call=b.start == "on_call",
            public_url=b.public_url,
            hours=declared_hours.hours(b.hours),
            special_days=declared_hours.special_days(b.special_days),
            last_ticket=timedelta(minutes=b.last_ticket_minutes),
            join_by_phone=b.join_by_phone,
            phone_share=b.phone_share,
            reinstate_within=timedelta(minutes=b.reinstate_within_minutes),
            carry_for=timedelta(hours=b.carry_hours),
            retention=timedelta(days=b.retention_days),
            pause_reasons=tuple(PauseReason(r.code, r.name) for r in b.pause_reasons),
            no_show_after=NoShowRule(b.no_show_after.recalls, timedelta(seconds=b.no_show_after.seconds)),
            notice=b.notice or None,
            services=tuple(
                Service(
                    s.code,
                    s.name,
                    s.first_number,
                    s.last_number,
                    _seconds(s.target_wait_minutes, least=1),
                    s.daily_quota,
                )
                for s in self.services
            ),
            counters=tuple(
                CounterProfile(
                    c.number,
                    c.name,
                    tuple(dict.fromkeys(c.services)),
                    tuple(dict.fromkeys(c.helps_out_with)),
                    None if c.helps_out_after_minutes is None else _seconds(c.helps_out_after_minutes),
                )
                for c in sorted(self.counters, key=lambda c: c.number)
            ),
            priority_classes=tuple(
                PriorityClass(c.code, c.name, _seconds(c.head_start_minutes)) for c in b.priority_classes
            ),
        )
        declared_hours.leave_time_for_numbers(branch)
        devices = (
            *(DeclaredDevice("kiosk", k.name, printer=k.printer) for k in self.kiosks),
            *(DeclaredDevice("printer", p.name, paper=p.paper, trusted=p.trusted) for p in self.printers),
            *(DeclaredDevice("display", d.name) for d in self.displays),
        )
        staff = tuple(DeclaredStaff(s.name, s.role) for s in self.staff)
        return Declaration(branch, devices, staff, declares_notice="notice" in b.model_fields_set)


def _unique(kind: str, values: list[Any]) -> None:
    duplicates = sorted({str(v) for v in values if values.count(v) > 1})
    if duplicates:
        raise ValueError(f"{kind} {', '.join(duplicates)}: declared twice")


def _seconds(minutes: float, least: int = 0) -> timedelta:
    """Convert minutes to whole seconds, as they are stored."""
    return timedelta(seconds=max(least, int(timedelta(minutes=minutes).total_seconds())))

"""The file of `giliran apply`: a branch as people write it, checked whole before anything is changed."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from server.actions.declaring import Declaration, DeviceWish
from server.actions.declaring_staff import StaffWish
from server.contract import careful_yaml, faults
from server.contract.words import Code, DeviceName, Language, Names, Slug, Text
from server.domain.branch import NORMAL, Branch, CounterProfile, Hours, PriorityClass, Service, Span
from server.domain.errors import Invalid

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def _clock(value: Any) -> Any:
    # YAML 1.1 reads an unquoted 8:30 as the base-60 number 510
    return f"{value // 60:02d}:{value % 60:02d}" if isinstance(value, int) and not isinstance(value, bool) else value


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"{name!r} is no time zone; write one like Asia/Jakarta") from None
    return name


def _not_empty(text: str) -> str:
    if not text:
        raise ValueError("may not be empty")
    return text


ClockTime = Annotated[str, BeforeValidator(_clock), Field(pattern=r"^([01]?\d|2[0-3]):[0-5]\d$")]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ClassDeclared(_Part):
    code: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,31}$")]
    name: Names
    head_start_minutes: Annotated[float, Field(ge=0, le=24 * 60)]


class BranchDeclared(_Part):
    slug: Slug
    name: Names
    timezone: Annotated[str, AfterValidator(_zone)]
    languages: Annotated[list[Language], Field(min_length=1)] = ["id", "en"]
    day_start: ClockTime = "00:00"
    start: Literal["explicit", "on_call"] = "explicit"
    public_url: Annotated[str, Field(pattern=r"^https?://[^\s]+$", max_length=500)] | None = None
    hours: dict[str, Any] | None = None
    special_days: dict[Any, Any] | None = None
    last_ticket_minutes: Annotated[int, Field(ge=0, lt=24 * 60)] = 0
    join_by_phone: bool = False
    phone_share: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)] = 0.5
    reinstate_within_minutes: Annotated[int, Field(ge=0, le=24 * 60)] = 120
    carry_hours: Annotated[int, Field(ge=0, le=24)] = 12
    retention_days: Annotated[int, Field(ge=1, le=3650)] = 90
    notice: dict[Language, Annotated[Text, AfterValidator(_not_empty)]] | None = None
    priority_classes: list[ClassDeclared] = []


class ServiceDeclared(_Part):
    code: Code
    name: Names
    first_number: Annotated[int, Field(ge=0, le=99999)] = 1
    last_number: Annotated[int, Field(ge=1, le=99999)] = 999
    target_wait_minutes: Annotated[float, Field(gt=0, le=24 * 60)] = 15
    daily_quota: Annotated[int, Field(ge=1, le=99999)] | None = None

    @model_validator(mode="after")
    def _range(self) -> ServiceDeclared:
        if self.last_number < self.first_number:
            raise ValueError("last_number lies before first_number")
        return self


class CounterDeclared(_Part):
    number: Annotated[int, Field(ge=1, le=9999)]
    name: Names
    services: Annotated[list[Code], Field(min_length=1)]
    helps_out_with: list[Code] = []
    helps_out_after_minutes: Annotated[float, Field(ge=0, le=24 * 60)] | None = None


class KioskDeclared(_Part):
    name: DeviceName
    printer: DeviceName | None = None


class PrinterDeclared(_Part):
    name: DeviceName
    paper: Literal[58, 80] = 80
    trusted: bool = False
    """It cannot prove its papers, and they count as printed unless its line broke."""


class DisplayDeclared(_Part):
    name: DeviceName


class StaffDeclared(_Part):
    name: DeviceName
    role: Literal["agent", "supervisor", "admin"] = "agent"


class Declared(_Part):
    """One YAML document: one branch."""

    branch: BranchDeclared
    services: list[ServiceDeclared] = []
    counters: list[CounterDeclared] = []
    kiosks: list[KioskDeclared] = []
    printers: list[PrinterDeclared] = []
    displays: list[DisplayDeclared] = []
    staff: list[StaffDeclared] = []

    @model_validator(mode="after")
    def _consistent(self) -> Declared:
        codes = [s.code for s in self.services]
        _unique("service", codes)
        _unique("counter", [c.number for c in self.counters])
        _unique("priority class", [c.code for c in self.branch.priority_classes])
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
        """The same in the domain's words."""
        b = self.branch
        branch = Branch(
            id=0,
            slug=b.slug,
            name=b.name,
            timezone=b.timezone,
            languages=tuple(dict.fromkeys(b.languages)),
            day_start=_time(b.day_start),
            start_on_call=b.start == "on_call",
            public_url=b.public_url.rstrip("/") if b.public_url else None,
            hours=_hours(b.hours),
            special_days=_special_days(b.special_days),
            last_ticket=timedelta(minutes=b.last_ticket_minutes),
            join_by_phone=b.join_by_phone,
            phone_share=b.phone_share,
            reinstate_within=timedelta(minutes=b.reinstate_within_minutes),
            carry_for=timedelta(hours=b.carry_hours),
            retention=timedelta(days=b.retention_days),
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
        _leave_time_for_numbers(branch)
        devices = (
            *(DeviceWish("kiosk", k.name, printer=k.printer) for k in self.kiosks),
            *(DeviceWish("printer", p.name, paper=p.paper, trusted=p.trusted) for p in self.printers),
            *(DeviceWish("display", d.name) for d in self.displays),
        )
        staff = tuple(StaffWish(s.name, s.role) for s in self.staff)
        return Declaration(branch, devices, staff, declares_notice="notice" in b.model_fields_set)


def read_declarations(text: str) -> list[Declaration]:
    """Every branch of an apply file. Raises Invalid with every fault found, one a line, each with where it is."""
    try:
        documents = careful_yaml.documents(text)
    except (ValueError, RecursionError) as error:
        raise Invalid(f"This is not YAML that can be read: {error}") from None
    if not documents:
        raise Invalid("The file declares no branch.")
    found, wrong = [], []
    for position, document in enumerate(documents, start=1):
        try:
            found.append(Declared.model_validate(document).declaration())
        except ValidationError as error:
            for where, what in faults.told(error, Declared):
                wrong.append(f"document {position}{', ' if where else ''}{where}: {what}")
        except Invalid as error:
            wrong.append(f"document {position}: {error.detail}")
    slugs = [d.branch.slug for d in found]
    wrong += [f"branch {s}: declared twice" for s in sorted({s for s in slugs if slugs.count(s) > 1})]
    if wrong:
        raise Invalid("\n".join(line[:300] for line in wrong[: faults.MOST + 1]))
    return found


def _unique(kind: str, values: list[Any]) -> None:
    twice = sorted({str(v) for v in values if values.count(v) > 1})
    if twice:
        raise ValueError(f"{kind} {', '.join(twice)}: declared twice")


def _seconds(minutes: float, least: int = 0) -> timedelta:
    """Whole seconds that have passed, as they are stored."""
    return timedelta(seconds=max(least, int(timedelta(minutes=minutes).total_seconds())))


def _time(text: str) -> time:
    hour, minute = text.split(":")
    return time(int(hour), int(minute))


def _hours(declared: dict[str, Any] | None) -> Hours | None:
    """{mon-fri: "08:00-12:00, 13:00-15:00", sun: closed} as weekday → spans. Raises Invalid."""
    if declared is None:
        return None
    hours: Hours = {}
    for days, spans in declared.items():
        found = _spans(days, spans)
        for day in _days(str(days)):
            if day in hours:
                raise Invalid(f"hours: {DAYS[day]} is declared twice")
            hours[day] = found
    return hours


def _days(text: str) -> list[int]:
    first, _, last = text.strip().lower().partition("-")
    if first not in DAYS or (last and last not in DAYS):
        raise Invalid(f"hours: {text!r} is no day; write mon, or mon-fri")
    a, b = DAYS.index(first), DAYS.index(last or first)
    return [d % 7 for d in range(a, (b if b >= a else b + 7) + 1)]


def _special_days(declared: dict[Any, Any] | None) -> dict[date, tuple[Span, ...]]:
    """{2026-12-25: closed, 2026-12-24: "08:00-12:00"} as date → spans, in order. Raises Invalid."""
    found: dict[date, tuple[Span, ...]] = {}
    for written, spans in (declared or {}).items():
        day = _date(written)
        if day in found:
            raise Invalid(f"special_days: {day} is declared twice")
        found[day] = _spans(written, spans, of="special_days")
    return dict(sorted(found.items()))


def _date(written: Any) -> date:
    # YAML reads an unquoted 2026-12-25 as a date already
    if isinstance(written, date) and not isinstance(written, datetime):
        return written
    try:
        return date.fromisoformat(written)
    except (TypeError, ValueError):
        raise Invalid(f"special_days: {str(written)!r} is no date; write one like 2026-12-25") from None


def _leave_time_for_numbers(branch: Branch) -> None:
    """Raise Invalid where last-ticket time would begin before the branch opens."""
    days = {DAYS[day]: spans for day, spans in (branch.hours or {}).items()}
    days |= {day.isoformat(): spans for day, spans in branch.special_days.items()}
    for day, spans in days.items():
        last = max(spans, key=lambda span: span.start, default=None)
        if last is not None and branch.last_ticket >= last.length:
            minutes = int(branch.last_ticket.total_seconds() // 60)
            raise Invalid(
                f"last_ticket_minutes: {minutes} leaves no time for numbers on {day} "
                f"({last.start:%H:%M}-{last.end:%H:%M})"
            )


def _spans(days: Any, text: Any, of: str = "hours") -> tuple[Span, ...]:
    if text is None or str(text).strip().lower() in ("closed", "false"):
        return ()
    spans = []
    for part in str(text).split(","):
        try:
            a, b = part.strip().split("-")
            spans.append(Span(_time(a.strip()), _time("00:00" if b.strip() == "24:00" else b.strip())))
        except ValueError:
            raise Invalid(f'{of}: {days}: {part.strip()!r} is no span; write "08:00-15:00" or closed') from None
    return tuple(spans)

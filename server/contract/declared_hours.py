"""Hours and special days as people write them in the apply file."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

from server.domain.branch import Branch, Hours, Span
from server.domain.errors import Invalid

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MOST_SPANS = 8
"""Spans of one day."""


def clock_time(text: str) -> time:
    """A time of the day, "8:30" or "08:30". Raises ValueError for what is none."""
    hour, minute = text.split(":")
    return time(int(hour), int(minute))


def hours(declared: dict[str, Any] | None) -> Hours | None:
    """{mon-fri: "08:00-12:00, 13:00-15:00", sun: closed} as weekday → spans. Raises Invalid."""
    if declared is None:
        return None
    found: Hours = {}
    for days, spans in declared.items():
        of_day = _spans(days, spans)
        for day in _days(str(days)):
            if day in found:
                raise Invalid(f"hours: {DAYS[day]} is declared twice")
            found[day] = of_day
    return found


def _days(text: str) -> list[int]:
    first, _, last = text.strip().lower().partition("-")
    if first not in DAYS or (last and last not in DAYS):
        raise Invalid(f"hours: {text!r} is no day; write mon, or mon-fri")
    a, b = DAYS.index(first), DAYS.index(last or first)
    return [d % 7 for d in range(a, (b if b >= a else b + 7) + 1)]


def special_days(declared: dict[Any, Any] | None) -> dict[date, tuple[Span, ...]]:
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


def leave_time_for_numbers(branch: Branch) -> None:
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
    parts = str(text).split(",")
    if len(parts) > MOST_SPANS:
        raise Invalid(f"{of}: {days}: at most {MOST_SPANS} spans a day")
    spans = []
    for part in parts:
        try:
            a, b = part.strip().split("-")
            spans.append(Span(clock_time(a.strip()), clock_time("00:00" if b.strip() == "24:00" else b.strip())))
        except ValueError:
            raise Invalid(f'{of}: {days}: {part.strip()!r} is no span; write "08:00-15:00" or closed') from None
    return tuple(spans)

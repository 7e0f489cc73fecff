"""Parse hours and special days of the apply file."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

from server.domain.branch import Branch, Hours, Span
from server.domain.errors import Invalid

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MOST_SPANS = 8
"""Spans of one day."""


def clock_time(text: str) -> time:
    """Parse a time of the day, "8:30" or "08:30". Raises ValueError for anything else."""
    hour, minute = text.split(":")
    return time(int(hour), int(minute))


def hours(declared: dict[str, Any] | None) -> Hours | None:
    """Parse {mon-fri: "08:00-12:00, 13:00-15:00", sun: closed} to weekday → spans. Raises Invalid."""
    if declared is None:
        return None
    parsed: Hours = {}
    for days, spans in declared.items():
        of_day = _spans(days, spans)
        for day in _days(str(days)):
            if day in parsed:
                raise Invalid(f"hours: {DAYS[day]} is declared twice")
            parsed[day] = of_day
    return parsed


def _days(text: str) -> list[int]:
    first, _, last = text.strip().lower().partition("-")
    if first not in DAYS or (last and last not in DAYS):
        raise Invalid(f"hours: {text!r} is no day; write mon, or mon-fri")
    a, b = DAYS.index(first), DAYS.index(last or first)
    return [d % 7 for d in range(a, (b if b >= a else b + 7) + 1)]


def special_days(declared: dict[Any, Any] | None) -> dict[date, tuple[Span, ...]]:
    """Parse {2026-12-25: closed, 2026-12-24: "08:00-12:00"} to date → spans, in order. Raises Invalid."""
    parsed: dict[date, tuple[Span, ...]] = {}
    for text, spans in (declared or {}).items():
        day = _date(text)
        if day in parsed:
            raise Invalid(f"special_days: {day} is declared twice")
        parsed[day] = _spans(text, spans, of="special_days")
    return dict(sorted(parsed.items()))


def _date(text: Any) -> date:
    # YAML reads an unquoted 2026-12-25 as a date.
    if isinstance(text, date) and not isinstance(text, datetime):
        return text
    try:
        return date.fromisoformat(text)
    except (TypeError, ValueError):
        raise Invalid(f"special_days: {str(text)!r} is no date; write one like 2026-12-25") from None


def leave_time_for_numbers(branch: Branch) -> None:
    """Raise Invalid if the last-ticket time would begin before the branch opens."""
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

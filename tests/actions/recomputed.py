"""A report recomputed from the event log alone, with the standard library's own arithmetic."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from statistics import fmean, quantiles
from typing import Any, Literal
from zoneinfo import ZoneInfo

from server.domain.history.events import Event, EventType

By = Literal["counter", "service", "hour", "day"]
Leg = dict[str, Any]
BEGINS = {
    EventType.ISSUED: None,
    EventType.PUT_BACK: "put_back",
    EventType.TRANSFERRED: "transferred",
    EventType.REINSTATED: "reinstated",
}
"""Event that begins a leg → outcome of the previous leg, if that is open."""
ENDS = {
    EventType.FINISHED: "served",
    EventType.NO_SHOW: "no_show",
    EventType.PARKED: "parked",
    EventType.CANCELLED: "cancelled",
    EventType.EXPIRED: "expired",
}


def legs_told(log: Iterable[Event]) -> dict[int, list[Leg]]:
    """Ticket → its legs. Undone events are removed first, so that undo needs no rule here."""
    events = list(log)
    undone = {e.data["undid"] for e in events if e.type is EventType.UNDONE}
    told: dict[int, list[Leg]] = defaultdict(list)
    for event in events:
        if event.ticket_id is None or event.seq in undone:
            continue
        legs = told[event.ticket_id]
        if event.type in BEGINS:
            _end(legs, event.at, BEGINS[event.type])
            legs.append({"service": event.service, "queued": event.at})
        elif event.type is EventType.CALLED:
            if "ended" in legs[-1]:
                legs.append({"service": event.service, "queued": event.at})
            legs[-1] |= {"called": event.at, "counter": event.counter}
            if event.data.get("start_on_call"):
                legs[-1]["started"] = event.at
        elif event.type is EventType.STARTED:
            legs[-1].setdefault("started", event.at)
        elif event.type in ENDS:
            _end(legs, event.at, ENDS[event.type])
    return told


def _end(legs: list[Leg], at: datetime, outcome: str | None) -> None:
    if legs and "ended" not in legs[-1]:
        legs[-1] |= {"ended": at, "outcome": outcome}


def report(
    log: Iterable[Event], by: By, zone: ZoneInfo, targets: dict[str, timedelta], days: tuple[date, date]
) -> dict[str, dict[str, Any]]:
    """Key → figures of that row, for tickets of the business days `days` (which begin at midnight)."""

    def key(leg: Leg, day: date) -> str:
        local = leg["queued"].astimezone(zone)
        keys = {"counter": str(leg.get("counter")), "service": str(leg["service"]), "hour": f"{local:%H}:00"}
        return keys.get(by, day.isoformat())

    rows: dict[str, list[Leg]] = defaultdict(list)
    issued: dict[str, int] = defaultdict(int)
    for legs in legs_told(log).values():
        day = legs[0]["queued"].astimezone(zone).date()
        if days[0] <= day <= days[1]:
            if by != "counter":
                issued[key(legs[0], day)] += 1
            for leg in legs:
                if "called" in leg:
                    rows[key(leg, day)].append(leg)
    return {k: {"issued": issued[k], **_figures(rows[k], targets)} for k in issued.keys() | rows.keys()}


def _figures(legs: list[Leg], targets: dict[str, timedelta]) -> dict[str, Any]:
    came = [x for x in legs if x.get("outcome") != "no_show" and "started" in x]
    kept = sum(x["called"] - x["queued"] <= targets[x["service"]] for x in legs)
    return {
        "called": len(legs),
        "served": sum(x.get("outcome") == "served" for x in legs),
        "no_show": sum(x.get("outcome") == "no_show" for x in legs),
        "within_target": kept / len(legs) if legs else None,
        "wait": _spread(x["called"] - x["queued"] for x in legs),
        "walk": _spread(x["started"] - x["called"] for x in came),
        "service_time": _spread(x["ended"] - x["started"] for x in came if x.get("outcome", "expired") != "expired"),
    }


def _spread(times: Iterable[timedelta]) -> tuple[int, float | None, float | None, float | None]:
    seconds = [t.total_seconds() for t in times]
    if not seconds:
        return 0, None, None, None
    hundredths = quantiles(seconds * 2 if len(seconds) == 1 else seconds, n=100, method="inclusive")
    return len(seconds), fmean(seconds), hundredths[49], hundredths[89]


def no_gaps(log: Sequence[Event], zone: ZoneInfo) -> None:
    """Check that no number of a day is issued twice or skipped, except numbers held by open tickets of other days.

    No two open tickets have one number. Raises AssertionError, which says where it is otherwise.
    """
    last: dict[tuple[Any, str | None], int] = defaultdict(int)
    holders: dict[str, int | None] = {}
    for event in log:
        number = str(event.number)
        if event.type is EventType.ISSUED:
            series = event.at.astimezone(zone).date(), event.service
            ordinal = int(number[1:])
            assert ordinal > last[series], f"{number} was given twice: again at seq {event.seq}"
            left_out = (f"{number[0]}{n:0{len(number) - 1}d}" for n in range(last[series] + 1, ordinal))
            assert all(one in holders for one in left_out), f"a number before {number} (seq {event.seq}) was left out"
            last[series] = ordinal
        if event.type in (EventType.ISSUED, EventType.REINSTATED) or (
            event.type is EventType.UNDONE and event.data["verb"] in ("finished", "no_show")
        ):
            assert number not in holders, f"{number} is open twice at seq {event.seq}"
            holders[number] = event.ticket_id
        elif event.type in (EventType.FINISHED, EventType.NO_SHOW, EventType.CANCELLED, EventType.EXPIRED):
            assert holders.pop(number, None) == event.ticket_id, f"{number} ended at seq {event.seq} and was not open"

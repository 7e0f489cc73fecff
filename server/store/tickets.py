"""Tickets and their legs: issued, claimed by compare-and-swap, read in the order of the line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    Connection,
    Executable,
    Row,
    Select,
    and_,
    bindparam,
    cast,
    delete,
    func,
    insert,
    or_,
    select,
    text,
    tuple_,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from server.domain.branch import Branch, CounterProfile
from server.domain.errors import NotFound, TicketStateConflict
from server.domain.policy import CountBefore, Waiting
from server.domain.ticket import Leg, State, Ticket
from server.store.schema import Instant, event, leg, number_series, ticket

# literal, since SQLite uses a partial index only where the statement itself implies its condition
IS_WAITING = text("ticket.state = 'waiting'")
IS_AT_COUNTER = text("ticket.state IN ('called','serving')")
IS_OPEN = text("ticket.state IN ('waiting','called','serving','parked')")

_LAST = select(number_series.c.last).where(
    number_series.c.branch_id == bindparam("branch_id"),
    number_series.c.service == bindparam("service"),
    number_series.c.business_day == bindparam("business_day"),
)
_INSERT_TICKET = insert(ticket).returning(ticket.c.id)
_INSERT_LEG = insert(leg).returning(leg.c.id)
_SET_LEG = update(ticket).where(ticket.c.id == bindparam("_id")).values(leg_id=bindparam("_leg_id"))
_ON_SERIES = ["branch_id", "service", "business_day"]
_SQLITE_SERIES = sqlite.insert(number_series)
_POSTGRES_SERIES = postgresql.insert(number_series)
_UPSERT_SERIES: dict[str, Executable] = {
    "sqlite": _SQLITE_SERIES.on_conflict_do_update(
        index_elements=_ON_SERIES, set_={"last": _SQLITE_SERIES.excluded.last}
    ),
    "postgresql": _POSTGRES_SERIES.on_conflict_do_update(
        index_elements=_ON_SERIES, set_={"last": _POSTGRES_SERIES.excluded.last}
    ),
}
_BY_ID = select(ticket).where(ticket.c.id == bindparam("id"))
_LEGS = select(leg).where(leg.c.ticket_id == bindparam("ticket_id")).order_by(leg.c.id)
# as plain numbers: nobody asks for each customer's time, only for their sum
_LATELY = (
    select((cast(leg.c.ended_at, BigInteger) - cast(leg.c.called_at, BigInteger)).label("micros"))
    .where(
        leg.c.branch_id == bindparam("branch_id"),
        leg.c.service == bindparam("service"),
        leg.c.ended_at.is_not(None),
        leg.c.outcome == "served",
    )
    .order_by(leg.c.ended_at.desc())
    .limit(bindparam("limit"))
    .subquery()
)
_LATELY_SERVED = select(
    func.coalesce(func.sum(_LATELY.c.micros), 0).label("micros"), func.count().label("n")
).select_from(_LATELY)
_HEAD = (
    select(
        ticket.c.id,
        ticket.c.number,
        ticket.c.service,
        ticket.c.priority,
        ticket.c.place_at,
        ticket.c.for_counter,
    )
    .where(
        ticket.c.branch_id == bindparam("branch_id"),
        IS_WAITING,
        ticket.c.service == bindparam("service"),
        ticket.c.priority == bindparam("priority"),
        ticket.c.for_counter.is_(None),
    )
    .order_by(ticket.c.place_at, ticket.c.id)
    .limit(1)
)
_MOVED_HERE = (
    select(*_HEAD.selected_columns)
    .where(
        ticket.c.branch_id == bindparam("branch_id"),
        IS_WAITING,
        ticket.c.for_counter == bindparam("for_counter"),
    )
    .order_by(ticket.c.place_at, ticket.c.id)
)
_AT_COUNTER = select(ticket).where(
    ticket.c.branch_id == bindparam("branch_id"),
    ticket.c.counter == bindparam("counter"),
    IS_AT_COUNTER,
)


def last_ordinal(db: Connection, branch_id: int, service: str, day: date) -> int | None:
    """The last ordinal given out in this series today; None before the first."""
    found: int | None = db.execute(
        _LAST, {"branch_id": branch_id, "service": service, "business_day": day}
    ).scalar_one_or_none()
    return found


def advance_series(db: Connection, branch_id: int, service: str, day: date, ordinal: int) -> None:
    """Write the series' new last ordinal, in the ticket's own transaction."""
    db.execute(
        _UPSERT_SERIES[db.dialect.name],
        {"branch_id": branch_id, "service": service, "business_day": day, "last": ordinal},
    )


def issue(
    db: Connection,
    *,
    branch_id: int,
    day: date,
    number: str,
    service: str,
    priority: str,
    language: str,
    now: datetime,
    origin: str,
) -> Ticket:
    """A new waiting ticket with its first leg."""
    ticket_id: int = db.execute(
        _INSERT_TICKET,
        {
            "branch_id": branch_id,
            "business_day": day,
            "number": number,
            "service": service,
            "priority": priority,
            "state": State.WAITING.value,
            "language": language,
            "issued_at": now,
            "place_at": now,
            "origin": origin,
        },
    ).scalar_one()
    first = open_leg(db, ticket_id, branch_id, day, service, now)
    set_leg(db, ticket_id, first.id)
    return Ticket(
        ticket_id, branch_id, day, number, service, priority, State.WAITING, language, now, now, None, None, None,
        first.id, None, (first,),
    )  # fmt: skip


def open_leg(db: Connection, ticket_id: int, branch_id: int, day: date, service: str, queued_at: datetime) -> Leg:
    """The next leg of a ticket."""
    leg_id: int = db.execute(
        _INSERT_LEG,
        {
            "ticket_id": ticket_id,
            "branch_id": branch_id,
            "business_day": day,
            "service": service,
            "queued_at": queued_at,
            "recalls": 0,
        },
    ).scalar_one()
    return Leg(leg_id, ticket_id, service, None, queued_at)


def set_leg(db: Connection, ticket_id: int, leg_id: int) -> None:
    """Make `leg_id` the ticket's open leg."""
    db.execute(_SET_LEG, {"_id": ticket_id, "_leg_id": leg_id})


def drop_leg(db: Connection, leg_id: int) -> None:
    """Remove a leg that an undone call had opened."""
    db.execute(delete(leg).where(leg.c.id == leg_id))


def write_leg(db: Connection, leg_id: int, **values: Any) -> None:
    """Write times, counter or outcome of a leg."""
    db.execute(update(leg).where(leg.c.id == leg_id).values(**values))


def swap(db: Connection, known: Ticket, to: State, **values: Any) -> None:
    """Compare-and-swap: from the state we know to `to`, with what changes along.

    Raises TicketStateConflict with the ticket as it truly is when another deed got there first.
    """
    values = {k: v.value if isinstance(v, State) else v for k, v in values.items()}
    done = db.execute(
        update(ticket)
        .where(ticket.c.id == known.id, ticket.c.state == known.state.value)
        .values(state=to.value, **values)
    )
    if done.rowcount != 1:
        truth = get(db, known.id)
        raise TicketStateConflict(f"Ticket {truth.number} is {truth.state.value.replace('_', ' ')} by now.", truth)


def get(db: Connection, ticket_id: int) -> Ticket:
    """The ticket with its legs. Raises NotFound."""
    row = db.execute(_BY_ID, {"id": ticket_id}).one_or_none()
    if row is None:
        raise NotFound("There is no such ticket.")
    return _ticket(row, legs_of(db, ticket_id))


def find(db: Connection, branch: Branch, day: date, number: str) -> Ticket:
    """Today's ticket of that number. Raises NotFound."""
    row = db.execute(
        select(ticket).where(
            ticket.c.branch_id == branch.id, ticket.c.business_day == day, ticket.c.number == number.strip().upper()
        )
    ).one_or_none()
    if row is None:
        raise NotFound(f"There is no ticket {number[:16]} today.")
    return _ticket(row, legs_of(db, row.id))


def at_counter(db: Connection, branch_id: int, counter: int) -> Ticket | None:
    """The ticket that is called or served at the counter."""
    row = db.execute(_AT_COUNTER, {"branch_id": branch_id, "counter": counter}).one_or_none()
    return _ticket(row, legs_of(db, row.id)) if row else None


def open_before(db: Connection, branch_id: int, day: date) -> list[Ticket]:
    """Tickets still open from business days before `day`."""
    rows = db.execute(
        select(ticket)
        .where(
            ticket.c.branch_id == branch_id,
            IS_OPEN,
            ticket.c.business_day < day,
        )
        .order_by(ticket.c.id)
    ).all()
    return [_ticket(r, legs_of(db, r.id)) for r in rows]


def open_after(db: Connection, branch_id: int, day: date) -> list[Ticket]:
    """Open tickets of business days after `day`: a clock that was ahead has issued them."""
    rows = db.execute(
        select(ticket)
        .where(ticket.c.branch_id == branch_id, IS_OPEN, ticket.c.business_day > day)
        .order_by(ticket.c.id)
    ).all()
    return [_ticket(r, legs_of(db, r.id)) for r in rows]


def place_no_later(db: Connection, branch_id: int, now: datetime) -> None:
    """Places that open tickets have taken after `now` are taken now; their order is that of their numbers' issue."""
    db.execute(
        update(ticket).where(ticket.c.branch_id == branch_id, IS_OPEN, ticket.c.place_at > now).values(place_at=now)
    )


def legs_of(db: Connection, ticket_id: int) -> tuple[Leg, ...]:
    """The ticket's legs in order."""
    return tuple(_leg(r) for r in db.execute(_LEGS, {"ticket_id": ticket_id}))


def heads(db: Connection, branch: Branch, counter: CounterProfile) -> list[Waiting]:
    """The first of each (service, class) line that this counter takes, and all that were moved to it.

    Never the whole queue: the cost is the number of lines, whatever their length.
    """
    rows = list(db.execute(_MOVED_HERE, {"branch_id": branch.id, "for_counter": counter.number}))
    for service in (*counter.services, *counter.helps_out_with):
        for priority in branch.head_starts:
            rows += db.execute(_HEAD, {"branch_id": branch.id, "service": service, "priority": priority})
    return [Waiting(r.id, r.number, r.service, r.priority, r.place_at, r.for_counter) for r in rows]


def counting(db: Connection, branch_id: int) -> CountBefore:
    """`count_before` of the policy, answered by the database in one statement."""

    def count_before(services: Iterable[str], places: Mapping[str, datetime], ticket_id: int) -> Mapping[str, int]:
        values: dict[str, Any] = {"branch_id": branch_id, "services": list(services), "ticket_id": ticket_id}
        for n, (priority, place_at) in enumerate(places.items()):
            values |= {f"priority_{n}": priority, f"place_at_{n}": place_at}
        return {r.service: r.n for r in db.execute(_count_before(len(places)), values)}

    return count_before


@cache
def _count_before(classes: int) -> Select[Any]:
    """The statement for so many priority classes."""
    placed_before = (
        and_(
            ticket.c.priority == bindparam(f"priority_{n}"),
            tuple_(ticket.c.place_at, ticket.c.id)
            < tuple_(bindparam(f"place_at_{n}", type_=Instant), bindparam("ticket_id", type_=BigInteger)),
        )
        for n in range(classes)
    )
    return (
        select(ticket.c.service, func.count().label("n"))
        .where(
            ticket.c.branch_id == bindparam("branch_id"),
            IS_WAITING,
            ticket.c.service.in_(bindparam("services", expanding=True)),
            ticket.c.for_counter.is_(None),
            or_(*placed_before),
        )
        .group_by(ticket.c.service)
    )


def open_tickets(db: Connection, branch_id: int, states: Iterable[State]) -> list[Ticket]:
    """Open tickets in the given states with their open leg alone, in issue order."""
    statement: Select[Any] = (
        select(ticket, *(c.label(f"leg_{c.name}") for c in leg.c if c.name != "id"))
        .join_from(ticket, leg, and_(leg.c.id == ticket.c.leg_id), isouter=True)
        .where(ticket.c.branch_id == branch_id, IS_OPEN, ticket.c.state.in_([s.value for s in states]))
        .order_by(ticket.c.id)
    )
    return [
        _ticket(
            r,
            (
                Leg(
                    r.leg_id, r.id, r.leg_service, r.leg_counter, r.leg_queued_at, r.leg_called_at, r.leg_started_at,
                    r.leg_ended_at, r.leg_outcome, r.leg_recalls, r.leg_called_seq,
                ),
            )
            if r.leg_id is not None
            else (),
        )
        for r in db.execute(statement)
    ]  # fmt: skip


def last_calls(db: Connection, branch_id: int, day: date, since: datetime, at_least: int) -> list[tuple[Ticket, Leg]]:
    """The calls of the business day since a moment, and at least so many; newest call or recall first.

    Each ticket comes once, with its last call.
    """
    rows = db.execute(
        select(leg).where(leg.c.branch_id == branch_id, leg.c.called_seq.is_not(None)).order_by(leg.c.called_seq.desc())
    )
    found: dict[int, Leg] = {}
    for row in rows:
        if row.business_day != day or (len(found) >= at_least and row.called_at < since):
            break
        found.setdefault(row.ticket_id, _leg(row))
    rows.close()
    if not found:
        return []
    tickets = {r.id: _ticket(r, ()) for r in db.execute(select(ticket).where(ticket.c.id.in_(found)))}
    return [(tickets[i], one) for i, one in found.items()]


def call_at(db: Connection, branch_id: int, seq: int) -> tuple[str, int] | None:
    """(ticket number, counter) of the call or recall with that seq, recalled since or not; None where there is none."""
    row = db.execute(
        select(event.c.number, event.c.counter).where(
            event.c.branch_id == branch_id, event.c.seq == seq, event.c.type.in_(["called", "recalled"])
        )
    ).one_or_none()
    return (row.number, row.counter) if row else None


def lately_served(db: Connection, branch_id: int, service: str, limit: int = 30) -> tuple[float, int]:
    """(sum of seconds, count) that the last customers of a service kept a counter busy, called → ended."""
    row = db.execute(_LATELY_SERVED, {"branch_id": branch_id, "service": service, "limit": limit}).one()
    return row.micros / 1e6, row.n


def _ticket(row: Row[Any], legs: tuple[Leg, ...]) -> Ticket:
    return Ticket(
        row.id, row.branch_id, row.business_day, row.number, row.service, row.priority, State(row.state), row.language,
        row.issued_at, row.place_at, row.ended_at, row.counter, row.for_counter, row.leg_id, row.note, legs,
    )  # fmt: skip


def _leg(row: Row[Any]) -> Leg:
    return Leg(
        row.id, row.ticket_id, row.service, row.counter, row.queued_at, row.called_at, row.started_at, row.ended_at,
        row.outcome, row.recalls, row.called_seq,
    )  # fmt: skip

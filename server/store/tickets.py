"""Tickets and their legs: issued, claimed by compare-and-swap, read in the order of the line."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    TextClause,
    and_,
    bindparam,
    delete,
    or_,
    select,
    text,
    union_all,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from server.domain.branch import Branch, CounterProfile
from server.domain.errors import NotFound, TicketStateConflict
from server.domain.policy import Waiting
from server.domain.ticket import Leg, State, Ticket
from server.store.prepared import Prepared, Statement, Together, insertion
from server.store.schema import event, leg, number_series, ticket

# literal, since SQLite uses a partial index only where the statement itself implies its condition
IN_LINE = text("ticket.state = 'waiting' AND ticket.for_counter IS NULL")
IS_MOVED = text("ticket.state = 'waiting' AND ticket.for_counter IS NOT NULL")
IS_AT_COUNTER = text("ticket.state IN ('called','serving')")
IS_OPEN = text("ticket.state IN ('waiting','called','serving','parked')")
_SERIES = ("branch_id", "service", "business_day")


def _series(insert: Any) -> Statement:
    new = insert(number_series).values({name: bindparam(name) for name in (*_SERIES, "last")})
    statement: Statement = new.on_conflict_do_update(index_elements=_SERIES, set_={"last": new.excluded.last})
    return statement


_UPSERT_SERIES = Prepared({"sqlite": _series(sqlite.insert), "postgresql": _series(postgresql.insert)})
_INSERT_TICKET = Prepared(
    insertion(
        ticket, "id", "branch_id", "business_day", "number", "service", "priority", "state", "language", "issued_at",
        "place_at", "leg_id", "origin",
    )
)  # fmt: skip
_LEG = ("ticket_id", "branch_id", "business_day", "service", "queued_at", "recalls")
_INSERT_FIRST_LEG = Prepared(insertion(leg, "id", *_LEG))
_INSERT_LEG = Prepared(insertion(leg, *_LEG).returning(leg.c.id))
_SET_LEG = Prepared(update(ticket).where(ticket.c.id == bindparam("_id")).values(leg_id=bindparam("_leg_id")))
_LEGS = Prepared(select(leg).where(leg.c.ticket_id == bindparam("ticket_id")).order_by(leg.c.id))
_ITS_LEG = tuple(column.label(f"its_{column.name}") for column in leg.c)
OPEN_TICKETS = (
    select(ticket, *_ITS_LEG)
    .join_from(ticket, leg, and_(leg.c.id == ticket.c.leg_id), isouter=True)
    .where(ticket.c.branch_id == bindparam("branch_id"), IS_OPEN)
    .order_by(ticket.c.id)
)
LEGS_AT_COUNTERS = (
    select(leg)
    .join_from(ticket, leg, leg.c.ticket_id == ticket.c.id)
    .where(ticket.c.branch_id == bindparam("branch_id"), IS_AT_COUNTER)
    .order_by(leg.c.id)
)
CALLS = (
    select(ticket, *_ITS_LEG)
    .join_from(leg, ticket, ticket.c.id == leg.c.ticket_id)
    .where(
        leg.c.branch_id == bindparam("branch_id"),
        leg.c.called_seq.is_not(None),
        leg.c.called_seq < bindparam("before"),
    )
    .order_by(leg.c.called_seq.desc())
    .limit(bindparam("limit"))
)
_CALLS = Prepared(CALLS)
CALLS_AT_ONCE = 24
"""So many calls are read at a time, the newest first: a database server would send the branch's whole past."""
AFTER_ALL = 1 << 62


_PLACE = (ticket.c.id, ticket.c.number, ticket.c.service, ticket.c.priority, ticket.c.place_at, ticket.c.for_counter)
_ITS_BRANCH = ticket.c.branch_id == bindparam("branch_id")


def _with_legs(*which: ColumnElement[bool] | TextClause) -> dict[str, Select[*tuple[Any, ...]]]:
    """A ticket, and its legs in order."""
    legs = select(leg).join_from(ticket, leg, leg.c.ticket_id == ticket.c.id).where(*which).order_by(leg.c.id)
    return {"ticket": select(ticket).where(*which), "legs": legs}


_BY_ID = Together(**_with_legs(ticket.c.id == bindparam("id")))
_BY_NUMBER = Together(
    **_with_legs(_ITS_BRANCH, ticket.c.business_day == bindparam("day"), ticket.c.number == bindparam("number"))
)
AT_COUNTER = _with_legs(_ITS_BRANCH, ticket.c.counter == bindparam("counter"), IS_AT_COUNTER)
_AT_COUNTER = Together(**AT_COUNTER)


@cache
def _heads(lines: int) -> Prepared:
    """All that were moved to a counter, and the first ticket of each of so many lines, a (service, class) each."""
    moved = (
        select(*_PLACE)
        .where(_ITS_BRANCH, IS_MOVED, ticket.c.for_counter == bindparam("for_counter"))
        .order_by(ticket.c.place_at, ticket.c.id)
    )

    def head(n: int) -> Select[Any]:
        of_line = ticket.c.service == bindparam(f"service_{n}"), ticket.c.priority == bindparam(f"priority_{n}")
        return select(*_PLACE).where(_ITS_BRANCH, IN_LINE, *of_line).order_by(ticket.c.place_at, ticket.c.id).limit(1)

    return Prepared(union_all(*(select(line.subquery()) for line in (moved, *map(head, range(lines))))))


@cache
def _swap(columns: tuple[str, ...]) -> Prepared:
    """From one state to another, with these columns."""
    of_state = update(ticket).where(ticket.c.id == bindparam("_id"), ticket.c.state == bindparam("_from"))
    return Prepared(of_state.values({name: bindparam(name) for name in columns}))


@cache
def _write_leg(columns: tuple[str, ...]) -> Prepared:
    return Prepared(update(leg).where(leg.c.id == bindparam("_id")).values({name: bindparam(name) for name in columns}))


def advance_series(db: Connection, branch_id: int, service: str, day: date, ordinal: int) -> None:
    """Write the series' new last ordinal, in the ticket's own transaction."""
    _UPSERT_SERIES.run(db, branch_id=branch_id, service=service, business_day=day, last=ordinal)


def issue(
    db: Connection,
    *,
    ticket_id: int,
    leg_id: int,
    branch_id: int,
    day: date,
    number: str,
    service: str,
    priority: str,
    language: str,
    now: datetime,
    origin: str,
) -> Ticket:
    """A new waiting ticket with its first leg, under the ids that were read for them."""
    _INSERT_TICKET.run(
        db,
        id=ticket_id,
        branch_id=branch_id,
        business_day=day,
        number=number,
        service=service,
        priority=priority,
        state=State.WAITING.value,
        language=language,
        issued_at=now,
        place_at=now,
        leg_id=leg_id,
        origin=origin,
    )
    _INSERT_FIRST_LEG.run(
        db,
        id=leg_id,
        ticket_id=ticket_id,
        branch_id=branch_id,
        business_day=day,
        service=service,
        queued_at=now,
        recalls=0,
    )
    first = Leg(leg_id, ticket_id, service, None, now)
    return Ticket(
        ticket_id, branch_id, day, number, service, priority, State.WAITING, language, now, now, None, None, None,
        leg_id, None, (first,),
    )  # fmt: skip


def open_leg(db: Connection, ticket_id: int, branch_id: int, day: date, service: str, queued_at: datetime) -> Leg:
    """The next leg of a ticket."""
    leg_id: int = _INSERT_LEG.value(
        db,
        ticket_id=ticket_id,
        branch_id=branch_id,
        business_day=day,
        service=service,
        queued_at=queued_at,
        recalls=0,
    )
    return Leg(leg_id, ticket_id, service, None, queued_at)


def set_leg(db: Connection, known: Ticket, new: Leg) -> Ticket:
    """Make the new leg the ticket's open one. Returns the ticket as it is now."""
    _SET_LEG.run(db, _id=known.id, _leg_id=new.id)
    return replace(known, leg_id=new.id, legs=(*known.legs, new))


def drop_leg(db: Connection, known: Ticket, leg_id: int) -> Ticket:
    """Remove a leg that an undone call had opened. Returns the ticket as it is now."""
    db.execute(delete(leg).where(leg.c.id == leg_id))
    return replace(known, legs=tuple(one for one in known.legs if one.id != leg_id))


def write_leg(db: Connection, known: Ticket, leg_id: int, **values: Any) -> Ticket:
    """Write times, counter or outcome of a leg. Returns its ticket as it is now."""
    _write_leg(tuple(values)).run(db, _id=leg_id, **values)
    return replace(known, legs=tuple(replace(one, **values) if one.id == leg_id else one for one in known.legs))


def swap(db: Connection, known: Ticket, to: State, **values: Any) -> Ticket:
    """Compare-and-swap: from the state we know to `to`, with what changes along. Returns the ticket as it is now.

    Raises TicketStateConflict with the ticket as it truly is when another deed got there first.
    """
    columns = (*values, "state")
    if _swap(columns).changed(db, _id=known.id, _from=known.state.value, state=to.value, **values) != 1:
        truth = get(db, known.id)
        raise TicketStateConflict(f"Ticket {truth.number} is {truth.state.value.replace('_', ' ')} by now.", truth)
    return replace(known, state=to, **values)


def get(db: Connection, ticket_id: int) -> Ticket:
    """The ticket with its legs. Raises NotFound."""
    found = one_of(_BY_ID.rows(db, id=ticket_id))
    if found is None:
        raise NotFound("There is no such ticket.")
    return found


def find(db: Connection, branch: Branch, day: date, number: str) -> Ticket:
    """Today's ticket of that number. Raises NotFound."""
    found = one_of(_BY_NUMBER.rows(db, branch_id=branch.id, day=day, number=number.strip().upper()))
    if found is None:
        raise NotFound(f"There is no ticket {number[:16]} today.")
    return found


def at_counter(db: Connection, branch_id: int, counter: int) -> Ticket | None:
    """The ticket that is called or served at the counter."""
    return one_of(_AT_COUNTER.rows(db, branch_id=branch_id, counter=counter))


def addressed_to(db: Connection, branch_id: int, counter: int) -> list[Ticket]:
    """The tickets that wait for this counter alone, by place."""
    rows = db.execute(
        select(ticket)
        .where(ticket.c.branch_id == branch_id, IS_MOVED, ticket.c.for_counter == counter)
        .order_by(ticket.c.place_at, ticket.c.id)
    ).all()
    return [_ticket(r, legs_of(db, r.id)) for r in rows]


def one_of(found: dict[str, list[Any]]) -> Ticket | None:
    """The ticket of the rows of AT_COUNTER."""
    return _ticket(found["ticket"][0], tuple(map(_leg, found["legs"]))) if found["ticket"] else None


def every_open(db: Connection, branch_id: int) -> list[Ticket]:
    """The open tickets of a branch in issue order, without their legs."""
    rows = db.execute(select(ticket).where(ticket.c.branch_id == branch_id, IS_OPEN).order_by(ticket.c.id))
    return [_ticket(r, ()) for r in rows]


def services_with_customers(db: Connection, branch_id: int, today: date) -> set[str]:
    """The services of the tickets that are open, and of those of today, which staff may let wait again."""
    rows = db.execute(
        select(ticket.c.service)
        .where(ticket.c.branch_id == branch_id, or_(IS_OPEN, ticket.c.business_day >= today))
        .distinct()
    )
    return {r.service for r in rows}


def origins(db: Connection, branch_id: int, first: date) -> set[str]:
    """Who has issued tickets since that business day: `token:7`, `user:3`."""
    rows = db.execute(
        select(ticket.c.origin).where(ticket.c.branch_id == branch_id, ticket.c.business_day >= first).distinct()
    )
    return {r.origin for r in rows}


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
    return tuple(_leg(r) for r in _LEGS.rows(db, ticket_id=ticket_id))


def heads(db: Connection, branch: Branch, counter: CounterProfile) -> list[Waiting]:
    """The first of each (service, class) line that this counter takes, and all that were moved to it.

    Never the whole queue: the cost is the number of lines, whatever their length.
    """
    lines = [(s, p) for s in counter.every_service for p in branch.head_starts]
    named = {f"service_{n}": service for n, (service, _) in enumerate(lines)}
    named |= {f"priority_{n}": priority for n, (_, priority) in enumerate(lines)}
    rows = _heads(len(lines)).rows(db, branch_id=branch.id, for_counter=counter.number, **named)
    return [Waiting(r.id, r.number, r.service, r.priority, r.place_at, r.for_counter) for r in rows]


def open_tickets(rows: list[Any], legs_at_counters: list[Any]) -> list[Ticket]:
    """All open tickets in issue order: those at a counter with all their legs, the others with their open leg alone.

    Made of the rows of OPEN_TICKETS and LEGS_AT_COUNTERS. Who serves a ticket sees where it has been; there are as many
    of those as counters.
    """
    histories: dict[int, list[Leg]] = {}
    for row in legs_at_counters:
        histories.setdefault(row.ticket_id, []).append(_leg(row))
    return [_ticket(r, tuple(histories.get(r.id) or ([_its_leg(r)] if r.its_id is not None else []))) for r in rows]


def last_calls(
    db: Connection, branch_id: int, rows: list[Any], day: date, since: datetime, at_least: int
) -> list[tuple[Ticket, Leg]]:
    """The calls of the business day since a moment, and at least so many; newest call or recall first.

    Each ticket comes once, with its last call. `rows` are the first of CALLS; more are read where that is needed.
    """
    found: dict[int, tuple[Ticket, Leg]] = {}
    while True:
        for row in rows:
            if row.its_business_day != day or (len(found) >= at_least and row.its_called_at < since):
                return list(found.values())
            found.setdefault(row.id, (_ticket(row, ()), _its_leg(row)))
        if len(rows) < CALLS_AT_ONCE:
            return list(found.values())
        rows = _CALLS.rows(db, branch_id=branch_id, before=rows[-1].its_called_seq, limit=CALLS_AT_ONCE)


def call_at(db: Connection, branch_id: int, seq: int) -> tuple[str, int] | None:
    """(ticket number, counter) of the call or recall with that seq, recalled since or not; None where there is none."""
    row = db.execute(
        select(event.c.number, event.c.counter).where(
            event.c.branch_id == branch_id, event.c.seq == seq, event.c.type.in_(["called", "recalled"])
        )
    ).one_or_none()
    return (row.number, row.counter) if row else None


def _ticket(row: Any, legs: tuple[Leg, ...]) -> Ticket:
    return Ticket(
        row.id, row.branch_id, row.business_day, row.number, row.service, row.priority, State(row.state), row.language,
        row.issued_at, row.place_at, row.ended_at, row.counter, row.for_counter, row.leg_id, row.note, legs,
    )  # fmt: skip


def _its_leg(row: Any) -> Leg:
    """The leg whose columns stand beside a ticket's."""
    return Leg(
        row.its_id, row.its_ticket_id, row.its_service, row.its_counter, row.its_queued_at, row.its_called_at,
        row.its_started_at, row.its_ended_at, row.its_outcome, row.its_recalls, row.its_called_seq,
    )  # fmt: skip


def _leg(row: Any) -> Leg:
    return Leg(
        row.id, row.ticket_id, row.service, row.counter, row.queued_at, row.called_at, row.started_at, row.ended_at,
        row.outcome, row.recalls, row.called_seq,
    )  # fmt: skip

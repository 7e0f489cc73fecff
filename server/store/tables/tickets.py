"""Tickets and their legs: issued, claimed by compare-and-swap, read in the order of the line."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    TextClause,
    bindparam,
    delete,
    func,
    or_,
    select,
    text,
    union_all,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from server.domain.branch import Branch, CounterProfile
from server.domain.errors import NotFound, TicketStateConflict
from server.domain.queue import numbering
from server.domain.queue.policy import Waiting
from server.domain.ticket import OPEN, Channel, Leg, State, Ticket
from server.store.sql.compiled_statements import CompiledStatement, MultiQuery, Statement, insertion
from server.store.sql.schema import event, leg, number_series, ticket

# literal, since SQLite uses a partial index only where the statement itself implies its condition
IN_LINE = text("ticket.state = 'waiting' AND ticket.for_counter IS NULL")
IS_MOVED = text("ticket.state = 'waiting' AND ticket.for_counter IS NOT NULL")
IS_AT_COUNTER = text("ticket.state IN ('called','serving')")
IS_OPEN = text("ticket.state IN ('waiting','called','serving','parked')")
_SERIES = ("branch_id", "service", "business_day")


def _series(insert: Any) -> Statement:
    own = ("last", "phones", "left_out")
    new = insert(number_series).values({name: bindparam(name) for name in (*_SERIES, *own)})
    statement: Statement = new.on_conflict_do_update(
        index_elements=_SERIES, set_={name: new.excluded[name] for name in own}
    )
    return statement


_UPSERT_SERIES = CompiledStatement({"sqlite": _series(sqlite.insert), "postgresql": _series(postgresql.insert)})
_INSERT_TICKET = CompiledStatement(
    insertion(
        ticket, "id", "branch_id", "business_day", "number", "service", "priority", "state", "language", "issued_at",
        "place_at", "leg_id", "origin", "channel",
    )
)  # fmt: skip
_LEG = ("ticket_id", "branch_id", "business_day", "service", "queued_at", "recalls")
_INSERT_FIRST_LEG = CompiledStatement(insertion(leg, "id", *_LEG))
_INSERT_LEG = CompiledStatement(insertion(leg, *_LEG).returning(leg.c.id))
_SET_LEG = CompiledStatement(update(ticket).where(ticket.c.id == bindparam("_id")).values(leg_id=bindparam("_leg_id")))
_LEGS = CompiledStatement(select(leg).where(leg.c.ticket_id == bindparam("ticket_id")).order_by(leg.c.id))
_ITS_LEG = tuple(column.label(f"its_{column.name}") for column in leg.c)
_LAST_LEG = select(func.max(leg.c.id)).where(leg.c.ticket_id == ticket.c.id).correlate(ticket).scalar_subquery()
OPEN_TICKETS = (
    select(ticket, *_ITS_LEG)
    .join_from(ticket, leg, leg.c.id == func.coalesce(ticket.c.leg_id, _LAST_LEG), isouter=True)
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
_CALLS = CompiledStatement(CALLS)
CALLS_AT_ONCE = 24
"""So many calls are read at a time, the newest first: a database server would send the branch's whole past."""
AFTER_ALL = 1 << 62
_NEVER = datetime.max.replace(tzinfo=UTC)


class OpenState(NamedTuple):
    """An open ticket's day and state, and the counter where it is, or was last."""

    business_day: date
    state: State
    counter: int | None


_PLACE = (ticket.c.id, ticket.c.number, ticket.c.service, ticket.c.priority, ticket.c.place_at, ticket.c.for_counter)
_ITS_BRANCH = ticket.c.branch_id == bindparam("branch_id")


def _with_legs(*which: ColumnElement[bool] | TextClause) -> dict[str, Select[*tuple[Any, ...]]]:
    """A ticket, and its legs in order."""
    legs = select(leg).join_from(ticket, leg, leg.c.ticket_id == ticket.c.id).where(*which).order_by(leg.c.id)
    return {"ticket": select(ticket).where(*which), "legs": legs}


_BY_ID = MultiQuery(**_with_legs(ticket.c.id == bindparam("id")))


def _of_number() -> ColumnElement[bool]:
    """Who may be meant by a number, each found by an index: the open ticket, today's, one that ended a while ago."""
    named = select(ticket.c.id).where(_ITS_BRANCH, ticket.c.number == bindparam("number")).correlate(None)
    lately = ticket.c.ended_at >= bindparam("ended_since")
    return ticket.c.id.in_(
        union_all(
            named.where(IS_OPEN),
            named.where(ticket.c.business_day == bindparam("day")),
            named.where(ticket.c.business_day == bindparam("day_before"), lately),
            named.where(ticket.c.business_day == bindparam("day_after"), lately),
        )
    )


_BY_NUMBER = MultiQuery(**_with_legs(_of_number()))
AT_COUNTER = _with_legs(_ITS_BRANCH, ticket.c.counter == bindparam("counter"), IS_AT_COUNTER)
_AT_COUNTER = MultiQuery(**AT_COUNTER)
_OPEN_NUMBER = CompiledStatement(
    select(ticket.c.id).where(_ITS_BRANCH, ticket.c.number == bindparam("number"), IS_OPEN)
)


@cache
def _heads(lines: int) -> CompiledStatement:
    """All that were moved to a counter, and the first ticket of each of so many lines, a (service, class) each."""
    moved = (
        select(*_PLACE)
        .where(_ITS_BRANCH, IS_MOVED, ticket.c.for_counter == bindparam("for_counter"))
        .order_by(ticket.c.place_at, ticket.c.id)
    )

    def head(n: int) -> Select[Any]:
        of_line = ticket.c.service == bindparam(f"service_{n}"), ticket.c.priority == bindparam(f"priority_{n}")
        return select(*_PLACE).where(_ITS_BRANCH, IN_LINE, *of_line).order_by(ticket.c.place_at, ticket.c.id).limit(1)

    return CompiledStatement(union_all(*(select(line.subquery()) for line in (moved, *map(head, range(lines))))))


@cache
def _swap(columns: tuple[str, ...]) -> CompiledStatement:
    """From one state to another, with these columns."""
    of_state = update(ticket).where(ticket.c.id == bindparam("_id"), ticket.c.state == bindparam("_from"))
    return CompiledStatement(of_state.values({name: bindparam(name) for name in columns}))


@cache
def _write_leg(columns: tuple[str, ...]) -> CompiledStatement:
    return CompiledStatement(
        update(leg).where(leg.c.id == bindparam("_id")).values({name: bindparam(name) for name in columns})
    )


def advance_series(
    db: Connection, branch_id: int, service: str, day: date, ordinal: int, *, phones: int, left_out: int
) -> None:
    """Write the series' new last ordinal, in the ticket's own transaction.

    `phones` is how many numbers phones have taken so far, `left_out` how many ordinals up to the last were left out.
    """
    _UPSERT_SERIES.run(
        db,
        branch_id=branch_id,
        service=service,
        business_day=day,
        last=ordinal,
        phones=phones,
        left_out=left_out,
    )


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
    channel: Channel,
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
        channel=channel.value,
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
        id=ticket_id, branch_id=branch_id, business_day=day, number=number, service=service, priority=priority,
        state=State.WAITING, language=language, issued_at=now, place_at=now, ended_at=None, counter=None,
        for_counter=None, leg_id=leg_id, legs=(first,),
    )  # fmt: skip


def open_leg(db: Connection, ticket_id: int, branch_id: int, day: date, service: str, queued_at: datetime) -> Leg:
    """The next leg of a ticket."""
    values = {"ticket_id": ticket_id, "branch_id": branch_id, "business_day": day, "service": service}
    leg_id: int = _INSERT_LEG.scalar(db, **values, queued_at=queued_at, recalls=0)
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

    Raises TicketStateConflict with the ticket as it truly is when another action got there first.
    """
    columns = (*values, "state")
    if _swap(columns).rowcount(db, _id=known.id, _from=known.state.value, state=to.value, **values) != 1:
        truth = get(db, known.id)
        raise TicketStateConflict(f"Ticket {truth.number} is {truth.state.value.replace('_', ' ')} by now.", truth)
    return replace(known, state=to, **values)


def get(db: Connection, ticket_id: int) -> Ticket:
    """The ticket with its legs. Raises NotFound."""
    found = one_of(_BY_ID.rows(db, id=ticket_id))
    if found is None:
        raise NotFound("There is no such ticket.")
    return found


def find(
    db: Connection,
    branch: Branch,
    day: date,
    number: str,
    likely: Collection[State] = OPEN,
    ended_since: datetime | None = None,
) -> Ticket:
    """The ticket that people mean by a number, as they write it: the open one of it, else that of business day `day`.

    With `ended_since`, also one of the day before or after that has ended since. A `likely` state tells those apart
    that fit. Raises NotFound, or AmbiguousNumber where several are left.
    """
    among = {
        "branch_id": branch.id,
        "day": day,
        "day_before": day - timedelta(days=1),
        "day_after": day + timedelta(days=1),
        "ended_since": ended_since or _NEVER,
    }
    found = _BY_NUMBER.rows(db, number=number.strip().upper(), **among)
    if not found["ticket"]:
        exact = numbering.match_typed(number, _alike(db, branch, number, among), likely)
        if exact is not None:
            found = _BY_NUMBER.rows(db, number=exact, **among)
    if not found["ticket"]:
        raise NotFound(f"There is no ticket {number[:16]} today.")
    meant = max(found["ticket"], key=lambda row: (State(row.state) in OPEN, row.business_day == day, row.id))
    return _ticket(meant, tuple(_leg(row) for row in found["legs"] if row.ticket_id == meant.id))


def of_open_number(db: Connection, branch_id: int, number: str) -> int | None:
    """The id of the open ticket of that number; None where no open one has it."""
    found: int | None = _OPEN_NUMBER.scalar(db, branch_id=branch_id, number=number)
    return found


def numbers_like(db: Connection, branch: Branch, first_day: date, number: str) -> list[str]:
    """Numbers since that day that somebody may look for by this one: that very number alone, where there is one."""
    named = ticket.c.number.in_(_spelt(branch, number))
    found = select(ticket.c.number).where(ticket.c.branch_id == branch.id, ticket.c.business_day >= first_day, named)
    return sorted((numbers := set(db.scalars(found))) & {number.strip().upper()} or numbers)


def _alike(db: Connection, branch: Branch, number: str, among: dict[str, Any]) -> set[tuple[str, State]]:
    """(number, state) of tickets that may be meant, `among` those that `find` looks at."""
    days, lately = ticket.c.business_day, ticket.c.ended_at >= among["ended_since"]
    counts = or_(IS_OPEN, days == among["day"], days.in_((among["day_before"], among["day_after"])) & lately)
    named = ticket.c.number.in_(_spelt(branch, number))
    found = select(ticket.c.number, ticket.c.state).where(ticket.c.branch_id == branch.id, named, counts)
    return {(row.number, State(row.state)) for row in db.execute(found)}


def _spelt(branch: Branch, number: str) -> list[str]:
    return numbering.spellings(number, [service.code for service in branch.services])


def taken_by_phone(db: Connection, branch_id: int, since: datetime, until: datetime) -> list[Ticket]:
    """The tickets that phones took from `since` until before `until`, and that wait or are parked."""
    rows = db.execute(
        select(ticket)
        .where(
            ticket.c.branch_id == branch_id,
            text("ticket.state IN ('waiting','parked')"),
            ticket.c.channel == Channel.PHONE.value,
            ticket.c.issued_at >= since,
            ticket.c.issued_at < until,
        )
        .order_by(ticket.c.id)
    ).all()
    return [_ticket(row, legs_of(db, row.id)) for row in rows]


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


def open_of_other_days(db: Connection, branch_id: int, day: date) -> list[Ticket]:
    """Open tickets of business days before `day`; and of later ones, issued by a clock or a setting that was ahead."""
    rows = db.execute(
        select(ticket)
        .where(ticket.c.branch_id == branch_id, IS_OPEN, ticket.c.business_day != day)
        .order_by(ticket.c.id)
    ).all()
    return [_ticket(r, legs_of(db, r.id)) for r in rows]


def open_states(db: Connection, branch_id: int) -> list[OpenState]:
    """What every open ticket does, and where."""
    columns = (ticket.c.business_day, ticket.c.state, ticket.c.counter)
    rows = db.execute(select(*columns).where(ticket.c.branch_id == branch_id, IS_OPEN))
    return [OpenState(row.business_day, State(row.state), row.counter) for row in rows]


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
    """All open tickets in issue order: those at a counter, whose clerk sees where they have been, with all their legs.

    The others have their open leg alone, parked ones their last. Made of the rows of OPEN_TICKETS, LEGS_AT_COUNTERS.
    """
    histories: dict[int, list[Leg]] = {}
    for row in legs_at_counters:
        histories.setdefault(row.ticket_id, []).append(_leg(row))
    return [_ticket(r, tuple(histories.get(r.id) or ([_its_leg(r)] if r.its_id is not None else []))) for r in rows]


def last_calls(
    db: Connection, branch_id: int, rows: list[Any], day: date, since: datetime, at_least: int
) -> list[tuple[Ticket, Leg]]:
    """The calls of business days from `day` on since a moment, and at least so many; newest call or recall first.

    Each ticket comes once, with its last call. `rows` are the first of CALLS; more are read where that is needed.
    """
    found: dict[int, tuple[Ticket, Leg]] = {}
    while True:
        for row in rows:
            if row.its_business_day < day or (len(found) >= at_least and row.its_called_at < since):
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
        id=row.id, branch_id=row.branch_id, business_day=row.business_day, number=row.number, service=row.service,
        priority=row.priority, state=State(row.state), language=row.language, issued_at=row.issued_at,
        place_at=row.place_at, ended_at=row.ended_at, counter=row.counter, for_counter=row.for_counter,
        leg_id=row.leg_id, note=row.note, legs=legs,
    )  # fmt: skip


def _its_leg(row: Any) -> Leg:
    """The leg whose columns stand beside a ticket's."""
    return Leg(
        id=row.its_id, ticket_id=row.its_ticket_id, service=row.its_service, counter=row.its_counter,
        queued_at=row.its_queued_at, called_at=row.its_called_at, started_at=row.its_started_at,
        ended_at=row.its_ended_at, outcome=row.its_outcome, recalls=row.its_recalls, called_seq=row.its_called_seq,
    )  # fmt: skip


def _leg(row: Any) -> Leg:
    return Leg(
        id=row.id, ticket_id=row.ticket_id, service=row.service, counter=row.counter, queued_at=row.queued_at,
        called_at=row.called_at, started_at=row.started_at, ended_at=row.ended_at, outcome=row.outcome,
        recalls=row.recalls, called_seq=row.called_seq,
    )  # fmt: skip

"""Tickets and their legs: issued, changed by compare-and-swap, read in the order of the line."""

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

# literals, not parameters: SQLite uses a partial index only if the statement itself implies its condition
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
"""Calls read at a time, newest first. Without a limit, a database server would send the branch's whole history."""
AFTER_ALL = 1 << 62  # a seq after every event
_NEVER = datetime.max.replace(tzinfo=UTC)


class OpenState(NamedTuple):
    """An open ticket's day and state, and its present or last counter."""

    business_day: date
    state: State
    counter: int | None


_PLACE = (ticket.c.id, ticket.c.number, ticket.c.service, ticket.c.priority, ticket.c.place_at, ticket.c.for_counter)
_ITS_BRANCH = ticket.c.branch_id == bindparam("branch_id")


def _with_legs(*conditions: ColumnElement[bool] | TextClause) -> dict[str, Select[*tuple[Any, ...]]]:
    """Return the queries for tickets and, in order, their legs."""
    legs = select(leg).join_from(ticket, leg, leg.c.ticket_id == ticket.c.id).where(*conditions).order_by(leg.c.id)
    return {"ticket": select(ticket).where(*conditions), "legs": legs}


_BY_ID = MultiQuery(**_with_legs(ticket.c.id == bindparam("id")))


def _of_number() -> ColumnElement[bool]:
    """Return the condition for tickets with a number: open, of the day, or of a day beside it and ended lately."""
    with_number = select(ticket.c.id).where(_ITS_BRANCH, ticket.c.number == bindparam("number")).correlate(None)
    ended_lately = ticket.c.ended_at >= bindparam("ended_since")
    return ticket.c.id.in_(
        union_all(
            with_number.where(IS_OPEN),
            with_number.where(ticket.c.business_day == bindparam("day")),
            with_number.where(ticket.c.business_day == bindparam("day_before"), ended_lately),
            with_number.where(ticket.c.business_day == bindparam("day_after"), ended_lately),
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
    """Return the statement for all tickets moved to a counter, and the first ticket of each (service, class) line."""
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
    """Return the compare-and-swap statement that writes these columns."""
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
    """Write the series' new last ordinal, in the transaction that issues the ticket.

    `phones` is how many numbers phones have taken so far, `left_out` how many ordinals up to the last were skipped.
    """
    _UPSERT_SERIES.run(
        db, branch_id=branch_id, service=service, business_day=day, last=ordinal, phones=phones, left_out=left_out
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
    """Insert a waiting ticket and its first leg under the given ids; return the ticket."""
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
    """Insert the next leg of a ticket; return it."""
    values = {"ticket_id": ticket_id, "branch_id": branch_id, "business_day": day, "service": service}
    leg_id: int = _INSERT_LEG.scalar(db, **values, queued_at=queued_at, recalls=0)
    return Leg(leg_id, ticket_id, service, None, queued_at)


def set_leg(db: Connection, previous: Ticket, new: Leg) -> Ticket:
    """Make the new leg the ticket's open leg; return the changed ticket."""
    _SET_LEG.run(db, _id=previous.id, _leg_id=new.id)
    return replace(previous, leg_id=new.id, legs=(*previous.legs, new))


def drop_leg(db: Connection, previous: Ticket, leg_id: int) -> Ticket:
    """Delete the leg of a call that is undone; return the changed ticket."""
    db.execute(delete(leg).where(leg.c.id == leg_id))
    return replace(previous, legs=tuple(other for other in previous.legs if other.id != leg_id))


def write_leg(db: Connection, previous: Ticket, leg_id: int, **values: Any) -> Ticket:
    """Write times, counter or outcome of a leg; return the changed ticket."""
    _write_leg(tuple(values)).run(db, _id=leg_id, **values)
    return replace(previous, legs=tuple(replace(x, **values) if x.id == leg_id else x for x in previous.legs))


def swap(db: Connection, previous: Ticket, to: State, **values: Any) -> Ticket:
    """Compare-and-swap the ticket from its known state to `to`, and write `values`; return the changed ticket.

    Raises: TicketStateConflict if another action was first; the error holds the ticket as it is.
    """
    columns = (*values, "state")
    if _swap(columns).rowcount(db, _id=previous.id, _from=previous.state.value, state=to.value, **values) != 1:
        actual = get(db, previous.id)
        raise TicketStateConflict(f"Ticket {actual.number} is {actual.state.value.replace('_', ' ')} by now.", actual)
    return replace(previous, state=to, **values)


def get(db: Connection, ticket_id: int) -> Ticket:
    """Return the ticket with its legs. Raises: NotFound if there is no such ticket."""
    match = ticket_of_rows(_BY_ID.rows(db, id=ticket_id))
    if match is None:
        raise NotFound("There is no such ticket.")
    return match


def find(
    db: Connection,
    branch: Branch,
    day: date,
    number: str,
    likely: Collection[State] = OPEN,
    ended_since: datetime | None = None,
) -> Ticket:
    """Return the ticket for a number as people write it: the open one, otherwise that of business day `day`.

    With `ended_since`, tickets of the day before or after that ended since then also count. If several spellings
    match, a ticket in a `likely` state wins.

    Raises: NotFound if no ticket matches; AmbiguousNumber if several tickets match.
    """
    span = {
        "branch_id": branch.id,
        "day": day,
        "day_before": day - timedelta(days=1),
        "day_after": day + timedelta(days=1),
        "ended_since": ended_since or _NEVER,
    }
    rows = _BY_NUMBER.rows(db, number=number.strip().upper(), **span)
    if not rows["ticket"]:
        exact = numbering.match_typed(number, _similar_numbers(db, branch, number, span), likely)
        if exact is not None:
            rows = _BY_NUMBER.rows(db, number=exact, **span)
    if not rows["ticket"]:
        raise NotFound(f"There is no ticket {number[:16]} today.")
    match = max(rows["ticket"], key=lambda row: (State(row.state) in OPEN, row.business_day == day, row.id))
    return _ticket(match, tuple(_leg(row) for row in rows["legs"] if row.ticket_id == match.id))


def open_id_of_number(db: Connection, branch_id: int, number: str) -> int | None:
    """Return the id of the open ticket with exactly this number; None if there is none."""
    ticket_id: int | None = _OPEN_NUMBER.scalar(db, branch_id=branch_id, number=number)
    return ticket_id


def numbers_like(db: Connection, branch: Branch, first_day: date, number: str) -> list[str]:
    """Return the ticket numbers since a day that this number may stand for: only the exact number, if there is one."""
    spelled = ticket.c.number.in_(_spellings(branch, number))
    query = select(ticket.c.number).where(ticket.c.branch_id == branch.id, ticket.c.business_day >= first_day, spelled)
    return sorted((numbers := set(db.scalars(query))) & {number.strip().upper()} or numbers)


def _similar_numbers(db: Connection, branch: Branch, number: str, span: dict[str, Any]) -> set[tuple[str, State]]:
    """Return (number, state) of tickets with a spelling of this number, in the `span` of `find`."""
    days, ended_lately = ticket.c.business_day, ticket.c.ended_at >= span["ended_since"]
    is_candidate = or_(IS_OPEN, days == span["day"], days.in_((span["day_before"], span["day_after"])) & ended_lately)
    spelled = ticket.c.number.in_(_spellings(branch, number))
    query = select(ticket.c.number, ticket.c.state).where(ticket.c.branch_id == branch.id, spelled, is_candidate)
    return {(row.number, State(row.state)) for row in db.execute(query)}


def _spellings(branch: Branch, number: str) -> list[str]:
    return numbering.spellings(number, [service.code for service in branch.services])


def taken_by_phone(db: Connection, branch_id: int, since: datetime, until: datetime) -> list[Ticket]:
    """Return waiting or parked tickets that phones took from `since` until before `until`."""
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
    """Return the ticket that is called or served at the counter; None if there is none."""
    return ticket_of_rows(_AT_COUNTER.rows(db, branch_id=branch_id, counter=counter))


def addressed_to(db: Connection, branch_id: int, counter: int) -> list[Ticket]:
    """Return the tickets that wait for this counter only, by place in line."""
    rows = db.execute(
        select(ticket)
        .where(ticket.c.branch_id == branch_id, IS_MOVED, ticket.c.for_counter == counter)
        .order_by(ticket.c.place_at, ticket.c.id)
    ).all()
    return [_ticket(r, legs_of(db, r.id)) for r in rows]


def ticket_of_rows(rows: dict[str, list[Any]]) -> Ticket | None:
    """Build the ticket from the rows of AT_COUNTER; None if they are empty."""
    return _ticket(rows["ticket"][0], tuple(map(_leg, rows["legs"]))) if rows["ticket"] else None


def list_open(db: Connection, branch_id: int) -> list[Ticket]:
    """Return the branch's open tickets in issue order, without their legs."""
    rows = db.execute(select(ticket).where(ticket.c.branch_id == branch_id, IS_OPEN).order_by(ticket.c.id))
    return [_ticket(r, ()) for r in rows]


def services_with_customers(db: Connection, branch_id: int, today: date) -> set[str]:
    """Return the services of open tickets and of today's tickets, which staff may put back into the line."""
    rows = db.execute(
        select(ticket.c.service)
        .where(ticket.c.branch_id == branch_id, or_(IS_OPEN, ticket.c.business_day >= today))
        .distinct()
    )
    return {r.service for r in rows}


def origins(db: Connection, branch_id: int, first: date) -> set[str]:
    """Return the principals that have issued tickets since that business day, such as `token:7` or `user:3`."""
    rows = db.execute(
        select(ticket.c.origin).where(ticket.c.branch_id == branch_id, ticket.c.business_day >= first).distinct()
    )
    return {r.origin for r in rows}


def open_of_other_days(db: Connection, branch_id: int, day: date) -> list[Ticket]:
    """Return open tickets of days before `day`, or after it if the clock or the branch's settings were ahead."""
    rows = db.execute(
        select(ticket)
        .where(ticket.c.branch_id == branch_id, IS_OPEN, ticket.c.business_day != day)
        .order_by(ticket.c.id)
    ).all()
    return [_ticket(r, legs_of(db, r.id)) for r in rows]


def open_states(db: Connection, branch_id: int) -> list[OpenState]:
    """Return the state and the counter of every open ticket."""
    columns = (ticket.c.business_day, ticket.c.state, ticket.c.counter)
    rows = db.execute(select(*columns).where(ticket.c.branch_id == branch_id, IS_OPEN))
    return [OpenState(row.business_day, State(row.state), row.counter) for row in rows]


def cap_places(db: Connection, branch_id: int, now: datetime) -> None:
    """Set places of open tickets after `now` to `now`; among these tickets, the order of issue then decides."""
    db.execute(
        update(ticket).where(ticket.c.branch_id == branch_id, IS_OPEN, ticket.c.place_at > now).values(place_at=now)
    )


def legs_of(db: Connection, ticket_id: int) -> tuple[Leg, ...]:
    """Return the ticket's legs in order."""
    return tuple(_leg(r) for r in _LEGS.rows(db, ticket_id=ticket_id))


def heads(db: Connection, branch: Branch, counter: CounterProfile) -> list[Waiting]:
    """Return the first ticket of each (service, class) line that this counter takes, and all tickets moved to it.

    The cost grows with the number of lines, not with their length.
    """
    lines = [(s, p) for s in counter.every_service for p in branch.head_starts]
    parameters = {f"service_{n}": service for n, (service, _) in enumerate(lines)}
    parameters |= {f"priority_{n}": priority for n, (_, priority) in enumerate(lines)}
    rows = _heads(len(lines)).rows(db, branch_id=branch.id, for_counter=counter.number, **parameters)
    return [Waiting(r.id, r.number, r.service, r.priority, r.place_at, r.for_counter) for r in rows]


def open_tickets(rows: list[Any], legs_at_counters: list[Any]) -> list[Ticket]:
    """Build all open tickets, in issue order, from the rows of OPEN_TICKETS and LEGS_AT_COUNTERS.

    Tickets at a counter have all their legs, since the clerk sees the ticket's history. Others have only their open
    leg, or their last one if they are parked.
    """
    histories: dict[int, list[Leg]] = {}
    for row in legs_at_counters:
        histories.setdefault(row.ticket_id, []).append(_leg(row))
    return [_ticket(r, tuple(histories.get(r.id) or ([_its_leg(r)] if r.its_id is not None else []))) for r in rows]


def last_calls(
    db: Connection, branch_id: int, rows: list[Any], day: date, since: datetime, at_least: int
) -> list[tuple[Ticket, Leg]]:
    """Return the calls since a moment, at least `at_least`, of business days from `day` on; newest first.

    A recall counts as a call. Each ticket appears once, with its last call. `rows` are the first rows of CALLS; more
    are read if needed.
    """
    calls: dict[int, tuple[Ticket, Leg]] = {}
    while True:
        for row in rows:
            if row.its_business_day < day or (len(calls) >= at_least and row.its_called_at < since):
                return list(calls.values())
            calls.setdefault(row.id, (_ticket(row, ()), _its_leg(row)))
        if len(rows) < CALLS_AT_ONCE:
            return list(calls.values())
        rows = _CALLS.rows(db, branch_id=branch_id, before=rows[-1].its_called_seq, limit=CALLS_AT_ONCE)


def call_at(db: Connection, branch_id: int, seq: int) -> tuple[str, int] | None:
    """Return (ticket number, counter) of the call or recall with this seq; None if there is none."""
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
    """Build the leg from the `its_` columns beside a ticket's columns."""
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

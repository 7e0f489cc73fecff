"""Branches as declared: read whole, kept by revision, replaced by `apply`."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, insert, select, text, update

from server.domain.branch import (
    Branch,
    CounterProfile,
    Hours,
    NoShowRule,
    PauseReason,
    PriorityClass,
    Service,
    Span,
)
from server.domain.calendar import business_day, clock_jump
from server.domain.calendar.clock_jump import ClockFault, ClockJump
from server.domain.errors import BranchRetired, NotFound
from server.domain.queue import carrying
from server.domain.queue.carrying import DayTurn
from server.store.sql.compiled_statements import CompiledStatement
from server.store.sql.schema import branch, counter, priority_class, service, ticket
from server.store.tables import slugs

_plans: dict[tuple[str | None, int | None, str | None, int], Branch] = {}
"""(host, port, database, branch id) → the plan last read. Checked against the revision, so it can never be stale."""

_BY_SLUG = CompiledStatement(
    select(branch.c.id, branch.c.revision, branch.c.retired).where(branch.c.slug == bindparam("slug"))
)
_REVISION, _SEQ, _LAST_AT = (
    CompiledStatement(select(column).where(branch.c.id == bindparam("id")))
    for column in (branch.c.revision, branch.c.seq, branch.c.last_at)
)

MOMENT = select(
    branch.c.seq, branch.c.last_at, branch.c.revision, branch.c.expired_to, branch.c.carried_until, branch.c.last_turn
).where(branch.c.id == bindparam("branch_id"))
"""The seq of the branch's last event, when that was, of which revision its plan is, and what its day carries."""


def plan(db: Connection, branch_id: int, revision: int) -> Branch:
    """The branch with its services, counters and classes, as of `revision`."""
    where = _key(db, branch_id)
    found = _plans.get(where)
    if found is None or found.revision != revision:
        found = _plans[where] = _read(db, branch_id)
    return found


def known(db: Connection, branch_id: int) -> Branch:
    """The plan last read, which may be of an older revision. Raises NotFound where there is no such branch."""
    return _plans.get(_key(db, branch_id)) or get_by_id(db, branch_id)


def _key(db: Connection, branch_id: int) -> tuple[str | None, int | None, str | None, int]:
    url = db.engine.url  # whose own hash is made of all that it says, each time
    return url.host, url.port, url.database, branch_id


def forget_plans() -> None:
    """After a commit that failed: what was read before it may never have been, and its revision will be another's."""
    _plans.clear()


def get(db: Connection, slug: str, *, retired_too: bool = False) -> Branch:
    """The branch of that slug, or of a slug that it had before.

    Raises NotFound, and BranchRetired where retired ones are not asked for, too.
    """
    row = _BY_SLUG.row(db, slug=slug)
    if row is None and (renamed := slugs.present(db, slug)) is not None:
        row = _BY_SLUG.row(db, slug=renamed)
    if row is None:
        raise NotFound(f"There is no branch {slug[:64]!r}.")
    if row.retired and not retired_too:
        raise BranchRetired(slug)
    return plan(db, row.id, row.revision)


def id_of(db: Connection, slug: str) -> int | None:
    """The id of the branch that has this slug now, a retired one too; None where none has."""
    row = _BY_SLUG.row(db, slug=slug)
    return None if row is None else int(row.id)


def retire(db: Connection, branch_id: int) -> None:
    """Close the branch for good; all that happened there stays."""
    db.execute(update(branch).where(branch.c.id == branch_id).values(retired=True, revision=_new_revision()))


def rename(db: Connection, known: Branch, slug: str) -> None:
    """Give the branch another slug, which no branch has; the one before still leads to it."""
    slugs.forget_former(db, slug)
    slugs.add_former(db, known.id, known.slug)
    db.execute(update(branch).where(branch.c.id == known.id).values(slug=slug, revision=_new_revision()))


def get_by_id(db: Connection, branch_id: int) -> Branch:
    """The same by id."""
    revision = _REVISION.scalar(db, id=branch_id)
    if revision is None:
        raise NotFound("There is no such branch.")
    return plan(db, branch_id, revision)


def every(db: Connection, *, retired_too: bool = False) -> list[Branch]:
    """All branches by slug, without the retired ones where they are not asked for."""
    found = select(branch.c.id, branch.c.revision)
    rows = db.execute(found if retired_too else found.where(~branch.c.retired)).all()
    # sorted here, as other names are: each database has an order of letters of its own
    return sorted((plan(db, r.id, r.revision) for r in rows), key=lambda one: one.slug)


def public_urls(db: Connection) -> list[str]:
    """The addresses that branches declare; codes on paper lead there also where a branch is closed for good."""
    return list(db.execute(select(branch.c.public_url).where(branch.c.public_url.is_not(None))).scalars())


def seqs(db: Connection) -> dict[int, int]:
    """Branch id → seq of its last event."""
    return {r.id: r.seq for r in db.execute(select(branch.c.id, branch.c.seq))}


def seq_of(db: Connection, branch_id: int) -> int:
    """The seq of the branch's last event."""
    found: int = _SEQ.scalar(db, id=branch_id)
    return found


def last_at(db: Connection, branch_id: int) -> datetime:
    """When the branch's last action was; a clock behind it has stepped back."""
    found: datetime = _LAST_AT.scalar(db, id=branch_id)
    return found


def count_waiting(db: Connection, branch_id: int) -> int:
    """How many tickets wait in the branch."""
    found: int = db.execute(
        select(func.count())
        .select_from(ticket)
        .where(ticket.c.branch_id == branch_id, text("ticket.state = 'waiting'"))
    ).scalar_one()
    return found


def first_day(db: Connection, plan: Branch, now: datetime) -> date:
    """The first business day whose tickets count as today's: today, or the one before while its tickets are carried."""
    until = db.execute(select(branch.c.carried_until).where(branch.c.id == plan.id)).scalar_one()
    return carrying.first_day(business_day.today(plan, now), until is not None and until > now)


def last_turn(db: Connection, branch_id: int) -> DayTurn | None:
    """What the last turn of the business day did to open tickets; None before the first."""
    kept = db.execute(select(branch.c.last_turn).where(branch.c.id == branch_id)).scalar_one()
    return None if kept is None else turn_of(kept)


def turn_of(kept: dict[str, Any]) -> DayTurn:
    """The turn of a day as it is kept in a branch's row."""
    jump = [datetime.fromisoformat(at) for at in kept.get("jump") or ()]
    return DayTurn(
        date.fromisoformat(kept["day"]),
        datetime.fromisoformat(kept["at"]),
        kept["expired"],
        kept["carried"],
        datetime.fromisoformat(kept["last_at"]),
        ClockJump(*jump) if jump else None,
    )


def days_to_end(db: Connection, now: datetime) -> list[int]:
    """Ids of the branches whose business day has turned since it was last looked at, or that carry tickets too long."""
    columns = (
        branch.c.id,
        branch.c.revision,
        branch.c.expired_to,
        branch.c.carried_until,
        branch.c.seq,
        branch.c.last_at,
    )
    rows = db.execute(select(*columns).where(~branch.c.retired))
    return [r.id for r in rows if _day_is_over(db, r, now)]


def _day_is_over(db: Connection, row: Any, now: datetime) -> bool:
    last_at = row.last_at if row.seq else None
    if clock_jump.fault(now, last_at) is ClockFault.AHEAD:
        return False  # no day ends by a clock that is in doubt
    if row.carried_until is not None and row.carried_until <= now:
        return True
    return row.expired_to is None or row.expired_to < business_day.today(plan(db, row.id, row.revision), now)


def turning_moments(db: Connection) -> list[datetime]:
    """When branches no longer carry the tickets of a day that has ended, and when a clock that is behind is right."""
    rows = db.execute(select(branch.c.carried_until, branch.c.last_at).where(~branch.c.retired)).all()
    carried = [r.carried_until for r in rows if r.carried_until is not None]
    return [*carried, *(r.last_at - clock_jump.BEHIND for r in rows)]


def clock_faults(db: Connection, now: datetime) -> dict[str, tuple[ClockFault, datetime]]:
    """Slug → what is wrong with the clock by that branch's last event, and when that was; the faulty ones alone."""
    rows = db.execute(select(branch.c.slug, branch.c.seq, branch.c.last_at).where(~branch.c.retired))
    found = {r.slug: (clock_jump.fault(now, r.last_at if r.seq else None), r.last_at) for r in rows}
    return {slug: (fault, at) for slug, (fault, at) in found.items() if fault is not None}


def set_last_turn(db: Connection, branch_id: int, turn: DayTurn) -> None:
    """Keep what the turn of the business day did."""
    kept = {
        "day": turn.day.isoformat(),
        "at": turn.at.isoformat(),
        "expired": turn.expired,
        "carried": turn.carried,
        "last_at": turn.last_at.isoformat(),
        "jump": [turn.jump.before.isoformat(), turn.jump.after.isoformat()] if turn.jump else None,
    }
    db.execute(update(branch).where(branch.c.id == branch_id).values(last_turn=kept))


def set_notice(db: Connection, branch_id: int, notice: dict[str, str] | None) -> None:
    """What the wall displays show as a notice; None takes it down."""
    db.execute(update(branch).where(branch.c.id == branch_id).values(notice=notice, revision=_new_revision()))


def _new_revision() -> int:
    """One that no plan has had, not even one that was read in an action which was refused after it."""
    return secrets.randbits(62)


def save(db: Connection, wanted: Branch, known: Branch | None, with_customers: Collection[str] = ()) -> Branch:
    """Write the branch as wanted; what `known` has and `wanted` has not is retired. Returns it with its id.

    A retired service that still has customers (`with_customers`, codes) stays with the counters that took it.
    """
    values = {
        "name": wanted.name,
        "timezone": wanted.timezone,
        "languages": list(wanted.languages),
        "day_start": wanted.day_start.strftime("%H:%M"),
        "start_on_call": wanted.start_on_call,
        "public_url": wanted.public_url,
        "hours": _hours_json(wanted.hours),
        "special_days": {day.isoformat(): _spans_json(spans) for day, spans in wanted.special_days.items()},
        "last_ticket_minutes": int(wanted.last_ticket.total_seconds() // 60),
        "join_by_phone": wanted.join_by_phone,
        "phone_share": wanted.phone_share,
        "reinstate_minutes": int(wanted.reinstate_within.total_seconds() // 60),
        "carry_hours": int(wanted.carry_for.total_seconds() // 3600),
        "retention_days": wanted.retention.days,
        "pause_reasons": [{"code": r.code, "name": r.name} for r in wanted.pause_reasons] or None,
        "no_show_recalls": wanted.no_show_after.recalls,
        "no_show_seconds": int(wanted.no_show_after.wait.total_seconds()),
        "notice": wanted.notice,
        "retired": False,
    }
    if known is None:
        statement = insert(branch).values(
            slug=wanted.slug,
            **values,
            revision=_new_revision(),
            seq=0,
            last_at=datetime(1970, 1, 1, tzinfo=UTC),
        )
        branch_id = int(db.execute(statement.returning(branch.c.id)).scalar_one())
    else:
        branch_id = known.id
        db.execute(update(branch).where(branch.c.id == branch_id).values(**values, revision=_new_revision()))
    _save_services(db, branch_id, wanted, known)
    _save_counters(db, branch_id, wanted, known, with_customers)
    _save_classes(db, branch_id, wanted, known)
    return replace(wanted, id=branch_id)


def _save_services(db: Connection, branch_id: int, wanted: Branch, known: Branch | None) -> None:
    there = {s.code for s in known.services} if known else set()
    for position, s in enumerate(wanted.services):
        values = {
            "name": s.name,
            "first_number": s.first_number,
            "last_number": s.last_number,
            "target_wait_seconds": int(s.target_wait.total_seconds()),
            "daily_quota": s.daily_quota,
            "position": position,
            "retired": False,
        }
        _put(db, service, {"branch_id": branch_id, "code": s.code}, values, s.code in there)
    _retire(db, service, branch_id, service.c.code, there - {s.code for s in wanted.services})


def _save_counters(
    db: Connection, branch_id: int, wanted: Branch, known: Branch | None, with_customers: Collection[str]
) -> None:
    there = {c.number for c in known.counters} if known else set()
    withdrawn = _withdrawn(wanted, known, with_customers)
    for c in wanted.counters:
        values: dict[str, Any] = {
            "name": c.name,
            # those at the end are no longer offered, and are told from the others by that
            "services": [*c.services, *withdrawn.get(c.number, ())],
            "helps_out_with": list(c.helps_out_with),
            "helps_out_after_seconds": int(c.helps_out_after.total_seconds())
            if c.helps_out_after is not None
            else None,
            "retired": False,
        }
        if c.number not in there:
            values["state"] = "closed"
        _put(db, counter, {"branch_id": branch_id, "number": c.number}, values, c.number in there)
    _retire(db, counter, branch_id, counter.c.number, there - {c.number for c in wanted.counters})


def _withdrawn(wanted: Branch, known: Branch | None, with_customers: Collection[str]) -> dict[int, list[str]]:
    """Counter → the services that it took, that are offered no more, and whose last customers it still calls."""
    gone = set(with_customers) - {s.code for s in wanted.services}
    return (
        {c.number: [code for code in c.every_service if code in gone] for c in known.active_counters} if known else {}
    )


def _save_classes(db: Connection, branch_id: int, wanted: Branch, known: Branch | None) -> None:
    there = {c.code for c in known.priority_classes} if known else set()
    for position, c in enumerate(wanted.priority_classes):
        values = {
            "name": c.name,
            "head_start_seconds": int(c.head_start.total_seconds()),
            "position": position,
            "retired": False,
        }
        _put(db, priority_class, {"branch_id": branch_id, "code": c.code}, values, c.code in there)
    _retire(db, priority_class, branch_id, priority_class.c.code, there - {c.code for c in wanted.priority_classes})


def _put(db: Connection, table: Any, key: dict[str, Any], values: dict[str, Any], exists: bool) -> None:
    if exists:
        db.execute(update(table).where(*(table.c[k] == v for k, v in key.items())).values(**values))
    else:
        db.execute(insert(table).values(**key, **values))


def _retire(db: Connection, table: Any, branch_id: int, column: Any, gone: set[Any]) -> None:
    if gone:
        db.execute(update(table).where(table.c.branch_id == branch_id, column.in_(gone)).values(retired=True))


def _read(db: Connection, branch_id: int) -> Branch:
    row = db.execute(select(branch).where(branch.c.id == branch_id)).one()

    def all_of(table: Any, order: Any) -> list[Row[Any]]:
        return list(db.execute(select(table).where(table.c.branch_id == branch_id).order_by(order)))

    services = all_of(service, service.c.position)
    withdrawn = {s.code for s in services if s.retired}

    return Branch(
        id=row.id,
        slug=row.slug,
        name=row.name,
        timezone=row.timezone,
        languages=tuple(row.languages),
        day_start=time.fromisoformat(row.day_start),
        start_on_call=row.start_on_call,
        public_url=row.public_url,
        hours=_hours(row.hours),
        special_days={date.fromisoformat(day): _spans(spans) for day, spans in (row.special_days or {}).items()},
        last_ticket=timedelta(minutes=row.last_ticket_minutes),
        join_by_phone=row.join_by_phone,
        phone_share=row.phone_share,
        reinstate_within=timedelta(minutes=row.reinstate_minutes),
        carry_for=timedelta(hours=row.carry_hours),
        retention=timedelta(days=row.retention_days),
        pause_reasons=tuple(PauseReason(r["code"], r["name"]) for r in row.pause_reasons or ()),
        no_show_after=NoShowRule(row.no_show_recalls, timedelta(seconds=row.no_show_seconds)),
        notice=row.notice,
        services=tuple(
            Service(
                s.code,
                s.name,
                s.first_number,
                s.last_number,
                timedelta(seconds=s.target_wait_seconds),
                s.daily_quota,
                s.retired,
            )
            for s in services
        ),
        counters=tuple(
            CounterProfile(
                c.number,
                c.name,
                tuple(code for code in c.services if code not in withdrawn),
                tuple(code for code in c.helps_out_with if code not in withdrawn),
                None if c.helps_out_after_seconds is None else timedelta(seconds=c.helps_out_after_seconds),
                c.retired,
                tuple(code for code in c.services if code in withdrawn),
            )
            for c in all_of(counter, counter.c.number)
        ),
        priority_classes=tuple(
            PriorityClass(c.code, c.name, timedelta(seconds=c.head_start_seconds), c.retired)
            for c in all_of(priority_class, priority_class.c.position)
        ),
        revision=row.revision,
        retired=row.retired,
    )


def _spans(value: list[list[str]]) -> tuple[Span, ...]:
    return tuple(Span(time.fromisoformat(a), time.fromisoformat(b)) for a, b in value)


def _spans_json(spans: tuple[Span, ...]) -> list[list[str]]:
    return [[s.start.strftime("%H:%M"), s.end.strftime("%H:%M")] for s in spans]


def _hours(value: dict[str, list[list[str]]] | None) -> Hours | None:
    return None if value is None else {int(day): _spans(spans) for day, spans in value.items()}


def _hours_json(hours: Hours | None) -> dict[str, list[list[str]]] | None:
    return None if hours is None else {str(day): _spans_json(spans) for day, spans in hours.items()}

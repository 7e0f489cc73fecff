"""Branches as declared: read as a whole, cached by revision, replaced by `apply`."""

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
"""The plans last read, by (host, port, database, branch id). `plan` checks the revision, so none is stale."""

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
"""The branch's last seq, the time of its last event, its plan's revision, and the state of its business day."""


def plan(db: Connection, branch_id: int, revision: int) -> Branch:
    """Return the branch with its services, counters and classes at `revision`."""
    key = _key(db, branch_id)
    cached = _plans.get(key)
    if cached is None or cached.revision != revision:
        cached = _plans[key] = _read(db, branch_id)
    return cached


def cached_plan(db: Connection, branch_id: int) -> Branch:
    """Return the plan last read, possibly of an older revision.

    Raises: NotFound if there is no such branch.
    """
    return _plans.get(_key(db, branch_id)) or get_by_id(db, branch_id)


def _key(db: Connection, branch_id: int) -> tuple[str | None, int | None, str | None, int]:
    url = db.engine.url  # not the key itself: its hash is computed from all its parts at every use
    return url.host, url.port, url.database, branch_id


def forget_plans() -> None:
    """Drop all cached plans after a failed commit: a plan read in that transaction may never have been stored."""
    _plans.clear()


def get(db: Connection, slug: str, *, retired_too: bool = False) -> Branch:
    """Return the branch with this slug, or with this former slug.

    Raises: NotFound if no branch has or had this slug;
    BranchRetired if the branch is closed for good, and `retired_too` is false.
    """
    row = _BY_SLUG.row(db, slug=slug)
    if row is None and (renamed := slugs.current_slug(db, slug)) is not None:
        row = _BY_SLUG.row(db, slug=renamed)
    if row is None:
        raise NotFound(f"There is no branch {slug[:64]!r}.")
    if row.retired and not retired_too:
        raise BranchRetired(slug)
    return plan(db, row.id, row.revision)


def id_of(db: Connection, slug: str) -> int | None:
    """Return the id of the branch with this slug, also of a retired one; None if there is none."""
    row = _BY_SLUG.row(db, slug=slug)
    return None if row is None else int(row.id)


def retire(db: Connection, branch_id: int) -> None:
    """Close the branch for good; its history stays."""
    db.execute(update(branch).where(branch.c.id == branch_id).values(retired=True, revision=_new_revision()))


def rename(db: Connection, plan: Branch, slug: str) -> None:
    """Give the branch another slug, which no branch has; its old slug still leads to it."""
    slugs.forget_former(db, slug)
    slugs.add_former(db, plan.id, plan.slug)
    db.execute(update(branch).where(branch.c.id == plan.id).values(slug=slug, revision=_new_revision()))


def get_by_id(db: Connection, branch_id: int) -> Branch:
    """Return the branch with this id, also a retired one.

    Raises: NotFound if there is no such branch.
    """
    revision = _REVISION.scalar(db, id=branch_id)
    if revision is None:
        raise NotFound("There is no such branch.")
    return plan(db, branch_id, revision)


def list_all(db: Connection, *, retired_too: bool = False) -> list[Branch]:
    """Return all branches sorted by slug; retired ones only with `retired_too`."""
    query = select(branch.c.id, branch.c.revision)
    rows = db.execute(query if retired_too else query.where(~branch.c.retired)).all()
    # sorted here, since each database collates letters differently
    return sorted((plan(db, r.id, r.revision) for r in rows), key=lambda b: b.slug)


def public_urls(db: Connection) -> list[str]:
    """Return the public addresses of all branches, retired ones included: printed codes still lead there."""
    return list(db.execute(select(branch.c.public_url).where(branch.c.public_url.is_not(None))).scalars())


def seqs(db: Connection) -> dict[int, int]:
    """Return the seq of each branch's last event, by branch id."""
    return {r.id: r.seq for r in db.execute(select(branch.c.id, branch.c.seq))}


def seq_of(db: Connection, branch_id: int) -> int:
    """Return the seq of the branch's last event."""
    seq: int = _SEQ.scalar(db, id=branch_id)
    return seq


def last_at(db: Connection, branch_id: int) -> datetime:
    """Return the time of the branch's last action. A clock behind it has been set back."""
    moment: datetime = _LAST_AT.scalar(db, id=branch_id)
    return moment


def count_waiting(db: Connection, branch_id: int) -> int:
    """Return the number of waiting tickets in the branch."""
    total: int = db.execute(
        select(func.count())
        .select_from(ticket)
        .where(ticket.c.branch_id == branch_id, text("ticket.state = 'waiting'"))
    ).scalar_one()
    return total


def first_day(db: Connection, plan: Branch, now: datetime) -> date:
    """Return the first business day that counts as today: today, or yesterday while its tickets are carried."""
    carried_until = db.execute(select(branch.c.carried_until).where(branch.c.id == plan.id)).scalar_one()
    return carrying.first_day(business_day.today(plan, now), carried_until is not None and carried_until > now)


def last_turn(db: Connection, branch_id: int) -> DayTurn | None:
    """Return what the last turn of the business day did to open tickets; None before the first turn."""
    value = db.execute(select(branch.c.last_turn).where(branch.c.id == branch_id)).scalar_one()
    return None if value is None else day_turn_of(value)


def day_turn_of(value: dict[str, Any]) -> DayTurn:
    """Build the turn of a day from its stored JSON."""
    jump = [datetime.fromisoformat(at) for at in value.get("jump") or ()]
    return DayTurn(
        date.fromisoformat(value["day"]),
        datetime.fromisoformat(value["at"]),
        value["expired"],
        value["carried"],
        datetime.fromisoformat(value["last_at"]),
        ClockJump(*jump) if jump else None,
    )


def due_for_day_end(db: Connection, now: datetime) -> list[int]:
    """Return the ids of branches whose business day has ended, or whose carried tickets have reached their time."""
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
        return False  # a clock in doubt ends no day
    if row.carried_until is not None and row.carried_until <= now:
        return True
    return row.expired_to is None or row.expired_to < business_day.today(plan(db, row.id, row.revision), now)


def turning_moments(db: Connection) -> list[datetime]:
    """Return when branches stop carrying tickets of an ended day, and when a clock that is behind becomes right."""
    rows = db.execute(select(branch.c.carried_until, branch.c.last_at).where(~branch.c.retired)).all()
    carried = [r.carried_until for r in rows if r.carried_until is not None]
    return [*carried, *(r.last_at - clock_jump.BEHIND for r in rows)]


def clock_faults(db: Connection, now: datetime) -> dict[str, tuple[ClockFault, datetime]]:
    """Return (fault of the clock, time of the last event) by slug, for branches whose last event shows a fault."""
    rows = db.execute(select(branch.c.slug, branch.c.seq, branch.c.last_at).where(~branch.c.retired))
    faults = {r.slug: (clock_jump.fault(now, r.last_at if r.seq else None), r.last_at) for r in rows}
    return {slug: (fault, at) for slug, (fault, at) in faults.items() if fault is not None}


def set_last_turn(db: Connection, branch_id: int, turn: DayTurn) -> None:
    """Store what the turn of the business day did."""
    value = {
        "day": turn.day.isoformat(),
        "at": turn.at.isoformat(),
        "expired": turn.expired,
        "carried": turn.carried,
        "last_at": turn.last_at.isoformat(),
        "jump": [turn.jump.before.isoformat(), turn.jump.after.isoformat()] if turn.jump else None,
    }
    db.execute(update(branch).where(branch.c.id == branch_id).values(last_turn=value))


def set_notice(db: Connection, branch_id: int, notice: dict[str, str] | None) -> None:
    """Set the notice that the wall displays show; None removes it."""
    db.execute(update(branch).where(branch.c.id == branch_id).values(notice=notice, revision=_new_revision()))


def _new_revision() -> int:
    """Return a random revision. A counter could repeat one that a rolled-back transaction used."""
    return secrets.randbits(62)


def save(db: Connection, declared: Branch, stored: Branch | None, with_customers: Collection[str] = ()) -> Branch:
    """Write the `declared` branch over the `stored` one (None: insert it); return it with its id.

    What only `stored` has is retired. A retired service that still has customers (`with_customers`, service codes)
    stays with the counters that took it.
    """
    values = {
        "name": declared.name,
        "timezone": declared.timezone,
        "languages": list(declared.languages),
        "day_start": declared.day_start.strftime("%H:%M"),
        "start_on_call": declared.start_on_call,
        "public_url": declared.public_url,
        "hours": _hours_json(declared.hours),
        "special_days": {day.isoformat(): _spans_json(spans) for day, spans in declared.special_days.items()},
        "last_ticket_minutes": int(declared.last_ticket.total_seconds() // 60),
        "join_by_phone": declared.join_by_phone,
        "phone_share": declared.phone_share,
        "reinstate_minutes": int(declared.reinstate_within.total_seconds() // 60),
        "carry_hours": int(declared.carry_for.total_seconds() // 3600),
        "retention_days": declared.retention.days,
        "pause_reasons": [{"code": r.code, "name": r.name} for r in declared.pause_reasons] or None,
        "no_show_recalls": declared.no_show_after.recalls,
        "no_show_seconds": int(declared.no_show_after.wait.total_seconds()),
        "notice": declared.notice,
        "retired": False,
    }
    if stored is None:
        statement = insert(branch).values(
            slug=declared.slug,
            **values,
            revision=_new_revision(),
            seq=0,
            last_at=datetime(1970, 1, 1, tzinfo=UTC),
        )
        branch_id = int(db.execute(statement.returning(branch.c.id)).scalar_one())
    else:
        branch_id = stored.id
        db.execute(update(branch).where(branch.c.id == branch_id).values(**values, revision=_new_revision()))
    _save_services(db, branch_id, declared, stored)
    _save_counters(db, branch_id, declared, stored, with_customers)
    _save_classes(db, branch_id, declared, stored)
    return replace(declared, id=branch_id)


def _save_services(db: Connection, branch_id: int, declared: Branch, stored: Branch | None) -> None:
    stored_codes = {s.code for s in stored.services} if stored else set()
    for position, s in enumerate(declared.services):
        values = {
            "name": s.name,
            "first_number": s.first_number,
            "last_number": s.last_number,
            "target_wait_seconds": int(s.target_wait.total_seconds()),
            "daily_quota": s.daily_quota,
            "position": position,
            "retired": False,
        }
        _put(db, service, {"branch_id": branch_id, "code": s.code}, values, s.code in stored_codes)
    _retire(db, service, branch_id, service.c.code, stored_codes - {s.code for s in declared.services})


def _save_counters(
    db: Connection, branch_id: int, declared: Branch, stored: Branch | None, with_customers: Collection[str]
) -> None:
    stored_numbers = {c.number for c in stored.counters} if stored else set()
    withdrawn = _withdrawn(declared, stored, with_customers)
    for c in declared.counters:
        values: dict[str, Any] = {
            "name": c.name,
            # withdrawn services come last; their own rows show that they are retired
            "services": [*c.services, *withdrawn.get(c.number, ())],
            "helps_out_with": list(c.helps_out_with),
            "helps_out_after_seconds": int(c.helps_out_after.total_seconds())
            if c.helps_out_after is not None
            else None,
            "retired": False,
        }
        if c.number not in stored_numbers:
            values["state"] = "closed"
        _put(db, counter, {"branch_id": branch_id, "number": c.number}, values, c.number in stored_numbers)
    _retire(db, counter, branch_id, counter.c.number, stored_numbers - {c.number for c in declared.counters})


def _withdrawn(declared: Branch, stored: Branch | None, with_customers: Collection[str]) -> dict[int, list[str]]:
    """Return the services that each counter took, that are withdrawn, and whose last customers it still calls."""
    withdrawn = set(with_customers) - {s.code for s in declared.services}
    return (
        {c.number: [code for code in c.every_service if code in withdrawn] for c in stored.active_counters}
        if stored
        else {}
    )


def _save_classes(db: Connection, branch_id: int, declared: Branch, stored: Branch | None) -> None:
    stored_codes = {c.code for c in stored.priority_classes} if stored else set()
    for position, c in enumerate(declared.priority_classes):
        values = {
            "name": c.name,
            "head_start_seconds": int(c.head_start.total_seconds()),
            "position": position,
            "retired": False,
        }
        _put(db, priority_class, {"branch_id": branch_id, "code": c.code}, values, c.code in stored_codes)
    _retire(
        db, priority_class, branch_id, priority_class.c.code, stored_codes - {c.code for c in declared.priority_classes}
    )


def _put(db: Connection, table: Any, key: dict[str, Any], values: dict[str, Any], exists: bool) -> None:
    if exists:
        db.execute(update(table).where(*(table.c[k] == v for k, v in key.items())).values(**values))
    else:
        db.execute(insert(table).values(**key, **values))


def _retire(db: Connection, table: Any, branch_id: int, column: Any, keys: set[Any]) -> None:
    if keys:
        db.execute(update(table).where(table.c.branch_id == branch_id, column.in_(keys)).values(retired=True))


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

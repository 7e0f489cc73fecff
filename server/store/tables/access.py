"""Who may come in: sessions, devices and tokens. Secrets are kept as hashes alone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, insert, null, select, update

from server.domain.device import PRINTER_SEEN_WITHIN, Device
from server.domain.people.accounts import Session, Token
from server.domain.people.principal import Membership, Role
from server.domain.printing.routes import Printer
from server.store.sql.compiled_statements import CompiledStatement
from server.store.sql.schema import audit, branch, device, membership, meta, session, token, user

_PRINTER_NAMES = CompiledStatement(
    select(device.c.name).where(
        device.c.branch_id == bindparam("branch_id"), device.c.role == "printer", ~device.c.retired
    )
)
_DEVICE = CompiledStatement(select(device).where(device.c.id == bindparam("id"), ~device.c.retired))
_DEVICES = CompiledStatement(select(device).where(device.c.branch_id == bindparam("branch_id"), ~device.c.retired))
_TOKEN = CompiledStatement(select(token).where(token.c.hash == bindparam("hash"), token.c.revoked_at.is_(None)))
# a row for each branch in which the account works; one that works nowhere has no session
_SESSIONS = (
    select(session.c.id, session.c.csrf_token, session.c.user_id, user.c.name)
    .add_columns(membership.c.branch_id, branch.c.slug, membership.c.role)
    .join_from(session, user, user.c.id == session.c.user_id)
    .join(membership, membership.c.user_id == user.c.id)
    .outerjoin(branch, branch.c.id == membership.c.branch_id)
    .where(session.c.revoked_at.is_(None), session.c.expires_at > bindparam("now"), ~user.c.disabled)
)
_SESSION = CompiledStatement(_SESSIONS.where(session.c.hash == bindparam("hash")))


# sessions


def add_session(db: Connection, user_id: int, hashed: str, csrf_token: str, now: datetime, expires_at: datetime) -> int:
    """A new session; returns its id."""
    found: int = db.execute(
        insert(session)
        .values(user_id=user_id, hash=hashed, csrf_token=csrf_token, created_at=now, expires_at=expires_at)
        .returning(session.c.id)
    ).scalar_one()
    return found


def session_by_hash(db: Connection, hashed: str, now: datetime) -> Session | None:
    """The live session of that secret."""
    rows = _SESSION.rows(db, hash=hashed, now=now)
    return Session(rows[0].id, rows[0].user_id, rows[0].name, rows[0].csrf_token, _memberships(rows)) if rows else None


def _memberships(rows: list[Any]) -> tuple[Membership, ...]:
    return tuple(sorted((Membership(r.branch_id, r.slug, Role(r.role)) for r in rows), key=lambda m: m.slug or ""))


def revoke_session(db: Connection, session_id: int, now: datetime) -> None:
    db.execute(update(session).where(session.c.id == session_id).values(revoked_at=now))


def revoke_sessions_of(db: Connection, user_id: int, now: datetime, *, but: int | None = None) -> list[int]:
    """End every live session of an account, but perhaps the one of that id; returns their ids."""
    ids = [session_id for session_id in live_sessions_of(db, user_id) if session_id != but]
    for session_id in ids:
        revoke_session(db, session_id, now)
    return ids


def live_sessions_of(db: Connection, user_id: int) -> list[int]:
    """The ids of an account's sessions that nobody has ended."""
    return list(db.scalars(select(session.c.id).where(session.c.user_id == user_id, session.c.revoked_at.is_(None))))


def signed_in(db: Connection, now: datetime) -> set[int]:
    """The ids of the accounts that have a live session."""
    rows = db.execute(
        select(session.c.user_id).where(session.c.revoked_at.is_(None), session.c.expires_at > now).distinct()
    )
    return {r.user_id for r in rows}


# devices and tokens


def devices(db: Connection, branch_id: int, role: str | None = None) -> list[Device]:
    """The branch's devices that are not retired, by role and name."""
    found = (_device(r) for r in _DEVICES.rows(db, branch_id=branch_id))
    return sorted((one for one in found if role in (None, one.role)), key=lambda one: (one.role, one.name))


def device_by_id(db: Connection, device_id: int) -> Device | None:
    row = _DEVICE.row(db, id=device_id)
    return _device(row) if row else None


def printer_names(db: Connection, branch_id: int) -> set[str]:
    """The names of the branch's printers."""
    return {row.name for row in _PRINTER_NAMES.rows(db, branch_id=branch_id)}


def printers(db: Connection, branch_id: int, now: datetime) -> dict[str, Printer]:
    """Name → printer of the branch, as routing sees them."""
    return {d.name: Printer(d.name, d.ready(now), d.held, d.sends_to) for d in devices(db, branch_id, "printer")}


def put_device(
    db: Connection,
    branch_id: int,
    role: str,
    name: str,
    *,
    paper: int | None = None,
    printer: str | None = None,
    trusted: bool = False,
) -> int:
    """Make or change a device; returns its id. Whether it is held, and where it sends its jobs, stays."""
    values = {"paper": paper, "printer": printer, "trusted": trusted, "retired": False}
    found: int | None = db.execute(
        update(device)
        .where(device.c.branch_id == branch_id, device.c.role == role, device.c.name == name)
        .values(**values)
        .returning(device.c.id)
    ).scalar_one_or_none()
    if found is None:
        found = db.execute(
            insert(device).values(branch_id=branch_id, role=role, name=name, **values).returning(device.c.id)
        ).scalar_one()
    return found


def retire_device(db: Connection, device_id: int, now: datetime) -> list[int]:
    """Retire a device and revoke its tokens; returns the ids of those. Nothing sends its jobs there any more."""
    gone = db.execute(
        update(device)
        .where(device.c.id == device_id)
        .values(retired=True, held=False, sends_to=None)
        .returning(device.c.branch_id, device.c.role, device.c.name)
    ).one()
    if gone.role == "printer":
        db.execute(
            update(device)
            .where(device.c.branch_id == gone.branch_id, device.c.sends_to == gone.name)
            .values(sends_to=None)
        )
    rows = db.execute(
        update(token)
        .where(token.c.device_id == device_id, token.c.revoked_at.is_(None))
        .values(revoked_at=now)
        .returning(token.c.id)
    )
    return [r.id for r in rows]


def set_device_status(db: Connection, device_id: int, status: dict[str, Any], now: datetime) -> None:
    db.execute(update(device).where(device.c.id == device_id).values(status=status, status_at=now, seen_at=now))


def set_routing(db: Connection, device_id: int, *, held: bool, sends_to: str | None) -> None:
    """Hold a printer or let it go, and say where its jobs are sent."""
    db.execute(update(device).where(device.c.id == device_id).values(held=held, sends_to=sends_to))


def seen(db: Connection, one: Device, now: datetime) -> None:
    """A device has been heard of; it is silent no longer."""
    values: dict[str, Any] = {"seen_at": now}
    if one.silent:
        values["status"] = one.status if one.status is not None else null()
    db.execute(update(device).where(device.c.id == one.id).values(**values))


def printers_seen(db: Connection, devices: frozenset[int], now: datetime) -> None:
    """These printers are there, whatever their last request's time says; those that were told silent ask anew first."""
    db.execute(update(device).where(device.c.id.in_(devices)).values(seen_at=now))


def screens_seen(db: Connection, token_ids: set[int], now: datetime) -> None:
    """The kiosks and displays of these tokens are used here: written down for other servers, and for `apply`."""
    devices_of = select(token.c.device_id).where(token.c.id.in_(token_ids))
    db.execute(update(device).where(device.c.id.in_(devices_of), device.c.role != "printer").values(seen_at=now))


def set_silent(db: Connection, one: Device) -> None:
    """Remember that it has been told that nobody hears the device: beside its last words, which stay."""
    db.execute(update(device).where(device.c.id == one.id).values(status={**(one.status or {}), _SILENT: True}))


def fallen_silent(db: Connection, now: datetime) -> list[Device]:
    """Printers that were heard, are no longer, and of which nobody has been told that yet."""
    rows = db.execute(
        select(device)
        .where(device.c.role == "printer", ~device.c.retired, device.c.seen_at <= now - PRINTER_SEEN_WITHIN)
        .order_by(device.c.branch_id)  # servers that sweep at the same time take the branches in one order
    )
    return [d for d in map(_device, rows) if not d.silent]


def printers_heard_after(db: Connection, moment: datetime) -> list[datetime]:
    """When the printers were heard last that were heard after `moment`."""
    heard = select(device.c.seen_at).where(device.c.role == "printer", ~device.c.retired, device.c.seen_at > moment)
    return list(db.execute(heard).scalars())


def add_token(
    db: Connection, branch_id: int, role: str, name: str, hashed: str, device_id: int | None, now: datetime
) -> int:
    """A new token; returns its id."""
    found: int = db.execute(
        insert(token)
        .values(branch_id=branch_id, role=role, name=name, hash=hashed, device_id=device_id, created_at=now)
        .returning(token.c.id)
    ).scalar_one()
    return found


def token_by_hash(db: Connection, hashed: str) -> Token | None:
    """The live token of that secret."""
    row = _TOKEN.row(db, hash=hashed)
    return _token(row) if row else None


def tokens(db: Connection, branch_id: int) -> list[Token]:
    """The branch's live tokens."""
    rows = db.execute(
        select(token).where(token.c.branch_id == branch_id, token.c.revoked_at.is_(None)).order_by(token.c.id)
    )
    return [_token(r) for r in rows]


def is_token(db: Connection, token_id: int, hashed: str) -> bool:
    """Whether the token has this secret."""
    return db.execute(select(token.c.id).where(token.c.id == token_id, token.c.hash == hashed)).first() is not None


def ended(
    db: Connection, token_ids: set[int], sessions: Mapping[int, tuple[Membership, ...]], now: datetime
) -> tuple[set[int], set[int]]:
    """Which of these tokens and sessions are no longer what they were: revoked, expired, their account closed.

    A session, given with the memberships of its account, is also told where these have changed.
    """
    tokens_left = db.scalars(select(token.c.id).where(token.c.id.in_(token_ids), token.c.revoked_at.is_(None)))
    rows: dict[int, list[Any]] = {}
    for row in db.execute(_SESSIONS.where(session.c.id.in_(list(sessions))), {"now": now}):
        rows.setdefault(row.id, []).append(row)
    changed = {one for one, held in sessions.items() if one not in rows or _memberships(rows[one]) != held}
    return token_ids - set(tokens_left), changed


def revoke_token(db: Connection, branch_id: int, token_id: int, now: datetime) -> bool:
    """Revoke a token of the branch; False where there is no such live one."""
    done = db.execute(
        update(token)
        .where(token.c.id == token_id, token.c.branch_id == branch_id, token.c.revoked_at.is_(None))
        .values(revoked_at=now)
    )
    return done.rowcount == 1


# the rest


def write_audit(
    db: Connection, at: datetime, actor: str, action: str, branch_id: int | None, data: dict[str, Any]
) -> None:
    """One line of who administered what. `data` never holds a secret."""
    db.execute(insert(audit).values(at=at, actor=actor[:64], action=action, branch_id=branch_id, data=data))


def audited(db: Connection, branch_id: int, *, everywhere: bool, before: int | None, limit: int) -> list[Row[Any]]:
    """The branch's audit lines, newest first: id, at, actor, action, branch_id, data.

    With `everywhere` also those that are no branch's own. `before` is the id of the last line known, to read on.
    """
    own = audit.c.branch_id == branch_id
    statement = select(audit).where(own | audit.c.branch_id.is_(None) if everywhere else own)
    if before is not None:
        statement = statement.where(audit.c.id < before)
    return list(db.execute(statement.order_by(audit.c.id.desc()).limit(limit)))


def audited_actions(db: Connection, branch_id: int, actions: tuple[str, ...]) -> list[Row[Any]]:
    """The branch's audit lines of these actions, newest first: at, actor, action, data."""
    statement = select(audit.c.at, audit.c.actor, audit.c.action, audit.c.data)
    own = statement.where(audit.c.branch_id == branch_id, audit.c.action.in_(actions))
    return list(db.execute(own.order_by(audit.c.id.desc())))


def server_key(db: Connection) -> bytes | None:
    """The key that customer tokens are derived with; None before it is made."""
    found = db.execute(select(meta.c.value).where(meta.c.key == "server_key")).scalar_one_or_none()
    return bytes.fromhex(found) if found else None


def set_server_key(db: Connection, key: bytes) -> None:
    db.execute(insert(meta).values(key="server_key", value=key.hex()))


_SILENT = "silent"
"""Kept in the status beside the printer's own words."""


def _device(row: Any) -> Device:
    said = dict(row.status or {})
    silent = bool(said.pop(_SILENT, False))
    return Device(
        id=row.id, branch_id=row.branch_id, role=row.role, name=row.name, paper=row.paper, printer=row.printer,
        status=said or None, status_at=row.status_at, seen_at=row.seen_at, silent=silent, held=row.held,
        sends_to=row.sends_to, trusted=row.trusted,
    )  # fmt: skip


def _token(row: Any) -> Token:
    return Token(row.id, row.branch_id, row.role, row.name, row.device_id, row.created_at)

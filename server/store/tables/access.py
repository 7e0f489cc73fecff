"""Sessions, devices, tokens and the audit log. Secrets are stored only as hashes."""

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
# one row for each membership of the account; an account without memberships has no session
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
    """Insert a session; return its id."""
    session_id: int = db.execute(
        insert(session)
        .values(user_id=user_id, hash=hashed, csrf_token=csrf_token, created_at=now, expires_at=expires_at)
        .returning(session.c.id)
    ).scalar_one()
    return session_id


def session_by_hash(db: Connection, hashed: str, now: datetime) -> Session | None:
    """Return the live session whose secret has this hash."""
    rows = _SESSION.rows(db, hash=hashed, now=now)
    return Session(rows[0].id, rows[0].user_id, rows[0].name, rows[0].csrf_token, _memberships(rows)) if rows else None


def _memberships(rows: list[Any]) -> tuple[Membership, ...]:
    return tuple(sorted((Membership(r.branch_id, r.slug, Role(r.role)) for r in rows), key=lambda m: m.slug or ""))


def revoke_session(db: Connection, session_id: int, now: datetime) -> None:
    """End one session."""
    db.execute(update(session).where(session.c.id == session_id).values(revoked_at=now))


def revoke_sessions_of(db: Connection, user_id: int, now: datetime, *, keep: int | None = None) -> list[int]:
    """End every live session of an account except the session id `keep`; return the ended ids."""
    ids = [session_id for session_id in live_sessions_of(db, user_id) if session_id != keep]
    for session_id in ids:
        revoke_session(db, session_id, now)
    return ids


def live_sessions_of(db: Connection, user_id: int) -> list[int]:
    """Return the ids of the account's sessions that are not revoked."""
    return list(db.scalars(select(session.c.id).where(session.c.user_id == user_id, session.c.revoked_at.is_(None))))


def signed_in_users(db: Connection, now: datetime) -> set[int]:
    """Return the ids of accounts that have a live session."""
    rows = db.execute(
        select(session.c.user_id).where(session.c.revoked_at.is_(None), session.c.expires_at > now).distinct()
    )
    return {r.user_id for r in rows}


# devices and tokens


def devices(db: Connection, branch_id: int, role: str | None = None) -> list[Device]:
    """Return the branch's devices that are not retired, sorted by role and name; only those of `role` if given."""
    branch_devices = (_device(r) for r in _DEVICES.rows(db, branch_id=branch_id))
    return sorted((d for d in branch_devices if role in (None, d.role)), key=lambda d: (d.role, d.name))


def device_by_id(db: Connection, device_id: int) -> Device | None:
    """Return the device, unless it is retired."""
    row = _DEVICE.row(db, id=device_id)
    return _device(row) if row else None


def printer_names(db: Connection, branch_id: int) -> set[str]:
    """Return the names of the branch's printers."""
    return {row.name for row in _PRINTER_NAMES.rows(db, branch_id=branch_id)}


def printers(db: Connection, branch_id: int, now: datetime) -> dict[str, Printer]:
    """Return the branch's printers as routing needs them, by name."""
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
    """Insert or update a device; return its id. `held` and `sends_to` of an existing device stay."""
    values = {"paper": paper, "printer": printer, "trusted": trusted, "retired": False}
    device_id: int | None = db.execute(
        update(device)
        .where(device.c.branch_id == branch_id, device.c.role == role, device.c.name == name)
        .values(**values)
        .returning(device.c.id)
    ).scalar_one_or_none()
    if device_id is None:
        device_id = db.execute(
            insert(device).values(branch_id=branch_id, role=role, name=name, **values).returning(device.c.id)
        ).scalar_one()
    return device_id


def retire_device(db: Connection, device_id: int, now: datetime) -> list[int]:
    """Retire a device and revoke its tokens; return their ids. Printers that sent their jobs to it stop doing so."""
    retired = db.execute(
        update(device)
        .where(device.c.id == device_id)
        .values(retired=True, held=False, sends_to=None)
        .returning(device.c.branch_id, device.c.role, device.c.name)
    ).one()
    if retired.role == "printer":
        db.execute(
            update(device)
            .where(device.c.branch_id == retired.branch_id, device.c.sends_to == retired.name)
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
    """Store the status that a device reports now; the device is no longer silent."""
    db.execute(update(device).where(device.c.id == device_id).values(status=status, status_at=now, seen_at=now))


def set_routing(db: Connection, device_id: int, *, held: bool, sends_to: str | None) -> None:
    """Hold or release a printer, and set the printer that gets its jobs (None: itself)."""
    db.execute(update(device).where(device.c.id == device_id).values(held=held, sends_to=sends_to))


def mark_seen(db: Connection, seen_device: Device, now: datetime) -> None:
    """Record that a device made a request now; it is no longer silent."""
    values: dict[str, Any] = {"seen_at": now}
    if seen_device.silent:
        values["status"] = seen_device.status if seen_device.status is not None else null()
    db.execute(update(device).where(device.c.id == seen_device.id).values(**values))


def mark_printers_seen(db: Connection, devices: frozenset[int], now: datetime) -> None:
    """Record that these printers are connected now. The silent mark stays until the printer makes a request."""
    db.execute(update(device).where(device.c.id.in_(devices)).values(seen_at=now))


def mark_screens_seen(db: Connection, token_ids: set[int], now: datetime) -> None:
    """Record that the kiosks and displays of these tokens are connected, for other servers and for `apply`."""
    devices_of = select(token.c.device_id).where(token.c.id.in_(token_ids))
    db.execute(update(device).where(device.c.id.in_(devices_of), device.c.role != "printer").values(seen_at=now))


def set_silent(db: Connection, silent_device: Device) -> None:
    """Mark the device as silent: its silence has been reported. Its last status stays."""
    db.execute(
        update(device)
        .where(device.c.id == silent_device.id)
        .values(status={**(silent_device.status or {}), _SILENT: True})
    )


def newly_silent_printers(db: Connection, now: datetime) -> list[Device]:
    """Return the printers that stopped making requests and whose silence has not been reported yet."""
    rows = db.execute(
        select(device)
        .where(device.c.role == "printer", ~device.c.retired, device.c.seen_at <= now - PRINTER_SEEN_WITHIN)
        .order_by(device.c.branch_id)  # servers that sweep at the same time lock branches in one order: no deadlock
    )
    return [d for d in map(_device, rows) if not d.silent]


def printers_heard_after(db: Connection, moment: datetime) -> list[datetime]:
    """Return when each printer that was active after `moment` was last active."""
    query = select(device.c.seen_at).where(device.c.role == "printer", ~device.c.retired, device.c.seen_at > moment)
    return list(db.execute(query).scalars())


def add_token(
    db: Connection, branch_id: int, role: str, name: str, hashed: str, device_id: int | None, now: datetime
) -> int:
    """Insert a token; return its id."""
    token_id: int = db.execute(
        insert(token)
        .values(branch_id=branch_id, role=role, name=name, hash=hashed, device_id=device_id, created_at=now)
        .returning(token.c.id)
    ).scalar_one()
    return token_id


def token_by_hash(db: Connection, hashed: str) -> Token | None:
    """Return the live token whose secret has this hash."""
    row = _TOKEN.row(db, hash=hashed)
    return _token(row) if row else None


def tokens(db: Connection, branch_id: int) -> list[Token]:
    """Return the branch's live tokens, sorted by id."""
    rows = db.execute(
        select(token).where(token.c.branch_id == branch_id, token.c.revoked_at.is_(None)).order_by(token.c.id)
    )
    return [_token(r) for r in rows]


def is_token(db: Connection, token_id: int, hashed: str) -> bool:
    """Return whether the token's secret has this hash."""
    return db.execute(select(token.c.id).where(token.c.id == token_id, token.c.hash == hashed)).first() is not None


def ended_credentials(
    db: Connection, token_ids: set[int], sessions: Mapping[int, tuple[Membership, ...]], now: datetime
) -> tuple[set[int], set[int]]:
    """Return which of these token ids and session ids are no longer valid: revoked, expired, or of a disabled account.

    `sessions` has the memberships of each session's account. A session counts as ended if they have changed.
    """
    live_tokens = db.scalars(select(token.c.id).where(token.c.id.in_(token_ids), token.c.revoked_at.is_(None)))
    rows: dict[int, list[Any]] = {}
    for row in db.execute(_SESSIONS.where(session.c.id.in_(list(sessions))), {"now": now}):
        rows.setdefault(row.id, []).append(row)
    changed = {
        session_id
        for session_id, memberships in sessions.items()
        if session_id not in rows or _memberships(rows[session_id]) != memberships
    }
    return token_ids - set(live_tokens), changed


def revoke_token(db: Connection, branch_id: int, token_id: int, now: datetime) -> bool:
    """Revoke a token of the branch; return False if the branch has no such live token."""
    result = db.execute(
        update(token)
        .where(token.c.id == token_id, token.c.branch_id == branch_id, token.c.revoked_at.is_(None))
        .values(revoked_at=now)
    )
    return result.rowcount == 1


# audit log and server key


def write_audit(
    db: Connection, at: datetime, actor: str, action: str, branch_id: int | None, data: dict[str, Any]
) -> None:
    """Write one line of the audit log. `data` never holds a secret."""
    db.execute(insert(audit).values(at=at, actor=actor[:64], action=action, branch_id=branch_id, data=data))


def audit_lines(db: Connection, branch_id: int, *, everywhere: bool, before: int | None, limit: int) -> list[Row[Any]]:
    """Return the branch's audit lines, newest first: id, at, actor, action, branch_id, data.

    With `everywhere`, lines without a branch are included. `before` is the id at which the previous page ended.
    """
    own = audit.c.branch_id == branch_id
    statement = select(audit).where(own | audit.c.branch_id.is_(None) if everywhere else own)
    if before is not None:
        statement = statement.where(audit.c.id < before)
    return list(db.execute(statement.order_by(audit.c.id.desc()).limit(limit)))


def audit_lines_of_actions(db: Connection, branch_id: int, actions: tuple[str, ...]) -> list[Row[Any]]:
    """Return the branch's audit lines of these actions, newest first: at, actor, action, data."""
    statement = select(audit.c.at, audit.c.actor, audit.c.action, audit.c.data)
    own = statement.where(audit.c.branch_id == branch_id, audit.c.action.in_(actions))
    return list(db.execute(own.order_by(audit.c.id.desc())))


def server_key(db: Connection) -> bytes | None:
    """Return the key from which customer tokens are derived; None before it is created."""
    text = db.execute(select(meta.c.value).where(meta.c.key == "server_key")).scalar_one_or_none()
    return bytes.fromhex(text) if text else None


def set_server_key(db: Connection, key: bytes) -> None:
    """Store the key from which customer tokens are derived."""
    db.execute(insert(meta).values(key="server_key", value=key.hex()))


_SILENT = "silent"
"""The key of the silent mark in the stored status, beside what the printer reported."""


def _device(row: Any) -> Device:
    status = dict(row.status or {})
    silent = bool(status.pop(_SILENT, False))
    return Device(
        id=row.id, branch_id=row.branch_id, role=row.role, name=row.name, paper=row.paper, printer=row.printer,
        status=status or None, status_at=row.status_at, seen_at=row.seen_at, silent=silent, held=row.held,
        sends_to=row.sends_to, trusted=row.trusted,
    )  # fmt: skip


def _token(row: Any) -> Token:
    return Token(row.id, row.branch_id, row.role, row.name, row.device_id, row.created_at)

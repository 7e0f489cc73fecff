"""Accounts, tokens and devices: made, changed, revoked, each with an audit line. Secrets come in hashed."""

from __future__ import annotations

from server.actions.at_counter import permit
from server.actions.releasing import ACCOUNT_DISABLED, OUT_OF_REACH, release_counters_of
from server.domain.errors import Invalid, NotFound
from server.domain.events import EventType
from server.domain.principal import Principal, Role
from server.store import access, branches
from server.store.transaction import Transaction

DEVICE_ROLES = (Role.KIOSK, Role.DISPLAY, Role.PRINTER)


def create_token(tx: Transaction, slug: str, by: Principal, *, role: Role, name: str | None, hashed: str) -> int:
    """A new token of the branch; for a device role it belongs to the device of that name, made where it is new.

    Without a name it is the branch's only device of that role, else one named after the role. Returns the token's id.
    """
    branch = tx.enter(slug)
    permit(branch, by)
    device_id = None
    if role in DEVICE_ROLES:
        known = access.devices(tx.db, branch.id, role)
        if name is None:
            name = known[0].name if len(known) == 1 else role.value
        there = next((d for d in known if d.name == name), None)
        device_id = there.id if there else access.put_device(
            tx.db, branch.id, role, name, paper=80 if role is Role.PRINTER else None
        )  # fmt: skip
        if there is None:
            tx.record(branch, EventType.BRANCH_CHANGED, data={"changes": [f"{role.value} {name}: added"]})
    name = name or role.value
    token_id = access.add_token(tx.db, branch.id, role, name, hashed, device_id, tx.now)
    made = {"token": token_id, "role": role, "name": name}
    access.write_audit(tx.db, tx.now, by.name or by.id, "token created", branch.id, made)
    return token_id


def revoke_token(tx: Transaction, slug: str, by: Principal, token_id: int) -> int:
    """Revoke a token with immediate effect. Raises NotFound."""
    branch = tx.enter(slug)
    permit(branch, by)
    known = next((t for t in access.tokens(tx.db, branch.id) if t.id == token_id), None)
    if known is None:
        raise NotFound("There is no such token.")
    access.revoke_token(tx.db, branch.id, token_id, tx.now)
    gone = {"token": token_id, "role": known.role, "name": known.name}
    access.write_audit(tx.db, tx.now, by.name or by.id, "token revoked", branch.id, gone)
    return token_id


def put_user(
    tx: Transaction, by: Principal, *, name: str, role: Role, slug: str | None, password_hash: str | None
) -> list[int]:
    """Make or change a staff account; a new password, role or branch ends its sessions, whose ids it returns.

    Raises Invalid, NotFound.
    """
    if not role.staff:
        raise Invalid(f"{role.value} is no staff role.")
    branch = tx.enter(slug) if slug else None
    if branch:
        permit(branch, by)
    known = access.user_by_name(tx.db, name)
    if known and not known.disabled and by.branch_id is not None and known.branch_id != by.branch_id:
        raise NotFound(f"There is no account {name!r} in this branch.")
    branch_id = branch.id if branch else None
    access.put_user(tx.db, name, role, branch_id, password_hash=password_hash)
    ended = []
    if known and branch_id not in (None, known.branch_id):
        release_counters_of(tx, known.id, OUT_OF_REACH, keep_in=[branch_id])
    if known and (password_hash is not None or (known.role, known.branch_id) != (role, branch_id)):
        ended = access.revoke_sessions_of(tx.db, name, tx.now)
    before = known and not known.disabled and {"role": known.role, "branch": _slug(tx, known.branch_id)}
    changed = {"name": name, "before": before or None, "after": {"role": role, "branch": slug}}
    if password_hash is not None:
        changed["password"] = "changed" if before else "set"
    access.write_audit(tx.db, tx.now, by.name or by.id, "account saved", branch_id, changed)
    return ended


def _slug(tx: Transaction, branch_id: int | None) -> str | None:
    return branches.get_by_id(tx.db, branch_id).slug if branch_id is not None else None


def disable_user(tx: Transaction, slug: str, by: Principal, name: str) -> list[int]:
    """Close an account of the branch and end its sessions; returns their ids. Raises NotFound."""
    branch = tx.enter(slug)
    permit(branch, by)
    known = access.user_by_name(tx.db, name)
    if known is None or known.disabled or known.branch_id != branch.id:
        raise NotFound(f"There is no account {name!r} in branch {slug}.")
    release_counters_of(tx, known.id, ACCOUNT_DISABLED)
    access.put_user(tx.db, name, known.role, known.branch_id, disabled=True)
    ended = access.revoke_sessions_of(tx.db, name, tx.now)
    gone = {"name": name, "before": {"role": known.role, "branch": slug}, "after": None}
    access.write_audit(tx.db, tx.now, by.name or by.id, "account disabled", branch.id, gone)
    return ended

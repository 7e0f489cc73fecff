"""Staff accounts, tokens and devices: made, changed, revoked, each with an audit line. Secrets come in hashed.

What changes an account returns the ids of those of its sessions whose sockets are to be disconnected: they come back
with what the account may still do.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager

from server.actions.queue.at_counter import permit
from server.actions.queue.releasing import ACCOUNT_DISABLED, OUT_OF_REACH, REVOKED, release_counters_of
from server.domain.branch import Branch
from server.domain.errors import Forbidden, Invalid, LastAdministrator, NotFound
from server.domain.history.events import EventType
from server.domain.people.account_name import display_name
from server.domain.people.accounts import Roles, User
from server.domain.people.principal import Principal, Role
from server.store.engines.transaction import Transaction
from server.store.tables import access, accounts, branches

DEVICE_ROLES = (Role.KIOSK, Role.DISPLAY, Role.PRINTER)


def create_token(
    tx: Transaction, slug: str, by: Principal, *, role: Role, name: str | None, hashed: str, paper: int = 80
) -> int:
    """A new token of the branch; for a device role it belongs to the device of that name, made where it is new.

    Without a name it is the branch's only device of that role, else one named after the role. `paper`: the roll of a
    printer that is made. Returns the token's id.
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
            tx.db, branch.id, role, name, paper=paper if role is Role.PRINTER else None
        )  # fmt: skip
        if there is None:
            tx.record(branch, EventType.BRANCH_CHANGED, data={"changes": [f"{role.value} {name}: added"]})
    name = name or role.value
    token_id = access.add_token(tx.db, branch.id, role, name, hashed, device_id, tx.now)
    made = {"token": token_id, "role": role, "name": name}
    access.write_audit(tx.db, tx.now, by.name or by.id, "token created", branch.id, made)
    return token_id


def revoke_token(tx: Transaction, slug: str, by: Principal, token_id: int) -> int:
    """Revoke a token with immediate effect; a counter that it holds is closed. Raises NotFound."""
    branch = tx.enter(slug)
    permit(branch, by)
    known = next((t for t in access.tokens(tx.db, branch.id) if t.id == token_id), None)
    if known is None:
        raise NotFound("There is no such token.")
    access.revoke_token(tx.db, branch.id, token_id, tx.now)
    release_counters_of(tx, f"token:{token_id}", REVOKED)
    gone = {"token": token_id, "role": known.role, "name": known.name}
    access.write_audit(tx.db, tx.now, by.name or by.id, "token revoked", branch.id, gone)
    return token_id


def put_user(
    tx: Transaction, by: Principal, *, name: str, role: Role, slugs: Sequence[str] = (), password_hash: str | None
) -> list[int]:
    """Make an account, or give one that role in exactly these branches (none: every branch). For the operator alone.

    What it held elsewhere it lets go of. Raises Invalid, NotFound, LastAdministrator.
    """
    with administrators_kept(tx):
        user = _account(tx, name, role)
        roles: Roles = {tx.enter(slug).id: role for slug in sorted(slugs)} if slugs else {None: role}
        return _change(tx, by, user, roles, password_hash=password_hash, ends_sessions=True)


def put_member(
    tx: Transaction, slug: str, by: Principal, *, name: str, role: Role, password_hash: str | None = None
) -> list[int]:
    """Make an account that works in the branch, let one in, or change its role there; elsewhere it stays what it is.

    Raises Invalid, LastAdministrator, and Forbidden where `by` may not do this to the account.
    """
    with administrators_kept(tx):
        branch = tx.enter(slug)
        permit(branch, by)
        return let_in(tx, branch, by, _account(tx, name, role), role, password_hash)


def remove_member(tx: Transaction, slug: str, by: Principal, name: str) -> list[int]:
    """Take an account out of the branch; one that works nowhere else is disabled.

    Raises NotFound, LastAdministrator, and Forbidden where `by` may not do this to the account.
    """
    with administrators_kept(tx):
        branch = tx.enter(slug)
        permit(branch, by)
        user = accounts.by_name(tx.db, name)
        if user is None or user.role_in(branch.id) is None:
            raise NotFound(f"There is no account {name!r} in branch {slug}.")
        return take_out(tx, branch, by, user)


def let_in(
    tx: Transaction, branch: Branch, by: Principal, user: User, role: Role, password_hash: str | None = None
) -> list[int]:
    """Give an account this role in the branch. Within `administrators_kept`. Raises Forbidden."""
    _refuse_if_everywhere(by, user)
    may_all = administers_all(by, user)
    if password_hash is not None and not may_all:
        raise Forbidden(
            f"{user.name} also works in branches that you do not administer, so this password is not yours to set. "
            "Nothing was changed: send the role without a password."
        )
    roles = user.roles
    if user.role_in(branch.id) is not role:
        roles = _by_branch(tx, user) | {branch.id: role}
    return _change(tx, by, user, roles, password_hash=password_hash, ends_sessions=may_all)


def take_out(tx: Transaction, branch: Branch, by: Principal, user: User) -> list[int]:
    """Take the account's role in the branch away. Within `administrators_kept`. Raises Forbidden."""
    _refuse_if_everywhere(by, user)
    roles = {branch_id: role for branch_id, role in _by_branch(tx, user).items() if branch_id != branch.id}
    return _change(tx, by, user, roles, ends_sessions=administers_all(by, user))


def _refuse_if_everywhere(by: Principal, user: User) -> None:
    if None in user.roles and not by.administers(None):
        raise Forbidden(f"{user.name} works in every branch: only an administrator of every branch may change that.")


def administers_all(by: Principal, user: User) -> bool:
    """Whether `by` administers every branch in which the account works, so that its password is theirs to set."""
    return all(by.administers(branch_id) for branch_id in user.roles)


@contextmanager
def administrators_kept(tx: Transaction) -> Iterator[None]:
    """Let accounts be changed within, one transaction at a time. An administrator closes the set-up.

    Raises LastAdministrator where afterwards nobody who can sign in administers the whole server, or a branch, and
    somebody did before.
    """
    accounts.lock(tx.db)
    before = accounts.administered(tx.db)
    yield
    after = accounts.administered(tx.db)
    if after:
        accounts.close_setup(tx.db)
    # a branch that has been closed for good needs none
    lost = (before - after) & {None, *(branch.id for branch in branches.every(tx.db))}
    if None in after or not lost:
        return
    if None in before:
        where = "this server, for all its branches"
    else:
        where = f"branch {branches.get_by_id(tx.db, min(b for b in lost if b is not None)).slug}"
    raise LastAdministrator(
        f"This is the last administrator of {where}. Nothing was changed: make somebody else an administrator first."
    )


def _account(tx: Transaction, name: str, role: Role) -> User:
    if not role.staff:
        raise Invalid(f"{role.value} is no staff role.")
    return accounts.by_name(tx.db, name) or accounts.add(tx.db, display_name(name))


def _by_branch(tx: Transaction, user: User) -> dict[int | None, Role]:
    """The account's roles branch by branch, also where it has one in all of them."""
    role = user.roles.get(None)
    return user.roles if role is None else {branch.id: role for branch in branches.every(tx.db)}


def _change(
    tx: Transaction,
    by: Principal,
    user: User,
    roles: Roles,
    *,
    password_hash: str | None = None,
    ends_sessions: bool,
) -> list[int]:
    """Give the account exactly these roles, and the password where there is one.

    A new password ends its sessions; so does, with `ends_sessions`, a role that is lost or lowered.
    """
    before = user.roles
    if password_hash is not None:
        accounts.set_password(tx.db, user.id, password_hash)
    if roles != before:
        accounts.set_roles(tx.db, user.id, roles)
        if None not in roles:
            reason = OUT_OF_REACH if roles else ACCOUNT_DISABLED
            release_counters_of(tx, f"user:{user.id}", reason, keep_in=[b for b in roles if b is not None])
    _write_audit(tx, by, user, roles, password=password_hash is not None)
    if password_hash is not None or (ends_sessions and _loses(before, roles)) or not roles:
        return access.revoke_sessions_of(tx.db, user.id, tx.now)
    return access.live_sessions_of(tx.db, user.id) if roles != before else []


def change_password(
    tx: Transaction, by: Principal, checked: User, password_hash: str, *, browsers: Collection[str]
) -> list[int]:
    """A person's own new password. Other sessions of the account end, and their ids are returned; this one stays.

    `checked` is the account as it was when the old password was checked; `browsers` are the hashes of the browser that
    asks, which stays known. Raises Invalid where the account has changed meanwhile.
    """
    known = accounts.by_exact_name(tx.db, checked.name)
    if known is None or known.disabled or known.password_hash != checked.password_hash:
        raise Invalid("The account was changed meanwhile. The password was not changed.")
    accounts.set_password(tx.db, known.id, password_hash, known_in=browsers)
    for branch_id in known.roles:
        access.write_audit(tx.db, tx.now, by.name, "own password changed", branch_id, {"name": known.name})
    return access.revoke_sessions_of(tx.db, known.id, tx.now, but=by.session_id)


def _loses(before: Roles, after: Roles) -> bool:
    """Whether a role is lost or lowered anywhere."""
    now = [after.get(branch_id, after.get(None)) for branch_id in before]
    return any(role is None or not role.includes(had) for had, role in zip(before.values(), now, strict=True))


def _write_audit(tx: Transaction, by: Principal, user: User, roles: Roles, *, password: bool) -> None:
    """A line in each branch in which the role has changed; in each in which the account works, of a password."""
    before = user.roles
    for branch_id in sorted({*before, *roles}, key=lambda held: held or 0):
        had, has = before.get(branch_id, before.get(None)), roles.get(branch_id, roles.get(None))
        if had is has and not password:
            continue
        slug = branches.get_by_id(tx.db, branch_id).slug if branch_id is not None else None
        data: Mapping[str, object] = {
            "name": user.name,
            "before": had and {"role": had, "branch": slug},
            "after": has and {"role": has, "branch": slug},
        }
        if password and has:
            data = {**data, "password": "changed" if before else "set"}
        action = "account saved" if has else "account taken out" if roles else "account disabled"
        access.write_audit(tx.db, tx.now, by.name or by.id, action, branch_id, dict(data))

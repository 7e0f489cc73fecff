"""Create, change and revoke accounts, tokens and devices, each with an audit line. Secrets are passed as hashes.

Functions that change an account return the ids of its sessions whose sockets must be disconnected; they reconnect with
the account's new permissions.
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
    tx: Transaction, slug: str, principal: Principal, *, role: Role, name: str | None, hashed: str, paper: int = 80
) -> int:
    """Create a token of the branch; for a device role it belongs to the device of that name, created if it is new.

    Without a name it belongs to the branch's only device of that role, else to one named after the role. `paper`: the
    roll width of a new printer, in mm. Returns the token's id. Raises NotFound, Forbidden.
    """
    branch = tx.enter(slug)
    permit(branch, principal)
    device_id = None
    if role in DEVICE_ROLES:
        devices = access.devices(tx.db, branch.id, role)
        if name is None:
            name = devices[0].name if len(devices) == 1 else role.value
        device = next((d for d in devices if d.name == name), None)
        device_id = device.id if device else access.put_device(
            tx.db, branch.id, role, name, paper=paper if role is Role.PRINTER else None
        )  # fmt: skip
        if device is None:
            tx.record(branch, EventType.BRANCH_CHANGED, data={"changes": [f"{role.value} {name}: added"]})
    name = name or role.value
    token_id = access.add_token(tx.db, branch.id, role, name, hashed, device_id, tx.now)
    audited = {"token": token_id, "role": role, "name": name}
    access.write_audit(tx.db, tx.now, principal.name or principal.id, "token created", branch.id, audited)
    return token_id


def revoke_token(tx: Transaction, slug: str, principal: Principal, token_id: int) -> int:
    """Revoke a token with immediate effect; close counters that it holds. Raises NotFound, Forbidden."""
    branch = tx.enter(slug)
    permit(branch, principal)
    token = next((t for t in access.tokens(tx.db, branch.id) if t.id == token_id), None)
    if token is None:
        raise NotFound("There is no such token.")
    access.revoke_token(tx.db, branch.id, token_id, tx.now)
    release_counters_of(tx, f"token:{token_id}", REVOKED)
    audited = {"token": token_id, "role": token.role, "name": token.name}
    access.write_audit(tx.db, tx.now, principal.name or principal.id, "token revoked", branch.id, audited)
    return token_id


def put_user(
    tx: Transaction,
    principal: Principal,
    *,
    name: str,
    role: Role,
    slugs: Sequence[str] = (),
    password_hash: str | None,
) -> list[int]:
    """Create an account, or give one this role in exactly these branches (none: every branch). For the operator only.

    Counters that it holds elsewhere are released. Raises Invalid, NotFound, LastAdministrator.
    """
    with keeping_administrators(tx):
        user = _account(tx, name, role)
        roles: Roles = {tx.enter(slug).id: role for slug in sorted(slugs)} if slugs else {None: role}
        return _change(tx, principal, user, roles, password_hash=password_hash, ends_sessions=True)


def put_member(
    tx: Transaction, slug: str, principal: Principal, *, name: str, role: Role, password_hash: str | None = None
) -> list[int]:
    """Create an account in the branch, add an existing one, or change its role there; other branches are unaffected.

    Raises NotFound, Invalid, LastAdministrator, and Forbidden if `principal` may not do this to the account.
    """
    with keeping_administrators(tx):
        branch = tx.enter(slug)
        permit(branch, principal)
        return add_role(tx, branch, principal, _account(tx, name, role), role, password_hash)


def remove_member(tx: Transaction, slug: str, principal: Principal, name: str) -> list[int]:
    """Remove an account from the branch; disable it if it has no other branch.

    Raises NotFound, LastAdministrator, and Forbidden if `principal` may not do this to the account.
    """
    with keeping_administrators(tx):
        branch = tx.enter(slug)
        permit(branch, principal)
        user = accounts.by_name(tx.db, name)
        if user is None or user.role_in(branch.id) is None:
            raise NotFound(f"There is no account {name!r} in branch {slug}.")
        return remove_role(tx, branch, principal, user)


def add_role(
    tx: Transaction, branch: Branch, principal: Principal, user: User, role: Role, password_hash: str | None = None
) -> list[int]:
    """Give an account this role in the branch; call within `keeping_administrators`. Raises Forbidden."""
    _refuse_global_account(principal, user)
    may_all = administers_all(principal, user)
    if password_hash is not None and not may_all:
        raise Forbidden(
            f"{user.name} also works in branches that you do not administer, so this password is not yours to set. "
            "Nothing was changed: send the role without a password."
        )
    roles = user.roles
    if user.role_in(branch.id) is not role:
        roles = _by_branch(tx, user) | {branch.id: role}
    return _change(tx, principal, user, roles, password_hash=password_hash, ends_sessions=may_all)


def remove_role(tx: Transaction, branch: Branch, principal: Principal, user: User) -> list[int]:
    """Remove the account's role in the branch; call within `keeping_administrators`. Raises Forbidden."""
    _refuse_global_account(principal, user)
    roles = {branch_id: role for branch_id, role in _by_branch(tx, user).items() if branch_id != branch.id}
    return _change(tx, principal, user, roles, ends_sessions=administers_all(principal, user))


def _refuse_global_account(principal: Principal, user: User) -> None:
    if None in user.roles and not principal.administers(None):
        raise Forbidden(f"{user.name} works in every branch: only an administrator of every branch may change that.")


def administers_all(principal: Principal, user: User) -> bool:
    """Whether `principal` administers every branch of the account, and so may set its password."""
    return all(principal.administers(branch_id) for branch_id in user.roles)


@contextmanager
def keeping_administrators(tx: Transaction) -> Iterator[None]:
    """Lock the accounts for changes, and check afterwards that administrators remain. A first one closes the set-up.

    Raises LastAdministrator if the whole server, or a branch, had an administrator who can sign in, and has none
    afterwards.
    """
    accounts.lock(tx.db)
    before = accounts.branches_with_admin(tx.db)
    yield
    after = accounts.branches_with_admin(tx.db)
    if after:
        accounts.close_setup(tx.db)
    # A closed branch needs no administrator.
    lost = (before - after) & {None, *(branch.id for branch in branches.list_all(tx.db))}
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
    """The account's roles by branch, also if it has one role in all branches."""
    role = user.roles.get(None)
    return user.roles if role is None else {branch.id: role for branch in branches.list_all(tx.db)}


def _change(
    tx: Transaction,
    principal: Principal,
    user: User,
    roles: Roles,
    *,
    password_hash: str | None = None,
    ends_sessions: bool,
) -> list[int]:
    """Set the account's roles, and its password if one is given.

    A new password ends its sessions; so does a lost or lowered role, with `ends_sessions`.
    """
    before = user.roles
    if password_hash is not None:
        accounts.set_password(tx.db, user.id, password_hash)
    if roles != before:
        accounts.set_roles(tx.db, user.id, roles)
        if None not in roles:
            reason = OUT_OF_REACH if roles else ACCOUNT_DISABLED
            release_counters_of(tx, f"user:{user.id}", reason, keep_in=[b for b in roles if b is not None])
    _write_audit(tx, principal, user, roles, password=password_hash is not None)
    if password_hash is not None or (ends_sessions and _loses(before, roles)) or not roles:
        return access.revoke_sessions_of(tx.db, user.id, tx.now)
    return access.live_sessions_of(tx.db, user.id) if roles != before else []


def change_password(
    tx: Transaction, principal: Principal, checked: User, password_hash: str, *, browsers: Collection[str]
) -> list[int]:
    """Change a person's own password; end all other sessions of the account, and return their ids.

    `checked` is the account as it was when the old password was checked; `browsers` are the known-browser hashes of the
    request, which stay valid. Raises Invalid if the account has changed meanwhile.
    """
    account = accounts.by_exact_name(tx.db, checked.name)
    if account is None or account.disabled or account.password_hash != checked.password_hash:
        raise Invalid("The account was changed meanwhile. The password was not changed.")
    accounts.set_password(tx.db, account.id, password_hash, keep_browsers=browsers)
    for branch_id in account.roles:
        access.write_audit(tx.db, tx.now, principal.name, "own password changed", branch_id, {"name": account.name})
    return access.revoke_sessions_of(tx.db, account.id, tx.now, keep=principal.session_id)


def _loses(before: Roles, after: Roles) -> bool:
    """Whether a role is lost or lowered anywhere."""
    new_roles = [after.get(branch_id, after.get(None)) for branch_id in before]
    return any(
        role is None or not role.includes(old_role) for old_role, role in zip(before.values(), new_roles, strict=True)
    )


def _write_audit(tx: Transaction, principal: Principal, user: User, roles: Roles, *, password: bool) -> None:
    """Write an audit line in each branch where the role changed, and for a password in each branch of the account."""
    before = user.roles
    for branch_id in sorted({*before, *roles}, key=lambda held: held or 0):
        old_role, new_role = before.get(branch_id, before.get(None)), roles.get(branch_id, roles.get(None))
        if old_role is new_role and not password:
            continue
        slug = branches.get_by_id(tx.db, branch_id).slug if branch_id is not None else None
        data: Mapping[str, object] = {
            "name": user.name,
            "before": old_role and {"role": old_role, "branch": slug},
            "after": new_role and {"role": new_role, "branch": slug},
        }
        if password and new_role:
            data = {**data, "password": "changed" if before else "set"}
        action = "account saved" if new_role else "account taken out" if roles else "account disabled"
        access.write_audit(tx.db, tx.now, principal.name or principal.id, action, branch_id, dict(data))

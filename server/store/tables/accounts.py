"""Staff accounts: names, passwords, in which branches they work as what, and whether anybody can administer."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update

from server.domain.errors import Invalid
from server.domain.people.account_name import account_key
from server.domain.people.accounts import Roles, User
from server.domain.people.principal import Membership, Role
from server.store.sql.schema import branch, membership, meta, user
from server.store.tables import sign_ins

_LOCK = int.from_bytes(b"accounts", "big") >> 1
"""The number of the lock under which accounts change on PostgreSQL; any would do that nobody else uses there."""
_SETUP_CODE = "setup_code"
_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"


def by_exact_name(db: Connection, name: str) -> User | None:
    """The account of exactly that name, disabled ones too."""
    return next(iter(_read(db, user.c.name == name)), None)


def by_name(db: Connection, name: str) -> User | None:
    """The account that somebody means by `name`, however it is written; disabled ones too.

    Raises Invalid where several accounts differ from it in writing alone, as an earlier release allowed.
    """
    found = _read(db, (user.c.name == name) | (user.c.folded == account_key(name)))
    able = [one for one in found if not one.disabled] or found
    meant = [one for one in able if one.name == name] or able
    if len(meant) > 1:
        raise Invalid(f"There are several accounts of this name: {_listed(meant)}. Write it exactly as one of them.")
    return meant[0] if meant else None


def _listed(found: list[User]) -> str:
    return ", ".join(sorted(one.name for one in found))


def working_in(db: Connection, branch_id: int) -> list[User]:
    """The accounts that work in the branch, those of every branch included, by name."""
    works_there = select(membership.c.user_id).where(
        (membership.c.branch_id == branch_id) | membership.c.branch_id.is_(None)
    )
    return _read(db, ~user.c.disabled & user.c.id.in_(works_there))


def every(db: Connection) -> list[User]:
    """All accounts that are not disabled, by name."""
    return _read(db, ~user.c.disabled)


def namesakes(db: Connection) -> list[list[str]]:
    """Names of accounts, not disabled, that differ in writing alone, each group by name."""
    groups: dict[str, list[str]] = {}
    for row in db.execute(select(user.c.name, user.c.folded).where(~user.c.disabled)):
        groups.setdefault(row.folded, []).append(row.name)
    return sorted(sorted(names) for names in groups.values() if len(names) > 1)


def count(db: Connection) -> int:
    """How many accounts there are."""
    found: int = db.execute(select(func.count()).select_from(user)).scalar_one()
    return found


def lock(db: Connection) -> None:
    """Let one transaction alone change accounts at a time, so that no two take away each other's last administrator.

    Taken before any branch's row. The embedded database has one writer anyway.
    """
    if db.dialect.name == "postgresql":
        db.execute(select(func.pg_advisory_xact_lock(_LOCK)))


def add(db: Connection, name: str) -> User:
    """A new account, which works nowhere yet and has no password."""
    added = insert(user).values(name=name, folded=account_key(name), disabled=True).returning(user.c.id)
    return User(db.execute(added).scalar_one(), name, None, disabled=True, memberships=())


def set_password(db: Connection, account_id: int, password_hash: str, *, known_in: Collection[str] = ()) -> None:
    """Give the account a password. It is known only in the browsers of these hashes any more."""
    sign_ins.forget_browsers_of(db, account_id, but=known_in)
    db.execute(update(user).where(user.c.id == account_id).values(password_hash=password_hash))


def set_roles(db: Connection, account_id: int, roles: Roles) -> None:
    """Give the account exactly these roles; one without any is disabled, and known in no browser."""
    if not roles:
        sign_ins.forget_browsers_of(db, account_id)
    db.execute(delete(membership).where(membership.c.user_id == account_id))
    for branch_id, role in roles.items():
        db.execute(insert(membership).values(user_id=account_id, branch_id=branch_id, role=role.value))
    db.execute(update(user).where(user.c.id == account_id).values(disabled=not roles))


def administered(db: Connection) -> set[int | None]:
    """Ids of the branches that have an administrator with a password; None: one of every branch is there."""
    rows = db.execute(
        select(membership.c.branch_id)
        .join(user, user.c.id == membership.c.user_id)
        .where(membership.c.role == Role.ADMIN.value, ~user.c.disabled, user.c.password_hash.is_not(None))
    )
    return {row.branch_id for row in rows}


def has_admin(db: Connection) -> bool:
    """Whether an administrator with a password exists; before that, the set-up page is open."""
    return bool(administered(db))


def setup_code(db: Connection) -> str | None:
    """The one-time code of the set-up; None while the set-up is closed."""
    found: str | None = db.execute(select(meta.c.value).where(meta.c.key == _SETUP_CODE)).scalar_one_or_none()
    return found


def open_setup(db: Connection) -> str:
    """Open the set-up with a code drawn afresh; where it is open already, with the code it has. Under the `lock`."""
    code = setup_code(db)
    if code is None:
        drawn = "".join(secrets.choice(_LETTERS) for _ in range(8))
        code = f"{drawn[:4]}-{drawn[4:]}"
        db.execute(insert(meta).values(key=_SETUP_CODE, value=code))
    return code


def close_setup(db: Connection) -> None:
    """Close the set-up; its code is worth nothing from now on."""
    db.execute(delete(meta).where(meta.c.key == _SETUP_CODE))


def _read(db: Connection, condition: Any) -> list[User]:
    """The accounts of that condition, by name."""
    rows = db.execute(select(user).where(condition)).all()
    held: dict[int, list[Membership]] = {row.id: [] for row in rows}
    for one in db.execute(
        select(membership.c.user_id, membership.c.branch_id, branch.c.slug, membership.c.role)
        .outerjoin_from(membership, branch, branch.c.id == membership.c.branch_id)
        .where(membership.c.user_id.in_(select(user.c.id).where(condition)))
        .order_by(membership.c.id)
    ):
        held[one.user_id].append(Membership(one.branch_id, one.slug, Role(one.role)))
    users = [User(r.id, r.name, r.password_hash, r.disabled, () if r.disabled else tuple(held[r.id])) for r in rows]
    return sorted(users, key=lambda one: one.name)

"""Accounts: whether an administrator can sign in, what passwords they have, and names that are easily confused."""

from __future__ import annotations

from server.access.credentials import check_password
from server.doctor.findings import Finding, ok, problem, warning
from server.domain.people.accounts import User
from server.domain.people.principal import Role, highest
from server.store.engines.store import Db
from server.store.tables import accounts

GUESSES = ("12345678", "password", "giliran-demo", "giliran123")


def check(db: Db) -> list[Finding]:
    """What is to be said of the accounts."""
    found = []
    if not accounts.has_admin(db):
        found.append(
            warning(
                "accounts",
                "There is no administrator with a password: the set-up page is open to whoever has the server's code.",
                "giliran user add NAME --role admin",
            )
        )
    for names in accounts.namesakes(db):
        found.append(
            warning(
                "accounts",
                f"{' and '.join(names)} are several accounts of one name. Each signs in with its name written exactly "
                "so; written otherwise, nobody knows who is meant.",
                "Keep the one that is used, and take the others out of their branches on the supervisor page (Staff).",
            )
        )
    for user in accounts.list_enabled(db):
        found += _password(user)
    return found or [ok("accounts", "There is an administrator, and everybody has a password.")]


def _password(user: User) -> list[Finding]:
    if not user.memberships:
        return []
    where = ", ".join(m.slug for m in user.memberships if m.slug)
    role = highest(user.roles.values())
    if len(set(user.roles.values())) == 1:
        command = f"giliran user add '{user.name}' --role {role}"
        command += "".join(f" --branch {m.slug}" for m in user.memberships if m.slug)
    else:
        command = "Give one on the supervisor page of any of these branches (Staff)."
    who = user.name + (f" of {where}" if where else "")
    if user.password_hash is None:
        return [warning("accounts", f"{who} has no password and cannot sign in.", command)]
    if role is Role.ADMIN and any(check_password(user, g) for g in (*GUESSES, user.name, f"{user.name}123")):
        return [
            problem(
                "accounts",
                f"The password of administrator {who} is one that everybody tries first.",
                f"Give a new one: {command}",
            )
        ]
    return []

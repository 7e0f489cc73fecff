"""Checks of accounts: an administrator, missing and weak passwords, names that are easily confused."""

from __future__ import annotations

from server.access.credentials import check_password
from server.doctor.findings import Finding, ok, problem, warning
from server.domain.people.accounts import User
from server.domain.people.principal import Role, highest
from server.store.engines.store import Db
from server.store.tables import accounts

GUESSES = ("12345678", "password", "giliran-demo", "giliran123")


def check(db: Db) -> list[Finding]:
    """Return the findings about accounts."""
    findings = []
    if not accounts.has_admin(db):
        findings.append(
            warning(
                "accounts",
                "There is no administrator with a password: anybody with the server's code can open the set-up page.",
                "giliran user add NAME --role admin",
            )
        )
    for names in accounts.namesakes(db):
        findings.append(
            warning(
                "accounts",
                f"The accounts {' and '.join(names)} differ only in spelling. Each can sign in only with its name "
                "written exactly like this.",
                "Keep the one that is used, and remove the others from their branches on the supervisor page (Staff).",
            )
        )
    for user in accounts.list_enabled(db):
        findings += _password(user)
    return findings or [ok("accounts", "There is an administrator, and every account has a password.")]


def _password(user: User) -> list[Finding]:
    if not user.memberships:
        return []
    branches_text = ", ".join(m.slug for m in user.memberships if m.slug)
    role = highest(user.roles.values())
    if len(set(user.roles.values())) == 1:
        command = f"giliran user add '{user.name}' --role {role}"
        command += "".join(f" --branch {m.slug}" for m in user.memberships if m.slug)
    else:
        command = "Set one on the supervisor page of any of these branches (Staff)."
    account = user.name + (f" of {branches_text}" if branches_text else "")
    if user.password_hash is None:
        return [warning("accounts", f"{account} has no password and cannot sign in.", command)]
    if role is Role.ADMIN and any(check_password(user, g) for g in (*GUESSES, user.name, f"{user.name}123")):
        return [
            problem(
                "accounts",
                f"The password of administrator {account} is easy to guess.",
                f"Set a new one: {command}",
            )
        ]
    return []

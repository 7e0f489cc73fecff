"""Bring the staff of a branch to its declared state: add declared accounts, remove all others."""

from __future__ import annotations

from collections.abc import Sequence

from server.actions.people.accounts import add_role, keeping_administrators, remove_role
from server.domain.branch import Branch
from server.domain.declaration import DeclaredStaff
from server.domain.errors import Invalid
from server.domain.people.account_name import display_name
from server.domain.people.principal import Principal, Role
from server.store.engines.transaction import Transaction
from server.store.tables import accounts


def declare_staff(
    tx: Transaction, branch: Branch, declared: Sequence[DeclaredStaff], principal: Principal
) -> list[str]:
    """Bring the staff of the branch to the declared state; return what changed, one line each.

    Their roles in other branches stay, and so do accounts of every branch. Raises Invalid, LastAdministrator,
    Forbidden.
    """
    changes: list[str] = []
    with keeping_administrators(tx):
        others = {user.id: user for user in accounts.working_in(tx.db, branch.id) if None not in user.roles}
        declared_ids: set[int] = set()
        for member in declared:
            role, user = Role(member.role), accounts.by_name(tx.db, member.name)
            current_role = user.role_in(branch.id) if user else None
            if user is None:
                user = accounts.add(tx.db, display_name(member.name))
            elif user.id in declared_ids:
                raise Invalid(f"Staff {member.name!r} is named twice: capitals and blanks make no other name.")
            elif None in user.roles and current_role is not role:
                raise Invalid(
                    f"Staff {user.name!r} works in every branch as {current_role}, and a file for one branch does not "
                    f"change that. Give the role {current_role}, or leave the name out."
                )
            declared_ids.add(user.id)
            others.pop(user.id, None)
            if current_role is not role:
                add_role(tx, branch, principal, user, role)
                changes.append(
                    f"staff {user.name}: " + (f"changed from {current_role} to {role}" if current_role else "added")
                )
        for user in others.values():
            remove_role(tx, branch, principal, user)
            changes.append(f"staff {user.name}: " + ("disabled" if len(user.roles) == 1 else "works here no more"))
    return changes

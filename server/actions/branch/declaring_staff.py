"""The staff of a declared branch: who is named works there, in that role; who is left out works there no more."""

from __future__ import annotations

from collections.abc import Sequence

from server.actions.people.accounts import administrators_kept, let_in, take_out
from server.domain.branch import Branch
from server.domain.declaration import DeclaredStaff
from server.domain.errors import Invalid
from server.domain.people.account_name import display_name
from server.domain.people.principal import Principal, Role
from server.store.engines.transaction import Transaction
from server.store.tables import accounts


def declare_staff(tx: Transaction, branch: Branch, wishes: Sequence[DeclaredStaff], by: Principal) -> list[str]:
    """Make the staff of the branch as wanted; returns what changed, one line each.

    What they are in other branches stays, and so do the accounts of every branch. Raises Invalid, LastAdministrator.
    """
    changes: list[str] = []
    with administrators_kept(tx):
        left = {user.id: user for user in accounts.working_in(tx.db, branch.id) if None not in user.roles}
        named: set[int] = set()
        for wish in wishes:
            role, user = Role(wish.role), accounts.by_name(tx.db, wish.name)
            had = user.role_in(branch.id) if user else None
            if user is None:
                user = accounts.add(tx.db, display_name(wish.name))
            elif user.id in named:
                raise Invalid(f"Staff {wish.name!r} is named twice: capitals and blanks make no other name.")
            elif None in user.roles and had is not role:
                raise Invalid(
                    f"Staff {user.name!r} works in every branch as {had}, and a file for one branch does not change "
                    f"that. Give the role {had}, or leave the name out."
                )
            named.add(user.id)
            left.pop(user.id, None)
            if had is not role:
                let_in(tx, branch, by, user, role)
                changes.append(f"staff {user.name}: " + (f"changed from {had} to {role}" if had else "added"))
        for user in left.values():
            take_out(tx, branch, by, user)
            changes.append(f"staff {user.name}: " + ("disabled" if len(user.roles) == 1 else "works here no more"))
    return changes

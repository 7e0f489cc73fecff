"""Close a branch permanently, and rename a branch."""

from __future__ import annotations

from server.actions.branch import in_use
from server.actions.paper.printing import end_unprinted
from server.actions.people.accounts import keeping_administrators, remove_role
from server.actions.queue import day_end
from server.actions.queue.at_counter import permit
from server.actions.queue.releasing import release_counter
from server.domain.errors import ConfirmationNeeded, Invalid
from server.domain.history.events import EventType
from server.domain.people.principal import Principal
from server.domain.queue import retirement
from server.store.engines.transaction import Transaction
from server.store.tables import access, branches, counters, slugs, tickets
from server.store.tables import accounts as store_accounts

REASON = "branch_retired"


def effects_of_retiring(tx: Transaction, slug: str) -> list[str]:
    """Describe whom retiring the branch would affect now, one line each. Raises NotFound, BranchRetired."""
    branch = tx.enter(slug)
    counter_states = counters.list_active(tx.db, branch.id)
    effects = retirement.effects_of_closing(tickets.list_open(tx.db, branch.id), counter_states)
    effects += [f"{d.role} {d.name} is in use; its token would be revoked." for d in in_use.devices(tx, branch)]
    effects += [f"staff {u.name} is signed in, and would work here no more." for u in in_use.members(tx, branch)]
    return [f"branch {branch.slug}: {text}" for text in effects]


def retire_branch(tx: Transaction, slug: str, principal: Principal) -> list[str]:
    """Close the branch permanently; return what was done, one line each.

    Open tickets end, counters close, devices and tokens are revoked, and its staff lose their access: accounts without
    another branch are disabled. The history stays, and so does the slug. Raises NotFound, BranchRetired, Forbidden,
    LastAdministrator.
    """
    store_accounts.lock(tx.db)  # before any branch's row
    branch = day_end.enter(tx, slug)
    permit(branch, principal)
    open_tickets = tickets.list_open(tx.db, branch.id)
    for ticket in open_tickets:
        day_end.expire(tx, branch, ticket, reason=REASON)
    for counter in counters.list_active(tx.db, branch.id):
        release_counter(tx, branch, counter.number, REASON)
    end_unprinted(tx, branch.id)
    for device in access.devices(tx.db, branch.id):
        access.retire_device(tx.db, device.id, tx.now)
    tokens = access.tokens(tx.db, branch.id)
    for token in tokens:
        access.revoke_token(tx.db, branch.id, token.id, tx.now)
    staff = [user for user in store_accounts.working_in(tx.db, branch.id) if None not in user.roles]
    changes = [f"branch {branch.slug}: retired"]
    changes += (
        [f"branch {branch.slug}: {retirement.with_count(len(open_tickets), 'open ticket')} ended"]
        if open_tickets
        else []
    )
    changes += [f"staff {u.name}: {'disabled' if len(u.roles) == 1 else 'works here no more'}" for u in staff]
    with keeping_administrators(tx):
        for user in staff:
            remove_role(tx, branch, principal, user)
        tx.record(branch, EventType.BRANCH_CHANGED, data={"changes": changes})
        branches.retire(tx.db, branch.id)
    access.write_audit(tx.db, tx.now, principal.name or principal.id, "branch retired", branch.id, {"changes": changes})
    return changes


def rename_branch(tx: Transaction, slug: str, new: str, principal: Principal, *, yes: bool = False) -> list[str]:
    """Change the slug of the branch to `new`; return what changed. The old slug still leads to the branch.

    Raises NotFound, BranchRetired, Forbidden; Invalid if a branch has the slug, retired ones included; and, unless
    `yes`, ConfirmationNeeded if the slug still leads to a branch that had it before.
    """
    branch = tx.enter(slug)
    permit(branch, principal)
    if new == branch.slug:
        return []
    if branches.id_of(tx.db, new) is not None:
        raise Invalid(f"There is a branch {new} already, or was one: its slug stays with its history.")
    other = slugs.current_slug(tx.db, new)
    if other not in (None, branch.slug) and not yes:
        raise ConfirmationNeeded(
            [f"branch {other} was called {new} before, and pages opened under it still lead there."]
        )
    branches.rename(tx.db, branch, new)
    changes = [f"branch {branch.slug}: renamed {new}"]
    tx.record(branch, EventType.BRANCH_CHANGED, data={"changes": changes})
    audited = {"before": branch.slug, "after": new}
    access.write_audit(tx.db, tx.now, principal.name or principal.id, "branch renamed", branch.id, audited)
    return changes

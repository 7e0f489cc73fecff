"""A branch is closed for good, or is called otherwise from now on."""

from __future__ import annotations

from server.actions.branch import in_use
from server.actions.paper.printing import end_unprinted
from server.actions.people.accounts import administrators_kept, take_out
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


def retirement_touches(tx: Transaction, slug: str) -> list[str]:
    """Whom it would touch to retire the branch now, one line each. Raises NotFound, BranchRetired."""
    branch = tx.enter(slug)
    there = counters.every(tx.db, branch.id)
    found = retirement.effects_of_closing(tickets.every_open(tx.db, branch.id), there)
    found += [f"{d.role} {d.name} is in use; its token would be revoked." for d in in_use.devices(tx, branch)]
    found += [f"staff {u.name} is signed in, and would work here no more." for u in in_use.members(tx, branch)]
    return [f"branch {branch.slug}: {text}" for text in found]


def retire_branch(tx: Transaction, slug: str, by: Principal) -> list[str]:
    """Close the branch for good; returns what was done, one line each.

    Open tickets end, counters close, devices and tokens are revoked, and nobody works there any more: accounts that
    work nowhere else are disabled. What happened there stays, and so does the slug. Raises NotFound, BranchRetired,
    Forbidden.
    """
    store_accounts.lock(tx.db)  # before any branch's row
    branch = day_end.enter(tx, slug)
    permit(branch, by)
    left = tickets.every_open(tx.db, branch.id)
    for ticket in left:
        day_end.expire(tx, branch, ticket, reason=REASON)
    for now in counters.every(tx.db, branch.id):
        release_counter(tx, branch, now.number, REASON)
    end_unprinted(tx, branch.id)
    for device in access.devices(tx.db, branch.id):
        access.retire_device(tx.db, device.id, tx.now)
    tokens = access.tokens(tx.db, branch.id)
    for token in tokens:
        access.revoke_token(tx.db, branch.id, token.id, tx.now)
    staff = [user for user in store_accounts.working_in(tx.db, branch.id) if None not in user.roles]
    changes = [f"branch {branch.slug}: retired"]
    changes += [f"branch {branch.slug}: {retirement.with_count(len(left), 'open ticket')} ended"] if left else []
    changes += [f"staff {u.name}: {'disabled' if len(u.roles) == 1 else 'works here no more'}" for u in staff]
    with administrators_kept(tx):
        for user in staff:
            take_out(tx, branch, by, user)
        tx.record(branch, EventType.BRANCH_CHANGED, data={"changes": changes})
        branches.retire(tx.db, branch.id)
    access.write_audit(tx.db, tx.now, by.name or by.id, "branch retired", branch.id, {"changes": changes})
    return changes


def rename_branch(tx: Transaction, slug: str, new: str, by: Principal, *, yes: bool = False) -> list[str]:
    """Give the branch the slug `new`; returns what changed. The old one goes on leading to it.

    Raises NotFound, BranchRetired, Forbidden; Invalid where another branch has the slug, retired ones too; and
    ConfirmationNeeded, unless `yes`, where the slug still leads to a branch that had it before.
    """
    branch = tx.enter(slug)
    permit(branch, by)
    if new == branch.slug:
        return []
    if branches.id_of(tx.db, new) is not None:
        raise Invalid(f"There is a branch {new} already, or was one: its slug stays with its history.")
    other = slugs.present(tx.db, new)
    if other not in (None, branch.slug) and not yes:
        raise ConfirmationNeeded(
            [f"branch {other} was called {new} before, and pages opened under it still lead there."]
        )
    branches.rename(tx.db, branch, new)
    changes = [f"branch {branch.slug}: renamed {new}"]
    tx.record(branch, EventType.BRANCH_CHANGED, data={"changes": changes})
    audited = {"before": branch.slug, "after": new}
    access.write_audit(tx.db, tx.now, by.name or by.id, "branch renamed", branch.id, audited)
    return changes

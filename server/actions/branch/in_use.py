"""Find what people and devices use now, to warn before it is removed."""

from __future__ import annotations

from datetime import timedelta

from server.domain.branch import Branch
from server.domain.calendar import business_day
from server.domain.device import Device
from server.domain.people.accounts import User
from server.store.engines.transaction import Transaction
from server.store.tables import access, accounts, print_jobs, tickets

USED_WITHIN = timedelta(days=7)
"""A device that was used within this time is in use."""


def devices(tx: Transaction, branch: Branch) -> list[Device]:
    """The devices of the branch with a live token that was used within seven days."""
    since = tx.now - USED_WITHIN
    origins = tickets.origins(tx.db, branch.id, business_day.today(branch, since))
    live = [token for token in access.tokens(tx.db, branch.id) if token.device_id is not None]
    with_token = {token.device_id for token in live}
    issuing = {token.device_id for token in live if f"token:{token.id}" in origins}
    return [
        device
        for device in access.devices(tx.db, branch.id)
        if device.id in issuing or (device.id in with_token and device.seen_at is not None and device.seen_at > since)
    ]


def members(tx: Transaction, branch: Branch) -> list[User]:
    """The signed-in accounts with a role in this branch alone, not in every branch."""
    signed_in = access.signed_in_users(tx.db, tx.now)
    return [u for u in accounts.working_in(tx.db, branch.id) if None not in u.roles and u.id in signed_in]


def unprinted(tx: Transaction, branch: Branch) -> dict[str | None, int]:
    """Printer → number of its papers that are not started yet."""
    return print_jobs.waiting(tx.db, branch.id, tx.now)

"""Taking a device out of its branch."""

from __future__ import annotations

from server.actions.queue.at_counter import permit
from server.actions.queue.releasing import REVOKED, release_counters_of
from server.domain.device import Device
from server.domain.errors import NotFound
from server.domain.history.events import EventType
from server.domain.people.principal import Principal
from server.store.engines.transaction import Transaction
from server.store.tables import access, print_jobs


def remove(tx: Transaction, slug: str, by: Principal, device_id: int) -> list[int]:
    """Take a device out of the branch; returns the ids of its tokens, which are revoked with it.

    A device of the same role and name that is added later is the same one again. Raises NotFound.
    """
    branch = tx.enter(slug)
    permit(branch, by)
    device = next((d for d in access.devices(tx.db, branch.id) if d.id == device_id), None)
    if device is None:
        raise NotFound("There is no such device in this branch.")
    tokens = retire(tx, device)
    tx.record(branch, EventType.BRANCH_CHANGED, data={"changes": [f"{device.role} {device.name}: removed"]})
    gone = {"device": device.id, "role": device.role, "name": device.name, "tokens": tokens}
    access.write_audit(tx.db, tx.now, by.name or by.id, "device removed", branch.id, gone)
    return tokens


def retire(tx: Transaction, device: Device) -> list[int]:
    """Retire a device and revoke its tokens; returns their ids. Papers that a printer has not begun go to others."""
    if device.role == "printer":
        print_jobs.offer_again(tx.db, device.id)
    tokens = access.retire_device(tx.db, device.id, tx.now)
    for token_id in tokens:
        release_counters_of(tx, f"token:{token_id}", REVOKED)
    return tokens

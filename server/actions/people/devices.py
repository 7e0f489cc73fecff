"""Remove devices from their branch."""

from __future__ import annotations

from server.actions.queue.at_counter import permit
from server.actions.queue.releasing import REVOKED, release_counters_of
from server.domain.device import Device
from server.domain.errors import NotFound
from server.domain.history.events import EventType
from server.domain.people.principal import Principal
from server.store.engines.transaction import Transaction
from server.store.tables import access, print_jobs


def remove(tx: Transaction, slug: str, principal: Principal, device_id: int) -> list[int]:
    """Remove a device from the branch and revoke its tokens; return their ids.

    A device of the same role and name that is added later is the same device again. Raises NotFound, Forbidden.
    """
    branch = tx.enter(slug)
    permit(branch, principal)
    device = next((d for d in access.devices(tx.db, branch.id) if d.id == device_id), None)
    if device is None:
        raise NotFound("There is no such device in this branch.")
    tokens = retire(tx, device)
    tx.record(branch, EventType.BRANCH_CHANGED, data={"changes": [f"{device.role} {device.name}: removed"]})
    audited = {"device": device.id, "role": device.role, "name": device.name, "tokens": tokens}
    access.write_audit(tx.db, tx.now, principal.name or principal.id, "device removed", branch.id, audited)
    return tokens


def retire(tx: Transaction, device: Device) -> list[int]:
    """Retire a device and revoke its tokens; return their ids.

    Jobs that a printer has claimed but not started are offered to others.
    """
    if device.role == "printer":
        print_jobs.release_claims(tx.db, device.id)
    tokens = access.retire_device(tx.db, device.id, tx.now)
    for token_id in tokens:
        release_counters_of(tx, f"token:{token_id}", REVOKED)
    return tokens

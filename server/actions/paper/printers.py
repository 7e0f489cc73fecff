"""What supervisors do with a printer, and what is told when nobody hears one any more."""

from __future__ import annotations

from server.actions.queue.at_counter import permit
from server.domain.errors import NotFound
from server.domain.history.events import EventType
from server.domain.people.principal import Principal
from server.domain.printing.routes import check_destination
from server.store.engines.transaction import Transaction
from server.store.tables import access, print_jobs


def route(
    tx: Transaction,
    slug: str,
    by: Principal,
    name: str,
    *,
    held: bool | None,
    sends: bool,
    to: str | None,
) -> int:
    """Hold a printer or let it go; where `sends`, send its jobs `to` another, or None: keep them. Its id.

    What it has claimed and not begun is offered anew; what it has begun stays with it, since sending that elsewhere
    would double the paper. Raises NotFound, or Invalid for a destination that is not there or leads back.
    """
    branch = tx.enter(slug)
    permit(branch, by)
    device = next((d for d in access.devices(tx.db, branch.id, "printer") if d.name == name), None)
    if device is None:
        raise NotFound(f"There is no printer {name!r} in branch {slug}.")
    held = device.held if held is None else held
    to = to if sends else device.sends_to
    if to is not None:
        check_destination(name, to, access.printers(tx.db, branch.id, tx.clock))
    if (held, to) == (device.held, device.sends_to):
        return device.id
    access.set_routing(tx.db, device.id, held=held, sends_to=to)
    if held or to is not None:
        print_jobs.offer_again(tx.db, device.id)
    after = {"held": held, "sends_to": to}
    tx.record(branch, EventType.PRINTER_CHANGED, data={"printer": name, **after})
    audited = {"printer": name, "before": {"held": device.held, "sends_to": device.sends_to}, "after": after}
    access.write_audit(tx.db, tx.now, by.name or by.id, "printer routed", branch.id, audited)
    return device.id


def tell_silent(tx: Transaction) -> int:
    """Tell of printers that are no longer heard, each once. Returns how many."""
    told = 0
    for found in access.fallen_silent(tx.db, tx.clock):
        branch = tx.enter_id(found.branch_id)
        # another server may have told, or heard it, before we had the branch
        device = access.device_by_id(tx.db, found.id)
        if device is None or device.silent or device.recently_seen(tx.clock):
            continue
        access.set_silent(tx.db, device)
        tx.record(branch, EventType.PRINTER_CHANGED, data={"printer": device.name, "connected": False})
        told += 1
    return told

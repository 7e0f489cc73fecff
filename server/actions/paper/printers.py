"""Hold and redirect printers, and report printers that are disconnected."""

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
    principal: Principal,
    name: str,
    *,
    held: bool | None,
    sends: bool,
    to: str | None,
) -> int:
    """Hold or release a printer; with `sends`, send its jobs `to` another printer (None: keep them). Return its id.

    Jobs that it has claimed but not started are offered again. Started jobs stay with it, since another printer would
    print them twice. Raises NotFound, Forbidden, or Invalid for a destination that is unknown or leads back.
    """
    branch = tx.enter(slug)
    permit(branch, principal)
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
        print_jobs.release_claims(tx.db, device.id)
    after = {"held": held, "sends_to": to}
    tx.record(branch, EventType.PRINTER_CHANGED, data={"printer": name, **after})
    audited = {"printer": name, "before": {"held": device.held, "sends_to": device.sends_to}, "after": after}
    access.write_audit(tx.db, tx.now, principal.name or principal.id, "printer routed", branch.id, audited)
    return device.id


def report_silent_printers(tx: Transaction) -> int:
    """Record printers that have disconnected, each once. Return how many."""
    reported = 0
    for candidate in access.newly_silent_printers(tx.db, tx.clock):
        branch = tx.enter_id(candidate.branch_id)
        # Another server may have recorded it, or seen it, before this transaction locked the branch.
        device = access.device_by_id(tx.db, candidate.id)
        if device is None or device.silent or device.recently_seen(tx.clock):
            continue
        access.set_silent(tx.db, device)
        tx.record(branch, EventType.PRINTER_CHANGED, data={"printer": device.name, "connected": False})
        reported += 1
    return reported

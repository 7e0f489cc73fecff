"""Declaring a branch: what is wanted becomes what is there; what is absent is retired, its history stays."""

from __future__ import annotations

from dataclasses import dataclass, fields

from server.actions import day_end
from server.actions.declaring_staff import StaffWish, declare_staff
from server.domain.branch import Branch
from server.domain.errors import NotFound
from server.domain.events import EventType
from server.domain.principal import Principal
from server.store import access, accounts, branches
from server.store.transaction import Transaction


@dataclass(frozen=True)
class DeviceWish:
    """A kiosk, display or printer that should be there."""

    role: str
    name: str
    paper: int | None = None
    printer: str | None = None
    trusted: bool = False


@dataclass(frozen=True)
class Declaration:
    """A branch as somebody declares it. Devices or staff of None: not spoken of, left as they are."""

    branch: Branch
    devices: tuple[DeviceWish, ...] | None = None
    staff: tuple[StaffWish, ...] | None = None


_PARTS = {"services": "code", "counters": "number", "priority_classes": "code"}
_NOT_DECLARED = {"id", "revision", "notice", *_PARTS}


def declare(tx: Transaction, wanted: Declaration, by: Principal) -> list[str]:
    """Make the branch as wanted; returns what changed, one line each. Nothing to change, nothing written."""
    if wanted.staff is not None:
        accounts.lock(tx.db)  # before any branch's row
    try:
        known: Branch | None = tx.enter(wanted.branch.slug)
    except NotFound:
        known = None
    changes = _differences(wanted.branch, known)
    branch = wanted.branch
    if changes:
        if known is not None:
            day_end.settings_changed(tx, known, wanted.branch)
        branch = branches.save(tx.db, wanted.branch, known)
    elif known:
        branch = known
    changes += _declare_devices(tx, branch, wanted.devices)
    if wanted.staff is not None:
        changes += declare_staff(tx, branch, wanted.staff, by)
    if changes:
        branch = tx.enter(branch.slug)
        tx.record(branch, EventType.BRANCH_CHANGED, data={"changes": changes})
        access.write_audit(tx.db, tx.now, by.name or by.id, "apply", branch.id, {"changes": changes})
    return changes


def _differences(wanted: Branch, known: Branch | None) -> list[str]:
    if known is None:
        return [f"branch {wanted.slug}: added"]
    changes = [
        f"branch {wanted.slug}: {f.name} changed"
        for f in fields(Branch)
        if f.name not in _NOT_DECLARED and getattr(wanted, f.name) != getattr(known, f.name)
    ]
    for part, key in _PARTS.items():
        # the noun of the plural: services → service, priority_classes → priority class
        noun = part.removesuffix("es" if part.endswith("classes") else "s").replace("_", " ")
        want = {getattr(x, key): x for x in getattr(wanted, part)}
        have = {getattr(x, key): x for x in getattr(known, part)}
        for name, one in want.items():
            if name not in have:
                changes.append(f"{noun} {name}: added")
            elif have[name].retired:
                changes.append(f"{noun} {name}: back again")
            elif have[name] != one:
                changes.append(f"{noun} {name}: changed")
        changes += [f"{noun} {n}: retired" for n, one in have.items() if n not in want and not one.retired]
        if not changes and [n for n in have if n in want] != list(want):
            changes.append(f"{part.replace('_', ' ')}: order changed")
    return changes


def _declare_devices(tx: Transaction, branch: Branch, wishes: tuple[DeviceWish, ...] | None) -> list[str]:
    if wishes is None:
        return []
    changes = []
    known = {(d.role, d.name): d for d in access.devices(tx.db, branch.id)}
    for wish in wishes:
        there = known.pop((wish.role, wish.name), None)
        if there is None or (there.paper, there.printer, there.trusted) != (wish.paper, wish.printer, wish.trusted):
            access.put_device(
                tx.db,
                branch.id,
                wish.role,
                wish.name,
                paper=wish.paper,
                printer=wish.printer,
                trusted=wish.trusted,
            )
            changes.append(f"{wish.role} {wish.name}: {'added' if there is None else 'changed'}")
    for device in known.values():
        access.retire_device(tx.db, device.id, tx.now)
        changes.append(f"{device.role} {device.name}: retired, its tokens revoked")
    return changes


def set_notice(tx: Transaction, slug: str, by: Principal, notice: dict[str, str] | None) -> None:
    """What the wall displays of the branch show as a notice; None takes it down."""
    branch = tx.enter(slug)
    before = branch.notice
    branches.set_notice(tx.db, branch.id, notice)
    tx.record(branch, EventType.NOTICE_CHANGED, data={"notice": notice})
    access.write_audit(tx.db, tx.now, by.name or by.id, "notice", branch.id, {"before": before, "after": notice})

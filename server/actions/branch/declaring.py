"""Bring a branch to its declared state; parts that are not declared are retired, and their history stays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

from server.actions.branch import in_use, notices
from server.actions.branch.declaring_staff import declare_staff
from server.actions.people import devices
from server.actions.queue import day_end
from server.actions.queue.releasing import release_retired_counters
from server.domain.branch import Branch, Service
from server.domain.calendar import business_day
from server.domain.declaration import Declaration, DeclaredDevice, DeclaredStaff
from server.domain.errors import ConfirmationNeeded
from server.domain.history.events import EventType
from server.domain.people.account_name import account_key
from server.domain.people.principal import Principal
from server.domain.queue import numbering, retirement
from server.store.engines.store import Db
from server.store.engines.transaction import Transaction
from server.store.tables import access, accounts, branches, counters, series, slugs, tickets


@dataclass(frozen=True)
class DeclarationResult:
    """The result of declaring, one line each: changes, affected uses, and declared values without effect."""

    changes: list[str]
    touches: list[str]
    remarks: list[str]


_PARTS = {"services": "code", "counters": "number", "priority_classes": "code"}
_NOT_DECLARED = {"id", "revision", "retired", *_PARTS}


def declare(tx: Transaction, target: Declaration, principal: Principal) -> list[str]:
    """Bring the branch to its declared state; return what changed, one line each. Writes nothing if nothing changes.

    Retired counters are released. This does not check whether people use them now: see `effects_of`. Raises
    BranchRetired for the slug of a closed branch, Invalid and LastAdministrator for its staff.
    """
    if target.staff is not None:
        accounts.lock(tx.db)  # before any branch's row
    current = _enter_current(tx, target.branch.slug)
    declared_notice = target.branch.notice
    if current is not None:
        branch_target = notices.with_effective_notice(tx.db, current, target.branch, declares=target.declares_notice)
        target = replace(target, branch=branch_target)
    changes = _differences(target.branch, current)
    branch = target.branch
    if changes:
        with_customers = _services_with_customers(tx, current) if current else set()
        if current is not None:
            day_end.settings_changed(tx, current, target.branch)
            _keep_count(tx, current, target.branch)
        else:
            slugs.forget_former(tx.db, branch.slug)
        branch = branches.save(tx.db, target.branch, current, with_customers)
    elif current:
        branch = current
    entered = tx.enter(branch.slug)
    release_retired_counters(tx, entered)
    changes += _declare_devices(tx, branch, target.devices)
    if target.staff is not None:
        changes += declare_staff(tx, branch, target.staff, principal)
    if changes:
        audited: dict[str, object] = {"changes": changes}
        before = current.notice if current else None
        if before != branch.notice:
            from_file = target.declares_notice and branch.notice == declared_notice
            audited["notice"] = {"before": before, "after": branch.notice, "from_file": from_file}
        tx.record(entered, EventType.BRANCH_CHANGED, data={"changes": changes})
        access.write_audit(tx.db, tx.now, principal.name or principal.id, "apply", branch.id, audited)
    return changes


def declare_all(
    tx: Transaction, targets: Sequence[Declaration], principal: Principal, *, yes: bool
) -> DeclarationResult:
    """Declare every branch, or none. Raises ConfirmationNeeded if anybody is affected and `yes` is not set."""
    effects = [line for target in targets for line in effects_of(tx, target)]
    if effects and not yes:
        raise ConfirmationNeeded(effects)
    without_effect = [line for target in targets for line in remarks(tx, target)]
    return DeclarationResult(
        [line for target in targets for line in declare(tx, target, principal)], effects, without_effect
    )


def declaration_of(db: Db, branch: Branch) -> Declaration:
    """Return the branch's current declaration, with its devices and staff, except accounts of every branch."""
    return Declaration(
        replace(
            branch,
            services=branch.active_services,
            counters=branch.active_counters,
            priority_classes=tuple(c for c in branch.priority_classes if not c.retired),
        ),
        tuple(DeclaredDevice(d.role, d.name, d.paper, d.printer, d.trusted) for d in access.devices(db, branch.id)),
        tuple(
            DeclaredStaff(user.name, user.roles[branch.id].value)
            for user in accounts.working_in(db, branch.id)
            if None not in user.roles
        ),
        declares_notice=True,
    )


def effects_of(tx: Transaction, target: Declaration) -> list[str]:
    """Describe whom declaring this would affect now, one line each; empty if nothing in use is removed.

    Open tickets, counters that are not closed, devices used within seven days and signed-in accounts are in use. A new
    branch that looks like an existing one under another slug is reported too. Changes nothing.
    """
    slug = target.branch.slug
    current = _enter_current(tx, slug)
    if current is None:
        return _looks_like_another(tx, target.branch)
    counter_states = counters.list_active(tx.db, current.id)
    effects = retirement.effects_of_change(current, target.branch, tickets.list_open(tx.db, current.id), counter_states)
    effects += _device_effects(tx, current, target.devices) + _staff_effects(tx, current, target.staff)
    effects += _used_up_numbers(tx, current, target.branch)
    if target.declares_notice:
        effects += notices.conflicts(tx.db, current, target.branch)
    return [f"branch {slug}: {text}" for text in effects] + day_end.effects_of_settings(
        tx.db, current, target.branch, tx.now
    )


def remarks(tx: Transaction, target: Declaration) -> list[str]:
    """Describe the declared values without effect and the reason, one line each. Changes nothing."""
    current = _enter_current(tx, target.branch.slug)
    if current is None or not target.declares_notice:
        return []
    return [f"branch {current.slug}: {text}" for text in notices.remarks(tx.db, current, target.branch)]


def _used_up_numbers(tx: Transaction, current: Branch, target: Branch) -> list[str]:
    """Describe services whose numbers of today are used up by the new range or quota, but not by the current one."""
    issued = series.of_day(tx.db, current.id, business_day.today(current, tx.now))
    services = {s.code: s for s in current.active_services}

    def is_used_up(service: Service, numbers: series.Series) -> bool:
        return numbers.last >= service.last_number or numbering.remaining(service, numbers.last, numbers.left_out) == 0

    effects = []
    for service in target.services:
        before, numbers = services.get(service.code), issued.get(service.code)
        if before is None or numbers is None or is_used_up(before, numbers):
            continue
        moved = numbers._replace(left_out=numbers.left_out + before.first_number - service.first_number)
        if is_used_up(service, moved):
            last = numbering.ticket_number(before, numbers.last)
            effects.append(f"service {service.code} would give no more numbers today: it has come to {last} already.")
    return effects


def _keep_count(tx: Transaction, current: Branch, target: Branch) -> None:
    services = {s.code: s for s in current.services}
    for service in target.services:
        before = services.get(service.code)
        if before is not None and before.first_number != service.first_number:
            day = business_day.today(current, tx.now)
            series.move_first(tx.db, current.id, service.code, day, old=before.first_number, new=service.first_number)


def _enter_current(tx: Transaction, slug: str) -> Branch | None:
    """Enter and return the branch with this slug; None if there is none."""
    return None if branches.id_of(tx.db, slug) is None else tx.enter(slug)


def _services_with_customers(tx: Transaction, current: Branch) -> set[str]:
    return tickets.services_with_customers(tx.db, current.id, business_day.today(current, tx.now))


def _looks_like_another(tx: Transaction, target: Branch) -> list[str]:
    """Describe why an unknown slug may be a renamed or mistyped one."""
    slug = target.slug
    renamed = slugs.current_slug(tx.db, slug)
    if renamed is not None:
        return [f"branch {slug} is called {renamed} now: write that slug into the file. Or make a second branch."]
    return [
        f"branch {slug} is not there yet, and branch {other.slug} has the same name. If the slug was corrected, do "
        f"this first: giliran branch rename {other.slug} {slug}. Or make a second branch."
        for other in branches.list_all(tx.db)
        if other.name == target.name
    ]


def _device_effects(tx: Transaction, branch: Branch, declared: tuple[DeclaredDevice, ...] | None) -> list[str]:
    if declared is None:
        return []
    target = {(item.role, item.name) for item in declared}
    effects = [
        f"{device.role} {device.name} is in use; its token would be revoked."
        for device in in_use.devices(tx, branch)
        if (device.role, device.name) not in target
    ]
    removed = access.printer_names(tx.db, branch.id) - {name for role, name in target if role == "printer"}
    return effects + [
        f"printer {name} has not printed {count} of its papers yet."
        for name, count in in_use.unprinted(tx, branch).items()
        if name in removed  # papers of a printer removed earlier are printed by others
    ]


def _staff_effects(tx: Transaction, branch: Branch, declared: tuple[DeclaredStaff, ...] | None) -> list[str]:
    if declared is None:
        return []
    target = {account_key(item.name) for item in declared}
    return [
        f"staff {user.name} is signed in, and would work here no more."
        for user in in_use.members(tx, branch)
        if account_key(user.name) not in target
    ]


def _differences(target: Branch, current: Branch | None) -> list[str]:
    if current is None:
        return [f"branch {target.slug}: added"]
    changes = [
        f"branch {target.slug}: {f.name} changed"
        for f in fields(Branch)
        if f.name not in _NOT_DECLARED and getattr(target, f.name) != getattr(current, f.name)
    ]
    for part, key in _PARTS.items():
        # the noun of the plural: services → service, priority_classes → priority class
        noun = part.removesuffix("es" if part.endswith("classes") else "s").replace("_", " ")
        want = {getattr(x, key): x for x in getattr(target, part)}
        have = {getattr(x, key): x for x in getattr(current, part)}
        for name, part_target in want.items():
            if name not in have:
                changes.append(f"{noun} {name}: added")
            elif have[name].retired:
                changes.append(f"{noun} {name}: back again")
            elif have[name] != part_target:
                changes.append(f"{noun} {name}: changed")
        changes += [f"{noun} {n}: retired" for n, x in have.items() if n not in want and not x.retired]
        if not changes and [n for n in have if n in want] != list(want):
            changes.append(f"{part.replace('_', ' ')}: order changed")
    return changes


def _declare_devices(tx: Transaction, branch: Branch, declared: tuple[DeclaredDevice, ...] | None) -> list[str]:
    if declared is None:
        return []
    changes = []
    current = {(d.role, d.name): d for d in access.devices(tx.db, branch.id)}
    for item in declared:
        device = current.pop((item.role, item.name), None)
        if device is None or (device.paper, device.printer, device.trusted) != (item.paper, item.printer, item.trusted):
            access.put_device(
                tx.db,
                branch.id,
                item.role,
                item.name,
                paper=item.paper,
                printer=item.printer,
                trusted=item.trusted,
            )
            changes.append(f"{item.role} {item.name}: {'added' if device is None else 'changed'}")
    for undeclared in current.values():
        devices.retire(tx, undeclared)
        changes.append(f"{undeclared.role} {undeclared.name}: retired, its tokens revoked")
    return changes

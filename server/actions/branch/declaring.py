"""Declaring a branch: what is wanted becomes what is there; what is absent is retired, its history stays."""

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
class Declared:
    """What declaring did, one line each: what changed, whom it touched, and what of the file does not hold, and why."""

    changes: list[str]
    touches: list[str]
    remarks: list[str]


_PARTS = {"services": "code", "counters": "number", "priority_classes": "code"}
_NOT_DECLARED = {"id", "revision", "retired", *_PARTS}


def declare(tx: Transaction, wanted: Declaration, by: Principal) -> list[str]:
    """Make the branch as wanted; returns what changed, one line each. Nothing to change, nothing written.

    What is retired lets go of whom it holds. Whether people use it now is not asked here: see `touches`. Raises
    BranchRetired for the slug of a branch that is closed for good, Invalid and LastAdministrator for its staff.
    """
    if wanted.staff is not None:
        accounts.lock(tx.db)  # before any branch's row
    known = _known(tx, wanted.branch.slug)
    declared_notice = wanted.branch.notice
    if known is not None:
        settled = notices.settled(tx.db, known, wanted.branch, declares=wanted.declares_notice)
        wanted = replace(wanted, branch=settled)
    changes = _differences(wanted.branch, known)
    branch = wanted.branch
    if changes:
        with_customers = _with_customers(tx, known) if known else set()
        if known is not None:
            day_end.settings_changed(tx, known, wanted.branch)
            _keep_count(tx, known, wanted.branch)
        else:
            slugs.forget_former(tx.db, branch.slug)
        branch = branches.save(tx.db, wanted.branch, known, with_customers)
    elif known:
        branch = known
    entered = tx.enter(branch.slug)
    release_retired_counters(tx, entered)
    changes += _declare_devices(tx, branch, wanted.devices)
    if wanted.staff is not None:
        changes += declare_staff(tx, branch, wanted.staff, by)
    if changes:
        told: dict[str, object] = {"changes": changes}
        before = known.notice if known else None
        if before != branch.notice:
            from_file = wanted.declares_notice and branch.notice == declared_notice
            told["notice"] = {"before": before, "after": branch.notice, "from_file": from_file}
        tx.record(entered, EventType.BRANCH_CHANGED, data={"changes": changes})
        access.write_audit(tx.db, tx.now, by.name or by.id, "apply", branch.id, told)
    return changes


def declare_all(tx: Transaction, wanted: Sequence[Declaration], by: Principal, *, yes: bool) -> Declared:
    """Make every branch as wanted, or none. Raises ConfirmationNeeded where it would touch anybody, without a `yes`."""
    touched = [line for one in wanted for line in touches(tx, one)]
    if touched and not yes:
        raise ConfirmationNeeded(touched)
    told = [line for one in wanted for line in remarks(tx, one)]
    return Declared([line for one in wanted for line in declare(tx, one, by)], touched, told)


def declaration_of(db: Db, branch: Branch) -> Declaration:
    """The branch as it is declared now, with its devices and staff, but those of every branch."""
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


def touches(tx: Transaction, wanted: Declaration) -> list[str]:
    """Whom it would touch to declare this now, one line each; none where nothing in use would go. Changes nothing.

    In use are an open ticket, a counter that is not closed, a device that was used within seven days, an account
    that is signed in. A second branch that looks like the first one under another slug is told here, too.
    """
    slug = wanted.branch.slug
    known = _known(tx, slug)
    if known is None:
        return _looks_like_another(tx, wanted.branch)
    there = counters.every(tx.db, known.id)
    found = retirement.effects_of_change(known, wanted.branch, tickets.every_open(tx.db, known.id), there)
    found += _devices_touched(tx, known, wanted.devices) + _staff_touched(tx, known, wanted.staff)
    found += _numbers_used_up(tx, known, wanted.branch)
    if wanted.declares_notice:
        found += notices.asked(tx.db, known, wanted.branch)
    return [f"branch {slug}: {text}" for text in found] + day_end.touched_by_settings(
        tx.db, known, wanted.branch, tx.now
    )


def remarks(tx: Transaction, wanted: Declaration) -> list[str]:
    """What of a declaration does not hold, and why, one line each. Changes nothing."""
    known = _known(tx, wanted.branch.slug)
    if known is None or not wanted.declares_notice:
        return []
    return [f"branch {known.slug}: {text}" for text in notices.remarks(tx.db, known, wanted.branch)]


def _numbers_used_up(tx: Transaction, known: Branch, wanted: Branch) -> list[str]:
    """The services that have had all of today's numbers by their new range or quota, and not by the one before."""
    given = series.of_day(tx.db, known.id, business_day.today(known, tx.now))
    now = {s.code: s for s in known.active_services}

    def is_over(service: Service, one: series.Series) -> bool:
        return one.last >= service.last_number or numbering.remaining(service, one.last, one.left_out) == 0

    found = []
    for service in wanted.services:
        before, one = now.get(service.code), given.get(service.code)
        if before is None or one is None or is_over(before, one):
            continue
        moved = one._replace(left_out=one.left_out + before.first_number - service.first_number)
        if is_over(service, moved):
            last = numbering.ticket_number(before, one.last)
            found.append(f"service {service.code} would give no more numbers today: it has come to {last} already.")
    return found


def _keep_count(tx: Transaction, known: Branch, wanted: Branch) -> None:
    now = {s.code: s for s in known.services}
    for service in wanted.services:
        before = now.get(service.code)
        if before is not None and before.first_number != service.first_number:
            day = business_day.today(known, tx.now)
            series.move_first(tx.db, known.id, service.code, day, old=before.first_number, new=service.first_number)


def _known(tx: Transaction, slug: str) -> Branch | None:
    """The branch that has this slug now, entered."""
    return None if branches.id_of(tx.db, slug) is None else tx.enter(slug)


def _with_customers(tx: Transaction, known: Branch) -> set[str]:
    return tickets.services_with_customers(tx.db, known.id, business_day.today(known, tx.now))


def _looks_like_another(tx: Transaction, wanted: Branch) -> list[str]:
    """Why a slug that no branch has is perhaps a corrected or mistyped one."""
    slug = wanted.slug
    renamed = slugs.present(tx.db, slug)
    if renamed is not None:
        return [f"branch {slug} is called {renamed} now: write that slug into the file. Or make a second branch."]
    return [
        f"branch {slug} is not there yet, and branch {other.slug} has the same name. If the slug was corrected, do "
        f"this first: giliran branch rename {other.slug} {slug}. Or make a second branch."
        for other in branches.every(tx.db)
        if other.name == wanted.name
    ]


def _devices_touched(tx: Transaction, branch: Branch, wishes: tuple[DeclaredDevice, ...] | None) -> list[str]:
    if wishes is None:
        return []
    wanted = {(wish.role, wish.name) for wish in wishes}
    found = [
        f"{device.role} {device.name} is in use; its token would be revoked."
        for device in in_use.devices(tx, branch)
        if (device.role, device.name) not in wanted
    ]
    going = access.printer_names(tx.db, branch.id) - {name for role, name in wanted if role == "printer"}
    return found + [
        f"printer {name} has not printed {count} of its papers yet."
        for name, count in in_use.unprinted(tx, branch).items()
        if name in going  # of one that has gone before, others print what is left
    ]


def _staff_touched(tx: Transaction, branch: Branch, wishes: tuple[DeclaredStaff, ...] | None) -> list[str]:
    if wishes is None:
        return []
    wanted = {account_key(wish.name) for wish in wishes}
    return [
        f"staff {user.name} is signed in, and would work here no more."
        for user in in_use.members(tx, branch)
        if account_key(user.name) not in wanted
    ]


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


def _declare_devices(tx: Transaction, branch: Branch, wishes: tuple[DeclaredDevice, ...] | None) -> list[str]:
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
        devices.retire(tx, device)
        changes.append(f"{device.role} {device.name}: retired, its tokens revoked")
    return changes

"""A branch: services and who takes them, printers, devices, papers."""

from __future__ import annotations

import socket
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from server.doctor.findings import Finding, ok, problem, warning
from server.domain.branch import Branch
from server.domain.branch_snapshot import BranchSnapshot
from server.domain.calendar import business_day
from server.domain.calendar.opening import local, opening
from server.domain.counter import CounterState
from server.domain.device import PRINTER_SEEN_WITHIN
from server.domain.public_address import is_local, opens_own_machine, plain_address
from server.domain.queue.retirement import with_count
from server.store.engines.store import Db
from server.store.maintenance import checkup
from server.store.maintenance.checkup import DeviceActivity
from server.store.maintenance.data_directory import Owner
from server.store.tables import access, branch_snapshot, branches, counters, print_jobs
from server.web.network import network_address, network_url

SUPERVISOR = "Open the supervisor page"
NUMBERS_LISTED = 5
_OFF_LINE = (
    "Press its on-line or feed button. If it prints nevertheless, it always says so: add proof=none to the address "
    "that its agent is started with. giliran printer --probe says what it answers."
)


def no_branch() -> Finding:
    """What is said of a server without a branch."""
    return problem("branches", "There is no branch yet.", "Open the set-up page, or declare one with giliran apply.")


def services(db: Db, branch: Branch, now: datetime) -> list[Finding]:
    """Whether every service has a counter, and what waits for one now."""
    about = f"{branch.slug}: services"
    if not branch.active_services or not branch.active_counters:
        return [
            problem(about, "It has no services or no counters yet.", "Declare them: the set-up page, or giliran apply.")
        ]
    there: BranchSnapshot = branch_snapshot.read(db, branch, now)
    found = []
    for standing in there.service_statuses:
        code = standing.service.code
        counters_serving = branch.counters_serving(code)
        if not counters_serving:
            found.append(
                problem(
                    about,
                    f"No counter takes {code}: whoever takes such a number is never called.",
                    f"Give {code} to a counter (services, or helps_out_with) and apply the file again, or retire it.",
                )
            )
        elif standing.waiting and there.open_counters.isdisjoint(counters_serving):
            found.append(
                warning(
                    about,
                    f"{standing.waiting} wait for {code}, and no counter that takes it is open.",
                    f"Have counter {' or '.join(map(str, counters_serving))} opened.",
                )
            )
    found += _left_behind(db, branch, there)
    hours = there.opening
    if branch.hours is None and not branch.special_days:
        told = "always open (no hours are declared)"
    elif hours.open:
        closes = hours.closes_at
        told = "open" + (f" until {closes.astimezone(branch.zone):%H:%M}" if closes else "")
    else:
        opens = hours.opens_at
        told = "closed" + (f", opens {opens.astimezone(branch.zone):%A %d %B, %H:%M}" if opens else "")
    open_counters = ", ".join(map(str, sorted(there.open_counters))) or "none"
    found.append(ok(about, f"{told}; {len(there.waiting)} waiting; open counters: {open_counters}."))
    return found


def _left_behind(db: Db, branch: Branch, there: BranchSnapshot) -> list[Finding]:
    """Who waits for something that is retired or closed, and what a retired counter still holds."""
    about = f"{branch.slug}: left behind"
    found = []
    for service in (s for s in branch.services if s.retired):
        numbers = [t.number for t in there.waiting if t.service == service.code and t.for_counter is None]
        counters_serving = branch.counters_serving(service.code)
        if numbers and not counters_serving:
            found.append(
                problem(
                    about,
                    f"{_listed(numbers)}: waiting for {service.code}, which is no longer offered and no counter takes.",
                    "On the counter page call each by its number, then serve or transfer it; or cancel it.",
                )
            )
        elif numbers and there.open_counters.isdisjoint(counters_serving):
            found.append(
                warning(
                    about,
                    f"{_listed(numbers)}: waiting for {service.code}, which is no longer offered.",
                    f"Have counter {' or '.join(map(str, counters_serving))} opened: it calls whoever still waits.",
                )
            )
    working = {c.number for c in there.counters if c.state is not CounterState.CLOSED}
    for number in sorted({t.for_counter for t in there.waiting if t.for_counter is not None} - working):
        numbers = [t.number for t in there.waiting if t.for_counter == number]
        found.append(
            warning(
                about,
                f"{_listed(numbers)}: waiting for counter {number} alone, which is closed.",
                f"Have counter {number} opened, or transfer them.",
            )
        )
    for branch_id, number in counters.retired_but_in_use(db):
        if branch_id == branch.id:
            found.append(
                problem(
                    about,
                    f"Counter {number} is retired, and still is open, holds a ticket or has somebody waiting for it.",
                    "Start the server again, or apply the file of the branch once more: either sets them free.",
                )
            )
    return found


def _listed(numbers: list[str]) -> str:
    more = len(numbers) - NUMBERS_LISTED
    return ", ".join(numbers[:NUMBERS_LISTED]) + (f" and {more} more" if more > 0 else "")


def address(branch: Branch, owner: Owner | None) -> list[Finding]:
    """Where the codes on tickets lead; `owner`: the server on these data, None where that is not known."""
    about = f"{branch.slug}: address"
    if branch.public_url is not None:
        return [_declared(about, "public_url", branch.public_url, owner)]
    if owner is not None and owner.base_url is not None:
        return [_declared(about, "the server's --base-url", owner.base_url, owner)]
    under = (
        "No public_url is declared: the code on a ticket leads to the address under which its kiosk opens the server"
    )
    if owner is None or owner.port is None or owner.trust_proxy:
        return [ok(about, f"{under}. A kiosk on the server's own machine should open that, too.")]
    network = network_url(owner.host or "", owner.port)
    if network is not None:
        return [ok(about, f"{under}; for one on this machine, to {network}.")]
    return [
        warning(
            about,
            "No public_url is declared, and other machines cannot reach the server "
            f"(it listens on {owner.host or 'every address'}, or this machine has no network): tickets get no code.",
            "Let it listen on the network (leave out --host), or declare public_url with the address that phones "
            "reach and apply the file again.",
        )
    ]


def day(db: Db, branch: Branch, now: datetime) -> list[Finding]:
    """What the last turn of the business day did to open tickets, where people at work may wonder."""
    turn = branches.last_turn(db, branch.id)
    if turn is None or not turn.worth_showing(now) or not turn.while_working:
        return []
    kept = f"{with_count(turn.carried, 'open ticket')} kept, {turn.expired} expired"
    if turn.jump is not None:
        before, after = (local(branch, at) for at in (turn.jump.before, turn.jump.after))
        return [
            warning(
                f"{branch.slug}: day",
                f"The clock was put ahead from {before} to {after}, over the start of {turn.day}: {kept}.",
                "Compare the clock with a watch, and let network time keep it.",
            )
        ]
    return [
        warning(
            f"{branch.slug}: day",
            f"{turn.day} began at {local(branch, turn.at)} while people worked: {kept}.",
            "If the branch is open at that time, declare its hours, or a day_start at which nobody waits.",
        )
    ]


def _declared(about: str, name: str, url: str, owner: Owner | None) -> Finding:
    """Whether phones reach a declared address, as far as this machine can tell."""
    mend = "Declare public_url with the address that phones reach, and apply the file again."
    parts = urlsplit(url)
    if opens_own_machine(url):
        return warning(about, f"{url} ({name}) leads each phone to itself, so tickets get no code.", mend)
    try:
        plain_address(url)
    except ValueError as error:  # of an earlier release, which took it
        return warning(about, f"{url} ({name}) {error}. Until then, codes lead to no page.", mend)
    told = f"The code on a ticket leads to {url} ({name})"
    host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    try:
        found = {str(each[4][0]) for each in socket.getaddrinfo(host, port, proto=socket.IPPROTO_TCP)}
    except OSError:
        return warning(about, f"{told}, and this machine does not find {host}: phones may not either.", mend)
    if all(map(is_local, found)):
        return warning(
            about,
            f"{told}, and {host} is this machine itself ({', '.join(sorted(found))}) here: see that phones find it.",
            f"On a phone in the branch's network, open {url}",
        )
    direct = owner is not None and owner.port is not None and not owner.trust_proxy
    own = network_address()
    if direct and own in found and (parts.scheme, port) != ("http", owner.port if owner else None):
        return warning(
            about,
            f"{told}, but the server here answers at http://{host}:{owner.port if owner else ''}.",
            "Where a proxy stands before it, start the server with --trust-proxy; else declare the address above.",
        )
    return ok(about, f"{told}.")


def devices(db: Db, branch: Branch, now: datetime) -> list[Finding]:
    """Whether each device can come in and has been heard of; what printers said."""
    found = []
    for device in checkup.devices(db, branch.id):
        about = f"{branch.slug}: {device.role} {device.name}"
        if not device.tokens:
            found.append(
                warning(
                    about,
                    "It has no token, so it cannot come in.",
                    f"giliran token create --role {device.role} --branch {branch.slug} --name '{device.name}'",
                )
            )
        elif device.role == "printer":
            found += _printer(about, device, now)
        elif device.role == "kiosk":
            found += _kiosk(about, device, branch, now)
        else:
            found.append(ok(about, "It has a token; the supervisor page shows whether it is connected."))
    return found


def _printer(about: str, device: DeviceActivity, now: datetime) -> list[Finding]:
    agent = "Is its terminal on? There: systemctl status giliran-printer, and can it reach the server?"
    if device.seen_at is None:
        return [problem(about, "Its print agent has never been heard of.", agent)]
    ago = now - device.seen_at
    if ago > PRINTER_SEEN_WITHIN:
        return [problem(about, f"Its print agent was last heard of {_ago(ago)}.", agent)]
    status = device.status or {}
    if device.held:
        return [warning(about, "It is held: it gets no jobs.", f"{SUPERVISOR} and release it when it is ready.")]
    for broken, words, advice in (
        (status.get("paper") == "out", "It has no paper.", "Put a new roll in and close the cover."),
        (status.get("cover_open"), "Its cover is open.", "Close the cover."),
        (status.get("error"), f"It says: {status.get('error')}.", "Switch it off and on; look at the lamp on it."),
        (status.get("online") is False, "It does not answer its agent.", "Is it on, and its cable in?"),
    ):
        if broken:
            return [problem(about, words, advice)]
    if status.get("detail") == "the printer is off line":
        return [problem(about, "It says that it is off line, and names no cause.", _OFF_LINE)]
    if status.get("paper") == "near_end":
        return [warning(about, "Its paper is near the end.", "Put a new roll in when nobody waits.")]
    return _drawn(about, device, status) or [
        ok(about, f"Heard of {_ago(ago)}; paper {status.get('paper', 'not told')}.")
    ]


def _drawn(about: str, device: DeviceActivity, status: dict[str, Any]) -> list[Finding]:
    """What its agent says of how tickets are drawn: for another roll than declared, or without some letters."""
    found = []
    roll, declared = status.get("paper_mm"), device.paper or 80
    if roll is not None and roll != declared:
        found.append(
            warning(
                about,
                f"Its roll is {roll} mm wide, and {declared} mm is declared: tickets are drawn for {roll} mm.",
                f"Declare paper: {roll} for it and apply the file again; or, if the roll is {declared} mm wide, start "
                f"its agent with --paper {declared}.",
            )
        )
    if status.get("undrawn"):
        found.append(
            warning(
                about,
                f"Its terminal has no font for: {status['undrawn']}. Tickets show Latin letters instead.",
                "Install that package on the terminal, and start its agent again.",
            )
        )
    return found


def _kiosk(about: str, device: DeviceActivity, branch: Branch, now: datetime) -> list[Finding]:
    if device.seen_at is None:
        return [warning(about, "It has never issued a number.", "Take a number there to try it.")]
    if (
        opening(branch, now).open
        and device.seen_at < business_day.day_bounds(business_day.today(branch, now), branch)[0]
    ):
        return [
            warning(
                about,
                f"It has issued no number today; the last was {_ago(now - device.seen_at)}.",
                "Look at its screen.",
            )
        ]
    return [ok(about, f"Its last number was {_ago(now - device.seen_at)}.")]


def papers(db: Db, branch: Branch, now: datetime) -> list[Finding]:
    """What is still to be printed, and what nobody knows of."""
    about = f"{branch.slug}: papers"
    waiting, late = checkup.open_jobs(db, branch.id, now)
    doubts = print_jobs.doubts(db, branch.id, branches.first_day(db, branch, now))
    found = []
    printers = access.printer_names(db, branch.id)
    retired = {name: n for name, n in print_jobs.waiting(db, branch.id, now).items() if name not in {None, *printers}}
    if retired:
        found.append(
            warning(
                about,
                f"{sum(retired.values())} are meant for a printer that is retired ({', '.join(map(str, retired))}).",
                "Another printer of the branch prints them; where there is none, they end as not sent in a minute.",
            )
        )
    if doubts.counts:
        found.append(
            warning(
                about,
                f"In doubt today: {sum(doubts.counts.values())}. Nobody knows whether these papers came out.",
                f"{SUPERVISOR}: there each is settled, or printed again with REPRINT on it.",
            )
        )
    if late:
        found.append(
            problem(
                about,
                f"{late} of {waiting} open print jobs are past their time, which a running server ends by itself.",
                "Is the server running? Start it, and they end as not sent.",
            )
        )
    return found or [ok(about, f"being printed: {waiting}.")]


def _ago(length: timedelta) -> str:
    seconds = int(length.total_seconds())
    if seconds < 90:
        return f"{max(seconds, 0)} s ago"
    if seconds < 90 * 60:
        return f"{seconds // 60} min ago"
    return f"{seconds // 3600} h ago" if seconds < 48 * 3600 else f"{seconds // 86400} days ago"

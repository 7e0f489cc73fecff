"""Checks of a branch: services and their counters, addresses, printers, devices, papers."""

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
    """Return the finding for a server without a branch."""
    return problem("branches", "There is no branch yet.", "Open the set-up page, or declare one with giliran apply.")


def services(db: Db, branch: Branch, now: datetime) -> list[Finding]:
    """Check that every service has a counter, and that waiting tickets have an open one."""
    about = f"{branch.slug}: services"
    if not branch.active_services or not branch.active_counters:
        return [
            problem(
                about,
                "The branch has no services or no counters yet.",
                "Declare them: the set-up page, or giliran apply.",
            )
        ]
    snapshot: BranchSnapshot = branch_snapshot.read(db, branch, now)
    findings = []
    for status in snapshot.service_statuses:
        code = status.service.code
        counters_serving = branch.counters_serving(code)
        if not counters_serving:
            findings.append(
                problem(
                    about,
                    f"No counter takes {code}: customers with such a number are never called.",
                    f"Give {code} to a counter (services, or helps_out_with) and apply the file again, or retire it.",
                )
            )
        elif status.waiting and snapshot.open_counters.isdisjoint(counters_serving):
            findings.append(
                warning(
                    about,
                    f"{status.waiting} wait for {code}, and no counter that takes it is open.",
                    f"Have counter {' or '.join(map(str, counters_serving))} opened.",
                )
            )
    findings += _stranded_tickets(db, branch, snapshot)
    hours = snapshot.opening
    if branch.hours is None and not branch.special_days:
        opening_text = "always open (no hours are declared)"
    elif hours.open:
        closes = hours.closes_at
        opening_text = "open" + (f" until {closes.astimezone(branch.zone):%H:%M}" if closes else "")
    else:
        opens = hours.opens_at
        opening_text = "closed" + (f", opens {opens.astimezone(branch.zone):%A %d %B, %H:%M}" if opens else "")
    open_counters = ", ".join(map(str, sorted(snapshot.open_counters))) or "none"
    findings.append(ok(about, f"{opening_text}; {len(snapshot.waiting)} waiting; open counters: {open_counters}."))
    return findings


def _stranded_tickets(db: Db, branch: Branch, snapshot: BranchSnapshot) -> list[Finding]:
    """Return findings about tickets that wait for something retired or closed, and about busy retired counters."""
    about = f"{branch.slug}: left behind"
    findings = []
    for service in (s for s in branch.services if s.retired):
        numbers = [t.number for t in snapshot.waiting if t.service == service.code and t.for_counter is None]
        counters_serving = branch.counters_serving(service.code)
        if numbers and not counters_serving:
            findings.append(
                problem(
                    about,
                    f"{_listed(numbers)}: waiting for {service.code}, which is no longer offered and no counter takes.",
                    "On the counter page call each by its number, then serve or transfer it; or cancel it.",
                )
            )
        elif numbers and snapshot.open_counters.isdisjoint(counters_serving):
            findings.append(
                warning(
                    about,
                    f"{_listed(numbers)}: waiting for {service.code}, which is no longer offered.",
                    f"Have counter {' or '.join(map(str, counters_serving))} opened: it calls these customers.",
                )
            )
    open_counters = {c.number for c in snapshot.counters if c.state is not CounterState.CLOSED}
    for number in sorted({t.for_counter for t in snapshot.waiting if t.for_counter is not None} - open_counters):
        numbers = [t.number for t in snapshot.waiting if t.for_counter == number]
        findings.append(
            warning(
                about,
                f"{_listed(numbers)}: waiting only for counter {number}, which is closed.",
                f"Have counter {number} opened, or transfer them.",
            )
        )
    for branch_id, number in counters.retired_but_in_use(db):
        if branch_id == branch.id:
            findings.append(
                problem(
                    about,
                    f"Counter {number} is retired, but is still open, has a ticket, or has customers waiting for it.",
                    "Restart the server, or apply the branch's file again: either releases the counter.",
                )
            )
    return findings


def _listed(numbers: list[str]) -> str:
    more = len(numbers) - NUMBERS_LISTED
    return ", ".join(numbers[:NUMBERS_LISTED]) + (f" and {more} more" if more > 0 else "")


def address(branch: Branch, owner: Owner | None) -> list[Finding]:
    """Check where the codes on tickets lead. `owner` is the server that uses the data, None if unknown."""
    about = f"{branch.slug}: address"
    if branch.public_url is not None:
        return [_declared(about, "public_url", branch.public_url, owner)]
    if owner is not None and owner.base_url is not None:
        return [_declared(about, "the server's --base-url", owner.base_url, owner)]
    explanation = (
        "No public_url is declared: the code on a ticket leads to the address under which its kiosk opens the server"
    )
    if owner is None or owner.port is None or owner.trust_proxy:
        return [ok(about, f"{explanation}. A kiosk on the server's own machine should open that address too.")]
    network = network_url(owner.host or "", owner.port)
    if network is not None:
        return [ok(about, f"{explanation}; for a kiosk on this machine, to {network}.")]
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
    """Report what the last turn of the business day did to open tickets, if it came while people worked."""
    turn = branches.last_turn(db, branch.id)
    if turn is None or not turn.worth_showing(now) or not turn.while_working:
        return []
    summary = f"{with_count(turn.carried, 'open ticket')} kept, {turn.expired} expired"
    if turn.jump is not None:
        before, after = (local(branch, at) for at in (turn.jump.before, turn.jump.after))
        return [
            warning(
                f"{branch.slug}: day",
                f"The clock was set ahead from {before} to {after}, over the start of {turn.day}: {summary}.",
                "Compare the clock with a watch, and let network time synchronize it.",
            )
        ]
    return [
        warning(
            f"{branch.slug}: day",
            f"{turn.day} began at {local(branch, turn.at)} while people worked: {summary}.",
            "If the branch is open at that time, declare its hours, or a day_start at which nobody waits.",
        )
    ]


def _declared(about: str, name: str, url: str, owner: Owner | None) -> Finding:
    """Check that phones reach a declared address, as far as this machine can know."""
    advice = "Declare public_url with the address that phones reach, and apply the file again."
    parts = urlsplit(url)
    if opens_own_machine(url):
        return warning(about, f"{url} ({name}) leads each phone to itself, so tickets get no code.", advice)
    try:
        plain_address(url)
    except ValueError as error:  # accepted by an earlier release
        return warning(about, f"{url} ({name}) {error}. Until this is changed, codes lead to no page.", advice)
    detail = f"The code on a ticket leads to {url} ({name})"
    host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    try:
        addresses = {str(result[4][0]) for result in socket.getaddrinfo(host, port, proto=socket.IPPROTO_TCP)}
    except OSError:
        return warning(about, f"{detail}, but this machine does not find {host}: phones may not either.", advice)
    if all(map(is_local, addresses)):
        return warning(
            about,
            f"{detail}, and {host} is this machine itself ({', '.join(sorted(addresses))}): check that phones find it.",
            f"On a phone in the branch's network, open {url}",
        )
    direct = owner is not None and owner.port is not None and not owner.trust_proxy
    own_address = network_address()
    if direct and own_address in addresses and (parts.scheme, port) != ("http", owner.port if owner else None):
        return warning(
            about,
            f"{detail}, but the server here answers at http://{host}:{owner.port if owner else ''}.",
            "If there is a proxy in front, start the server with --trust-proxy; otherwise declare the address above.",
        )
    return ok(about, f"{detail}.")


def devices(db: Db, branch: Branch, now: datetime) -> list[Finding]:
    """Check that each device has a token and is active, and what printers report."""
    findings = []
    for device in checkup.devices(db, branch.id):
        about = f"{branch.slug}: {device.role} {device.name}"
        if not device.tokens:
            findings.append(
                warning(
                    about,
                    "It has no token, so it cannot connect.",
                    f"giliran token create --role {device.role} --branch {branch.slug} --name '{device.name}'",
                )
            )
        elif device.role == "printer":
            findings += _printer(about, device, now)
        elif device.role == "kiosk":
            findings += _kiosk(about, device, branch, now)
        else:
            findings.append(ok(about, "It has a token; the supervisor page shows whether it is connected."))
    return findings


def _printer(about: str, device: DeviceActivity, now: datetime) -> list[Finding]:
    advice_for_agent = "Is its terminal on? Run systemctl status giliran-printer there: it must reach the server."
    if device.seen_at is None:
        return [problem(about, "Its print agent has never connected.", advice_for_agent)]
    silence = now - device.seen_at
    if silence > PRINTER_SEEN_WITHIN:
        return [problem(about, f"Its print agent last connected {_ago(silence)}.", advice_for_agent)]
    status = device.status or {}
    if device.held:
        return [warning(about, "It is on hold: it gets no jobs.", f"{SUPERVISOR} and release it when it is ready.")]
    for is_faulty, detail, advice in (
        (status.get("paper") == "out", "It has no paper.", "Put a new roll in and close the cover."),
        (status.get("cover_open"), "Its cover is open.", "Close the cover."),
        (status.get("error"), f"It reports: {status.get('error')}.", "Switch it off and on; look at its lamp."),
        (status.get("online") is False, "It does not answer its agent.", "Is it on, and is its cable plugged in?"),
    ):
        if is_faulty:
            return [problem(about, detail, advice)]
    if status.get("detail") == "the printer is off line":
        return [problem(about, "It reports that it is off line, without a cause.", _OFF_LINE)]
    if status.get("paper") == "near_end":
        return [warning(about, "Its paper is near the end.", "Put a new roll in when nobody is waiting.")]
    return _drawing_faults(about, device, status) or [
        ok(about, f"Connected {_ago(silence)}; paper {status.get('paper', 'not reported')}.")
    ]


def _drawing_faults(about: str, device: DeviceActivity, status: dict[str, Any]) -> list[Finding]:
    """Return findings from the agent's report about drawing: another roll than declared, or missing letters."""
    findings = []
    roll, declared = status.get("paper_mm"), device.paper or 80
    if roll is not None and roll != declared:
        findings.append(
            warning(
                about,
                f"Its roll is {roll} mm wide, but {declared} mm is declared: tickets are drawn for {roll} mm.",
                f"Declare paper: {roll} for it and apply the file again; or, if the roll is {declared} mm wide, start "
                f"its agent with --paper {declared}.",
            )
        )
    if status.get("undrawn"):
        findings.append(
            warning(
                about,
                f"Its terminal has no font for: {status['undrawn']}. Tickets show Latin letters instead.",
                "Install that package on the terminal, and start its agent again.",
            )
        )
    return findings


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
    """Check open print jobs, and papers in doubt."""
    about = f"{branch.slug}: papers"
    waiting, expired = checkup.open_jobs(db, branch.id, now)
    doubts = print_jobs.doubts(db, branch.id, branches.first_day(db, branch, now))
    findings = []
    printers = access.printer_names(db, branch.id)
    retired = {name: n for name, n in print_jobs.waiting(db, branch.id, now).items() if name not in {None, *printers}}
    if retired:
        findings.append(
            warning(
                about,
                f"{sum(retired.values())} papers are for a printer that is retired ({', '.join(map(str, retired))}).",
                "Another printer of the branch prints them; without one, they end as not sent within a minute.",
            )
        )
    if doubts.counts:
        findings.append(
            warning(
                about,
                f"In doubt today: {sum(doubts.counts.values())}. It is not known whether these papers were printed.",
                f"{SUPERVISOR}: settle each one there, or print it again with REPRINT on it.",
            )
        )
    if expired:
        findings.append(
            problem(
                about,
                f"{expired} of {waiting} open print jobs have expired; a running server ends them by itself.",
                "Is the server running? Start it, and they end as not sent.",
            )
        )
    return findings or [ok(about, f"open print jobs: {waiting}.")]


def _ago(length: timedelta) -> str:
    seconds = int(length.total_seconds())
    if seconds < 90:
        return f"{max(seconds, 0)} s ago"
    if seconds < 90 * 60:
        return f"{seconds // 60} min ago"
    return f"{seconds // 3600} h ago" if seconds < 48 * 3600 else f"{seconds // 86400} days ago"

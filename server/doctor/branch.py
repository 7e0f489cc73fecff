"""A branch: services and who takes them, printers, devices, papers, accounts."""

from __future__ import annotations

from datetime import datetime, timedelta
from urllib.parse import urlsplit

from server.access.credentials import check_password
from server.doctor.findings import Finding, ok, problem, warning
from server.domain import business_day
from server.domain.branch import Branch
from server.domain.counter import CounterState
from server.domain.floor import Floor
from server.domain.opening import opening
from server.store import access, checkup, counters, floor, print_jobs
from server.store.access import HEARD_WITHIN
from server.store.checkup import DeviceSeen
from server.store.engine import Db

GUESSES = ("12345678", "password", "giliran-demo", "giliran123")
SUPERVISOR = "Open the supervisor page"
NUMBERS_LISTED = 5


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
    there: Floor = floor.read(db, branch, now)
    found = []
    for standing in there.standings:
        code = standing.service.code
        takers = branch.takers(code)
        if not takers:
            found.append(
                problem(
                    about,
                    f"No counter takes {code}: whoever takes such a number is never called.",
                    f"Give {code} to a counter (services, or helps_out_with) and apply the file again, or retire it.",
                )
            )
        elif standing.waiting and there.open_counters.isdisjoint(takers):
            found.append(
                warning(
                    about,
                    f"{standing.waiting} wait for {code}, and no counter that takes it is open.",
                    f"Have counter {' or '.join(map(str, takers))} opened.",
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


def _left_behind(db: Db, branch: Branch, there: Floor) -> list[Finding]:
    """Who waits for something that is retired or closed, and what a retired counter still holds."""
    about = f"{branch.slug}: left behind"
    found = []
    for service in (s for s in branch.services if s.retired):
        numbers = [t.number for t in there.waiting if t.service == service.code and t.for_counter is None]
        takers = branch.takers(service.code)
        if numbers and not takers:
            found.append(
                problem(
                    about,
                    f"{_listed(numbers)}: waiting for {service.code}, which is no longer offered and no counter takes.",
                    "On the counter page call each by its number, then serve or transfer it; or cancel it.",
                )
            )
        elif numbers and there.open_counters.isdisjoint(takers):
            found.append(
                warning(
                    about,
                    f"{_listed(numbers)}: waiting for {service.code}, which is no longer offered.",
                    f"Have counter {' or '.join(map(str, takers))} opened: it calls whoever still waits.",
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
    for branch_id, number in counters.left_behind(db):
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


def address(branch: Branch) -> list[Finding]:
    """Whether phones can reach what the code on the paper points to."""
    host = urlsplit(branch.public_url or "").hostname or ""
    if host == "localhost" or host.startswith("127.") or host == "::1":
        return [
            warning(
                f"{branch.slug}: address",
                f"The code on the paper points to {branch.public_url}, which is this machine for every phone.",
                "Declare public_url with the address that phones reach, and apply the file again.",
            )
        ]
    return []


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


def _printer(about: str, device: DeviceSeen, now: datetime) -> list[Finding]:
    agent = "Is its terminal on? There: systemctl status giliran-printer, and can it reach the server?"
    if device.seen_at is None:
        return [problem(about, "Its print agent has never been heard of.", agent)]
    ago = now - device.seen_at
    if ago > HEARD_WITHIN:
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
    if status.get("paper") == "near_end":
        return [warning(about, "Its paper is near the end.", "Put a new roll in when nobody waits.")]
    return [ok(about, f"Heard of {_ago(ago)}; paper {status.get('paper', 'not told')}.")]


def _kiosk(about: str, device: DeviceSeen, branch: Branch, now: datetime) -> list[Finding]:
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
    doubts = print_jobs.doubts(db, branch.id, business_day.today(branch, now))
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


def accounts(db: Db, every: list[Branch]) -> list[Finding]:
    """Whether an administrator can sign in, and whether a password is one of those everybody tries."""
    found = []
    if not access.has_admin(db):
        found.append(
            warning(
                "accounts",
                "There is no administrator with a password: the set-up page is open to whoever has the server's code.",
                "giliran user add NAME --role admin",
            )
        )
    for slug, branch_id in ((None, None), *((b.slug, b.id) for b in every)):
        where = f" of {slug}" if slug else ""
        for row in checkup.accounts(db, branch_id):
            if row.password_hash is None:
                command = f"giliran user add '{row.name}' --role {row.role}" + (f" --branch {slug}" if slug else "")
                found.append(warning("accounts", f"{row.name}{where} has no password and cannot sign in.", command))
            elif row.role == "admin" and _weak(db, row.name):
                found.append(
                    problem(
                        "accounts",
                        f"The password of administrator {row.name}{where} is one that everybody tries first.",
                        f"Give a new one: giliran user add '{row.name}' --role admin"
                        + (f" --branch {slug}" if slug else ""),
                    )
                )
    return found or [ok("accounts", "There is an administrator, and everybody has a password.")]


def _weak(db: Db, name: str) -> bool:
    user = access.user_by_name(db, name)
    return any(check_password(user, guess) for guess in (*GUESSES, name, f"{name}123"))


def _ago(length: timedelta) -> str:
    seconds = int(length.total_seconds())
    if seconds < 90:
        return f"{max(seconds, 0)} s ago"
    if seconds < 90 * 60:
        return f"{seconds // 60} min ago"
    return f"{seconds // 3600} h ago" if seconds < 48 * 3600 else f"{seconds // 86400} days ago"

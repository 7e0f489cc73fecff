"""The machine: disk, permissions, clock, the server's process, voice and pages."""

from __future__ import annotations

import json
import os
import shutil
import stat
import statistics
import subprocess
import tempfile
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from time import perf_counter
from typing import TypeAlias
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import httpx

from server.access.credentials import status_key
from server.doctor.findings import Finding, ok, problem, warning
from server.domain.calendar.clock_jump import ClockFault
from server.domain.one_line import one_line
from server.speech.errors import SpeechUnavailable
from server.speech.espeak import find_voice
from server.store.engines.store import DATABASE_FILE
from server.store.maintenance import data_directory
from server.store.maintenance.data_directory import CLIPS, Owner

MEGABYTE = 1_000_000
FREE_PROBLEM, FREE_WARNING = 200 * MEGABYTE, 1000 * MEGABYTE
SYNC_PROBLEM, SYNC_WARNING = 1.0, 0.1
"""Seconds until a write is safe on the disk; every action waits for one."""
Faults: TypeAlias = Mapping[str, tuple[ClockFault, datetime]]
"""Branch → what its last event says of the clock, and when that was; the faulty ones alone."""
KEYS_TOLD = 5
"""Addresses or accounts that are named of those that are refused."""
BEFORE_THIS_RELEASE = 2026
"""A clock in an earlier year has lost its battery."""


def disk(data: Path) -> list[Finding]:
    """Whether there is room, and how fast a write is safe."""
    free, size = shutil.disk_usage(data).free, _size(data / DATABASE_FILE)
    told = f"{free / MEGABYTE:,.0f} MB free on the disk of {data}."
    more = "Remove what is not needed there (old backups, before-restore-… directories), or move to a larger disk."
    found = [
        problem("disk", told + " When it is full, no number can be given out.", more)
        if free < FREE_PROBLEM
        else warning("disk", told, more)
        if free < max(FREE_WARNING, 2 * size)
        else ok("disk", told)
    ]
    try:
        seconds = _sync_seconds(data)
    except OSError as error:
        return [*found, problem("disk", f"Nothing can be written into {data}: {error.strerror}.", _as_owner(data))]
    told = f"A write is safe on the disk after {seconds * 1000:.1f} ms."
    slower = "Look whether the disk is failing (dmesg, smartctl) or something else keeps it busy; an SSD takes 1-5 ms."
    if seconds >= SYNC_WARNING:
        level = problem if seconds >= SYNC_PROBLEM else warning
        return [*found, level("disk", told + " Every number and call waits for it.", slower)]
    return [*found, ok("disk", told)]


def _sync_seconds(data: Path) -> float:
    with tempfile.TemporaryFile(dir=data) as file:
        times = []
        for _ in range(5):
            began = perf_counter()
            file.write(b"\0" * 4096)
            file.flush()
            os.fsync(file.fileno())
            times.append(perf_counter() - began)
    return statistics.median(times)


def permissions(data: Path, owner: Owner | None) -> list[Finding]:
    """Whether the right user, and nobody else, may read and write the data."""
    found = []
    directory = data.stat()
    if directory.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        found.append(
            warning("permissions", f"Other users of this machine may look into {data}.", f"chmod 700 {data.resolve()}")
        )
    files = [path for path in data.glob(f"{DATABASE_FILE}*") if path.stat().st_uid != directory.st_uid]
    if files:
        found.append(
            problem(
                "permissions",
                f"{', '.join(sorted(path.name for path in files))} belong to another user than their directory; the "
                "server may not be able to write them.",
                f"chown -R --reference={data.resolve()} {data.resolve()}; then run commands as the server's own user.",
            )
        )
    process = Path(f"/proc/{owner.pid}") if owner and owner.pid else None
    if process is not None and process.exists() and process.stat().st_uid not in (directory.st_uid, 0):
        found.append(
            problem(
                "permissions",
                f"The server runs as user {process.stat().st_uid}, the data belong to user {directory.st_uid}.",
                f"Stop the server, chown -R {process.stat().st_uid} {data.resolve()}, and start it again.",
            )
        )
    return found or [ok("permissions", f"{data} is its owner's alone.")]


def clock(now: datetime, zones: set[str], faults: Faults) -> list[Finding]:
    """Whether the clock is right, as far as this machine and the last events can tell."""
    set_it = "Set the clock: timedatectl set-ntp true, or timedatectl set-time '…'; then restart the server."
    found = [
        problem("clock", f"This machine does not know the time zone {zone}.", "pip install --upgrade tzdata")
        for zone in unknown_zones(zones)
    ]
    if now.year < BEFORE_THIS_RELEASE:
        found.append(problem("clock", f"The clock says {now:%d %B %Y}; its battery may be empty.", set_it))
    elif faults:
        found += [_fault(slug, fault, at, now, set_it) for slug, (fault, at) in faults.items()]
    else:
        found.append(ok("clock", f"It is {now:%d %B %Y %H:%M:%S} UTC; compare that with a watch."))
    kept = _network_time()
    if kept is False:
        found.append(warning("clock", "The clock is not kept by network time and will drift.", set_it))
    elif kept:
        found.append(ok("clock", "Network time keeps it."))
    return found


def _fault(slug: str, fault: ClockFault, last: datetime, now: datetime, set_it: str) -> Finding:
    if fault is ClockFault.BEHIND:
        detail = (
            f"{slug}: the clock is {_span(last - now)} behind the last thing that happened. It has been set back, or "
            "was ahead then. Waits and times are wrong until it has caught up."
        )
    else:
        detail = (
            f"{slug}: the clock is {_span(now - last)} ahead of the last thing that happened, so long that it may be "
            "wrong; nothing is done until somebody says that it is right."
        )
    return problem("clock", detail, f"{set_it} Is it right as it is: giliran clock --right")


def unknown_zones(zones: set[str]) -> list[str]:
    """Those of the time zones that this machine has no data of."""
    unknown = []
    for zone in sorted(zones):
        try:
            ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError):
            unknown.append(zone)
    return unknown


def _network_time() -> bool | None:
    """Whether network time keeps the clock; None where the system does not tell."""
    program = shutil.which("timedatectl")
    if program is None:
        return None
    asked = [program, "show", "--property=NTPSynchronized", "--value"]
    try:
        told = subprocess.run(asked, capture_output=True, text=True, timeout=5, check=False).stdout.strip()
    except (OSError, subprocess.TimeoutExpired):
        return None
    return {"yes": True, "no": False}.get(told)


def server(data: Path, owner: Owner | None, build: str | None) -> list[Finding]:
    """Whether a server runs on the data, answers, and is of this release."""
    if owner is None:
        return [
            problem(
                "server",
                f"No server runs on {data}: kiosks, counters and displays have nothing to talk to.",
                "Start it: systemctl start giliran (or giliran run). Does it end again, see journalctl -u giliran.",
            )
        ]
    if owner.what != data_directory.SERVER:
        return [problem("server", f"No server runs: {data} is busy with {owner.what}.", "Wait until that has ended.")]
    if owner.port is None:
        return [
            warning(
                "server",
                f"A server has {data}, and does not say where it listens: it is just starting, or of an older release.",
                "Look again in a minute.",
            )
        ]
    url = f"{_address(owner)}/readyz"
    restart = "systemctl restart giliran; then look at journalctl -u giliran."
    try:
        answer = httpx.get(url, timeout=10, trust_env=False)
        told = answer.json()
    except (httpx.HTTPError, json.JSONDecodeError) as error:
        return [problem("server", f"The server (process {owner.pid}) does not answer at {url}: {error}.", restart)]
    if told.get("status") != "ok":
        return [problem("server", f"The server says that it is not well: {told.get('detail')}", restart)]
    if build is not None and told.get("build") != build:
        return [
            warning(
                "server",
                "The server still runs an earlier release than what is installed.",
                "systemctl restart giliran",
            )
        ]
    return [ok("server", f"Process {owner.pid} serves at port {owner.port} and is ready.")]


def status(owner: Owner, server_key: bytes) -> list[Finding]:
    """What a server of this machine tells of itself: its memory and sockets, and who is refused for now, and why.

    Nothing where it does not tell, as one of an older release does not.
    """
    headers = {"Authorization": f"Bearer {status_key(server_key)}"}
    try:
        answer = httpx.get(f"{_address(owner)}/status", headers=headers, timeout=10, trust_env=False)
        told = answer.raise_for_status().json()
    except (httpx.HTTPError, json.JSONDecodeError):
        return []
    about = f"server at port {owner.port}"
    sockets = ", ".join(f"{count} {role}" for role, count in sorted(told["sockets"].items())) or "none"
    memory = f"{told['memory_bytes'] / MEGABYTE:,.0f} MB of memory; " if told["memory_bytes"] else ""
    found = [
        ok(about, f"{memory}open sockets: {sockets}; requests too slow to be answered: {told['slow_connections']:.0f}.")
    ]
    for limit, keys in told["throttled"].items():
        slowest = sorted(keys.items(), key=lambda one: -one[1])
        some = ", ".join(f"{one_line(key)} (for {seconds} s)" for key, seconds in slowest[:KEYS_TOLD])
        more = f" and {len(keys) - KEYS_TOLD} more" if len(keys) > KEYS_TOLD else ""
        found.append(
            warning(
                about,
                f"Refused for now, after too many tries, is {limit} {some}{more}.",
                "Somebody guesses, or forgot a password: see sign_in_failed in the log. Browsers in which an account "
                "has signed in before are not held up.",
            )
        )
    if told["untrusted_proxy"]:
        found.append(
            warning(
                about,
                f"Requests through {told['untrusted_proxy']} carry X-Forwarded-For, which is not believed: limits take "
                "all who come that way for one, so that one who guesses holds up everybody's first sign-in.",
                "If that is your proxy, start the server with --trust-proxy, and let nobody reach it past the proxy.",
            )
        )
    return found


def _address(owner: Owner) -> str:
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]", None: "127.0.0.1"}.get(owner.host, owner.host)  # noqa: S104
    return f"http://{host}:{owner.port}"


def voice(data: Path) -> list[Finding]:
    """Whether calls can be spoken."""
    engine = find_voice()
    recorded = sum(1 for path in (data / CLIPS).rglob("*.wav"))
    clips = f"; {recorded} recorded clips" if recorded else ""
    mend = "apt install espeak-ng, or pip install espeakng-loader."
    if engine is None:
        return [warning("speech", f"There is no voice on this machine{clips}.", mend)]
    try:
        engine.say("id", engine.script("id", "A 1"))
    except SpeechUnavailable as error:
        return [warning("speech", f"The voice does not speak: {error}", mend)]
    return [ok("speech", f"Calls are spoken by {engine.name}{clips}.")]


def pages(build: str | None) -> list[Finding]:
    """Whether the browser pages are there."""
    if build is None:
        return [problem("pages", "The browser pages are not built.", "make build, or install the package again.")]
    return [ok("pages", "Built.")]


def _span(length: timedelta) -> str:
    seconds = int(length.total_seconds())
    return f"{seconds} s" if seconds < 120 else f"{seconds // 60} min" if seconds < 7200 else f"{seconds // 3600} h"


def _size(file: Path) -> int:
    return file.stat().st_size if file.exists() else 0


def _as_owner(data: Path) -> str:
    return f'Run this as the user whose data it is: sudo -u "$(stat -c %U {data.resolve()})" giliran doctor …'

"""Checks of the machine: disk, permissions, clock, the server's process, voice and pages."""

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
"""Seconds for a write to reach the disk; every action waits for one."""
Faults: TypeAlias = Mapping[str, tuple[ClockFault, datetime]]
"""(fault of the clock, time of the last event) by branch, for branches with a fault."""
KEYS_LISTED = 5
"""How many of the throttled addresses or accounts are named."""
BEFORE_THIS_RELEASE = 2026
"""If the clock shows an earlier year, its battery is empty."""


def disk(data: Path) -> list[Finding]:
    """Check the free space, and how fast a write reaches the disk."""
    free, size = shutil.disk_usage(data).free, _size(data / DATABASE_FILE)
    detail = f"{free / MEGABYTE:,.0f} MB free on the disk of {data}."
    make_room = "Remove what is not needed there (old backups, before-restore-… directories), or move to a larger disk."
    findings = [
        problem("disk", detail + " When it is full, no number can be issued.", make_room)
        if free < FREE_PROBLEM
        else warning("disk", detail, make_room)
        if free < max(FREE_WARNING, 2 * size)
        else ok("disk", detail)
    ]
    try:
        seconds = _sync_seconds(data)
    except OSError as error:
        return [*findings, problem("disk", f"Nothing can be written into {data}: {error.strerror}.", _as_owner(data))]
    detail = f"A write takes {seconds * 1000:.1f} ms to reach the disk."
    advice = "Check whether the disk is failing (dmesg, smartctl) or busy with something else; an SSD takes 1-5 ms."
    if seconds >= SYNC_WARNING:
        level = problem if seconds >= SYNC_PROBLEM else warning
        return [*findings, level("disk", detail + " Every number and call waits for this.", advice)]
    return [*findings, ok("disk", detail)]


def _sync_seconds(data: Path) -> float:
    with tempfile.TemporaryFile(dir=data) as file:
        times = []
        for _ in range(5):
            start = perf_counter()
            file.write(b"\0" * 4096)
            file.flush()
            os.fsync(file.fileno())
            times.append(perf_counter() - start)
    return statistics.median(times)


def permissions(data: Path, owner: Owner | None) -> list[Finding]:
    """Check that the right user, and nobody else, can read and write the data."""
    findings = []
    directory = data.stat()
    if directory.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        findings.append(
            warning("permissions", f"Other users of this machine can read {data}.", f"chmod 700 {data.resolve()}")
        )
    files = [path for path in data.glob(f"{DATABASE_FILE}*") if path.stat().st_uid != directory.st_uid]
    if files:
        findings.append(
            problem(
                "permissions",
                f"{', '.join(sorted(path.name for path in files))} belong to another user than their directory; the "
                "server may not be able to write them.",
                f"chown -R --reference={data.resolve()} {data.resolve()}; then run commands as the server's own user.",
            )
        )
    process = Path(f"/proc/{owner.pid}") if owner and owner.pid else None
    if process is not None and process.exists() and process.stat().st_uid not in (directory.st_uid, 0):
        findings.append(
            problem(
                "permissions",
                f"The server runs as user {process.stat().st_uid}, the data belong to user {directory.st_uid}.",
                f"Stop the server, chown -R {process.stat().st_uid} {data.resolve()}, and start it again.",
            )
        )
    return findings or [ok("permissions", f"Only its owner can read {data}.")]


def clock(now: datetime, zones: set[str], faults: Faults) -> list[Finding]:
    """Check the clock against this machine's settings and the last events."""
    advice = "Set the clock: timedatectl set-ntp true, or timedatectl set-time '…'; then restart the server."
    findings = [
        problem("clock", f"This machine does not know the time zone {zone}.", "pip install --upgrade tzdata")
        for zone in unknown_zones(zones)
    ]
    if now.year < BEFORE_THIS_RELEASE:
        findings.append(problem("clock", f"The clock shows {now:%d %B %Y}; its battery may be empty.", advice))
    elif faults:
        findings += [_fault(slug, fault, at, now, advice) for slug, (fault, at) in faults.items()]
    else:
        findings.append(ok("clock", f"The clock shows {now:%d %B %Y %H:%M:%S} UTC; compare that with a watch."))
    synchronized = _network_time()
    if synchronized is False:
        findings.append(warning("clock", "The clock is not synchronized by network time and will drift.", advice))
    elif synchronized:
        findings.append(ok("clock", "Network time synchronizes it."))
    return findings


def _fault(slug: str, fault: ClockFault, last_event: datetime, now: datetime, advice: str) -> Finding:
    if fault is ClockFault.BEHIND:
        detail = (
            f"{slug}: the clock is {_span(last_event - now)} behind the last event. It has been set back, or was ahead "
            "before. Waits and times are wrong until it has caught up."
        )
    else:
        detail = (
            f"{slug}: the clock is {_span(now - last_event)} ahead of the last event, so long that it may be wrong; "
            "the branch takes no actions until somebody confirms the clock."
        )
    return problem("clock", detail, f"{advice} If it is right: giliran clock --right")


def unknown_zones(zones: set[str]) -> list[str]:
    """Return the time zones for which this machine has no data."""
    unknown = []
    for zone in sorted(zones):
        try:
            ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError):
            unknown.append(zone)
    return unknown


def _network_time() -> bool | None:
    """Return whether network time synchronizes the clock; None if the system does not report it."""
    program = shutil.which("timedatectl")
    if program is None:
        return None
    command = [program, "show", "--property=NTPSynchronized", "--value"]
    try:
        output = subprocess.run(command, capture_output=True, text=True, timeout=5, check=False).stdout.strip()
    except (OSError, subprocess.TimeoutExpired):
        return None
    return {"yes": True, "no": False}.get(output)


def server(data: Path, owner: Owner | None, build: str | None) -> list[Finding]:
    """Check that a server uses the data, answers, and is of this release."""
    if owner is None:
        return [
            problem(
                "server",
                f"No server runs on {data}: kiosks, counters and displays cannot work.",
                "Start it: systemctl start giliran (or giliran run). If it stops again, see journalctl -u giliran.",
            )
        ]
    if owner.what != data_directory.SERVER:
        return [problem("server", f"No server runs: {data} is busy with {owner.what}.", "Wait until that has ended.")]
    if owner.port is None:
        return [
            warning(
                "server",
                f"A server uses {data}, but its port is unknown: it is just starting, or of an older release.",
                "Run the doctor again in a minute.",
            )
        ]
    url = f"{_address(owner)}/readyz"
    restart = "systemctl restart giliran; then look at journalctl -u giliran."
    try:
        answer = httpx.get(url, timeout=10, trust_env=False)
        status = answer.json()
    except (httpx.HTTPError, json.JSONDecodeError) as error:
        return [problem("server", f"The server (process {owner.pid}) does not answer at {url}: {error}.", restart)]
    if status.get("status") != "ok":
        return [problem("server", f"The server reports a fault: {status.get('detail')}", restart)]
    if build is not None and status.get("build") != build:
        return [
            warning(
                "server",
                "The server still runs an earlier release than the installed one.",
                "systemctl restart giliran",
            )
        ]
    return [ok("server", f"Process {owner.pid} serves at port {owner.port} and is ready.")]


def status(owner: Owner, server_key: bytes) -> list[Finding]:
    """Return findings from a local server's own status: memory, sockets, and who is throttled.

    There are none if the server does not report its status, as with older releases.
    """
    headers = {"Authorization": f"Bearer {status_key(server_key)}"}
    try:
        answer = httpx.get(f"{_address(owner)}/status", headers=headers, timeout=10, trust_env=False)
        report = answer.raise_for_status().json()
    except (httpx.HTTPError, json.JSONDecodeError):
        return []
    about = f"server at port {owner.port}"
    sockets = ", ".join(f"{count} {role}" for role, count in sorted(report["sockets"].items())) or "none"
    memory = f"{report['memory_bytes'] / MEGABYTE:,.0f} MB of memory; " if report["memory_bytes"] else ""
    findings = [
        ok(about, f"{memory}open sockets: {sockets}; connections closed as too slow: {report['slow_connections']:.0f}.")
    ]
    for limit, keys in report["throttled"].items():
        by_delay = sorted(keys.items(), key=lambda item: -item[1])
        listed = ", ".join(f"{one_line(key)} (for {seconds} s)" for key, seconds in by_delay[:KEYS_LISTED])
        more = f" and {len(keys) - KEYS_LISTED} more" if len(keys) > KEYS_LISTED else ""
        findings.append(
            warning(
                about,
                f"Refused for now, after too many attempts: {limit} {listed}{more}.",
                "Somebody guesses or forgot a password: see sign_in_failed in the log. Browsers in which an account "
                "has signed in before are not affected.",
            )
        )
    if report["untrusted_proxy"]:
        findings.append(
            warning(
                about,
                f"Requests through {report['untrusted_proxy']} carry X-Forwarded-For, which the server ignores: limits "
                "count all these clients as one, so one guesser delays everybody's first sign-in.",
                "If that is your proxy, start the server with --trust-proxy, and let nobody bypass the proxy.",
            )
        )
    return findings


def _address(owner: Owner) -> str:
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]", None: "127.0.0.1"}.get(owner.host, owner.host)  # noqa: S104
    return f"http://{host}:{owner.port}"


def voice(data: Path) -> list[Finding]:
    """Check that calls can be spoken."""
    engine = find_voice()
    recorded = sum(1 for path in (data / CLIPS).rglob("*.wav"))
    clips = f"; {recorded} recorded clips" if recorded else ""
    advice = "apt install espeak-ng, or pip install espeakng-loader."
    if engine is None:
        return [warning("speech", f"There is no voice on this machine{clips}.", advice)]
    try:
        engine.say("id", engine.script("id", "A 1"))
    except SpeechUnavailable as error:
        return [warning("speech", f"The voice does not speak: {error}", advice)]
    return [ok("speech", f"Calls are spoken by {engine.name}{clips}.")]


def pages(build: str | None) -> list[Finding]:
    """Check that the browser pages are built."""
    if build is None:
        return [problem("pages", "The browser pages are not built.", "make build, or install the package again.")]
    return [ok("pages", "Built.")]


def _span(length: timedelta) -> str:
    seconds = int(length.total_seconds())
    return f"{seconds} s" if seconds < 120 else f"{seconds // 60} min" if seconds < 7200 else f"{seconds // 3600} h"


def _size(file: Path) -> int:
    return file.stat().st_size if file.exists() else 0


def _as_owner(data: Path) -> str:
    return f'Run this as the owner of the data: sudo -u "$(stat -c %U {data.resolve()})" giliran doctor …'

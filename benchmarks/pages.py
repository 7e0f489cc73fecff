"""What the pages weigh, and how long they keep a slow machine busy until they can be used.

Bytes are those of the document, its script and its style sheet as they are sent; fonts and sound are not counted.
The time is what the main thread works from the first request until what the page is for is there, with the processor
slowed down six times by Chromium, which is a kiosk's or a TV box's. Every round opens each page anew, nothing kept.
"""

from __future__ import annotations

import re
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urljoin

from playwright.sync_api import Browser, CDPSession, sync_playwright

from benchmarks import branch
from benchmarks.table import Row, no_more_than
from server.access import credentials
from server.actions.people import accounts
from server.clock import system_clock
from server.domain.people.principal import COMMAND_LINE, Role
from server.store.engines.store import Store, sqlite_url
from tests.browser.chromium import LAUNCH_ARGUMENTS, chromium

TINY = {"rounds": 1}
SLOWER = 6
PATIENCE = 60_000
USER, PASSWORD = "rani", "a password of a benchmark"

_FILES = re.compile(r"""(?:src|href)="(/static/[^"]+\.(?:js|css)[^"]*)\"""")


@dataclass(frozen=True)
class Opened:
    """A page, how it is opened, and what has to be there for it to be of use."""

    name: str
    path: str
    usable: str


def bytes_of(url: str) -> float:
    """Kilobytes of a page, as the server sends them to a browser."""
    with urllib.request.urlopen(url, timeout=60) as answer:
        document = answer.read()
    total = len(document)
    for file in _FILES.findall(document.decode()):
        request = urllib.request.Request(urljoin(url, file), headers={"Accept-Encoding": "gzip"})
        with urllib.request.urlopen(request, timeout=60) as answer:
            assert answer.headers["Content-Encoding"] == "gzip"
            total += len(answer.read())
    return total / 1000


def busy(browser: Browser, origin: str, page: Opened, cookies: list[tuple[str, str]]) -> float:
    """Milliseconds of the main thread until the page is usable, on a processor six times slower."""
    context = browser.new_context(locale="id-ID")
    try:
        for name, value in cookies:
            context.add_cookies([{"name": name, "value": value, "url": origin}])
        tab = context.new_page()
        devtools = context.new_cdp_session(tab)
        devtools.send("Performance.enable", {"timeDomain": "threadTicks"})
        devtools.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
        before = _worked(devtools)
        tab.goto(origin + page.path, wait_until="commit", timeout=PATIENCE)
        tab.wait_for_selector(page.usable, timeout=PATIENCE)
        return (_worked(devtools) - before) * 1000
    finally:
        context.close()


def _worked(devtools: CDPSession) -> float:
    """Seconds that the main thread has worked so far."""
    told = {metric["name"]: metric["value"] for metric in devtools.send("Performance.getMetrics")["metrics"]}
    return float(told["TaskDuration"])


def rows(*, rounds: int = 5) -> Iterator[Row]:
    """Bytes and time of the four pages."""
    with ExitStack() as stack:
        data = Path(stack.enter_context(TemporaryDirectory(prefix="giliran-bench-")))
        tokens = branch.found(data)
        _add_user(data)
        served = stack.enter_context(branch.served(data, tokens))
        origin = f"http://127.0.0.1:{served.port}"
        ticket = served.post(f"/api/v1/branches/{branch.SLUG}/tickets", tokens["kiosk"], {"service": "A"})
        pages = (
            Opened("kiosk", f"/kiosk/{branch.SLUG}#{tokens['kiosk']}", ".tile"),
            Opened("display", f"/display/{branch.SLUG}#{tokens['display']}", ".waiting .service"),
            Opened("console", "/console", "button.tile"),
            Opened("ticket", f"/t/{ticket['token']}", ".number"),
        )
        for page in pages:
            yield Row(f"{page.name} page, gzip", "KB", [bytes_of(origin + page.path)], target=no_more_than(60))
        cookies = _signed_in(origin)
        worked: dict[str, list[float]] = {page.name: [] for page in pages}
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=str(chromium()), args=LAUNCH_ARGUMENTS)
            for _ in range(rounds):
                for page in pages:
                    worked[page.name].append(busy(browser, origin, page, cookies))
            browser.close()
        for name, times in worked.items():
            yield Row(f"{name} page, main thread to usable, 6 × slower", "ms", times, target=no_more_than(1000))


def _add_user(data: Path) -> None:
    store = Store(sqlite_url(data), system_clock)
    hashed = credentials.hash_password(PASSWORD)
    store.write(
        lambda tx: accounts.put_user(
            tx, COMMAND_LINE, name=USER, role=Role.SUPERVISOR, slugs=[branch.SLUG], password_hash=hashed
        ),
        lambda _tx, _ended: None,
    )
    store.close()


def _signed_in(origin: str) -> list[tuple[str, str]]:
    """The cookies of a session."""
    body = f'{{"name": "{USER}", "password": "{PASSWORD}"}}'.encode()
    request = urllib.request.Request(f"{origin}/api/v1/session", body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        set_cookies = answer.headers.get_all("Set-Cookie") or []
    return [tuple(cookie.split(";")[0].split("=", 1)) for cookie in set_cookies]

"""`giliran demo` as one command: everything is there, lives, and ends together."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from server.clock import system_clock
from server.demo import seed as seeding
from server.demo.seed import PASSWORD, VISITORS_COUNTER, declaration, seed
from server.store.engines.store import Store, sqlite_url
from server.store.maintenance.migrating import migrate
from tests.demo.running_demo import RunningDemo
from tests.journeys.branches import MIDDAY_ZONE
from tests.journeys.giliran import ROOT, plain_environment
from tests.journeys.screen import Screen

SLUG = declaration().branch.slug


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Data on which the tests start their demos one after another, as a visitor does.

    It is about midday there, so that a morning is behind it and no day ends meanwhile, whenever the tests run.
    """
    place = tmp_path_factory.mktemp("house")
    there = declaration()
    at_midday = replace(there, branch=replace(there.branch, timezone=MIDDAY_ZONE))
    store = Store(sqlite_url(place), system_clock)
    migrate(store)
    with pytest.MonkeyPatch.context() as another:
        another.setattr(seeding, "declaration", lambda: at_midday)
        seed(store, place, system_clock(), traffic=True)
    store.close()
    return place


@pytest.fixture
def demo(data: Path) -> Iterator[Callable[..., RunningDemo]]:
    """Start a demo, on that data unless others are named; it ends with the test."""
    with ExitStack() as stack:

        def start(*arguments: str, data: Path = data) -> RunningDemo:
            demo = RunningDemo(data, *arguments)
            stack.callback(demo.clear)
            return demo

        yield start


def until(holds: Callable[[], Any], seconds: float = 60) -> Any:
    """What `holds` says as soon as it is true of the other processes."""
    deadline = time.monotonic() + seconds
    while not (found := holds()):
        assert time.monotonic() < deadline, f"not within {seconds} s"
        time.sleep(0.05)  # nobody tells: it is looked at again
    return found


def test_a_stranger_finds_every_screen_alive_and_sigterm_ends_the_whole_tree(
    demo: Callable[..., RunningDemo],
) -> None:
    house = demo("--speed", "10")
    assert set(house.links) == {"Start here", "Kiosk", "Printer", "Counter", "Wall display", "Supervisor", "API"}
    with httpx.Client(base_url=house.url, follow_redirects=True, trust_env=False, timeout=60) as visitor:
        # the printer's page comes with its process, a moment after the server
        until(lambda: _answers(visitor, house.links["Printer"]))
        for link in house.links.values():
            assert visitor.get(link).status_code == 200, link
        kiosk = _kiosk(house)
        mine = visitor.post(f"/api/v1/branches/{SLUG}/tickets", json={"service": "D"}, headers=kiosk).json()
        job = f"/api/v1/print-jobs/{mine['print_job']}"
        until(lambda: visitor.get(job, headers=kiosk).json()["state"] == "printed")
        paper = visitor.get(house.links["Printer"]).url
        tray = visitor.get(paper.join("/state")).json()["tickets"]
        assert visitor.get(paper.join(f"/tickets/{tray[0]['serial']}.png")).content.startswith(b"\x89PNG")
        with Screen(house.url, house.links["Wall display"].partition("#")[2]) as wall:
            assert wall.subscribe(SLUG, "board")["board"]["calls"]
            # somebody simulated calls somebody simulated
            called = wall.until(lambda state: state["event"]["type"] == "called")
            assert called["event"]["counter"] != VISITORS_COUNTER
    house.watch(house.children)
    assert len(house.children) == 2
    house.send(signal.SIGTERM)
    assert house.left() == set()
    assert house.result() == 0


def test_a_new_demo_that_is_killed_leaves_no_process_behind(demo: Callable[..., RunningDemo], tmp_path: Path) -> None:
    house = demo(data=tmp_path / "demo")
    assert "making a branch" in house.said
    house.watch(until(lambda: house.children if len(house.children) == 2 else None))
    house.send(signal.SIGKILL)
    assert house.left() == set()


def test_a_child_that_dies_is_started_again_with_a_note(demo: Callable[..., RunningDemo]) -> None:
    house = demo("--no-traffic")
    (printer,) = until(lambda: house.children)
    house.watch({printer})
    house.kill(printer)
    until(lambda: house.children - {printer})
    house.send(signal.SIGINT)
    assert house.result() == 0
    assert "the virtual printer ended" in house.said


def test_a_visitor_signs_in_and_calls_from_the_counter_that_is_free(demo: Callable[..., RunningDemo]) -> None:
    house = demo("--no-traffic")
    with httpx.Client(base_url=f"{house.url}/api/v1", trust_env=False, timeout=60) as visitor:
        # whoever waited before this demo may have been served by an earlier one
        taken = visitor.post(f"/branches/{SLUG}/tickets", json={"service": "D"}, headers=_kiosk(house))
        assert taken.is_success, taken.text
        session = visitor.post("/session", json={"name": "rani", "password": PASSWORD})
        visitor.headers["X-CSRF-Token"] = session.json()["csrf_token"]
        counter = f"/counters/{SLUG}/{VISITORS_COUNTER}"
        assert visitor.post(f"{counter}/open", json={}).json()["agent"] == "rani"
        assert visitor.post(f"{counter}/call-next", json={}).json()["state"] == "called"


def test_a_port_that_is_taken_is_said_in_one_line_that_names_what_to_do(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        command = [sys.executable, "-m", "server", "demo", "--port", str(port), "--data", str(tmp_path / "demo")]
        result = subprocess.run(command, cwd=ROOT, env=plain_environment(), capture_output=True, text=True, check=False)
    assert result.returncode == 1
    assert result.stderr.count("\n") == 1
    assert f"127.0.0.1:{port}" in result.stderr and "--port" in result.stderr
    assert not (tmp_path / "demo").exists()


def _kiosk(house: RunningDemo) -> dict[str, str]:
    return {"Authorization": f"Bearer {house.links['Kiosk'].partition('#')[2]}"}


def _answers(visitor: httpx.Client, link: str) -> bool:
    try:
        return visitor.get(link).is_success
    except httpx.TransportError:
        return False

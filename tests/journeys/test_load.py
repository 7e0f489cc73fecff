"""Hundreds of customers at once, eight counters, and then the power goes."""

import os
import secrets
import threading
from collections import Counter as Tally
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.journeys.branches import a_counter, a_document, a_service
from tests.journeys.client import Api, Counter, ok, problem
from tests.journeys.giliran import Giliran

SLUG = "ramai"
PATH = f"/branches/{SLUG}/tickets"
CUSTOMERS = int(os.environ.get("JOURNEY_TICKETS", "400"))
CLIENTS = 16
COUNTERS = 8
HEAD_START = timedelta(minutes=20)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Giliran]:
    server = Giliran(tmp_path_factory.mktemp("load") / "data")
    server.start()
    try:
        server.apply(
            a_document(
                SLUG,
                start="on_call",
                services=[a_service("A", last_number=9999)],
                counters=[a_counter(number) for number in range(1, COUNTERS + 1)],
            )
        )
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="module")
def tokens(server: Giliran) -> dict[str, str]:
    roles = ["kiosk", "agent", "api"]
    return {role: server.done("token", "create", "--role", role, "--branch", SLUG) for role in roles}


@pytest.fixture(scope="module")
def day(server: Giliran, tokens: dict[str, str]) -> list[dict[str, Any]]:
    """The event log of a day on which all customers came at once while all counters called."""
    places = iter(range(CUSTOMERS))
    lock = threading.Lock()
    issued: list[str] = []

    def customers() -> None:
        kiosk = Api(server.url, tokens["kiosk"])
        while True:
            with lock:
                place = next(places, None)
            if place is None:
                return
            body = {"service": "A"} | ({"priority": "senior"} if place % 5 == 0 else {})
            ticket = ok(kiosk.post(PATH, body, key=secrets.token_urlsafe()), 201)
            issued.append(ticket["number"])

    def counter(number: int, all_issued: threading.Event) -> int:
        here = Counter(Api(server.url, tokens["agent"]), SLUG, number)
        here.do("open")
        served = 0
        while True:
            over = all_issued.is_set()
            answer = here.ask("call-next", finish=True)
            if answer.status_code == 200:
                served += 1
            else:
                assert problem(answer)["code"] == "queue-empty", answer.text
                here.ask("finish")
                if over:
                    return served
                all_issued.wait(0.02)

    all_issued = threading.Event()
    with ThreadPoolExecutor(CLIENTS + COUNTERS) as pool:
        calling = [pool.submit(counter, number, all_issued) for number in range(1, COUNTERS + 1)]
        coming = [pool.submit(customers) for _ in range(CLIENTS)]
        try:
            for client in coming:
                client.result()
        finally:
            all_issued.set()
        assert sum(one.result() for one in calling) == CUSTOMERS
    assert sorted(issued) == [f"A{number:04}" for number in range(1, CUSTOMERS + 1)]
    return log_of(server, tokens)


def log_of(server: Giliran, tokens: dict[str, str]) -> list[dict[str, Any]]:
    api, after, events = Api(server.url, tokens["api"]), 0, []
    while page := ok(api.get(f"/branches/{SLUG}/events", after=after))["events"]:
        events += page
        after = page[-1]["seq"]
    return events


def test_numbers_run_without_gap_or_double(day: list[dict[str, Any]]) -> None:
    numbers = [event["number"] for event in day if event["type"] == "issued"]
    assert numbers == [f"A{number:04}" for number in range(1, CUSTOMERS + 1)], "and in the order of the log"
    seqs = [event["seq"] for event in day]
    assert seqs == sorted(set(seqs))


def test_nobody_is_called_to_two_counters_and_no_counter_calls_two(day: list[dict[str, Any]]) -> None:
    called = Tally(event["ticket"] for event in day if event["type"] == "called")
    assert len(called) == CUSTOMERS and set(called.values()) == {1}
    holds: dict[int, str] = {}
    for event in day:
        if event["type"] == "called":
            assert event["counter"] not in holds, event
            holds[event["counter"]] = event["ticket"]
        elif event["type"] == "finished":
            assert holds.pop(event["counter"]) == event["ticket"]
    assert not holds
    assert {event["counter"] for event in day if event["type"] == "called"} == set(range(1, COUNTERS + 1))


def test_each_counter_called_in_the_order_of_the_policy(day: list[dict[str, Any]]) -> None:
    waiting: dict[str, tuple[datetime, str]] = {}
    for event in day:
        if event["type"] == "issued":
            head_start = HEAD_START if event["data"]["priority"] == "senior" else timedelta()
            waiting[event["ticket"]] = (datetime.fromisoformat(event["at"]) - head_start, event["number"])
        elif event["type"] == "called":
            first = min(waiting.values())
            assert waiting.pop(event["ticket"]) == first, f"{event} while {first} waited"


def test_after_a_power_cut_every_acknowledged_number_is_there_and_a_retry_gives_the_same(
    server: Giliran, tokens: dict[str, str], day: list[dict[str, Any]]
) -> None:
    acknowledged: dict[str, dict[str, Any]] = {}
    unanswered: list[str] = []
    enough = threading.Semaphore(0)

    def customers() -> None:
        kiosk = Api(server.url, tokens["kiosk"])
        while True:
            key = secrets.token_urlsafe()
            try:
                answer = kiosk.post(PATH, {"service": "A"}, key=key)
            except httpx.TransportError:
                unanswered.append(key)  # the customer does not know whether there is a number
                return
            acknowledged[key] = ok(answer, 201)
            enough.release()

    with ThreadPoolExecutor(CLIENTS) as pool:
        coming = [pool.submit(customers) for _ in range(CLIENTS)]
        for _ in range(200):
            assert enough.acquire(timeout=60)
        server.kill()
        for client in coming:
            client.result()
    server.start()

    kiosk = Api(server.url, tokens["kiosk"])
    issued = {event["number"]: event["ticket"] for event in log_of(server, tokens) if event["type"] == "issued"}
    assert len(unanswered) == CLIENTS and len(acknowledged) >= 200
    assert {ticket["number"]: ticket["id"] for ticket in acknowledged.values()}.items() <= issued.items()
    for key, ticket in acknowledged.items():
        again = ok(kiosk.post(PATH, {"service": "A"}, key=key), 201)
        assert (again["id"], again["number"], again["token"]) == (ticket["id"], ticket["number"], ticket["token"])
    for key in unanswered:
        ok(kiosk.post(PATH, {"service": "A"}, key=key), 201)
    everyone = [event["number"] for event in log_of(server, tokens) if event["type"] == "issued"]
    assert everyone == [f"A{number:04}" for number in range(1, len(everyone) + 1)], "no gap, no double"
    assert CUSTOMERS + len(acknowledged) <= len(everyone) <= CUSTOMERS + len(acknowledged) + CLIENTS


def test_the_counters_go_on_where_they_were_after_the_power_cut(server: Giliran, tokens: dict[str, str]) -> None:
    counter = Counter(Api(server.url, tokens["agent"]), SLUG, 1)
    assert counter.look()["state"] == "open"
    assert counter.do("call-next")["state"] in {"called", "serving"}
    assert counter.do("finish")["state"] == "served"

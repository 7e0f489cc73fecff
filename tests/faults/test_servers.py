"""Two servers on one PostgreSQL, behind nginx: together they are one Giliran, also when Redis or one is killed."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from typing import Any, Self

import httpx
import pytest
import requests

from tests.faults.servers import Member, Servers
from tests.journeys.branches import a_counter, a_document, a_service
from tests.journeys.client import Api, eventually, ok
from tests.journeys.screen import LIVE, InOrder

SLUG = "kota"
PASSWORD = "a long enough password"
PATIENCE = 60
pytestmark = pytest.mark.timeout(300)


class Wall:
    """A display that comes back by itself, and the seq of every state that it was shown, snapshots included."""

    def __init__(self, url: str, token: str, *, address: str = "10.0.0.1", transports: tuple[str, ...] = ()) -> None:
        self.shown: list[int] = []
        self.board: dict[str, Any] = {}
        self.subscribed = 0
        self.gone = threading.Event()
        self._http = requests.Session()
        self._http.trust_env = False
        self._http.headers["X-Test-Address"] = address  # else only the first of its requests would have it
        self._client = InOrder(http_session=self._http, reconnection_delay=0.1, reconnection_delay_max=0.5)
        self._client.on("connect", self._subscribe, namespace=LIVE)
        self._client.on("state", self._take, namespace=LIVE)
        self._client.on("disconnect", lambda *_: self.gone.set(), namespace=LIVE)
        self._how = {
            "url": url,
            "headers": {"X-Test-Address": address},
            "auth": {"token": token},
            "namespaces": [LIVE],
            "transports": list(transports) or None,
            "wait_timeout": PATIENCE,
        }

    def __enter__(self) -> Self:
        self._client.connect(**self._how)
        eventually(lambda: self.subscribed, bool, PATIENCE)
        return self

    def __exit__(self, *_error: object) -> None:
        self._client.disconnect()
        self._client.shutdown()
        self._http.close()

    @property
    def transport(self) -> str:
        name: str = self._client.transport()
        return name

    def _subscribe(self) -> None:
        self._client.emit("subscribe", {"branch": SLUG, "view": "board"}, namespace=LIVE, callback=self._answered)

    def _answered(self, answer: dict[str, Any]) -> None:
        if self.shown and answer["seq"] < self.shown[-1]:
            return  # overtaken by a push
        self.shown.append(answer["seq"])
        self.board = answer["board"]
        self.subscribed += 1

    def _take(self, state: dict[str, Any]) -> None:
        self.shown.append(state["seq"])
        self.board = state["board"]

    def until(self, holds: Callable[[dict[str, Any]], bool]) -> None:
        """Come back when the board is so."""
        eventually(lambda: self.board, lambda board: bool(board) and holds(board), PATIENCE)

    def until_seq(self, seq: int) -> None:
        """Come back when this state or a newer one is shown."""
        eventually(lambda: self.shown[-1], lambda shown: shown >= seq, PATIENCE)

    def was_in_order(self) -> bool:
        """No older state was ever shown after a newer one."""
        return self.shown == sorted(self.shown)


def calls(number: str) -> Callable[[dict[str, Any]], bool]:
    """Whether a board calls this number."""
    return lambda board: any(call["number"] == number for call in board["calls"])


class Kiosk:
    """Takes numbers, each with a key, and asks again with it until it is answered."""

    def __init__(self, url: str, token: str, address: str) -> None:
        self.numbers: list[str] = []
        self.refusals: list[str] = []
        self._http = httpx.Client(
            base_url=f"{url}/api/v1",
            headers={"Authorization": f"Bearer {token}", "X-Test-Address": address},
            timeout=PATIENCE,
            trust_env=False,
        )
        self._name = address

    def take(self) -> dict[str, Any]:
        """One number."""
        key = f"{self._name} {len(self.numbers)}"
        while True:
            try:
                answer = self._http.post(
                    f"/branches/{SLUG}/tickets", json={"service": "A"}, headers={"Idempotency-Key": key}
                )
            except httpx.TransportError as error:
                self.refusals.append(repr(error))
            else:
                if answer.status_code == 201:
                    ticket: dict[str, Any] = answer.json()
                    self.numbers.append(ticket["number"])
                    return ticket
                assert answer.status_code >= 500, answer.text
                self.refusals.append(f"{answer.status_code} {answer.text}")
            time.sleep(0.05)  # as a kiosk does before it asks again

    def work(self, over: threading.Event) -> None:
        """Take numbers until it is over."""
        while not over.is_set():
            self.take()
            time.sleep(0.02)  # customers' pace
        self._http.close()


@pytest.fixture(scope="module")
def servers() -> Iterator[Servers]:
    document = a_document(
        SLUG,
        start="on_call",
        services=[a_service("A", last_number=99999)],
        counters=[a_counter(1), a_counter(2)],
    )
    with Servers(document, "kiosk", "agent", "api", "admin", "display") as running:
        yield running
    Api.hang_up(running.proxy.url, *(member.url for member in running.members))  # others' callers go on


@pytest.fixture
def api(servers: Servers) -> Api:
    return Api(servers.proxy.url, servers.tokens["api"])


def by(member: Member, servers: Servers, role: str) -> Api:
    return Api(member.url, servers.tokens[role])


def log_of(api: Api) -> list[dict[str, Any]]:
    events: list[dict[str, Any]] = []
    while page := ok(api.get(f"/branches/{SLUG}/events", after=len(events)))["events"]:
        events += page
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    return events


def until_ready(member: Member, status: str) -> dict[str, Any]:
    """What /readyz says as soon as it says this."""

    def look() -> dict[str, Any]:
        answer: dict[str, Any] = ok(httpx.get(f"{member.url}/readyz", trust_env=False))
        return answer

    told: dict[str, Any] = eventually(look, lambda told: told["status"] == status, PATIENCE)
    return told


def until_taken(kiosk: Kiosk, count: int) -> None:
    """Come back when it has so many numbers."""
    eventually(lambda: len(kiosk.numbers), lambda now: now >= count, PATIENCE)


@contextmanager
def at_work(kiosks: list[Kiosk], walls: list[Wall], api: Api) -> Iterator[None]:
    """They take numbers meanwhile. At the end every wall comes to the last of it, and has never gone back."""
    over = threading.Event()
    with ThreadPoolExecutor(len(kiosks)) as pool:
        working = [pool.submit(kiosk.work, over) for kiosk in kiosks]
        try:
            yield
        finally:
            over.set()
        for one in working:
            one.result(PATIENCE)
    last = len(log_of(api))
    for wall in walls:
        wall.until_seq(last)
        assert wall.was_in_order()


def test_what_happens_on_one_server_is_shown_on_the_other_and_by_every_way_through_the_proxy(servers: Servers) -> None:
    first, second = servers.members
    token = servers.tokens["display"]
    with ExitStack() as stack:
        walls = [
            stack.enter_context(Wall(first.url, token)),
            stack.enter_context(Wall(second.url, token)),
            stack.enter_context(Wall(servers.proxy.url, token, transports=("websocket",))),
            *(
                stack.enter_context(Wall(servers.proxy.url, token, address=f"10.0.0.{n}", transports=transports))
                for n in range(2, 6)
                for transports in ((), ("polling",))
            ),
        ]
        assert [wall.transport for wall in walls[3::2]] == ["websocket"] * 4, "each was upgraded on its way"
        assert [wall.transport for wall in walls[4::2]] == ["polling"] * 4
        for number, member in enumerate(servers.members, 1):
            desk = by(member, servers, "agent")
            ok(desk.post(f"/counters/{SLUG}/{number}/open", {}))
            ok(by(member, servers, "kiosk").post(f"/branches/{SLUG}/tickets", {"service": "A"}), 201)
        for number, member in enumerate(servers.members[::-1], 1):
            called = ok(by(member, servers, "agent").post(f"/counters/{SLUG}/{number}/call-next", {}))
            for wall in walls:
                wall.until(calls(called["number"]))
        assert all(wall.was_in_order() for wall in walls)


def test_signed_in_through_the_proxy_and_signed_out_on_every_server(servers: Servers) -> None:
    first, second = servers.members
    admin = by(second, servers, "admin")
    ok(admin.http.put(f"/branches/{SLUG}/staff/sri", json={"role": "supervisor", "password": PASSWORD}))
    person = Api(servers.proxy.url)
    person.http.headers["X-Test-Address"] = "10.0.0.7"
    person.http.headers["Origin"] = servers.proxy.url
    person.sign_in("sri", PASSWORD)
    made = ok(admin.post(f"/branches/{SLUG}/tokens", {"role": "display", "name": "Hall"}), 201)
    with Wall(first.url, made["token"]) as wall:
        for member in servers.members:
            asked = Api(member.url)
            asked.http.cookies.update(person.http.cookies)

            def connected(asked: Api = asked) -> bool:
                devices = ok(asked.get(f"/branches/{SLUG}/devices"))["devices"]
                return bool(next(d for d in devices if d["name"] == "Hall")["connected"])

            eventually(connected, bool, PATIENCE)
        ok(admin.http.delete(f"/branches/{SLUG}/tokens/{made['id']}"))
        assert wall.gone.wait(PATIENCE), "revoked on the other server, it is put out"
    ok(person.http.delete("/session"))
    assert person.get(f"/branches/{SLUG}/devices").status_code == 401


def test_one_press_that_reaches_both_servers_at_once_is_one_action(servers: Servers, api: Api) -> None:
    kiosks = [by(member, servers, "kiosk") for member in servers.members] * 2
    before = len(log_of(api))
    with ThreadPoolExecutor(len(kiosks)) as pool:
        for n in range(5):

            def press(kiosk: Api, n: int = n) -> dict[str, Any]:
                body, key = {"service": "A"}, f"one press {n}"
                # a database that is busy otherwise is asked again, as kiosks do
                answer = eventually(
                    lambda: kiosk.post(f"/branches/{SLUG}/tickets", body, key=key),
                    lambda answer: answer.status_code != 503,
                    PATIENCE,
                )
                told: dict[str, Any] = ok(answer, 201)
                return told

            assert len({ticket["id"] for ticket in pool.map(press, kiosks)}) == 1
    assert sum(event["type"] == "issued" for event in log_of(api)[before:]) == 5


def test_without_redis_everything_goes_on_and_with_it_again_too(servers: Servers, api: Api) -> None:
    kiosks = [Kiosk(member.url, servers.tokens["kiosk"], f"10.1.0.{n}") for n, member in enumerate(servers.members)]
    with ExitStack() as stack:
        walls = [stack.enter_context(Wall(member.url, servers.tokens["display"])) for member in servers.members]
        with at_work(kiosks, walls, api):
            servers.redis.kill()
            for member in servers.members:
                assert "Redis" in until_ready(member, "degraded")["detail"]
            seen = len(log_of(api))
            for wall in walls:
                wall.until_seq(seen)
            servers.redis.start()
            for member in servers.members:
                until_ready(member, "ok")
    refusals = [told for kiosk in kiosks for told in kiosk.refusals]
    # a database that is busy otherwise is asked again; Redis is nothing that an action waits for or fails with
    assert not [told for told in refusals if not told.startswith("503") or "Redis" in told], "no action has noticed"
    for member in servers.members:
        log = member.log.read_text()
        assert "redis_away" in log and "redis_back" in log
        assert servers.redis.password not in log


def test_a_server_that_is_killed_loses_nothing_and_its_clients_go_on_at_the_other(servers: Servers, api: Api) -> None:
    token = servers.tokens["display"]
    before = len(log_of(api))
    addresses = [f"10.2.0.{n}" for n in range(6)]
    kiosks = [Kiosk(servers.proxy.url, servers.tokens["kiosk"], address) for address in addresses]
    with ExitStack() as stack:
        walls = [
            stack.enter_context(Wall(servers.proxy.url, token, address=address, transports=transports))
            for address, transports in zip(addresses, ((), ("polling",), ("websocket",)) * 2, strict=True)
        ]
        with at_work(kiosks, walls, api):
            for kiosk in kiosks:
                until_taken(kiosk, 3)
            servers.members[0].kill()
            done = [len(kiosk.numbers) for kiosk in kiosks]
            for kiosk, n in zip(kiosks, done, strict=True):
                until_taken(kiosk, n + 3)
            servers.members[0].start()
    issued = [event["number"] for event in log_of(api)[before:] if event["type"] == "issued"]
    assert sorted(issued) == sorted(number for kiosk in kiosks for number in kiosk.numbers)
    numbers = [int(number[1:]) for number in issued]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))

"""The live feed on a real server: ordered, equal to a fresh snapshot, and ended with its credential."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
import socketio

from tests.journeys.branches import MIDDAY_ZONE
from tests.journeys.client import Api
from tests.journeys.giliran import Giliran
from tests.journeys.screen import LIVE, Screen

BRANCH = {
    "branch": {
        "slug": "central",
        "name": {"en": "Central"},
        "timezone": MIDDAY_ZONE,
        "languages": ["id", "en"],
    },
    "services": [{"code": "A", "name": {"en": "Accounts"}}],
    "counters": [{"number": n, "name": {"en": f"Counter {n}"}, "services": ["A"]} for n in (1, 2)],
    "printers": [{"name": "front"}],
}
PASSWORD = "a long enough password"


class ServerWithClients:
    """The server, and an HTTP client for each role."""

    def __init__(self, server: Giliran) -> None:
        self.server = server
        self.url = server.url
        self._callers: dict[str, httpx.Client] = {}

    def token(self, role: str, name: str | None = None) -> str:
        """Create a token."""
        if role == "admin":
            return self.server.done("token", "create", "--role", role, "--branch", "central")
        return str(self.post("admin", "/branches/central/tokens", role=role, name=name)["token"])

    def __getitem__(self, role: str) -> httpx.Client:
        if role not in self._callers:
            bearer = {"Authorization": f"Bearer {self.token(role)}"}
            self._callers[role] = httpx.Client(
                base_url=f"{self.url}/api/v1", headers=bearer, trust_env=False, timeout=60
            )
        return self._callers[role]

    def post(self, caller: str, path: str, /, **body: Any) -> Any:
        """Return the answer of a call that must succeed."""
        answer = self[caller].post(path, json=body)
        assert answer.is_success, answer.text
        return answer.json()

    def close_clients(self) -> None:
        """Close every client."""
        for caller in self._callers.values():
            caller.close()


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerWithClients]:
    server = Giliran(tmp_path_factory.mktemp("feed") / "data")
    server.start()
    clients = ServerWithClients(server)
    try:
        server.apply(BRANCH)
        clients.post("agent", "/counters/central/1/open")
        yield clients
    finally:
        clients.close_clients()
        server.stop()


def after(seq: int) -> Any:
    return lambda state: state["seq"] > seq


def test_the_last_push_equals_a_fresh_snapshot_and_seq_only_grows(api: ServerWithClients) -> None:
    with Screen(api.url, api.token("display", "wall")) as wall, Screen(api.url, api.token("agent")) as console:
        first = wall.subscribe("central", "board")
        console.subscribe("central", "queue")
        for _ in range(5):
            api.post("kiosk", "/branches/central/tickets", service="A")
            last = api.post("agent", "/counters/central/1/call-next")
            api.post("agent", "/counters/central/1/no-show", ticket=last["id"])
        end = api["api"].get("/branches/central/events").json()["next"]
        board = wall.until(lambda s: s["seq"] >= end)
        state = console.until(lambda s: s["seq"] >= end)
        fresh = {view: api["agent"].get(f"/branches/central/{view}").json() for view in ("board", "queue")}
        for pushed, view in ((board, "board"), (state, "queue")):
            moving = {"now", "seq"}
            want = {k: v for k, v in fresh[view].items() if k not in moving}
            got = {k: v for k, v in pushed[view].items() if k not in moving}
            assert without_as_of(got) == without_as_of(want)
        seqs = [first["seq"], *(s["seq"] for s in wall.seen)]
        assert seqs == sorted(set(seqs))


def test_simultaneous_calls_are_all_pushed_once_and_in_order(api: ServerWithClients) -> None:
    api.post("agent", "/counters/central/2/open")
    for _ in range(30):
        api.post("kiosk", "/branches/central/tickets", service="A")
    together = threading.Barrier(2)

    def call(number: int) -> None:
        headers = dict(api["agent"].headers)
        with httpx.Client(base_url=api["agent"].base_url, headers=headers, trust_env=False, timeout=60) as counter:
            for _ in range(15):
                together.wait(60)
                for verb in ("call-next", "no-show"):
                    answer = counter.post(f"/counters/central/{number}/{verb}", json={})
                    assert answer.is_success, answer.text

    with Screen(api.url, api.token("display", "wall")) as wall, ThreadPoolExecutor(2) as counters:
        last = wall.subscribe("central", "board")["seq"]
        for done in [counters.submit(call, number) for number in (1, 2)]:
            done.result()
        state = wall.until(lambda s: s["seq"] >= last + 60)
        told = [event for state in wall.seen for event in state["events"]]
        assert [event["seq"] for event in told] == list(range(last + 1, last + 61)), "each once, in order"
        assert len({event["number"] for event in told if event["type"] == "called"}) == 30
        calls = api["agent"].get("/branches/central/board").json()["calls"]
        assert state["board"]["calls"] == calls
        assert {call["number"] for call in calls} >= {event["number"] for event in told}
    api.post("agent", "/counters/central/2/close")


def without_as_of(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: without_as_of(v) for k, v in value.items() if k not in ("as_of", "likely", "low", "high")}
    return [without_as_of(v) for v in value] if isinstance(value, list) else value


def test_a_push_names_the_call_among_its_events(api: ServerWithClients) -> None:
    with Screen(api.url, api.token("display", "wall")) as wall:
        seq = wall.subscribe("central", "board")["seq"]
        number = api.post("kiosk", "/branches/central/tickets", service="A")["number"]
        called = api.post("agent", "/counters/central/1/call-next")
        state = wall.until(lambda s: (s["event"] or {}).get("type") == "called")
        assert (state["event"]["number"], state["event"]["counter"]) == (number, 1)
        call = state["board"]["calls"][0]
        assert (call["id"], call["seq"], call["state"]) == (called["id"], state["event"]["seq"], "called")
        assert call["seq"] > seq
        api.post("agent", "/counters/central/1/no-show")


def test_a_refused_action_pushes_nothing(api: ServerWithClients) -> None:
    with Screen(api.url, api.token("display", "wall")) as wall:
        wall.subscribe("central", "board")
        assert api["agent"].post("/counters/central/1/call-next", json={}).status_code == 409
        api.post("kiosk", "/branches/central/tickets", service="A")
        assert [e["type"] for e in wall.until(after(0))["events"]] == ["issued"]
        api.post("agent", "/counters/central/1/call-next")
        api.post("agent", "/counters/central/1/no-show")


def test_a_customer_sees_the_line_move_and_only_the_own_ticket(api: ServerWithClients) -> None:
    first, mine = (api.post("kiosk", "/branches/central/tickets", service="A") for _ in range(2))
    with Screen(api.url) as phone:
        snapshot = phone.subscribe("central", "ticket", mine["token"])
        assert (snapshot["ticket"]["number"], snapshot["ticket"]["ahead"]) == (mine["number"], 1)
        called = api.post("agent", "/counters/central/1/call-next")
        assert called["number"] == first["number"]
        assert phone.until(lambda s: s["ticket"]["ahead"] == 0)["ticket"]["number"] == mine["number"]
        assert phone.subscribe("central", "board")["error"]["code"] == "unauthenticated"
        another = ("B" if mine["token"][0] == "A" else "A") + mine["token"][1:]  # the last may end in "_"
        assert phone.subscribe("central", "ticket", another)["error"]["code"] == "not-found"
        api.post("agent", "/counters/central/1/no-show")
        api.post("agent", "/counters/central/1/call-next")
        assert phone.subscribe("central", "ticket", mine["token"])["ticket"]["counter"] == 1
        api.post("agent", "/counters/central/1/no-show")


@pytest.mark.parametrize(
    "wish", [None, 7, [], {}, {"branch": 1, "view": "board"}, {"branch": "central", "view": "all"}]
)
def test_an_invalid_subscription_is_refused_with_a_problem(api: ServerWithClients, wish: Any) -> None:
    with Screen(api.url, api.token("display", "wall")) as wall:
        error = wall.ask(wish)["error"]
        assert (error["code"], error["status"]) == ("validation", 422)
        assert "seq" in wall.subscribe("central", "board")


def test_revoking_a_token_disconnects_its_screen_at_once(api: ServerWithClients) -> None:
    with Screen(api.url, api.token("display", "doomed")) as wall:
        wall.subscribe("central", "board")
        devices = api["admin"].get("/branches/central/devices").json()["devices"]
        (doomed,) = (d for d in devices if d["name"] == "doomed")
        assert doomed["connected"] is True
        gone = api["admin"].delete(f"/branches/central/tokens/{doomed['tokens'][0]['id']}")
        assert gone.is_success
        wall.until_disconnected()


def test_a_bad_token_is_refused_at_the_connection(api: ServerWithClients) -> None:
    client = socketio.Client(reconnection=False)
    with pytest.raises(socketio.exceptions.ConnectionError):
        client.connect(api.url, auth={"token": "gl_display_made_up"}, namespaces=[LIVE], wait_timeout=60)
    client.disconnect()


def test_a_command_beside_the_server_reaches_its_screens(api: ServerWithClients, tmp_path: Path) -> None:
    with Screen(api.url, api.token("display", "wall")) as wall:
        seq = wall.subscribe("central", "board")["seq"]
        services = [{"code": "A", "name": {"en": "Savings"}}]
        api.server.apply(BRANCH | {"services": services, "displays": [{"name": "wall"}]}, yes=True)
        state = wall.until(after(seq))
        assert state["board"]["services"][0]["name"] == {"en": "Savings"}


@pytest.mark.sqlite
def test_a_second_server_on_the_same_data_is_refused(api: ServerWithClients) -> None:
    second = api.server.command("run", "--port", "0")
    assert second.returncode == 1
    assert "Another server already uses" in second.stderr


def test_an_account_watches_only_its_branches_and_a_change_of_roles_disconnects_it(api: ServerWithClients) -> None:
    north = BRANCH | {"branch": BRANCH["branch"] | {"slug": "north"}}  # type: ignore[operator]
    api.server.apply(north, yes=True)
    add = ("user", "add", "Wulan", "--role", "supervisor", "--branch", "central")
    api.server.done(*add, "--password-stdin", stdin=PASSWORD)
    browser = Api(api.url)
    browser.sign_in("wulan", PASSWORD)
    cookie = "; ".join(f"{name}={value}" for name, value in browser.http.cookies.items())
    with Screen(api.url, cookie=cookie) as console:
        assert console.subscribe("north", "queue")["error"]["code"] == "forbidden"
        assert "error" not in console.subscribe("central", "queue")
        assert api.server.done(*add, "--branch", "north") == "Wulan: supervisor of central, north"
        console.until_disconnected()
    with Screen(api.url, cookie=cookie) as console:
        assert "error" not in console.subscribe("north", "queue")
        api.server.done("user", "add", "WULAN", "--role", "supervisor", "--branch", "central")
        console.until_disconnected()
    assert browser.get("/session").status_code == 401

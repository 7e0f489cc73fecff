"""The live feed attacked: garbage, foreign pages, credentials that end. It answers, hangs up, and serves the others."""

from __future__ import annotations

import contextlib
import json
import secrets
import socket
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
import websocket
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.hostile import FORBIDDEN, HARMLESS, LONG
from tests.journeys.branches import a_branch, a_document
from tests.journeys.client import Api, Branch, eventually, ok
from tests.journeys.giliran import Giliran
from tests.journeys.screen import Screen

SLUG = a_branch("socket-attacked")
PASSWORD = "loket-tenang-7-kali"
ANOTHER = "loket-tenang-8-kali"
Give = Callable[[str], Branch]

WORDS = st.sampled_from([*HARMLESS, *FORBIDDEN, LONG, SLUG, "board", "queue", "ticket", "subscribe", "token", "branch"])
JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | WORDS | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS | st.text(max_size=8), inner, max_size=4),
    max_leaves=10,
)
NESTED = "[" * 2000 + "]" * 2000
MESSAGES = st.one_of(
    JSON.map(lambda wish: f'42/live,1["subscribe",{json.dumps(wish)}]'),
    JSON.map(lambda event: f"42/live,{json.dumps(event)}"),
    JSON.map(lambda auth: f"40/live,{json.dumps(auth)}"),
    st.sampled_from(
        [
            "40/other,", "40/live,", "41/live,", "42", "42[]", '42["subscribe"]', '42/live,["connect"]',
            '42/live,["disconnect"]', '42/live,["state",{}]', '42/live,1["subscribe",{},{}]', "43/live,1[]",
            '42/live,9999999999999999999999["subscribe",{}]', "44/live,{}", '451-["x",{"_placeholder":true}]',
            '459999999-["x"]', '45/live,1-["subscribe",{"_placeholder":true,"num":-1}]', "5", "6", "2probe", "3", "9",
            f'42/live,1["subscribe",{NESTED}]', '42/live,1["subscribe",NaN]', "", "0", "1", "4", "4\x00",
        ]
    ),
    st.text(max_size=40),
    st.binary(max_size=40),
)  # fmt: skip


@pytest.fixture
def bystander(branch: Give) -> Iterator[Callable[[], None]]:
    """A display of somebody else, and the check that it is still told what happens."""
    here = branch(SLUG)
    with Screen(here.url, here.by("display").token) as screen:
        screen.subscribe(SLUG, "board")

        def check() -> None:
            number = here.issue()["number"]
            screen.until(lambda state: state["event"]["number"] == number)

        yield check


def bare(url: str, **headers: str) -> websocket.WebSocket:
    """A WebSocket with no client library's good manners."""
    address = url.replace("http", "ws", 1) + "/socket.io/?EIO=4&transport=websocket"
    named = [f"{name}: {value}" for name, value in headers.items()]
    return websocket.create_connection(address, timeout=60, header=named, suppress_origin=True)


def hang_up(connection: websocket.WebSocket) -> None:
    """End it without a goodbye."""
    if connection.sock is not None:
        connection.sock.close()


def told(connection: websocket.WebSocket) -> Iterator[str | bytes]:
    """What the server says until it hangs up, its pings answered."""
    try:
        while said := connection.recv():
            if said == "2":
                connection.send("3")
            else:
                yield said
    except (websocket.WebSocketException, OSError):
        return


@pytest.mark.parametrize("cases", [12, pytest.param(600, marks=pytest.mark.torture)])
@pytest.mark.timeout(1200)
def test_whatever_a_socket_says_it_is_answered_or_hung_up_on_and_others_are_served(
    cases: int, branch: Give, giliran: Giliran, bystander: Callable[[], None]
) -> None:
    @settings(
        max_examples=cases,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(messages=st.lists(MESSAGES, min_size=1, max_size=8), joined=st.booleans())
    def attack(messages: list[str | bytes], joined: bool) -> None:
        connection = bare(giliran.url)
        try:
            if joined:
                connection.send("40/live,")
            for message in messages:
                binary = isinstance(message, bytes)
                connection.send(message, websocket.ABNF.OPCODE_BINARY if binary else websocket.ABNF.OPCODE_TEXT)
            connection.send('42/live,77["subscribe",{"branch":"nowhere","view":"board"}]')
            for said in told(connection):
                if isinstance(said, str) and said.startswith("43/live,77"):
                    assert json.loads(said.removeprefix("43/live,77"))[0]["error"]["code"]
                    break
                if isinstance(said, str) and said.startswith("43/live,1["):
                    answer = json.loads(said.removeprefix("43/live,1"))[0]
                    assert answer["error"]["status"] < 500, answer
                if not joined:
                    break
        except (websocket.WebSocketException, OSError):
            pass  # disconnected in the middle
        finally:
            hang_up(connection)

    attack()
    bystander()
    assert "Traceback" not in giliran.log.read_text(), giliran.log.read_text()[-3000:]


FRAMES = {
    "reserved bits": b"\xf1\x81aaaaa",
    "an unknown opcode": b"\x83\x81aaaaa",
    "an endless length": b"\x82\xff\x7f\xff\xff\xff\xff\xff\xff\xffaaaa",
    "a long ping": b"\x89\xfe\x10\x00aaaa",
    "a piece of nothing": b"\x80\x81aaaaa",
    "not UTF-8": b"\x81\x82\x00\x00\x00\x00\xff\xfe",
    "a close of one byte": b"\x88\x81\x00\x00\x00\x00\x03",
    "not masked": b"\x81\x02hi",
    "HTTP": b"GET / HTTP/1.1\r\n\r\n",
    "noise": bytes(range(256)) * 4,
    "pieces without end": b"\x01\xfe\xff\x00\x00\x00\x00\x00" + b"a" * 0xFF00
    + (b"\x00\xfe\xff\x00\x00\x00\x00\x00" + b"a" * 0xFF00) * 20,
}  # fmt: skip


@pytest.mark.parametrize("frame", FRAMES.values(), ids=FRAMES)
def test_a_frame_that_is_none_costs_its_sender_the_connection_alone(
    frame: bytes, giliran: Giliran, branch: Give
) -> None:
    connection = bare(giliran.url)
    assert connection.sock is not None
    try:
        connection.sock.sendall(frame)
        connection.sock.shutdown(socket.SHUT_WR)
    except OSError:
        pass  # it hung up before the end
    for _ in told(connection):
        pass
    hang_up(connection)
    assert httpx.get(f"{giliran.url}/healthz", trust_env=False, timeout=60).status_code == 200


POLLS: dict[str, dict[str, Any]] = {
    "no version": {"params": {"transport": "polling"}},
    "another version": {"params": {"EIO": "3", "transport": "polling"}},
    "another transport": {"params": {"EIO": "4", "transport": "pigeon"}},
    "a session of nobody": {"params": {"EIO": "4", "transport": "polling", "sid": "x"}},
    "a session that writes a line in the log": {"params": {"EIO": "4", "sid": "x\nFORGED level=info"}},
    "an upgrade of nobody": {"params": {"EIO": "4", "transport": "websocket", "sid": "x"}},
    "JSONP": {"params": {"EIO": "4", "transport": "polling", "j": "alert(1)"}},
    "an action of nobody": {
        "method": "POST",
        "params": {"EIO": "4", "transport": "polling", "sid": "x"},
        "content": b"4",
    },
    "another method": {"method": "DELETE", "params": {"EIO": "4", "transport": "polling"}},
}


@pytest.mark.parametrize("how", POLLS.values(), ids=POLLS)
def test_polling_that_makes_no_sense_is_refused(how: dict[str, Any], giliran: Giliran) -> None:
    answer = httpx.request(**{"method": "GET"} | how, url=f"{giliran.url}/socket.io/", trust_env=False, timeout=60)
    assert 400 <= answer.status_code < 500, answer.text
    assert "\nFORGED" not in giliran.log.read_text()


def test_polling_takes_no_packet_that_is_longer_than_a_message(giliran: Giliran) -> None:
    query = {"EIO": "4", "transport": "polling"}
    opened = httpx.get(f"{giliran.url}/socket.io/", params=query, trust_env=False, timeout=60).text
    query["sid"] = json.loads(opened[1:])["sid"]
    answer = httpx.post(
        f"{giliran.url}/socket.io/", params=query, content=b"4" + b"x" * 200_000, trust_env=False, timeout=60
    )
    assert answer.status_code in (400, 413)


FOREIGN = [
    "http://evil.example",
    "null",
    "http://127.0.0.1",
    "https://127.0.0.1:{port}",
    "http://127.0.0.1:1",
    "http://127.0.0.1:{port}.evil.example",
]


@pytest.mark.parametrize("origin", FOREIGN)
def test_a_page_of_another_site_gets_no_socket_with_the_cookie_of_this_one(origin: str, giliran: Giliran) -> None:
    origin = origin.format(port=giliran.port)
    connection = bare(giliran.url, Origin=origin, Cookie="giliran_session=x")
    assert list(told(connection)) == [], "it is hung up on without a word"
    hang_up(connection)
    query = {"EIO": "4", "transport": "polling"}
    answer = httpx.get(
        f"{giliran.url}/socket.io/", params=query, headers={"Origin": origin}, trust_env=False, timeout=60
    )
    assert answer.status_code == 400 and "Access-Control-Allow-Origin" not in answer.headers
    assert "sid" not in answer.text


def test_a_page_of_this_site_gets_one(giliran: Giliran) -> None:
    connection = bare(giliran.url, Origin=giliran.url)
    assert str(connection.recv()).startswith("0")
    connection.close()


def signed_in(giliran: Giliran, name: str, role: str = "agent") -> tuple[Api, Screen]:
    """A person with a session, and that session's open socket on the queue."""
    api = Api(giliran.url)
    api.sign_in(name, PASSWORD)
    screen = Screen(giliran.url, cookie=f"giliran_session={api.http.cookies['giliran_session']}")
    screen.__enter__()
    assert "error" not in screen.subscribe(SLUG, "queue")
    return api, screen


ENDS: dict[str, Callable[[Giliran, Api, Api, str], object]] = {
    "signs out": lambda _g, own, _a, _n: ok(own.http.delete("/session")),
    "signs out everywhere, elsewhere": lambda g, _o, _a, n: everywhere(g, n),
    "signs in anew in the same browser": lambda _g, own, _a, n: own.sign_in(n, PASSWORD),
    "gets another role": lambda _g, _o, admin, n: put(admin, n, {"role": "supervisor"}),
    "gets another password": lambda _g, _o, admin, n: put(admin, n, {"role": "agent", "password": ANOTHER}),
    "is disabled": lambda _g, _o, admin, n: ok(admin.http.delete(f"/branches/{SLUG}/staff/{n}")),
    "gets another password by the command line": lambda g, _o, _a, n: g.done(
        "user", "add", n, "--role", "agent", "--branch", SLUG, "--password-stdin", stdin=ANOTHER
    ),
}  # fmt: skip


def everywhere(giliran: Giliran, name: str) -> None:
    other = Api(giliran.url)
    other.sign_in(name, PASSWORD)
    ok(other.http.delete("/session", params={"everywhere": "true"}))


def put(admin: Api, name: str, body: dict[str, Any]) -> None:
    ok(admin.http.put(f"/branches/{SLUG}/staff/{name}", json=body))


@pytest.mark.parametrize("what", ENDS)
def test_a_session_that_ends_takes_its_socket_along(what: str, branch: Give, giliran: Giliran, admin: Api) -> None:
    name = f"budi-{secrets.token_hex(3)}"
    branch(SLUG)
    put(admin, name, {"role": "agent", "password": PASSWORD})
    own, screen = signed_in(giliran, name)
    try:
        ENDS[what](giliran, own, admin, name)
        screen.until_disconnected()
    finally:
        screen.__exit__(None, None, None)


def test_who_says_goodbye_by_name_is_not_forgotten_and_kept(branch: Give, giliran: Giliran) -> None:
    token = branch(SLUG).by("display").token
    connection = bare(giliran.url)
    connection.send(f'40/live,{{"token":"{token}"}}')
    connection.send(f'42/live,1["subscribe",{{"branch":"{SLUG}","view":"board"}}]')
    said = told(connection)
    assert any(isinstance(each, str) and each.startswith("43/live,1") for each in said)
    connection.send('42/live,2["disconnect"]')
    assert [each for each in said if "43/live,2" in str(each)] == [], "it is hung up on"
    hang_up(connection)


def test_a_device_retired_by_a_file_beside_the_server_is_cut_off_with_its_tokens(giliran: Giliran) -> None:
    document = a_document("retiring")
    giliran.apply(document)
    token = giliran.done("token", "create", "--role", "display", "--branch", "retiring", "--name", "Hall")
    with Screen(giliran.url, token) as screen:
        assert "error" not in screen.subscribe("retiring", "board")
        giliran.apply(document | {"displays": []}, yes=True)
        screen.until_disconnected()
    assert Api(giliran.url, token).get("/branches/retiring/board").status_code == 401


def figures(giliran: Giliran) -> dict[str, float]:
    """What `/metrics` tells of the sockets."""
    text = httpx.get(f"{giliran.url}/metrics", trust_env=False, timeout=60).text
    return {
        name: float(value)
        for name, value in (
            line.rsplit(" ", 1)
            for line in text.splitlines()
            if line.startswith(("giliran_sockets_hung_up", "giliran_feed_clients"))
        )
    }


def test_a_socket_that_sends_without_end_is_hung_up_on_and_told_and_others_are_served(
    giliran: Giliran, bystander: Callable[[], None]
) -> None:
    over = 'giliran_sockets_hung_up_total{reason="messages"}'
    before = figures(giliran).get(over, 0)
    for _ in range(3):
        stranger = bare(giliran.url)
        assert stranger.sock is not None
        with contextlib.suppress(OSError):  # it is disconnected before the end
            for _ in range(50):
                stranger.sock.sendall(websocket.ABNF.create_frame("6", websocket.ABNF.OPCODE_TEXT).format() * 1000)
        for _ in told(stranger):
            pass
        hang_up(stranger)
    bystander()
    eventually(lambda: figures(giliran).get(over, 0), lambda count: count >= before + 3)
    lines = [line for line in giliran.log.read_text().splitlines() if "socket_hung_up" in line]
    assert 1 <= len(lines) <= 2 * figures(giliran)[over] and "127.0.0.1" in lines[0]


def test_a_token_a_session_and_a_true_ticket_make_a_socket_known_and_nothing_else_does(
    branch: Give, giliran: Giliran, admin: Api
) -> None:
    here, name = branch(SLUG), f"siti-{secrets.token_hex(3)}"
    ticket = here.issue()
    put(admin, name, {"role": "agent", "password": PASSWORD})

    def known() -> float:
        return figures(giliran)['giliran_feed_clients{known="yes"}']

    before = known()
    _, staff = signed_in(giliran, name)
    wall, phone, liar = Screen(giliran.url, here.by("display").token), Screen(giliran.url), Screen(giliran.url)
    try:
        wall.__enter__()
        for screen, token in ((phone, ticket["token"]), (liar, ticket["token"][:-1] + "!")):
            screen.__enter__()
            screen.subscribe(SLUG, "ticket", token)
        eventually(known, lambda count: count == before + 3)
    finally:
        for screen in (staff, wall, phone, liar):
            screen.__exit__(None, None, None)
    eventually(known, lambda count: count == before)

"""Bad input is always refused with a problem of a stable code, and changes nothing."""

import secrets
import socket
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.journeys.branches import a_branch, a_counter, a_service
from tests.journeys.client import CODES, Branch, ok, problem, refused

SLUG = a_branch("bad-input", services=[a_service("A"), a_service("B")], counters=[a_counter(1), a_counter(2)])
Give = Callable[[str], Branch]

COUNTER = f"/counters/{SLUG}/1"
DESK = f"/branches/{SLUG}/tickets/A001"
JOB = "/print-jobs/1"
POSTS = {
    f"/branches/{SLUG}/tickets": "kiosk",
    **{
        f"{COUNTER}/{verb}": "agent"
        for verb in [
            "open", "pause", "close", "call-next", "call", "recall", "start", "finish", "no-show", "park", "put-back",
            "transfer", "undo",
        ]
    },
    **{f"{DESK}/{verb}": "agent" for verb in ["cancel", "reinstate", "transfer", "reprint"]},
    "/print-jobs/claim": "printer",
    f"{JOB}/started": "printer",
    f"{JOB}/outcome": "printer",
    "/printers/status": "printer",
    "/session": "none",
}  # fmt: skip
NOT_JSON_OBJECTS = {
    "cut off": b'{"service": "A"',
    "an array": b'["A"]',
    "a word": b'"A"',
    "a number": b"7",
    "not UTF-8": b'{"service": "\xff\xfe"}',
    "two objects": b'{"service": "A"}{"service": "A"}',
    "nested too deep": b'{"service": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "not a number": b'{"service": NaN}',
    "a form": b"service=A",
    "megabytes": b'{"service": "' + b"A" * 8_000_000 + b'"}',
    "an unknown field": b'{"colour": "blue"}',
}


@pytest.fixture(scope="module")
def here(branch: Give) -> Branch:
    """The branch with one ticket waiting, and one being served at counter 1."""
    here = branch(SLUG)
    here.issue()
    ticket = here.issue()
    counter = here.counter(1)
    counter.do("open")
    counter.do("call", number=ticket["number"], reason="test")
    counter.do("start")
    return here


def is_a_refusal(answer: httpx.Response) -> None:
    assert 400 <= answer.status_code < 500, f"{answer.request.url}: {answer.status_code} {answer.text[:600]}"
    assert problem(answer)["code"] in CODES, answer.text[:600]
    assert len(answer.content) < 5000, "what was sent is not sent back whole"


@pytest.mark.parametrize("what", NOT_JSON_OBJECTS)
@pytest.mark.parametrize("path", POSTS)
def test_a_body_that_is_not_the_json_object_asked_for_is_refused(path: str, what: str, here: Branch) -> None:
    caller, before = here.by(POSTS[path]), here.actions()
    headers = {"Content-Type": "application/json"}
    try:
        answer = caller.http.post(path, content=NOT_JSON_OBJECTS[what], headers=headers)
    except (httpx.WriteError, httpx.RemoteProtocolError):
        assert what == "megabytes", "only what is far too long may be cut off without an answer"
    else:
        is_a_refusal(answer)
    assert here.actions() == before


CONTROL = "\x00\x1b\x07\x10\x04\x01‮"
LONG = "x" * 100_000
NO_TICKET: list[Any] = [[], {}, True, "", CONTROL, LONG, -1, 10**30, 1.5, "999999999999999999999999"]
FIELDS: list[tuple[str, dict[str, Any], str, list[Any]]] = [
    (f"/branches/{SLUG}/tickets", {}, "service", [None, 7, True, [], {}, ["A"], "", "a", "AAA", "Z", CONTROL, LONG]),
    (f"/branches/{SLUG}/tickets", {}, "service", ["A\n", " A", "é", "А"]),  # the last one is Cyrillic
    (f"/branches/{SLUG}/tickets", {"service": "A"}, "priority", [7, True, [], {}, "vip", CONTROL, LONG]),
    (f"/branches/{SLUG}/tickets", {"service": "A"}, "language", [7, True, [], {}, "xx", CONTROL, LONG]),
    (f"{COUNTER}/call", {"reason": "x"}, "number", [None, 7, [], {}, "", "A", "A9", CONTROL, LONG]),
    (f"{COUNTER}/call", {"number": "A001"}, "reason", [7, True, [], {}, LONG]),
    *((f"{COUNTER}/{verb}", {}, "ticket", NO_TICKET) for verb in ["recall", "start", "finish", "no-show", "park"]),
    *((f"{COUNTER}/{verb}", {}, "ticket", NO_TICKET) for verb in ["put-back", "undo"]),
    (f"{COUNTER}/transfer", {"service": "B"}, "ticket", NO_TICKET),
    (f"{COUNTER}/transfer", {}, "service", [None, 7, [], {}, "", "Z", CONTROL, LONG]),
    (f"{COUNTER}/transfer", {}, "counter", [[], {}, "x", -1, 0, 99, 10**30, 1.5, True]),
    (f"{COUNTER}/transfer", {"service": "B"}, "keep_place", [7, [], "perhaps", {}]),
    (f"{COUNTER}/transfer", {"service": "B"}, "note", [7, True, [], {}, LONG]),
    (f"{COUNTER}/call-next", {}, "finish", [7, [], {}, "perhaps"]),
    (f"{COUNTER}/finish", {}, "outcome", [7, True, [], {}, LONG]),
    (f"{COUNTER}/park", {}, "reason", [7, True, [], {}, LONG]),
    (f"/counters/{SLUG}/2/pause", {}, "reason", [7, True, [], {}, LONG]),
    ("/print-jobs/claim", {}, "wait", [-1, 26, 10**30, "long", [], {}, True]),
    (f"{JOB}/started", {}, "lease", [None, 7, [], {}, "", CONTROL, LONG]),
    (f"{JOB}/outcome", {"lease": "x"}, "outcome", [None, 7, [], "queued", "eaten", CONTROL]),
    ("/printers/status", {}, "online", [None, 7, [], {}, "perhaps"]),
    ("/printers/status", {"online": True}, "paper", [7, [], {}, "wet", CONTROL]),
    ("/printers/status", {"online": True}, "paper_mm", [57, "wide", [], {}, True]),
    ("/printers/status", {"online": True}, "undrawn", [7, [], {}, LONG]),
]
WRONG = [(path, right | {field: value}) for path, right, field, values in FIELDS for value in values]


def told(case: object) -> str:
    return str(case)[-70:].encode("unicode_escape").decode()


@pytest.mark.parametrize(("path", "body"), WRONG, ids=told)
def test_a_field_of_a_wrong_kind_or_value_is_refused(path: str, body: dict[str, Any], here: Branch) -> None:
    caller, before = here.by(POSTS.get(path, "agent")), here.actions()
    is_a_refusal(caller.post(path, body))
    assert here.actions() == before
    held = here.counter(1).look()["ticket"]
    assert held["state"] == "serving"


@pytest.mark.parametrize("path", POSTS)
def test_an_unknown_field_beside_right_ones_is_refused(path: str, here: Branch) -> None:
    right: dict[str, Any] = {
        "tickets": {"service": "A"}, "pause": {"reason": "x"}, "call": {"number": "A001", "reason": "x"},
        "started": {"lease": "x"}, "outcome": {"lease": "x", "outcome": "printed"}, "status": {"online": True},
        "session": {"name": "x", "password": "x"}, "transfer": {"service": "B"},
    }  # fmt: skip
    caller, before = here.by(POSTS[path]), here.actions()
    body = right.get(path.rsplit("/", 1)[-1], {}) | {"colour": "blue"}
    answer = caller.post(path, body)
    assert answer.status_code in {400, 422}, answer.text
    assert problem(answer)["code"] == "validation"
    assert here.actions() == before


QUERIES: list[tuple[str, str, dict[str, Any]]] = [
    *(("api", "events", {"after": after}) for after in [-1, "x", "", 1.5, 10**30, CONTROL]),
    *(("api", "events", {"limit": limit}) for limit in [0, -1, "x", 10**30]),
    *(("supervisor", "statistics", {"by": by}) for by in ["colour", "", CONTROL, "x" * 5000]),
    *(("supervisor", "statistics", {"by": "day", "from": day}) for day in ["x", "2026-13-01", "2026-02-30", CONTROL]),
    *(("supervisor", "statistics", {"by": "day", "to": day}) for day in ["x", "99999-01-01", "0000-01-01"]),
    ("supervisor", "statistics", {"by": "day", "from": "2026-02-01", "to": "2026-01-01"}),
]


@pytest.mark.parametrize(("role", "page", "query"), QUERIES, ids=told)
def test_a_bad_query_is_refused(role: str, page: str, query: dict[str, Any], here: Branch) -> None:
    is_a_refusal(here.by(role).get(f"/branches/{SLUG}/{page}", **query))


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_the_ends_of_the_calendar_are_no_fault_of_the_server(day: str, here: Branch) -> None:
    answer = here.by("supervisor").get(f"/branches/{SLUG}/statistics", by="day", **{"from": day, "to": day})
    assert answer.status_code < 500, answer.text


@pytest.mark.parametrize(
    "path",
    [
        "/branches/nowhere", "/branches/%00", "/branches/..%2f..", "/branches/" + "x" * 5000, "/branches/CENTRAL%0a",
        f"/counters/{SLUG}/99", f"/counters/{SLUG}/x", f"/counters/{SLUG}/-1", f"/counters/{SLUG}/{10**30}",
        f"/counters/{SLUG}/1.5", "/counters/nowhere/1", "/print-jobs/99999999", "/print-jobs/x", "/print-jobs/-1",
        f"/print-jobs/{10**30}", "/tickets/x", "/tickets/%00", "/tickets/" + "x" * 5000, "/nothing",
        f"/speech/{SLUG}/9999.wav", f"/speech/{SLUG}/x.wav", f"/speech/{SLUG}/{10**30}.wav",
    ],
    ids=told,
)  # fmt: skip
def test_what_is_not_there_is_not_found(path: str, here: Branch) -> None:
    role = "display" if path.startswith("/speech") else "agent"
    answer = here.by(role).get(path)
    is_a_refusal(answer)
    assert answer.status_code in {404, 400, 422, 414}


@pytest.mark.parametrize("number", ["A999", "Z001", "A9", "0", "%00", "x" * 3000, str(10**30)])
@pytest.mark.parametrize("verb", ["cancel", "reinstate", "transfer", "reprint"])
def test_a_ticket_that_is_not_there_today_is_not_found(verb: str, number: str, here: Branch) -> None:
    before = here.actions()
    body = {"service": "B"} if verb == "transfer" else {}
    is_a_refusal(here.by("agent").post(f"/branches/{SLUG}/tickets/{number}/{verb}", body))
    assert here.actions() == before


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
def test_a_number_is_issued_by_post_alone(method: str, here: Branch) -> None:
    before = here.actions()
    answer = here.by("kiosk").http.request(method, f"/branches/{SLUG}/tickets", params={"service": "A"})
    assert answer.status_code in {404, 405}
    problem(answer)
    assert here.actions() == before


@pytest.mark.parametrize("key", [b"", b"x" * 5000, "ключ".encode(), b"\xff\xfe"], ids=told)
def test_a_strange_idempotency_key_is_refused_or_kept_but_never_breaks(key: bytes, here: Branch) -> None:
    path = f"/branches/{SLUG}/tickets"
    answers = [
        here.by("kiosk").http.post(path, json={"service": "B"}, headers={b"Idempotency-Key": key}) for _ in range(2)
    ]
    for answer in answers:
        assert answer.status_code < 500, answer.text
    if all(answer.status_code == 201 for answer in answers) and key.strip():
        assert answers[0].json()["number"] == answers[1].json()["number"]


@pytest.mark.parametrize(
    "header", [b"Bearer", b"Bearer a b", b"Basic eDp5", b"x" * 5000, b"Bearer " + b"x" * 5000, b"Bearer \xff"], ids=told
)
def test_a_strange_authorization_is_nobody(header: bytes, here: Branch) -> None:
    answer = here.by("none").http.get(f"/branches/{SLUG}/queue", headers={b"Authorization": header})
    refused(answer, 401, "unauthenticated")


def test_words_of_people_come_back_as_they_were_written(here: Branch) -> None:
    word = 'Ibu Ñuñez <b>&amp;</b> 👵🏽 "kursi" \' roda; DROP TABLE tickets;--'
    ticket = here.issue("B")
    counter = here.counter(2)
    counter.do("open")
    counter.do("call", number=ticket["number"], reason=word)
    counter.do("park", reason=word)
    queue = here.by("agent").get(f"/branches/{SLUG}/queue")
    ok(queue)
    events = [event for event in here.events() if event["ticket"] == ticket["id"]]
    assert [event["data"].get("reason") for event in events if event["type"] in {"called", "parked"}] == [word, word]


def test_a_retry_key_is_no_secret_door_to_another_path(here: Branch) -> None:
    key = secrets.token_urlsafe()
    agent = here.by("agent")
    ok(agent.post(f"/branches/{SLUG}/tickets", {"service": "B"}, key=key), 201)
    refused(agent.post("/counters/bad-input/2/call-next", {}, key=key), 409, "idempotency-conflict")


ODD = {
    "a method of its own": "FROBNICATE /api/v1/branches HTTP/1.1",
    "TRACE": "TRACE / HTTP/1.1",
    "CONNECT": "CONNECT evil.example:443 HTTP/1.1",
    "a whole address": "GET http://evil.example/api/v1/branches HTTP/1.1",
    "up and out": "GET /static/../../../../etc/passwd HTTP/1.1",
    "up and out, written otherwise": "GET /static/%2e%2e/%2e%2e/%2e%2e/etc/passwd HTTP/1.1",
    "up and out, with backslashes": "GET /static/..%5c..%5capp.py HTTP/1.1",
    "a file of the server": "GET /static//../app.py HTTP/1.1",
    "another host behind two slashes": "GET //evil.example/%2e%2e HTTP/1.1",
    "another host behind a page": "GET /console//evil.example HTTP/1.1",
    "an encoded line": "GET /api/v1/branches/x%0d%0aSet-Cookie:%20a=b HTTP/1.1",
    "an overridden method": "GET /api/v1/session?_method=DELETE HTTP/1.1\r\nX-HTTP-Method-Override: DELETE",
    "a host of two lines": "GET /console HTTP/1.1\r\nX-Forwarded-Host: a\r\n\tb",
}


@pytest.mark.parametrize("line", ODD.values(), ids=ODD)
def test_an_odd_request_is_refused_and_leads_nowhere_else(line: str, here: Branch) -> None:
    host, port = here.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=30) as connection:
        connection.sendall(f"{line}\r\nHost: {host}:{port}\r\nConnection: close\r\n\r\n".encode())
        got = b""
        while more := connection.recv(65536):
            got += more
    head, _, body = got.partition(b"\r\n\r\n")
    status = int(head.split()[1])
    assert status in {200, 301, 302, 308, 400, 401, 404, 405, 422, 429}, head
    assert b"root:" not in body and b"COMPOSITION ROOT" not in body and b"composition root" not in body
    assert b"Set-Cookie" not in head
    for name, _, value in (each.partition(b": ") for each in head.split(b"\r\n")[1:]):
        if name == b"Location":
            assert value.startswith((b"/", here.url.encode())) and not value.startswith(b"//"), value


def test_a_page_is_there_for_head_and_options_say_what_is_allowed(here: Branch) -> None:
    assert httpx.head(f"{here.url}/console", trust_env=False).status_code == 200
    allowed = httpx.options(f"{here.url}/api/v1/branches", trust_env=False)
    assert "Access-Control-Allow-Origin" not in allowed.headers
    assert allowed.status_code in {200, 204, 405}

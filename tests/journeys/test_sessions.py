"""Staff sign in with a name and a password, and their session is theirs alone."""

import secrets
from collections.abc import Callable

import httpx
import pytest

from tests.journeys.branches import a_branch, a_counter
from tests.journeys.client import Api, Branch, ok, refused
from tests.journeys.giliran import Giliran
from tests.journeys.screen import Screen

SLUG = a_branch("sessions", counters=[a_counter(1), a_counter(2), a_counter(3)])
ELSEWHERE = a_branch("sessions-elsewhere")
PASSWORD = "loket-tenang-7-kali"

Give = Callable[[str], Branch]


@pytest.fixture(scope="module")
def agents(giliran: Giliran, branch: Give) -> list[Api]:
    """Two agents of the branch, signed in."""
    signed_in = []
    for name in ["sari", "tono"]:
        giliran.done("user", "add", name, "--role", "agent", "--branch", SLUG, "--password-stdin", stdin=PASSWORD)
        api = Api(giliran.url)
        session = api.sign_in(name, PASSWORD)
        assert (session["user"], session["role"]) == (name, "agent")
        signed_in.append(api)
    return signed_in


def test_a_session_tells_who_is_signed_in(agents: list[Api], giliran: Giliran) -> None:
    session = ok(agents[0].get("/session"))
    assert (session["user"], session["role"]) == ("sari", "agent")
    assert session["csrf_token"] == agents[0].http.headers["X-CSRF-Token"]
    refused(Api(giliran.url).get("/session"), 401, "unauthenticated")


def test_the_cookie_is_out_of_reach_of_scripts_and_of_other_sites(agents: list[Api], giliran: Giliran) -> None:
    answer = Api(giliran.url).post("/session", {"name": "sari", "password": PASSWORD})
    cookie = answer.headers["Set-Cookie"].lower()
    assert "httponly" in cookie and "samesite" in cookie
    assert "secure" not in cookie, "over plain HTTP a Secure cookie would never come back"


def test_an_action_with_the_cookie_needs_the_csrf_token(agents: list[Api], branch: Give, giliran: Giliran) -> None:
    api = Api(giliran.url)
    api.sign_in("sari", PASSWORD)
    before = branch(SLUG).actions()
    for forged in [None, "", "x", agents[1].http.headers["X-CSRF-Token"], secrets.token_hex(32)]:
        api.http.headers.pop("X-CSRF-Token", None)
        if forged is not None:
            api.http.headers["X-CSRF-Token"] = forged
        refused(api.post(f"/branches/{SLUG}/tickets", {"service": "A"}), 403, "forbidden")
        refused(api.post(f"/counters/{SLUG}/3/open", {}), 403, "forbidden")
    assert branch(SLUG).actions() == before
    ok(api.get(f"/branches/{SLUG}/queue"))


def test_an_unknown_name_and_a_wrong_password_are_told_alike(agents: list[Api], giliran: Giliran) -> None:
    nobody = Api(giliran.url)
    wrong = refused(nobody.post("/session", {"name": "sari", "password": "x" * 12}), 401, "unauthenticated")
    unknown = refused(nobody.post("/session", {"name": "nobody", "password": "x" * 12}), 401, "unauthenticated")
    assert wrong["detail"] == unknown["detail"]
    assert "set-cookie" not in nobody.post("/session", {"name": "sari", "password": ""}).headers


def test_a_signed_out_session_is_nobody(agents: list[Api], giliran: Giliran) -> None:
    api = Api(giliran.url)
    api.sign_in("tono", PASSWORD)
    cookies = dict(api.http.cookies)
    assert api.http.delete("/session").status_code in {200, 204}
    for name, value in cookies.items():
        api.http.cookies.set(name, value)  # what somebody copied before
    refused(api.get("/session"), 401, "unauthenticated")
    refused(api.get(f"/branches/{SLUG}/queue"), 401, "unauthenticated")
    ok(agents[1].get("/session"))  # the other session of the same person lives on


def test_a_person_signed_in_holds_one_counter_and_a_program_several(agents: list[Api], branch: Give) -> None:
    tono, here = agents[1], branch(SLUG)
    ok(tono.post(f"/counters/{SLUG}/1/open", {}))
    ticket = here.issue()
    ok(tono.post(f"/counters/{SLUG}/1/call", {"number": ticket["number"], "reason": "test"}))
    refused(tono.post(f"/counters/{SLUG}/2/open", {}), 409, "counter-busy")
    ok(tono.post(f"/counters/{SLUG}/1/no-show", {}))
    tono.post(f"/counters/{SLUG}/2/open", {})  # refused, or it moves there: never both
    assert [here.counter(number).look()["state"] for number in [1, 2]].count("open") == 1
    for number in [1, 2]:
        ok(tono.post(f"/counters/{SLUG}/{number}/close", {}))
    for number in [1, 2]:
        assert branch(SLUG).counter(number).do("open")["state"] == "open"
    for number in [1, 2]:
        branch(SLUG).counter(number).do("close")


def test_an_agent_signed_in_does_what_agents_do_and_no_more(agents: list[Api], branch: Give) -> None:
    sari = agents[0]
    ticket = branch(SLUG).issue()
    ok(sari.post(f"/counters/{SLUG}/3/open", {}))
    called = ok(sari.post(f"/counters/{SLUG}/3/call", {"number": ticket["number"], "reason": "test"}))
    assert called["counter"] == 3
    ok(sari.post(f"/counters/{SLUG}/3/no-show", {}))
    refused(sari.get(f"/branches/{SLUG}/statistics", by="counter"), 403, "forbidden")
    refused(sari.get(f"/branches/{SLUG}/events"), 403, "forbidden")
    assert sari.get(f"/branches/{ELSEWHERE}/queue").status_code in {403, 404}
    ok(sari.post(f"/counters/{SLUG}/3/close", {}))


def test_the_cookie_opens_the_feed(agents: list[Api], giliran: Giliran) -> None:
    cookie = "; ".join(f"{name}={value}" for name, value in agents[0].http.cookies.items())
    with Screen(giliran.url, cookie=cookie) as console:
        answer = console.subscribe(SLUG, "queue")
        assert "error" not in answer and "queue" in answer


def test_guessing_passwords_is_slowed_down(giliran: Giliran, agents: list[Api]) -> None:
    nobody = Api(giliran.url, patient=False)
    answers: list[httpx.Response] = []
    for _ in range(60):
        answers.append(nobody.post("/session", {"name": "guessed", "password": secrets.token_hex(8)}))
        if answers[-1].status_code == 429:
            break
    refused(answers[-1], 429, "rate-limited")
    assert int(answers[-1].headers["Retry-After"]) > 0
    ok(agents[0].get("/session"))  # those who are in are not bothered

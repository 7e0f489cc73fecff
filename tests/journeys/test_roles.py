"""Each row of the HTTP table and each view of the feed opens to the roles it names, and to nobody else."""

import re
import secrets
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from socketio.exceptions import ConnectionError as Refused

from tests.journeys.branches import a_branch, a_counter
from tests.journeys.client import Api, Branch, ok, problem, refused
from tests.journeys.giliran import Giliran
from tests.journeys.routes import BY_PERSON, ROLES, ROWS, STAFF, Row
from tests.journeys.screen import Screen, is_hung_up_on

SLUG = a_branch("roles", counters=[a_counter(1), a_counter(2)])
OTHER = a_branch("roles-elsewhere")
REVOKED = a_branch("roles-revoked")

Give = Callable[[str], Branch]


@pytest.fixture(scope="module")
def places(branch: Give) -> dict[str, Any]:
    """What the rows' paths name: a ticket called at counter 1, and one waiting."""
    here = branch(SLUG)
    called, waiting = here.issue(), here.issue()
    here.counter(1).do("open")
    here.counter(1).do("call", number=called["number"], reason="test")
    [call] = ok(here.by("display").get(f"/branches/{SLUG}/board"))["calls"]
    return {
        "slug": SLUG, "number": 1, "ticket": waiting["number"], "token": called["token"], "job": called["print_job"],
        "call": call["seq"], "printer": "front",
    }  # fmt: skip


def ask(api: Api, row: Row, places: dict[str, Any]) -> httpx.Response:
    return api.http.request(row.method, row.path.format(**places), params=row.query, json=row.body)


def test_no_route_that_is_served_is_missing_from_the_table(giliran: Giliran) -> None:
    paths = ok(Api(giliran.url).get("/openapi.json"))["paths"]
    served = {f"{method.upper()} {path.removeprefix('/api/v1')}" for path, found in paths.items() for method in found}

    def shape(name: str) -> str:
        fixed = name.replace("/dewi", "/{}").replace("/nobody", "/{}").replace("/999999", "/{}")
        return re.sub(r"\{[^}]*\}", "{}", fixed)

    assert {shape(name) for name in served - BY_PERSON} == {shape(row.name) for row in ROWS}


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_a_row_opens_to_the_roles_it_names_alone(row: Row, role: str, branch: Give, places: dict[str, Any]) -> None:
    here = branch(SLUG)
    caller, before = here.by(role), here.actions()
    answer = ask(caller, row, places)
    if role in row.may:
        assert answer.status_code not in {401, 403, 405, 422} and answer.status_code < 500, answer.text
        return
    if role == "none":
        assert answer.status_code in ({401, 403} if row.path.endswith("/tickets") else {401}), answer.text
        assert problem(answer)["code"] in {"unauthenticated", "forbidden"}
    else:
        refused(answer, 403, "forbidden")
    assert here.actions() == before, "a refused call changes nothing"


@pytest.mark.parametrize("row", [row for row in ROWS if "none" not in row.may], ids=lambda row: row.name)
def test_an_unknown_token_is_nobody(row: Row, giliran: Giliran, places: dict[str, Any]) -> None:
    refused(ask(Api(giliran.url, "gl_agent_" + secrets.token_urlsafe(32)), row, places), 401, "unauthenticated")


@pytest.mark.parametrize("role", ["kiosk", "display", "printer", "api", "agent", "supervisor", "admin"])
def test_a_token_of_one_branch_opens_nothing_in_another(role: str, branch: Give, places: dict[str, Any]) -> None:
    stranger = branch(OTHER).by(role)
    for row in ROWS:
        if (
            role in row.may
            and "none" not in row.may
            and not row.path.endswith(("/claim", "/printers/status", "/kiosk"))
        ):
            answer = ask(stranger, row, places)
            assert answer.status_code in {403, 404}, f"{row.name}: {answer.status_code} {answer.text}"
            assert problem(answer)["code"] in {"forbidden", "not-found"}


def test_a_print_job_is_shown_to_the_kiosk_that_issued_it_and_to_no_other(branch: Give) -> None:
    here = branch(SLUG)
    ticket = here.issue()
    another = Api(here.url, here.a_token("kiosk"))
    assert ok(here.by("kiosk").get(f"/print-jobs/{ticket['print_job']}"))["state"] == "queued"
    assert another.get(f"/print-jobs/{ticket['print_job']}").status_code in {403, 404}


def test_a_ticket_opens_by_its_token_alone_and_not_by_its_id(branch: Give) -> None:
    here = branch(SLUG)
    ticket = here.issue()
    assert ok(here.by("none").get(f"/tickets/{ticket['token']}"))["number"] == ticket["number"]
    for wrong in [ticket["id"], ticket["number"], ticket["token"][:-1], ticket["token"] + "x", "x"]:
        refused(here.by("none").get(f"/tickets/{wrong}"), 404, "not-found")
        refused(here.by("none").post(f"/tickets/{wrong}/cancel"), 404, "not-found")
    assert here.ticket(ticket)["state"] == "waiting"


def test_a_ticket_token_is_never_told_to_staff_screens_or_logs(branch: Give, giliran: Giliran) -> None:
    here = branch(SLUG)
    ticket = here.issue()
    here.ticket(ticket)
    for row in ["queue", "board", "events"]:
        role = "admin" if row == "events" else "agent"
        assert ticket["token"] not in here.by(role).get(f"/branches/{SLUG}/{row}").text
    assert ticket["token"] not in giliran.log.read_text()
    assert ticket["token"] not in httpx.get(f"{giliran.url}/metrics", trust_env=False, timeout=60).text


@pytest.mark.parametrize("by", ["token", "device"])
def test_a_revoked_token_is_nobody_at_once_and_its_screen_is_cut_off(branch: Give, admin: Api, by: str) -> None:
    here = branch(REVOKED)
    made = ok(admin.post(f"/branches/{REVOKED}/tokens", {"role": "display", "name": "Hall"}), 201)
    api = Api(here.url, made["token"])
    ok(api.get(f"/branches/{REVOKED}/board"))
    with Screen(here.url, made["token"]) as screen:
        assert "error" not in screen.subscribe(REVOKED, "board")
        if by == "token":
            assert admin.http.delete(f"/branches/{REVOKED}/tokens/{made['id']}").status_code in {200, 204}
        else:
            listed = ok(admin.get(f"/branches/{REVOKED}/devices"))["devices"]
            (hall,) = (each for each in listed if (each["role"], each["name"]) == ("display", "Hall"))
            ok(admin.post(f"/branches/{REVOKED}/devices/{hall['id']}/remove"))
        refused(api.get(f"/branches/{REVOKED}/board"), 401, "unauthenticated")
        screen.until_disconnected()
    refused_live(here.url, made["token"], REVOKED, "board")


VIEWS = {"board": STAFF | {"kiosk", "display"}, "queue": STAFF, "ticket": frozenset(ROLES)}


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("view", VIEWS)
def test_a_view_of_the_feed_opens_to_the_roles_it_names_alone(view: str, role: str, branch: Give) -> None:
    here = branch(SLUG)
    token = here.issue()["token"] if view == "ticket" else None
    with Screen(here.url, here.by(role).token) as screen:
        answer = screen.subscribe(SLUG, view, token)
        if role in VIEWS[view]:
            assert "error" not in answer, answer
            assert answer["seq"] >= 1 and answer["build"] and view in answer
        else:
            expected = "unauthenticated" if role == "none" else "forbidden"
            assert answer["error"]["code"] == expected, answer
            with Screen(here.url, here.by("display").token) as allowed:
                allowed.subscribe(SLUG, "board")
                ticket = here.issue()
                allowed.until(lambda state: state["event"]["number"] == ticket["number"])
            screen.ask({"branch": SLUG, "view": view})  # answered after whatever was sent before
            with pytest.raises(AssertionError):
                screen.until(lambda _: True, seconds=0.05)


def refused_live(url: str, token: str, slug: str, view: str) -> None:
    """Check that this token gets nothing: no connection, or an error to its subscription."""
    try:
        with Screen(url, token) as screen:
            assert screen.subscribe(slug, view)["error"]["code"] == "unauthenticated"
    except Refused:
        pass  # refused at the door is as good


def test_the_feed_refuses_an_unknown_token(giliran: Giliran, places: dict[str, Any]) -> None:
    refused_live(giliran.url, "nonsense", SLUG, "board")


@pytest.mark.parametrize("view", ["board", "queue"])
def test_a_token_of_one_branch_subscribes_to_nothing_in_another(view: str, branch: Give) -> None:
    with Screen(branch(OTHER).url, branch(OTHER).by("agent").token) as screen:
        assert screen.subscribe(SLUG, view)["error"]["code"] in {"forbidden", "not-found"}


@pytest.mark.parametrize(
    "subscription",
    [
        None, 7, "board", [], {}, {"branch": SLUG}, {"view": "board"}, {"branch": "nowhere", "view": "board"},
        {"branch": SLUG, "view": "everything"}, {"branch": [SLUG], "view": {"x": 1}},
        {"branch": "x" * 3000, "view": "board"},
        {"branch": SLUG, "view": "ticket"}, {"branch": SLUG, "view": "ticket", "token": "wrong"},
        {"branch": SLUG, "view": "ticket", "token": 5}, {"branch": "\x00", "view": "board"},
    ],
    ids=lambda subscription: str(subscription)[:60],
)  # fmt: skip
def test_a_bad_subscription_is_answered_with_a_problem_and_the_connection_lives(
    subscription: Any, branch: Give
) -> None:
    here = branch(SLUG)
    with Screen(here.url, here.by("agent").token) as screen:
        answer = screen.ask(subscription)
        assert 400 <= answer["error"]["status"] < 500 and answer["error"]["code"], answer
        assert "error" not in screen.subscribe(SLUG, "board")


def test_a_huge_message_costs_its_sender_the_connection_and_nobody_else(branch: Give) -> None:
    here = branch(SLUG)
    with Screen(here.url, here.by("display").token) as other:
        other.subscribe(SLUG, "board")
        assert is_hung_up_on(here.url, f'42/live,1["subscribe",{{"branch":"{"x" * 2_000_000}"}}]')
        ticket = here.issue()
        other.until(lambda state: state["event"]["number"] == ticket["number"])


def test_a_ticket_view_tells_the_holder_about_the_own_ticket(branch: Give) -> None:
    here = branch(OTHER)
    ticket = here.issue()
    counter = here.an_open_counter()
    with Screen(here.url) as phone:
        snapshot = phone.subscribe(OTHER, "ticket", ticket["token"])
        assert snapshot["ticket"]["number"] == ticket["number"] and snapshot["ticket"]["state"] == "waiting"
        counter.do("call", number=ticket["number"], reason="test")
        state = phone.until(lambda state: state["ticket"]["state"] == "called")
        assert state["view"] == "ticket" and state["ticket"]["counter"] == 1 and state["seq"] > snapshot["seq"]
    counter.do("no-show")

"""What staff write for staff: no holder of a ticket, no device and no stranger gets a word of it; staff do."""

import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.journeys.branches import a_branch, a_counter, a_service
from tests.journeys.client import Api, Branch, Counter, ok, refused
from tests.journeys.routes import ROWS, STAFF
from tests.journeys.screen import Screen
from tests.journeys.test_roles import ask

SLUG = a_branch(
    "strangers", services=[a_service("A"), a_service("B")], counters=[a_counter(1, "AB"), a_counter(2, "AB")]
)
MARK = "vip-suspected-fraud"
"""Every text that staff can write is this one, and so are the clerk's name and the print agent's words."""
STRANGERS = ["none", "kiosk", "display", "printer", "api"]
WHOLE_LOG = "GET /branches/{slug}/events"
"""A program's token reads the whole log, as the contract says; it is given to a branch's own programs alone."""
KEY = secrets.token_hex(8)

Give = Callable[[str], Branch]


@dataclass
class Visit:
    """A visit in which staff have written all that they can write."""

    branch: Branch
    clerk: Counter
    ticket: dict[str, Any]
    """Set aside, moved on, and called at the clerk's counter now."""
    done: dict[str, Any]
    """Served, with an outcome."""


@pytest.fixture(scope="module")
def visit(branch: Give, admin: Api) -> Iterator[Visit]:
    here = branch(SLUG)
    password = secrets.token_urlsafe(12)
    ok(admin.http.put(f"/branches/{SLUG}/staff/{MARK}", json={"role": "supervisor", "password": password}))
    person = Api(here.url)
    person.sign_in(MARK, password)
    clerk = Counter(person, SLUG, 1)
    clerk.do("open")
    ticket = ok(here.by("kiosk").post(f"/branches/{SLUG}/tickets", {"service": "A"}, key=KEY), 201)
    done = here.issue()

    printer = here.by("printer")
    job = ok(printer.post("/print-jobs/claim", {"wait": 0}))
    assert job["id"] == ticket["print_job"]
    ok(printer.post(f"/print-jobs/{job['id']}/started", {"lease": job["lease"]}))
    ok(printer.post(f"/print-jobs/{job['id']}/outcome", {"lease": job["lease"], "outcome": "unknown", "detail": MARK}))
    ok(person.post(f"/print-jobs/{job['id']}/resolve", {"resolution": "printed"}))

    here.counter(2).do("open")
    here.counter(2).do("pause", reason=MARK)
    clerk.do("call", number=ticket["number"], reason=MARK)
    clerk.do("start")
    clerk.do("park", reason=MARK)
    clerk.do("call", number=done["number"], reason=MARK)
    clerk.do("start")
    clerk.do("finish", outcome=MARK)
    clerk.do("call", number=ticket["number"], reason=MARK)
    clerk.do("transfer", service="B", note=MARK)
    clerk.do("call", number=ticket["number"], reason=MARK)
    yield Visit(here, clerk, ticket, done)
    ok(admin.http.delete(f"/branches/{SLUG}/staff/{MARK}"))


@pytest.mark.parametrize("role", STRANGERS)
def test_no_route_tells_a_stranger_what_staff_have_written(role: str, visit: Visit) -> None:
    here = visit.branch
    call = ok(here.by("display").get(f"/branches/{SLUG}/board"))["calls"][0]["seq"]
    for ticket in (visit.ticket, visit.done):
        places = {
            "slug": SLUG, "number": 1, "ticket": ticket["number"], "token": ticket["token"],
            "job": visit.ticket["print_job"], "call": call, "printer": "front",
        }  # fmt: skip
        for row in ROWS:
            answer = ask(here.by(role), row, places)
            if (row.name, role) == (WHOLE_LOG, "api"):
                assert MARK in answer.text
            elif row.path != "/speech/{slug}/{call}.wav":
                assert MARK not in answer.text, f"{row.name}: {answer.text}"


def test_a_refusal_to_a_holder_shows_the_ticket_without_them(visit: Visit) -> None:
    for role in STRANGERS:
        problem = refused(
            visit.branch.by(role).post(f"/tickets/{visit.ticket['token']}/cancel"), 409, "ticket-state-conflict"
        )
        assert problem["ticket"]["number"] == visit.ticket["number"]
        assert MARK not in str(problem) and "note" not in problem["ticket"]


def test_an_answer_that_is_asked_for_again_by_its_key_is_the_holders_too(visit: Visit) -> None:
    again = visit.branch.by("kiosk").post(f"/branches/{SLUG}/tickets", {"service": "A"}, key=KEY)
    assert ok(again, 201)["id"] == visit.ticket["id"]
    assert MARK not in again.text


@pytest.mark.parametrize(("role", "view"), [("none", "ticket"), ("kiosk", "board"), ("display", "board")])
def test_no_view_tells_a_stranger_what_staff_have_written(role: str, view: str, visit: Visit) -> None:
    here = visit.branch
    wish = {"token": visit.ticket["token"]} if view == "ticket" else {}
    with Screen(here.url, None if role == "none" else here.a_token(role)) as screen:
        snapshot = screen.subscribe(SLUG, view, **wish)
        assert snapshot["seq"] and MARK not in str(snapshot)
        visit.clerk.do("recall")
        pushed = screen.until(lambda state: bool(state["seq"] > snapshot["seq"]))
        assert pushed["view"] == view and MARK not in str(pushed)


@pytest.mark.parametrize("role", sorted(STAFF))
def test_staff_are_told(role: str, visit: Visit) -> None:
    staff = visit.branch.by(role)
    queue, counter = ok(staff.get(f"/branches/{SLUG}/queue")), ok(staff.get(f"/counters/{SLUG}/1"))
    assert counter["ticket"]["note"] == MARK and counter["agent"] == MARK
    assert queue["counters"][0]["ticket"]["note"] == MARK and queue["counters"][1]["reason"] == MARK
    paper = ok(staff.get(f"/print-jobs/{visit.ticket['print_job']}"))
    assert (paper["outcome_detail"], paper["resolved_by"]) == (MARK, MARK)
    conflict = staff.post(f"/branches/{SLUG}/tickets/{visit.ticket['number']}/cancel", {})
    assert refused(conflict, 409, "ticket-state-conflict")["ticket"]["note"] == MARK
    with Screen(visit.branch.url, visit.branch.a_token(role)) as screen:
        assert screen.subscribe(SLUG, "queue")["queue"]["counters"][0]["ticket"]["note"] == MARK

"""The verbs of product.md: what each state allows, and that everything else is refused with the true state."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.journeys.branches import a_branch, a_counter, a_service
from tests.journeys.client import Branch, Counter, ok, refused

Give = Callable[[str], Branch]
TWO_SERVICES = [a_service("A"), a_service("B")]
EXPLICIT = a_branch("states", services=TWO_SERVICES, counters=[a_counter(n, "AB") for n in range(1, 151)])
ON_CALL = a_branch(
    "states-on-call", start="on_call", services=TWO_SERVICES, counters=[a_counter(n, "AB") for n in range(1, 20)]
)

STATES = ["waiting", "called", "serving", "parked", "served", "no_show", "cancelled"]
AT_COUNTER: dict[str, dict[str, str]] = {
    "recall": {"called": "called"},
    "start": {"called": "serving"},
    "finish": {"serving": "served"},
    "no-show": {"called": "no_show"},
    "park": {"called": "parked", "serving": "parked"},
    "put-back": {"called": "waiting", "serving": "waiting", "parked": "waiting"},
    "transfer": {"called": "waiting", "serving": "waiting", "parked": "waiting"},
    "undo": {"called": "waiting", "serving": "called", "served": "serving", "no_show": "called"},
}
"""The new state for each verb at a counter and each state that allows it."""
AT_DESK: dict[str, dict[str, str]] = {
    "cancel": {"waiting": "cancelled", "parked": "cancelled"},
    "reinstate": {"no_show": "waiting", "cancelled": "waiting"},
    "transfer": {"called": "waiting", "serving": "waiting", "parked": "waiting", "waiting": "waiting"},
}
"""The same for staff's verbs on a ticket by its number."""


def brought_to(state: str, here: Branch) -> tuple[dict[str, Any], Counter]:
    """A new ticket in this state, and the open counter that it met (or would have)."""
    ticket, counter = here.issue(), here.an_open_counter()
    if state == "cancelled":
        ok(here.at_desk(ticket, "cancel"))
    elif state != "waiting":
        counter.do("call", number=ticket["number"], reason="test")
        path = {
            "called": [], "serving": ["start"], "parked": ["park"], "served": ["start", "finish"],
            "no_show": ["no-show"],
        }  # fmt: skip
        for verb in path[state]:
            counter.do(verb)
    assert here.ticket(ticket)["state"] == state
    return ticket, counter


def extras(verb: str) -> dict[str, Any]:
    return {"service": "B"} if verb == "transfer" else {}


# The contract leaves open whether a counter may transfer a ticket that it never called.
PAIRS = [(verb, state) for verb in AT_COUNTER for state in STATES if (verb, state) != ("transfer", "waiting")]


@pytest.mark.parametrize(("verb", "state"), PAIRS)
def test_a_verb_at_a_counter_does_what_the_state_allows_and_nothing_else(verb: str, state: str, branch: Give) -> None:
    here = branch(EXPLICIT)
    ticket, counter = brought_to(state, here)
    answer = counter.ask(verb, ticket=ticket["id"], **extras(verb))
    new = AT_COUNTER[verb].get(state)
    if new is None:
        told = refused(answer, 409, "ticket-state-conflict")
        assert (told["ticket"]["id"], told["ticket"]["state"]) == (ticket["id"], state)
        assert here.ticket(ticket)["state"] == state
    else:
        assert ok(answer)["state"] == new
        assert here.ticket(ticket)["state"] == new
        held = counter.look()["ticket"]
        assert (held is not None) == (new in {"called", "serving"})


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("verb", AT_DESK)
def test_a_verb_on_a_ticket_by_number_does_what_the_state_allows_and_nothing_else(
    verb: str, state: str, branch: Give
) -> None:
    here = branch(EXPLICIT)
    ticket, _ = brought_to(state, here)
    answer = here.at_desk(ticket, verb, **extras(verb))
    new = AT_DESK[verb].get(state)
    if new is None:
        told = refused(answer, 409, "ticket-state-conflict")
        assert (told["ticket"]["id"], told["ticket"]["state"]) == (ticket["id"], state)
        assert here.ticket(ticket)["state"] == state
    else:
        assert ok(answer)["state"] == new
        assert here.ticket(ticket)["state"] == new


@pytest.mark.parametrize("state", STATES)
def test_a_number_is_called_from_waiting_and_parked_alone(state: str, branch: Give) -> None:
    here = branch(EXPLICIT)
    ticket, _ = brought_to(state, here)
    counter = here.an_open_counter()
    answer = counter.ask("call", number=ticket["number"], reason="asked for")
    if state in {"waiting", "parked"}:
        called = ok(answer)
        assert (called["state"], called["counter"]) == ("called", counter.number)
    else:
        told = refused(answer, 409, "ticket-state-conflict")
        assert told["ticket"]["state"] == state
        assert counter.look()["ticket"] is None


@pytest.mark.parametrize("state", STATES)
def test_the_holder_leaves_the_line_while_waiting_and_not_at_a_counter(state: str, branch: Give) -> None:
    here = branch(EXPLICIT)
    ticket, _ = brought_to(state, here)
    answer = here.by("none").post(f"/tickets/{ticket['token']}/cancel")
    if state in {"waiting", "parked"}:
        assert ok(answer)["state"] == "cancelled"
    elif state == "cancelled" and answer.status_code == 200:
        assert ok(answer)["state"] == "cancelled"  # a second press wishes what is so already
    else:
        assert refused(answer, 409, "ticket-state-conflict")["ticket"]["state"] == state


@pytest.mark.parametrize("verb", AT_COUNTER)
def test_a_verb_at_an_empty_counter_is_refused(verb: str, branch: Give) -> None:
    here = branch(EXPLICIT)
    counter = here.counter(150)
    counter.do("open")
    assert counter.ask(verb, **extras(verb)).status_code == 409
    assert counter.look()["ticket"] is None


def test_a_counter_with_a_ticket_neither_calls_nor_pauses_nor_closes(branch: Give) -> None:
    here = branch(EXPLICIT)
    ticket, counter = brought_to("called", here)
    other = here.issue()
    refused(counter.ask("call-next"), 409, "counter-busy")
    refused(counter.ask("call", number=other["number"], reason="x"), 409, "counter-busy")
    refused(counter.ask("pause", reason="tea"), 409, "counter-busy")
    refused(counter.ask("close"), 409, "counter-busy")
    assert counter.look()["state"] == "open" and counter.look()["ticket"]["id"] == ticket["id"]
    assert here.ticket(other)["state"] == "waiting"


def test_a_counter_calls_when_it_is_open_alone(branch: Give) -> None:
    here = branch(EXPLICIT)
    counter = here.an_open_counter()
    ticket = here.issue()
    paused = counter.do("pause", reason="tea")
    assert (paused["state"], paused["reason"]) == ("paused", "tea")
    for verb in [{"verb": "call-next"}, {"verb": "call", "number": ticket["number"], "reason": "x"}]:
        refused(counter.ask(**verb), 409, "counter-closed")
    opened = counter.do("open")
    assert (opened["state"], opened["reason"]) == ("open", None)
    assert counter.do("close")["state"] == "closed"
    refused(counter.ask("call-next"), 409, "counter-closed")


def test_opening_an_open_counter_changes_nothing(branch: Give) -> None:
    here = branch(EXPLICIT)
    ticket, counter = brought_to("called", here)
    before = here.actions()
    assert counter.do("open")["ticket"]["id"] == ticket["id"]
    assert here.actions() == before


def test_next_may_finish_the_one_before_in_the_same_action(branch: Give) -> None:
    here = branch(EXPLICIT)
    first, counter = brought_to("called", here)
    refused(counter.ask("call-next", finish=True), 409, "ticket-state-conflict")  # never started, so never served
    counter.do("start")
    here.issue()
    second = counter.do("call-next", finish=True)
    assert here.ticket(first)["state"] == "served"
    assert second["id"] != first["id"] and counter.look()["ticket"]["id"] == second["id"]


def test_every_recall_is_counted_and_logged(branch: Give) -> None:
    here = branch(EXPLICIT)
    ticket, counter = brought_to("called", here)
    for _ in range(3):
        counter.do("recall")
    calls = ok(here.by("display").get(f"/branches/{EXPLICIT}/board"))["calls"]
    [call] = [call for call in calls if call["id"] == ticket["id"]]
    assert call["recalls"] == 3
    mine = [event["type"] for event in here.events() if event["ticket"] == ticket["id"]]
    assert [kind for kind in mine if not kind.startswith("print")] == ["issued", "called", *["recalled"] * 3]


def test_a_call_is_the_start_where_the_branch_says_so(branch: Give) -> None:
    here = branch(ON_CALL)
    ticket, counter = here.issue(), here.an_open_counter()
    called = counter.do("call", number=ticket["number"], reason="test")
    assert called["state"] in {"called", "serving"} and called["called_at"] is not None
    finished = counter.do("finish")
    assert finished["state"] == "served" and finished["ended_at"] is not None


def test_where_a_call_is_the_start_next_alone_works_through_the_line(branch: Give) -> None:
    here = branch(ON_CALL)
    tickets, counter = [here.issue() for _ in range(3)], here.an_open_counter()
    for ticket in tickets:
        assert counter.do("call-next", finish=True)["id"] == ticket["id"]
    refused(counter.ask("call-next", finish=True), 409, "queue-empty")
    counter.ask("finish")
    assert [here.ticket(ticket)["state"] for ticket in tickets] == ["served"] * 3


def test_put_back_keeps_the_place_in_the_line(branch: Give) -> None:
    here = branch(a_slug("put-back"))
    first, second = here.issue(), here.issue()
    counter = here.an_open_counter()
    assert counter.do("call-next")["id"] == first["id"]
    put_back = counter.do("put-back")
    assert put_back["state"] == "waiting" and put_back["ahead"] == 0
    assert here.ticket(second)["ahead"] == 1
    assert counter.do("call-next")["id"] == first["id"]
    legs = here.ticket(first)["legs"]
    assert [leg["outcome"] for leg in legs] == ["put_back", None]
    assert legs[1]["queued_at"] >= legs[0]["ended_at"], "the wait is measured anew"


@pytest.mark.parametrize("keep", [True, False])
def test_a_transfer_queues_behind_unless_it_keeps_the_place(keep: bool, branch: Give) -> None:
    here = branch(a_slug(f"transfer-{'keep' if keep else 'new'}"))
    moved, settled = here.issue("A"), here.issue("B")
    counter = here.an_open_counter()
    counter.do("call", number=moved["number"], reason="test")
    counter.do("start")
    answer = counter.do("transfer", service="B", keep_place=keep)
    assert answer["ahead"] == (0 if keep else 1)
    assert answer["number"] == moved["number"] and answer["issued_at"] == moved["issued_at"]
    assert counter.do("call-next")["id"] == (moved if keep else settled)["id"]


def test_a_ticket_moved_to_a_counter_is_called_there(branch: Give) -> None:
    here = branch(a_slug("transfer-counter"))
    moved, other = here.issue(), here.issue()
    first, second = here.an_open_counter(), here.an_open_counter()
    first.do("call", number=moved["number"], reason="test")
    first.do("transfer", counter=second.number)
    assert first.do("call-next")["id"] == other["id"], "it is not for this counter any more"
    assert second.do("call-next")["id"] == moved["id"]


def test_a_parked_ticket_is_in_nobodys_line_until_it_is_taken_back(branch: Give) -> None:
    here = branch(a_slug("park"))
    parked, other = here.issue(), here.issue()
    counter = here.an_open_counter()
    counter.do("call-next")
    counter.do("park", reason="fetching a photo")
    assert here.ticket(other)["ahead"] == 0
    assert ok(here.by("none").get(f"/branches/{here.slug}"))["services"][0]["waiting"] == 1
    assert counter.do("call-next")["id"] == other["id"]
    counter.do("no-show")
    refused(counter.ask("call-next"), 409, "queue-empty")
    back = counter.do("call", number=parked["number"], reason="is back")
    assert back["id"] == parked["id"] and back["legs"][0]["outcome"] == "parked"


def test_a_reinstated_ticket_waits_again_under_its_number(branch: Give) -> None:
    here = branch(a_slug("reinstate"))
    ticket, counter = here.issue(), here.an_open_counter()
    counter.do("call-next")
    counter.do("no-show")
    again = ok(here.at_desk(ticket, "reinstate"))
    assert (again["number"], again["state"], again["ended_at"]) == (ticket["number"], "waiting", None)
    assert counter.do("call-next")["id"] == ticket["id"]


def test_undo_gives_back_the_state_before_and_the_board_forgets_the_call(branch: Give) -> None:
    here = branch(a_slug("undo"))
    ticket, counter = here.issue(), here.an_open_counter()
    counter.do("call-next")
    undone = counter.do("undo", ticket=ticket["id"])
    assert (undone["state"], undone["counter"], undone["called_at"]) == ("waiting", None, None)
    assert here.ticket(ticket)["ahead"] == 0
    board = ok(here.by("display").get(f"/branches/{here.slug}/board"))
    assert not [call for call in board["calls"] if call["state"] in {"called", "serving"}]
    counter.do("call-next")
    counter.do("start")
    counter.do("finish")
    undone = counter.do("undo", ticket=ticket["id"])
    assert (undone["state"], undone["ended_at"]) == ("serving", None)
    assert counter.look()["ticket"]["id"] == ticket["id"]


def test_undo_is_for_the_counter_that_did_it_and_never_pushes_out_the_next_customer(branch: Give) -> None:
    here = branch(a_slug("undo-elsewhere"))
    ticket, second = here.issue(), here.issue()
    counter, other = here.an_open_counter(), here.an_open_counter()
    counter.do("call-next")
    assert other.ask("undo", ticket=ticket["id"]).status_code == 409
    counter.do("no-show")
    counter.do("call-next")
    assert counter.ask("undo", ticket=ticket["id"]).status_code == 409
    assert counter.look()["ticket"]["id"] == second["id"]
    assert here.ticket(ticket)["state"] == "no_show"


def test_undo_is_refused_after_ten_seconds(branch: Give) -> None:
    here = branch(a_slug("undo-late"))
    ticket, counter = here.issue(), here.an_open_counter()
    called = counter.do("call-next")
    past = (datetime.now(UTC) - datetime.fromisoformat(called["called_at"])).total_seconds()
    time.sleep(max(0.0, 10.3 - past))  # the rule is about time itself, and an outsider has no clock to turn
    told = refused(counter.ask("undo", ticket=ticket["id"]), 409, "ticket-state-conflict")
    assert told["ticket"]["state"] == "called"


def a_slug(name: str) -> str:
    return f"state-{name}"


for _name in [
    "put-back", "transfer-keep", "transfer-new", "transfer-counter", "park", "reinstate", "undo", "undo-elsewhere",
    "undo-late",
]:  # fmt: skip
    a_branch(a_slug(_name), services=TWO_SERVICES, counters=[a_counter(1, "AB"), a_counter(2, "AB")])

"""Who is next, where numbers end, and when a branch gives none: the rules that a branch declares."""

import time
from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from tests.journeys.branches import MIDDAY_ZONE, a_branch, a_counter, a_service, named
from tests.journeys.client import Branch, ok, refused

Give = Callable[[str], Branch]
CLASSES = [
    {"code": "elderly", "name": named("Elderly"), "head_start_minutes": 20},
    {"code": "appointment", "name": named("Appointment"), "head_start_minutes": 5},
]
TODAY = datetime.now(ZoneInfo(MIDDAY_ZONE)).strftime("%a").lower()
DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]

PLAIN = a_branch("next-plain")
HEAD_STARTS = a_branch("next-head-starts", priority_classes=CLASSES)
BOUNDED = a_branch(
    "next-bounded", priority_classes=[{"code": "brief", "name": named("Brief"), "head_start_minutes": 0.01}]
)
TIERS = a_branch(
    "next-tiers",
    services=[a_service("A"), a_service("B"), a_service("C")],
    counters=[a_counter(1, "A", helps_out_with=["B"], helps_out_after_minutes=None), a_counter(2, "B")],
)
HELPS_LATE = a_branch(
    "next-helps-late",
    services=[a_service("A"), a_service("B")],
    counters=[a_counter(1, "A", helps_out_with=["B"], helps_out_after_minutes=0.01)],
)
TWO = a_branch("next-two", services=[a_service("A"), a_service("B")], counters=[a_counter(1, "AB"), a_counter(2, "AB")])
NUMBERS = a_branch(
    "numbers",
    services=[
        a_service("A", first_number=1, last_number=3),
        a_service("B", first_number=98, last_number=1000),
        a_service("LK", first_number=7, last_number=99),
        a_service("Q", daily_quota=2),
    ],
    counters=[{"number": 1, "name": named("Counter"), "services": ["A", "B", "LK", "Q"]}],
)
SHUT_TODAY = a_branch("hours-shut-today", hours={day: "closed" if day == TODAY else "08:00-16:00" for day in DAYS})
SHUT_NOW = a_branch("hours-shut-now", hours={"mon-sun": "06:00-07:00"})
OPEN_NOW = a_branch("hours-open-now", hours={"mon-sun": "06:00-18:00"})


def test_those_who_came_first_are_called_first(branch: Give) -> None:
    here = branch(PLAIN)
    tickets = [here.issue() for _ in range(5)]
    assert [here.ticket(ticket)["ahead"] for ticket in tickets] == [0, 1, 2, 3, 4]
    counter = here.an_open_counter()
    for place, ticket in enumerate(tickets):
        assert counter.do("call-next")["id"] == ticket["id"]
        counter.do("no-show")
        assert [here.ticket(other)["ahead"] for other in tickets[place + 1 :]] == list(range(4 - place))
    refused(counter.ask("call-next"), 409, "queue-empty")


def test_a_class_goes_before_by_its_head_start(branch: Give) -> None:
    here = branch(HEAD_STARTS)
    asked = [None, "appointment", "elderly", None, "elderly", "appointment"]
    tickets = [here.issue(**({"priority": priority} if priority else {})) for priority in asked]
    assert [ticket["priority"] for ticket in tickets] == [priority or "normal" for priority in asked]
    order = [tickets[place]["number"] for place in [2, 4, 1, 5, 0, 3]]
    told = sorted((here.ticket(ticket) for ticket in tickets), key=lambda ticket: int(ticket["ahead"]))
    assert [ticket["number"] for ticket in told] == order
    counter = here.an_open_counter()
    called = []
    for _ in tickets:
        called.append(counter.do("call-next")["number"])
        counter.do("no-show")
    assert called == order


def test_nobody_is_passed_by_more_than_the_head_start(branch: Give) -> None:
    here = branch(BOUNDED)
    first = here.issue()
    time.sleep(0.7)  # longer than the class's head start of 0.6 s; the rule is about time itself
    brief = here.issue(priority="brief")
    counter = here.an_open_counter()
    assert [counter.do("call-next")["id"], counter.do("no-show")["state"]] == [first["id"], "no_show"]
    assert counter.do("call-next")["id"] == brief["id"]


def test_a_counter_helps_out_when_its_own_line_is_empty_and_not_before(branch: Give) -> None:
    here = branch(TIERS)
    other, own, never = here.issue("B"), here.issue("A"), here.issue("C")
    counter = here.counter(1)
    counter.do("open")
    for expected in [own, other]:
        assert counter.do("call-next")["id"] == expected["id"]
        counter.do("no-show")
    refused(counter.ask("call-next"), 409, "queue-empty")
    assert here.ticket(never)["state"] == "waiting", "it does not take what it is not declared for"


def test_a_counter_helps_out_when_the_wait_elsewhere_passes_its_bound(branch: Give) -> None:
    here = branch(HELPS_LATE)
    late = here.issue("B")
    time.sleep(0.7)  # past the counter's bound of 0.6 s
    own = here.issue("A")
    counter = here.counter(1)
    counter.do("open")
    for expected in [late, own]:
        assert counter.do("call-next")["id"] == expected["id"]
        counter.do("no-show")


def test_services_of_one_counter_share_one_line(branch: Give) -> None:
    here = branch(TWO)
    tickets = [here.issue(service) for service in "ABBA"]
    counters = [here.an_open_counter(), here.an_open_counter()]
    called = [counters[turn % 2].do("call-next", finish=False)["id"] for turn in range(2)]
    for counter in counters:
        counter.do("no-show")
    called += [counter.do("call-next")["id"] for counter in counters]
    assert called == [ticket["id"] for ticket in tickets]


def test_a_number_out_of_turn_is_called_with_its_reason_in_the_log(branch: Give) -> None:
    here = branch(TWO)
    waiting, wanted = here.issue(), here.issue()
    counter = here.counter(1)
    counter.ask("no-show")
    assert counter.do("call", number=wanted["number"], reason="feels faint")["id"] == wanted["id"]
    [event] = [event for event in here.events() if event["type"] == "called" and event["ticket"] == wanted["id"]]
    assert event["data"]["reason"] == "feels faint"
    counter.do("no-show")
    assert counter.do("call-next")["id"] == waiting["id"]


@pytest.mark.parametrize(
    ("code", "numbers"),
    [("A", ["A1", "A2", "A3"]), ("B", ["B0098", "B0099", "B0100"]), ("LK", ["LK07", "LK08"])],
)
def test_numbers_start_at_the_first_and_are_as_wide_as_the_last(code: str, numbers: list[str], branch: Give) -> None:
    here = branch(NUMBERS)
    assert [here.issue(code)["number"] for _ in numbers] == numbers
    if code == "A":
        path = f"/branches/{NUMBERS}/tickets"
        for _ in range(2):
            refused(here.by("kiosk").post(path, {"service": "A"}), 409, "numbers-exhausted")


def test_a_quota_is_kept_and_what_remains_is_told(branch: Give) -> None:
    here = branch(NUMBERS)
    first, _ = here.issue("Q"), here.issue("Q")
    refused(here.by("kiosk").post(f"/branches/{NUMBERS}/tickets", {"service": "Q"}), 409, "quota-reached")
    counter = here.counter(1)
    counter.do("open")
    counter.do("call", number=first["number"], reason="test")
    counter.do("no-show")
    refused(here.by("kiosk").post(f"/branches/{NUMBERS}/tickets", {"service": "Q"}), 409, "quota-reached")


@pytest.mark.parametrize("slug", [SHUT_TODAY, SHUT_NOW])
def test_a_closed_branch_gives_no_numbers(slug: str, branch: Give) -> None:
    here = branch(slug)
    assert ok(here.by("none").get(f"/branches/{slug}"))["open"] is False
    refused(here.by("kiosk").post(f"/branches/{slug}/tickets", {"service": "A"}), 409, "service-closed")
    assert not [event for event in here.events() if event["type"] == "issued"]


def test_a_branch_within_its_hours_gives_numbers(branch: Give) -> None:
    here = branch(OPEN_NOW)
    assert ok(here.by("none").get(f"/branches/{OPEN_NOW}"))["open"] is True
    assert here.issue()["number"] == "A001"


def test_the_branch_tells_who_waits_in_both_languages(branch: Give) -> None:
    view = ok(branch(HEAD_STARTS).by("none").get(f"/branches/{HEAD_STARTS}"))
    assert view["name"].keys() >= {"en", "id"} and view["languages"] == ["id", "en"]
    assert [service["code"] for service in view["services"]] == ["A"]
    assert isinstance(view["services"][0]["waiting"], int) and "estimate" in view["services"][0]
    [classes] = [value for key, value in view.items() if "classes" in key]
    assert [told["code"] for told in classes if told["code"] != "normal"] == ["elderly", "appointment"]

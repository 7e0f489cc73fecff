"""The order of the queue."""

from collections import Counter
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from server.domain.branch import NORMAL, PriorityClass
from server.domain.queue.policy import Waiting, Why, choose, in_order, place_of, places_ahead
from tests.scene import a_branch, a_counter, a_service

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
HEAD_STARTS = {"normal": timedelta(0), "senior": timedelta(minutes=20), "appointment": timedelta(minutes=60)}


def waits(
    number: int, minutes_ago: float, *, service: str = "A", priority: str = "normal", for_counter: int | None = None
) -> Waiting:
    at = NOON - timedelta(minutes=minutes_ago)
    return Waiting(number, f"{service}{number:03d}", service, priority, at, for_counter)


def numbers(choices: list[tuple[Waiting, Why]]) -> list[str]:
    return [w.number for w, _ in choices]


def test_the_earliest_place_goes_first() -> None:
    assert numbers(choose([waits(2, 5), waits(1, 9)], a_counter(), HEAD_STARTS, NOON)) == ["A001", "A002"]


def test_a_senior_passes_only_tickets_within_the_head_start() -> None:
    line = [waits(1, 21), waits(2, 19), waits(3, 0, priority="senior")]
    assert numbers(choose(line, a_counter(), HEAD_STARTS, NOON)) == ["A001", "A003", "A002"]


def test_equal_places_are_called_in_the_order_of_issue() -> None:
    assert numbers(choose([waits(7, 3), waits(4, 3)], a_counter(), HEAD_STARTS, NOON)) == ["A004", "A007"]


def test_a_counter_helps_out_only_when_nobody_waits_for_its_own() -> None:
    counter = a_counter(services=["A"], helps_out_with=["B"])
    line = [waits(1, 1), waits(2, 50, service="B"), waits(3, 50, service="C")]
    assert numbers(choose(line, counter, HEAD_STARTS, NOON)) == ["A001", "B002"]
    assert choose(line[1:], counter, HEAD_STARTS, NOON)[0][1] is Why.HELPING_EMPTY


def test_a_wait_past_the_bound_competes_with_the_counters_own() -> None:
    counter = a_counter(services=["A"], helps_out_with=["B"], helps_out_after=timedelta(minutes=30))
    line = [waits(1, 40), waits(2, 31, service="B"), waits(3, 2)]
    assert numbers(choose(line, counter, HEAD_STARTS, NOON)) == ["A001", "B002", "A003"]
    assert choose(line[1:], counter, HEAD_STARTS, NOON)[0][1] is Why.HELPING_LATE


def test_a_ticket_moved_to_a_counter_is_called_by_that_one_alone() -> None:
    moved = waits(1, 5, service="Z", for_counter=2)
    assert choose([moved], a_counter(1, ["Z"]), HEAD_STARTS, NOON) == []
    assert choose([moved], a_counter(2, ["A"]), HEAD_STARTS, NOON)[0][1] is Why.MOVED_HERE


def test_the_reason_distinguishes_an_early_place_from_a_head_start() -> None:
    line = [waits(1, 10), waits(2, 1, priority="senior")]
    assert [why for _, why in choose(line, a_counter(), HEAD_STARTS, NOON)] == [Why.HEAD_START, Why.EARLIEST]


lines = st.lists(
    st.tuples(st.integers(0, 90), st.sampled_from(["A", "B"]), st.sampled_from(list(HEAD_STARTS))), max_size=30
).map(lambda rows: [waits(i, ago, service=s, priority=p) for i, (ago, s, p) in enumerate(rows, start=1)])


@given(lines)
def test_nobody_is_passed_by_more_than_the_greatest_head_start(line: list[Waiting]) -> None:
    order = in_order(line, HEAD_STARTS)
    for position, later in enumerate(order):
        for earlier in order[:position]:
            assert earlier.place_at - later.place_at <= max(HEAD_STARTS.values())


@given(lines)
def test_places_ahead_agrees_with_the_order_in_which_a_counter_calls(line: list[Waiting]) -> None:
    counter = a_counter(services=["A", "B"])
    classes = tuple(PriorityClass(code, {}, head) for code, head in HEAD_STARTS.items() if code != NORMAL)
    branch = a_branch(services=(a_service("A"), a_service("B")), counters=(counter,), priority_classes=classes)
    order = [w for w, _ in choose(line, counter, HEAD_STARTS, NOON)]
    for position, w in enumerate(order):
        place = place_of(branch, w.service, w.priority, w.place_at, w.ticket_id)
        before = Counter(
            other.service
            for other in line
            if other.service in place.services
            and (other.place_at, other.ticket_id) < (place.limits[other.priority], place.ticket_id)
        )
        assert places_ahead(w.service, before, [counter]) == position


def test_a_counter_with_one_service_ignores_the_lines_of_others() -> None:
    before = {"A": 3, "B": 7}
    assert places_ahead("A", before, [a_counter(1, ["A", "B"])]) == 10
    assert places_ahead("A", before, [a_counter(1, ["A", "B"]), a_counter(2, ["A"])]) == 3
    assert places_ahead("B", before, [a_counter(2, ["A"], helps_out_with=["B"])]) == 7

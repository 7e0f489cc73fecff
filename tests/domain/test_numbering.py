"""Numbers on paper."""

import pytest

from server.domain.errors import AmbiguousNumber, NumbersExhausted, QuotaReached
from server.domain.queue.numbering import match_typed, next_ordinal, remaining, spellings, ticket_number
from server.domain.ticket import OPEN, State
from tests.scene import a_service


@pytest.mark.parametrize(
    ("last_number", "ordinal", "number"), [(999, 1, "A001"), (99, 7, "A07"), (9, 7, "A7"), (1000, 12, "A0012")]
)
def test_a_number_is_as_wide_as_the_last_of_its_range(last_number: int, ordinal: int, number: str) -> None:
    assert ticket_number(a_service(last_number=last_number), ordinal) == number


def test_numbers_begin_with_the_first_and_go_on_by_one() -> None:
    service = a_service(first_number=100)
    assert next_ordinal(service, None) == 100
    assert next_ordinal(service, 100) == 101


def test_after_the_last_number_there_is_none() -> None:
    with pytest.raises(NumbersExhausted):
        next_ordinal(a_service(last_number=3), 3)


def test_the_quota_ends_before_the_range_and_says_what_is_left() -> None:
    service = a_service(first_number=100, daily_quota=2)
    assert [remaining(service, last) for last in (None, 100, 101)] == [2, 1, 0]
    with pytest.raises(QuotaReached):
        next_ordinal(service, 101)


TYPED_FOR_A012 = [
    "A012", "a012", "A12", "a 12", "A-012", "A.12", "a/12", " A 0 12 ", "A_012", "A\u201312", "A\u00a012",
    "\uff21\uff10\uff11\uff12", "A\u0661\u0662", "A00012", "a\u200b12",
]  # fmt: skip


@pytest.mark.parametrize("typed", TYPED_FOR_A012)
def test_a_number_is_understood_as_people_write_it(typed: str) -> None:
    assert spellings(typed, ["A", "B"]) == ["A12", "A012", "A0012", "A00012"]


def test_a_number_without_its_letter_may_be_any_services() -> None:
    assert spellings("12", ["A", "BK"])[::4] == ["A12", "BK12"]
    assert spellings("0", ["A"]) == ["A0", "A00", "A000", "A0000", "A00000"]


@pytest.mark.parametrize(
    "typed", ["", "A", "ABC12", "12A", "A1B2", "A+12", "12;13", "A\x0012", "\u041012", "A" + "9" * 12]
)
def test_text_that_is_no_number_matches_no_ticket(typed: str) -> None:
    assert spellings(typed, ["A"]) == []


def test_an_open_ticket_is_preferred_and_several_are_ambiguous() -> None:
    a, b, old = ("A012", State.WAITING), ("B012", State.SERVING), ("C012", State.SERVED)
    assert match_typed("12", [], OPEN) is None
    assert match_typed("12", [a, old], OPEN) == "A012"
    assert match_typed("12", [old], OPEN) == "C012"
    assert match_typed("12", [a, old], {State.SERVED}) == "C012"
    with pytest.raises(AmbiguousNumber) as refused:
        match_typed("12", [b, a, old], OPEN)
    assert refused.value.candidates == ["A012", "B012"]

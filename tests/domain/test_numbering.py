"""Numbers on paper."""

import pytest

from server.domain.errors import NumbersExhausted, QuotaReached
from server.domain.numbering import next_ordinal, remaining, ticket_number
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

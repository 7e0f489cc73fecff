"""The customer's token."""

from hypothesis import given
from hypothesis import strategies as st

from server.domain.people.customer_token import customer_token, ticket_id_of

KEY = b"k" * 32


@given(st.integers(1, 10**18 - 1))
def test_a_token_is_valid_for_its_ticket_and_its_key_alone(ticket_id: int) -> None:
    token = customer_token(KEY, ticket_id)
    assert ticket_id_of(KEY, token) == ticket_id
    assert ticket_id_of(b"x" * 32, token) is None


@given(st.text(max_size=60))
def test_an_invented_token_is_not_valid(text: str) -> None:
    assert ticket_id_of(KEY, text) is None


def test_the_next_ticket_cannot_be_guessed_from_ones_own() -> None:
    mine = customer_token(KEY, 41)
    assert ticket_id_of(KEY, mine.replace("41-", "42-", 1)) is None

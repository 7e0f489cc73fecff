"""The customer's token."""

from hypothesis import given
from hypothesis import strategies as st

from server.domain.people.customer_token import customer_token, ticket_id_of

KEY = b"k" * 32


@given(st.integers(1, 10**18 - 1))
def test_a_token_leads_to_its_ticket_and_under_another_key_to_none(ticket_id: int) -> None:
    token = customer_token(KEY, ticket_id)
    assert ticket_id_of(KEY, token) == ticket_id
    assert ticket_id_of(b"x" * 32, token) is None


@given(st.text(max_size=60))
def test_no_made_up_token_leads_anywhere(text: str) -> None:
    assert ticket_id_of(KEY, text) is None


def test_the_next_ticket_cannot_be_guessed_from_ones_own() -> None:
    mine = customer_token(KEY, 41)
    assert ticket_id_of(KEY, mine.replace("41-", "42-", 1)) is None

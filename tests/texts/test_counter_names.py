"""A counter is never named in one language inside a sentence of the other."""

from __future__ import annotations

from server.texts import counter_names


def test_a_plain_name_is_completed_in_the_languages_of_the_branch() -> None:
    both = {"en": "Counter 2", "id": "Loket 2"}
    assert counter_names({"id": "Loket 2"}, 2, ["id", "en"]) == both
    assert counter_names({"en": "Counter 2"}, 2, ["id", "en"]) == both
    assert counter_names({"en": "Counter 2"}, 2, ["en"]) == {"en": "Counter 2"}


def test_a_name_of_its_own_stays_as_it_stands_on_the_sign() -> None:
    assert counter_names({"id": "Kasir"}, 2, ["id", "en"]) == {"id": "Kasir"}
    assert counter_names({"id": "Loket 7"}, 2, ["id", "en"]) == {"id": "Loket 7"}, "another number than its own"
    assert counter_names({"id": "Loket 2", "en": "Till"}, 2, ["id", "en"]) == {"id": "Loket 2", "en": "Till"}

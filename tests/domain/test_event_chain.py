"""The chain over the log: what it covers, and what is left of words when they are erased."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from server.domain.history.event_chain import Head, digest_of, digest_of_personal_data, first_link, link, read_head
from server.domain.history.events import Event, EventType, personal_data

AT = datetime(2026, 11, 23, 2, 0, 0, 123456, tzinfo=UTC)
PARKED = Event(7, EventType.PARKED, AT, 3, "A003", "A", 2, {"reason": "fetches a copy", "x": [1, 2.5, None]})
START = first_link(1, 0)


@pytest.mark.parametrize(
    "changed",
    [
        replace(PARKED, seq=8),
        replace(PARKED, type=EventType.CALLED),
        replace(PARKED, at=AT + timedelta(microseconds=1)),
        replace(PARKED, ticket_id=4),
        replace(PARKED, number="A004"),
        replace(PARKED, service=None),
        replace(PARKED, counter=None),
        replace(PARKED, data={**PARKED.data, "x": [1, 2.5, False]}),
    ],
    ids=lambda event: str(event),
)
def test_every_part_of_an_event_is_covered(changed: Event) -> None:
    kept = link(START, 1, PARKED)
    assert digest_of(START, 1, changed, kept.personal_digest) != kept.digest


def test_an_event_is_covered_with_its_branch_its_words_and_all_before_it() -> None:
    kept = link(START, 1, PARKED)
    assert digest_of(START, 1, PARKED, kept.personal_digest) == kept.digest
    assert kept.salt is not None and kept.personal_digest == digest_of_personal_data(
        kept.salt, {"reason": "fetches a copy"}
    )
    assert digest_of(START, 2, PARKED, kept.personal_digest) != kept.digest
    assert digest_of(first_link(1, 1), 1, PARKED, kept.personal_digest) != kept.digest
    assert digest_of(START, 1, PARKED, digest_of_personal_data(kept.salt, {"reason": "another"})) != kept.digest


def test_erased_words_leave_the_digest_true_and_cannot_be_tried_out() -> None:
    first, second = link(START, 1, PARKED), link(START, 1, PARKED)
    assert first.personal_digest != second.personal_digest, (
        "the same words have another digest each time, by a salt that goes with them"
    )
    erased = replace(PARKED, data={"x": [1, 2.5, None]})
    assert digest_of(START, 1, erased, first.personal_digest) == first.digest


def test_what_printers_say_is_no_word_about_people() -> None:
    told = Event(1, EventType.PRINT_NOT_SENT, AT, 3, "A003", "A", None, {"reason": "paper"})
    assert personal_data(told.type, told.data) == {}
    assert link(START, 1, told).salt is None


def test_a_head_is_read_as_it_is_written() -> None:
    head = Head("central", 42, bytes(range(32)))
    assert read_head(f" {head}\n") == head
    for wrong in ("", "central", "central:x:00", f"central:1:{'0' * 63}", f"a:b:1:{'0' * 64}"):
        with pytest.raises(ValueError, match="BRANCH:SEQ:DIGEST"):
            read_head(wrong)

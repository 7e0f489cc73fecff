"""The hash chain over the log: the fields it covers, and erased personal data."""

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
def test_the_digest_covers_every_field_of_an_event(changed: Event) -> None:
    kept = link(START, 1, PARKED)
    assert digest_of(START, 1, changed, kept.personal_digest) != kept.digest


def test_the_digest_covers_the_branch_the_personal_data_and_all_earlier_events() -> None:
    kept = link(START, 1, PARKED)
    assert digest_of(START, 1, PARKED, kept.personal_digest) == kept.digest
    assert kept.salt is not None and kept.personal_digest == digest_of_personal_data(
        kept.salt, {"reason": "fetches a copy"}
    )
    assert digest_of(START, 2, PARKED, kept.personal_digest) != kept.digest
    assert digest_of(first_link(1, 1), 1, PARKED, kept.personal_digest) != kept.digest
    assert digest_of(START, 1, PARKED, digest_of_personal_data(kept.salt, {"reason": "another"})) != kept.digest


def test_after_erasing_the_digest_stays_valid_and_reveals_nothing() -> None:
    first, second = link(START, 1, PARKED), link(START, 1, PARKED)
    assert first.personal_digest != second.personal_digest, (
        "the same words have another digest each time, by a salt that goes with them"
    )
    erased = replace(PARKED, data={"x": [1, 2.5, None]})
    assert digest_of(START, 1, erased, first.personal_digest) == first.digest


def test_printer_reports_are_not_personal_data() -> None:
    event = Event(1, EventType.PRINT_NOT_SENT, AT, 3, "A003", "A", None, {"reason": "paper"})
    assert personal_data(event.type, event.data) == {}
    assert link(START, 1, event).salt is None


def test_a_head_is_read_as_it_is_written() -> None:
    head = Head("central", 42, bytes(range(32)))
    assert read_head(f" {head}\n") == head
    for wrong in ("", "central", "central:x:00", f"central:1:{'0' * 63}", f"a:b:1:{'0' * 64}"):
        with pytest.raises(ValueError, match="BRANCH:SEQ:DIGEST"):
            read_head(wrong)

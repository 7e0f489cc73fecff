"""What the server hands over, checked at the door."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from printer.ticket import BadJob, Job
from tests.printer.builders import INDONESIAN

NOW = datetime(2026, 11, 21, 1, 12, tzinfo=UTC)


def a_job(**changes: Any) -> dict[str, Any]:
    return {"id": "7", "lease": "l", "paper": 80, "content": INDONESIAN, **changes}


def test_the_time_left_to_start_is_the_shorter_of_lease_and_job_by_the_servers_own_clock() -> None:
    ends = {
        "lease_expires_at": (NOW + timedelta(seconds=30)).isoformat(),
        "expires_at": (NOW + timedelta(seconds=12)).isoformat().replace("+00:00", "Z"),
    }
    assert Job.from_json(a_job(**ends), NOW).start_within == 12
    assert Job.from_json(a_job(), NOW).start_within is None


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"paper": 76}, "paper is 76"),
        ({"lease": None}, "lease"),
        ({"content": None}, "no content"),
        ({"content": {**INDONESIAN, "number": 12}}, "number is 12"),
        ({"expires_at": "soon"}, "expires_at"),
    ],
)
def test_half_a_job_is_refused_by_the_name_of_what_is_wrong(wrong: dict[str, Any], words: str) -> None:
    with pytest.raises(BadJob, match=words):
        Job.from_json(a_job(**wrong), NOW)


def test_words_that_are_absent_and_words_that_are_empty_are_left_off() -> None:
    job = Job.from_json(a_job(content={**INDONESIAN, "wait": None, "priority": ""}), NOW)
    assert (job.content.wait, job.content.priority) == (None, None)

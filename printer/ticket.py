"""What the server hands over: a print job and the words of its ticket, checked at the door."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

PAPERS = (80, 58)


class BadJob(ValueError):
    """The job does not say what a ticket needs; the message names the field."""


@dataclass(frozen=True)
class Content:
    """The words of one ticket, composed by the server in the customer's language; the printer only sets them.

    `url` is what the code on the paper opens, `scan` what to do with it; without the one, both are left off, as is
    each other field that is None. `notice` is for the staff, and the agent's own: it stands at the very end,
    as does `ruler`, words about a line that is as long as the paper is taken to be wide.
    """

    language: str
    branch: str
    label: str
    number: str
    service: str
    ahead: str
    issued: str
    url: str | None
    scan: str
    priority: str | None = None
    wait: str | None = None
    note: str | None = None
    reprint: str | None = None
    notice: str | None = None
    ruler: str | None = None

    def words(self) -> tuple[str, ...]:
        """Everything on the ticket that is read by people."""
        texts = (self.branch, self.label, self.number, self.service, self.priority, self.ahead, self.wait)
        return tuple(text for text in (*texts, self.issued, self.scan, self.note, self.reprint, self.notice) if text)

    @classmethod
    def from_json(cls, source: Mapping[str, Any]) -> "Content":
        """Reads the `content` object of a claimed job. Raises BadJob."""
        needed = ("language", "branch", "label", "number", "service", "ahead", "issued", "scan")
        wanted = ("priority", "wait", "note", "reprint")
        return cls(
            **{name: _text(source, name) for name in needed},
            url=_text(source, "url") if source.get("url", "") is not None else None,
            **{name: _text(source, name) for name in wanted if source.get(name)},
        )


@dataclass(frozen=True)
class Job:
    """One claimed print job. `start_within` is how many seconds from its claim its first byte may leave.

    `time_left` is how many seconds it is worth printing: its lease may end before, and it is claimed again.
    """

    id: str
    lease: str
    paper: int
    content: Content
    start_within: float | None
    time_left: float | None = None

    @classmethod
    def from_json(cls, source: Mapping[str, Any], now: datetime) -> "Job":
        """Reads the answer to a claim; `now` is the server's time, as its times are. Raises BadJob."""
        content = source.get("content")
        if not isinstance(content, Mapping):
            raise BadJob("the job has no content")
        paper = source.get("paper", PAPERS[0])
        if paper not in PAPERS:
            raise BadJob(f"paper is {paper!r}, not 58 or 80")
        lease_ends, job_ends = ends = [_time(source, name) for name in ("lease_expires_at", "expires_at")]
        return cls(
            id=_text(source, "id"),
            lease=_text(source, "lease"),
            paper=paper,
            content=Content.from_json(content),
            start_within=min(((end - now).total_seconds() for end in ends if end), default=None),
            time_left=(job_ends - now).total_seconds() if job_ends and lease_ends else None,
        )


def _text(source: Mapping[str, Any], name: str) -> str:
    value = source.get(name)
    if not isinstance(value, str):
        raise BadJob(f"{name} is {value!r}, not a text")
    return value


def _time(source: Mapping[str, Any], name: str) -> datetime | None:
    value = source.get(name)
    if value is None:
        return None
    try:
        time = datetime.fromisoformat(str(value))
    except ValueError as error:
        raise BadJob(f"{name} is {value!r}, not a time") from error
    return time if time.tzinfo else time.replace(tzinfo=UTC)

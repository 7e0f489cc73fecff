"""The chain of digests over a branch's log: a past event cannot be changed, removed or added without being noticed.

The digest of an event covers the digest of the event before it. Words about people are erased from the log when their
time is over (`events.personal_words`), so the digest covers a salted digest of them in their place: that one stays, and
the salt goes with the words, without which nobody can try out what they were. Whoever keeps a head (the digest of a
branch's last event) outside the server can tell later whether everything up to it is as it was.
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from server.domain.history.events import Event, personal_words

_FORMAT = "giliran event chain 1"
"""What is covered, and how it is written. Another way of writing it, or other erasable words, need another name."""
_SALT_BYTES = 16
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_canonical = json.JSONEncoder(sort_keys=True, separators=(",", ":")).encode


@dataclass(frozen=True)
class Link:
    """What is kept beside an event: its `digest`, the digest of its words about people, and the salt of that one."""

    digest: bytes
    words: bytes | None = None
    salt: bytes | None = None


@dataclass(frozen=True)
class Head:
    """The digest of an event of a branch, written `slug:seq:digest`."""

    branch: str
    seq: int
    digest: bytes

    def __str__(self) -> str:
        return f"{self.branch}:{self.seq}:{self.digest.hex()}"


def read_head(text: str) -> Head:
    """The head that is written `slug:seq:digest`. Raises ValueError for anything else."""
    match = re.fullmatch(r"([^:]{1,64}):([0-9]{1,18}):([0-9a-fA-F]{64})", text.strip(), re.ASCII)
    if match is None:
        raise ValueError("A head is written BRANCH:SEQ:DIGEST, as `giliran doctor` and `giliran backup` print it.")
    return Head(match[1], int(match[2]), bytes.fromhex(match[3]))


def first_link(branch_id: int, start: int) -> bytes:
    """The digest before the first event that is chained; up to seq `start`, events were written without a chain."""
    return sha256(f"{_FORMAT}: branch {branch_id}, from event {start + 1}".encode()).digest()


def link(previous: bytes, branch_id: int, event: Event) -> Link:
    """What is to be kept beside a new event that follows the one with the digest `previous`."""
    personal = personal_words(event.type, event.data)
    if not personal:
        return Link(digest_of(previous, branch_id, event, None))
    salt = secrets.token_bytes(_SALT_BYTES)
    words = digest_of_words(salt, personal)
    return Link(digest_of(previous, branch_id, event, words), words, salt)


def digest_of(previous: bytes, branch_id: int, event: Event, words: bytes | None) -> bytes:
    """The digest of an event, in which `words` stands for what it says about people."""
    data = event.data
    if words is not None:
        personal = personal_words(event.type, data)
        data = {name: value for name, value in data.items() if name not in personal}
    covered = (
        branch_id,
        event.seq,
        event.type.value,
        (event.at - _EPOCH) // _MICROSECOND,
        event.ticket_id,
        event.number,
        event.service,
        event.counter,
        data,
        None if words is None else words.hex(),
    )
    return sha256(previous + _canonical(covered).encode()).digest()


def digest_of_words(salt: bytes, words: Mapping[str, Any]) -> bytes:
    """The digest that stands for words about people."""
    return sha256(salt + _canonical(words).encode()).digest()

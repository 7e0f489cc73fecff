"""The hash chain over a branch's log, which reveals changed, removed or added events.

The digest of an event covers the digest of the previous event. Personal data is erased from the log after its retention
time (`events.personal_data`), so the event's digest covers a salted digest of it instead. That digest stays. The salt
is erased with the data, so that nobody can guess the data by trying values. A copy of a head (the digest of a branch's
last event) kept outside the server proves the log up to that event.
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

from server.domain.history.events import Event, personal_data

_FORMAT = "giliran event chain 1"
"""The version of the covered fields and their encoding. Change it with the encoding or with `PERSONAL_FIELDS`."""
_SALT_BYTES = 16
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_canonical = json.JSONEncoder(sort_keys=True, separators=(",", ":")).encode


@dataclass(frozen=True)
class Link:
    """The stored digests of an event: its own, the one of its personal data, and the salt of the latter."""

    digest: bytes
    personal_digest: bytes | None = None
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
    """Parse a head written as `slug:seq:digest`. Raises ValueError for anything else."""
    match = re.fullmatch(r"([^:]{1,64}):([0-9]{1,18}):([0-9a-fA-F]{64})", text.strip(), re.ASCII)
    if match is None:
        raise ValueError("A head is written BRANCH:SEQ:DIGEST, as `giliran doctor` and `giliran backup` print it.")
    return Head(match[1], int(match[2]), bytes.fromhex(match[3]))


def first_link(branch_id: int, start: int) -> bytes:
    """The digest before the first chained event; events up to seq `start` have no chain."""
    return sha256(f"{_FORMAT}: branch {branch_id}, from event {start + 1}".encode()).digest()


def link(previous: bytes, branch_id: int, event: Event) -> Link:
    """Return the digests to store with a new event that follows the one with the digest `previous`."""
    personal = personal_data(event.type, event.data)
    if not personal:
        return Link(digest_of(previous, branch_id, event, None))
    salt = secrets.token_bytes(_SALT_BYTES)
    personal_digest = digest_of_personal_data(salt, personal)
    return Link(digest_of(previous, branch_id, event, personal_digest), personal_digest, salt)


def digest_of(previous: bytes, branch_id: int, event: Event, personal_digest: bytes | None) -> bytes:
    """The digest of an event, in which `personal_digest` replaces its personal data."""
    data = event.data
    if personal_digest is not None:
        personal = personal_data(event.type, data)
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
        None if personal_digest is None else personal_digest.hex(),
    )
    return sha256(previous + _canonical(covered).encode()).digest()


def digest_of_personal_data(salt: bytes, personal: Mapping[str, Any]) -> bytes:
    """The digest that replaces an event's personal data."""
    return sha256(salt + _canonical(personal).encode()).digest()

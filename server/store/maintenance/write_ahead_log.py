"""Inspects SQLite's write-ahead log before SQLite opens it: is its end torn, or is its middle damaged?

SQLite reads the log up to the first frame with a wrong checksum, and silently drops the rest. After a power cut that
is right: the rest is a transaction that was never acknowledged. After damage to the file (a flipped bit), the rest
are acknowledged commits. The two cases differ: a transaction is written only after the previous one has reached the
disk. Format and checksum: https://www.sqlite.org/fileformat2.html#the_write_ahead_log
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from operator import mul
from pathlib import Path
from shutil import copyfile
from typing import BinaryIO, TypeAlias

from server.domain.errors import Unavailable

HEADER, FRAME = 32, 24
"""Bytes of the log's header, and of the header of each frame."""
_MAGIC = 0x377F0682
_WORD = 0xFFFFFFFF
SECTOR = 512
"""The smallest number of bytes that a disk writes at a time."""

Sum: TypeAlias = tuple[int, int]
"""A checksum: two 32-bit words."""


@dataclass(frozen=True)
class LogState:
    """What SQLite will do with the log: it will keep `commits`, and drop `lost` commits that were on the disk.

    `torn`: after the last commit comes an incomplete transaction, as a power cut leaves it.
    """

    commits: int = 0
    lost: int = 0
    torn: bool = False


@dataclass(frozen=True)
class _Frame:
    marked: bytes
    """The two header words that the checksum covers: the page's number, and the size after a commit, otherwise 0."""
    salt: bytes
    sum: Sum
    page: bytes
    in_one_sector: bool
    """Whether mark and salt lie in one sector, so the disk wrote them together."""

    @property
    def commits(self) -> bool:
        return self.marked[4:] != b"\0\0\0\0"


def inspect(database: Path) -> LogState:
    """Return the state of the log beside this database file, which nothing else may have open.

    Raises: OSError if a file cannot be read.
    """
    log = database.with_name(f"{database.name}-wal")
    try:
        with log.open("rb") as frames, database.open("rb") as file:
            # the page size; 1 means 65,536
            page_bytes = int.from_bytes(file.read(18)[16:18], "big")
            return inspect_log(frames, 65536 if page_bytes == 1 else page_bytes)
    except FileNotFoundError:
        return LogState()


def inspect_log(log: BinaryIO, page_bytes: int) -> LogState:
    """Return the state of the log of a database with this page size, reading it once, frame by frame."""
    head = log.read(HEADER)
    if len(head) < HEADER:
        return LogState(torn=bool(head))
    order = ">" if struct.unpack(">I", head[:4])[0] & 1 else "<"
    computed = checksum(head[:24], (0, 0), order)
    stored: Sum = struct.unpack(">II", head[24:])
    if not _is_page_size(page_bytes):  # damaged in the database: the log has it too
        page_bytes = int.from_bytes(head[8:12], "big")
    if not _is_page_size(page_bytes):
        return LogState(torn=True)
    frames = _frames(log, page_bytes)
    if not _is_header(head, page_bytes) or computed != stored:
        return _of_bad_header(frames, [stored, computed])
    return _of_frames(frames, stored, head[16:24], order)


def checksum(data: bytes, start: Sum, order: str) -> Sum:
    """Return SQLite's checksum of data, continued from `start`. The data are whole pairs of words.

    SQLite's rule for each pair of words is `a += x + b; b += y + a`. It is linear, so two sums of products suffice.
    """
    words = struct.unpack(f"{order}{len(data) // 4}I", data)
    of_start, first, second = _weights(len(words))
    a = of_start[0] * start[0] + of_start[1] * start[1] + sum(map(mul, words, first))
    b = of_start[2] * start[0] + of_start[3] * start[1] + sum(map(mul, words, second))
    return a & _WORD, b & _WORD


@cache
def _weights(words: int) -> tuple[tuple[int, int, int, int], list[int], list[int]]:
    """Return the factors of the start, and of each word, in the checksum of this number of words."""
    first, second = [0] * words, [0] * words
    # from the last pair to the first: the final a and b as sums of a and b before the present pair
    aa, ab, ba, bb = 1, 0, 0, 1
    for at in range(words - 2, -1, -2):
        first[at], second[at] = (aa + ab) & _WORD, (ba + bb) & _WORD
        first[at + 1], second[at + 1] = ab, bb
        aa, ab, ba, bb = ((aa + ab) & _WORD, (aa + 2 * ab) & _WORD, (ba + bb) & _WORD, (ba + 2 * bb) & _WORD)
    return (aa, ab, ba, bb), first, second


def _is_header(log: bytes, page_bytes: int) -> bool:
    magic, version, size = (int(word) for word in struct.unpack(">III", log[:12]))
    return magic & ~1 == _MAGIC and version == 3007000 and size == page_bytes


def _is_page_size(size: int) -> bool:
    return 512 <= size <= 65536 and size.bit_count() == 1


def _frames(log: BinaryIO, page_bytes: int) -> Iterator[_Frame]:
    """Yield the complete frames from the present position on."""
    step, at = FRAME + page_bytes, HEADER
    while len(frame := log.read(step)) == step:
        head = frame[:FRAME]
        yield _Frame(head[:8], head[8:16], struct.unpack(">II", head[16:]), frame[FRAME:], _in_one_sector(at))
        at += step


def _in_one_sector(at: int) -> bool:
    return at // SECTOR == (at + 15) // SECTOR


def _of_bad_header(frames: Iterator[_Frame], starts: list[Sum]) -> LogState:
    """Return the state of a log with a bad header.

    The header reaches the disk before any frame. If the first frame continues it, the header was damaged later.
    """
    first = next(frames, None)
    if first is not None and any(_follows(first, start, order) for order in "<>" for start in starts):
        return LogState(lost=first.commits + sum(f.commits for f in frames if f.salt == first.salt))
    return LogState(torn=True)


def _of_frames(frames: Iterator[_Frame], start: Sum, salt: bytes, order: str) -> LogState:
    """Read the frames as SQLite does, and check whether the chain continues after the first wrong one."""
    commits, since_commit = 0, 0
    for frame in frames:
        if frame.salt != salt or not _follows(frame, start, order):
            # the log is overwritten from its beginning: frames of an earlier round have another salt
            lost, of_this_round = _lost(frame, frames, start, salt, order)
            return LogState(commits, lost, torn=not lost and (of_this_round or since_commit > 0))
        start = frame.sum
        since_commit = 0 if frame.commits else since_commit + 1
        commits += frame.commits
    return LogState(commits, torn=since_commit > 0)


def _lost(wrong: _Frame, rest: Iterator[_Frame], start: Sum, salt: bytes, order: str) -> tuple[int, bool]:
    """Return the commits from a wrong frame on, and whether any frame from there on has the salt of this round.

    The number is 0 if a power cut explains the state. The chain continues after a wrong frame if the next frame
    follows from its stored checksum, or from the computed one (then the stored one is wrong). A commit was on the
    disk if another transaction comes after it.
    """
    computed = checksum(wrong.marked + wrong.page, start, order)
    # a mark in a sector of an earlier round does not count; the salt alone may be wrong
    marked = wrong.commits and (computed == wrong.sum or (wrong.salt == salt and wrong.in_one_sector))
    commits = int(marked or _lost_its_mark(wrong, start, order))
    proven, of_this_round = False, wrong.salt == salt
    ends: list[Sum] = [wrong.sum, computed]
    for frame in rest:
        of_this_round = of_this_round or frame.salt == salt
        follows = frame.salt == salt and any(_follows(frame, end, order) for end in ends)
        proven = proven or (follows and commits > 0)
        commits += follows and frame.commits
        ends = [frame.sum]
    return (commits if proven else 0), of_this_round


def _follows(frame: _Frame, start: Sum, order: str) -> bool:
    return checksum(frame.marked + frame.page, start, order) == frame.sum


def _lost_its_mark(frame: _Frame, start: Sum, order: str) -> bool:
    """Return whether the frame is a commit whose mark, a single bit, was cleared."""
    page, size = struct.unpack(">II", frame.marked)
    return not size and any(
        checksum(struct.pack(">II", page, 1 << bit) + frame.page, start, order) == frame.sum for bit in range(32)
    )


def refuse_damaged(database: Path) -> LogState:
    """Return the state of the log. Nothing else may have the database open.

    Raises: Unavailable if acknowledged commits would be lost, or the log cannot be read.
    """
    try:
        state = inspect(database)
    except OSError as error:
        raise Unavailable(f"The write-ahead log of {database} cannot be read: {error.strerror}.") from None
    if state.lost:
        data = database.parent
        raise Unavailable(
            f"The write-ahead log of {database} is damaged: {state.lost} saved commits cannot be read, {state.commits} "
            "before them can. Nothing was changed, and the server does not start, since it would issue the numbers of "
            f"the lost commits again. Copy {data} to another disk first. Then restore the last backup (giliran restore "
            f"FILE --replace --data {data}), or continue without the lost commits (giliran recover --data {data}). "
            "Have the disk and the memory of this machine checked."
        )
    return state


def copy_aside(database: Path, name: str) -> Path:
    """Copy the database and its log into a new directory `name` beside them; return the directory.

    Raises: Unavailable if the files cannot be copied.
    """
    aside = database.parent / name
    try:
        aside.mkdir(mode=0o700)
        for file in (database, database.with_name(f"{database.name}-wal")):
            copy = aside / file.name
            copy.touch(mode=0o600)
            copyfile(file, copy)
    except OSError as error:
        raise Unavailable(f"The files could not be copied to {aside}: {error.strerror}. Nothing was changed.") from None
    return aside

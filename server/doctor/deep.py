"""The deep look: every row that follows from the event log made again from it, and the log held against its digests."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from server.doctor.findings import Finding, Level, ok
from server.domain.history.event_chain import Head
from server.store.engines.store import Db
from server.store.maintenance import deep_checkup
from server.store.maintenance.deep_checkup import CheckResult

KEEP_ELSEWHERE = "Keep it outside this machine: giliran doctor --deep --head"
_COPY = (
    "Stop the server, copy the whole data away before anything else is done, and compare with the last backup. "
    "docs/operations.md says what to decide. Have the disk and the memory of this machine checked."
)


def heads(db: Db) -> list[Finding]:
    """The head of each branch's log, to be kept elsewhere."""
    return [ok("head", f"{head}  ({KEEP_ELSEWHERE} {head.branch}:… compares)") for head in deep_checkup.heads(db)]


def check(db: Db, kept: Sequence[Head], progress: Callable[[str], None]) -> list[Finding]:
    """Every difference between the log and what follows from it."""
    return findings(deep_checkup.examine(db, kept, progress), kept)


def findings(checked: CheckResult, kept: Sequence[Head] = ()) -> list[Finding]:
    """The findings of a deep look."""
    found = []
    for n, one in enumerate(checked.differences):
        about = "deep" if one.branch is None else f"{one.branch}: deep"
        found.append(Finding(Level.PROBLEM, about, f"{one.where}: {one.what}", _COPY if n == 0 else None))
    if checked.unlisted:
        found.append(Finding(Level.PROBLEM, "deep", f"There are {checked.unlisted:,} more such differences."))
    if found:
        return found
    old = checked.events - checked.chained
    without = f" ({old:,} of earlier releases have none)" if old else ""
    against = f" The log up to the {len(kept)} heads that were kept is as it was then." if kept else ""
    return [
        ok(
            "deep",
            f"{checked.chained:,} events fit their digests{without}, and make all {checked.tickets:,} tickets, their "
            f"legs, papers, counters and number series as they are.{against}",
        )
    ]

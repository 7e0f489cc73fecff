"""The deep check: rows are rebuilt from the event log and compared, and the log is checked against its digests."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from server.doctor.findings import Finding, Level, ok
from server.domain.history.event_chain import Head
from server.store.engines.store import Db
from server.store.maintenance import deep_checkup
from server.store.maintenance.deep_checkup import CheckResult

KEEP_ELSEWHERE = "Keep it outside this machine: giliran doctor --deep --head"
_COPY = (
    "Stop the server, first copy all the data away, and compare them with the last backup. "
    "docs/operations.md explains the choices. Have the disk and the memory of this machine checked."
)


def heads(db: Db) -> list[Finding]:
    """Return a finding with the head of each branch's log, to be kept elsewhere."""
    return [ok("head", f"{head}  ({KEEP_ELSEWHERE} {head.branch}:… compares)") for head in deep_checkup.heads(db)]


def check(db: Db, recorded: Sequence[Head], progress: Callable[[str], None]) -> list[Finding]:
    """Return a finding for every difference between the log and the data that follow from it."""
    return findings(deep_checkup.examine(db, recorded, progress), recorded)


def findings(result: CheckResult, recorded: Sequence[Head] = ()) -> list[Finding]:
    """Return the findings for the result of a deep check."""
    problems = []
    for n, difference in enumerate(result.differences):
        about = "deep" if difference.branch is None else f"{difference.branch}: deep"
        advice = _COPY if n == 0 else None
        problems.append(Finding(Level.PROBLEM, about, f"{difference.where}: {difference.what}", advice))
    if result.unlisted:
        problems.append(Finding(Level.PROBLEM, "deep", f"There are {result.unlisted:,} more such differences."))
    if problems:
        return problems
    old = result.events - result.chained
    without_digest = f" ({old:,} of earlier releases have none)" if old else ""
    head_text = f" The log up to the {len(recorded)} recorded heads is unchanged." if recorded else ""
    return [
        ok(
            "deep",
            f"{result.chained:,} events match their digests{without_digest}, and all {result.tickets:,} tickets, their "
            f"legs, papers, counters and number series match the log.{head_text}",
        )
    ]

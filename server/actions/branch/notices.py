"""The notice on the wall displays: set on the supervisor's page, or declared by a file, and which of the two holds.

A file declares the notice, and people change it on the page meanwhile. So that a file which nobody has edited does not
put an old notice back, and one that was edited does not drop a newer one silently:

- what a file says holds at once where the last one was a file's, too;
- where somebody has set another one on the page since, it stays while the file says one that was shown before it;
- where the file says a new one as well, `apply` asks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum, auto
from typing import Any

from server.domain.branch import Branch, Names
from server.domain.calendar.opening import local
from server.domain.history.events import EventType
from server.domain.people.principal import Principal
from server.store.engines.store import Db
from server.store.engines.transaction import Transaction
from server.store.tables import access, branches


class Claim(Enum):
    """What becomes of the notice that a file declares."""

    HOLDS = auto()
    STAYS = auto()
    """The one set on the page stays: the file says what was shown before it."""
    ASKS = auto()
    """Both are new: somebody has to decide."""


@dataclass(frozen=True)
class NoticeClaim:
    """What becomes of a declared notice, and who set the present one on the page, and when, where somebody did."""

    claim: Claim
    by: str = ""
    at: datetime | None = None


def set_notice(tx: Transaction, slug: str, by: Principal, notice: Names | None) -> None:
    """Set what the wall displays of the branch show as a notice; None takes it down."""
    branch = tx.enter(slug)
    before = branch.notice
    branches.set_notice(tx.db, branch.id, notice)
    tx.record(branch, EventType.NOTICE_CHANGED, data={"notice": notice})
    access.write_audit(tx.db, tx.now, by.name or by.id, "notice", branch.id, {"before": before, "after": notice})


def own_notice(branch: Branch) -> Names | None:
    """The branch's notice in the languages that the branch speaks; None for none."""
    return {k: v for k, v in (branch.notice or {}).items() if k in branch.languages} or None


def settled(db: Db, known: Branch, wanted: Branch, *, declares: bool) -> Branch:
    """The branch as wanted, with the notice that holds. `declares`: whether a file says one."""
    if declares and standing(db, known, wanted).claim is not Claim.STAYS:
        return wanted
    return replace(wanted, notice=own_notice(replace(known, languages=wanted.languages)))


def standing(db: Db, known: Branch, wanted: Branch) -> NoticeClaim:
    """What becomes of the notice of `wanted`, which a file declares."""
    if wanted.notice == known.notice:
        return NoticeClaim(Claim.HOLDS)
    last, shown = None, []
    for line in access.audited_actions(db, known.id, ("notice", "apply")):
        if line.action == "notice":
            last = last or line
            shown.append(line.data.get("before"))
        elif _by_file(line.data):
            break
    if last is None:
        return NoticeClaim(Claim.HOLDS)
    return NoticeClaim(Claim.STAYS if wanted.notice in shown else Claim.ASKS, last.actor, last.at)


def _by_file(applied: Mapping[str, Any]) -> bool:
    """Whether a file has set the notice, by what the audit says of that `apply`."""
    said = applied.get("notice")
    if said is None:  # releases up to 0.1 said that it changed, and not to what
        return any(line.endswith(": notice changed") for line in applied.get("changes", ()))
    return bool(said["from_file"])


def asked(db: Db, known: Branch, wanted: Branch) -> list[str]:
    """What a file's new notice would take away that somebody has set on the page, as sentences."""
    found = standing(db, known, wanted)
    if found.claim is not Claim.ASKS:
        return []
    did = "set" if known.notice else "taken down"
    return [f"the notice was {did} on the page {_when(known, found)}; the file's would take its place."]


def remarks(db: Db, known: Branch, wanted: Branch) -> list[str]:
    """What of a file's notice does not hold, and why, as sentences."""
    found = standing(db, known, wanted)
    if found.claim is not Claim.STAYS:
        return []
    did = "was set" if known.notice else "was taken down"
    why = f"the notice stays as it {did} on the page {_when(known, found)}, and the file has an earlier one."
    return [f"{why} To show another, write it into the file, or set it on the page."]


def _when(branch: Branch, found: NoticeClaim) -> str:
    return f"by {found.by} at {local(branch, found.at)}" if found.at else f"by {found.by}"

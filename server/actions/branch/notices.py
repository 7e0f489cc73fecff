"""The notice on the wall displays: set on the supervisor's page or declared by a file, and which of them applies.

A file declares the notice, and people change it on the page. An unedited file must not restore an old notice, and an
edited one must not silently replace a newer notice:

- the file's notice applies if the last change came from a file too;
- if somebody has set another notice on the page since, that one stays while the file declares an earlier one;
- if the file declares a new one too, `apply` asks for confirmation.
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


class Precedence(Enum):
    """Which notice applies."""

    FILE = auto()
    PAGE = auto()
    """The file declares a notice that was shown before the one set on the page."""
    CONFLICT = auto()
    """Both are new: a person must decide."""


@dataclass(frozen=True)
class NoticePrecedence:
    """Which notice applies, and who set the current one on the page, and when."""

    precedence: Precedence
    actor: str = ""
    at: datetime | None = None


def set_notice(tx: Transaction, slug: str, principal: Principal, notice: Names | None) -> None:
    """Set the notice on the branch's wall displays; None removes it."""
    branch = tx.enter(slug)
    before = branch.notice
    branches.set_notice(tx.db, branch.id, notice)
    tx.record(branch, EventType.NOTICE_CHANGED, data={"notice": notice})
    access.write_audit(
        tx.db, tx.now, principal.name or principal.id, "notice", branch.id, {"before": before, "after": notice}
    )


def own_notice(branch: Branch) -> Names | None:
    """The branch's notice in the languages of the branch; None if there is none."""
    return {k: v for k, v in (branch.notice or {}).items() if k in branch.languages} or None


def with_effective_notice(db: Db, current: Branch, target: Branch, *, declares: bool) -> Branch:
    """Return the target branch with the notice that applies. `declares`: whether the file declares a notice."""
    if declares and precedence_of(db, current, target).precedence is not Precedence.PAGE:
        return target
    return replace(target, notice=own_notice(replace(current, languages=target.languages)))


def precedence_of(db: Db, current: Branch, target: Branch) -> NoticePrecedence:
    """Decide which notice applies: the file's (`target`) or the current one."""
    if target.notice == current.notice:
        return NoticePrecedence(Precedence.FILE)
    last, shown = None, []
    for line in access.audit_lines_of_actions(db, current.id, ("notice", "apply")):
        if line.action == "notice":
            last = last or line
            shown.append(line.data.get("before"))
        elif _by_file(line.data):
            break
    if last is None:
        return NoticePrecedence(Precedence.FILE)
    return NoticePrecedence(Precedence.PAGE if target.notice in shown else Precedence.CONFLICT, last.actor, last.at)


def _by_file(applied: Mapping[str, Any]) -> bool:
    """Whether a file set the notice, according to the audit entry of that `apply`."""
    change = applied.get("notice")
    if change is None:  # releases up to 0.1 did not record the new notice
        return any(line.endswith(": notice changed") for line in applied.get("changes", ()))
    return bool(change["from_file"])


def conflicts(db: Db, current: Branch, target: Branch) -> list[str]:
    """Describe a notice set on the page that the file's new notice would replace."""
    decision = precedence_of(db, current, target)
    if decision.precedence is not Precedence.CONFLICT:
        return []
    change_text = "set" if current.notice else "taken down"
    return [f"the notice was {change_text} on the page {_when(current, decision)}; the file's would take its place."]


def remarks(db: Db, current: Branch, target: Branch) -> list[str]:
    """Describe a declared notice without effect, and the reason."""
    decision = precedence_of(db, current, target)
    if decision.precedence is not Precedence.PAGE:
        return []
    change_text = "was set" if current.notice else "was taken down"
    sentence = (
        f"the notice stays as it {change_text} on the page {_when(current, decision)}, and the file has an earlier one."
    )
    return [f"{sentence} To show another, write it into the file, or set it on the page."]


def _when(branch: Branch, decision: NoticePrecedence) -> str:
    return f"by {decision.actor} at {local(branch, decision.at)}" if decision.at else f"by {decision.actor}"

"""Whether the names of a branch can be printed: fonts for their letters, and words between which lines may break."""

from __future__ import annotations

from collections.abc import Iterator

from printer.lettering.coverage import missing, unspaced
from server.doctor.findings import Finding, warning
from server.domain.branch import Branch


def letters(branch: Branch) -> list[Finding]:
    """What the fonts of this machine lack for the names of the branch, and names that a line may break in a word.

    Printers elsewhere are drawn for by their own agents, which say the same of their machines.
    """
    about = f"{branch.slug}: letters"
    names = list(_names(branch))
    found = [
        warning(
            about,
            f"No font of this machine draws {one.letters} ({one.script}): tickets that are drawn here show Latin "
            "letters instead, and no pictures.",
            f"Here, and on each terminal with a printer: {one.advice}",
        )
        for one in missing(names)
    ]
    return found + [
        warning(
            about,
            f"{name} has no spaces: a ticket may break it in the middle of a word.",
            "Put a zero width space (U+200B) between its words, and apply the file again.",
        )
        for name in unspaced(names)
    ]


def _names(branch: Branch) -> Iterator[str]:
    """All that stands on tickets and is declared."""
    yield from branch.name.values()
    for service in branch.active_services:
        yield from service.name.values()
    for priority in branch.priority_classes:
        if not priority.retired:
            yield from priority.name.values()

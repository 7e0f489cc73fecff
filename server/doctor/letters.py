"""Checks that the names of a branch can be printed: fonts for their letters, and places for line breaks."""

from __future__ import annotations

from collections.abc import Iterator

from printer.lettering.coverage import missing, unspaced
from server.doctor.findings import Finding, warning
from server.domain.branch import Branch


def letters(branch: Branch) -> list[Finding]:
    """Return findings about letters without a font on this machine, and names without places for line breaks.

    Print agents on other machines draw their own tickets, and report the fonts that their machines lack.
    """
    about = f"{branch.slug}: letters"
    names = list(_names(branch))
    findings = [
        warning(
            about,
            f"No font of this machine draws {gap.letters} ({gap.script}): tickets that are drawn here show Latin "
            "letters instead, and leave out pictures.",
            f"Here, and on each terminal with a printer: {gap.advice}",
        )
        for gap in missing(names)
    ]
    return findings + [
        warning(
            about,
            f"{name} has no spaces: a line on the ticket may break in the middle of a word.",
            "Put a zero width space (U+200B) between its words, and apply the file again.",
        )
        for name in unspaced(names)
    ]


def _names(branch: Branch) -> Iterator[str]:
    """Yield all declared names that tickets show."""
    yield from branch.name.values()
    for service in branch.active_services:
        yield from service.name.values()
    for priority in branch.priority_classes:
        if not priority.retired:
            yield from priority.name.values()

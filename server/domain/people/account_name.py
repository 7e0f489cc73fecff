"""Account names: people write them in capitals or not, and with a blank more or less."""

from __future__ import annotations

from unicodedata import normalize


def folded(name: str) -> str:
    """The name by which an account is found: without regard to case, width and blanks.

    Unicode's NFKC and full case folding (Unicode Standard, 3.13). The store keeps it: a change here needs a
    migration.
    """
    return " ".join(normalize("NFKC", normalize("NFKC", name).casefold()).split())


def tidied(name: str) -> str:
    """The name as a new account keeps it: as it was written, with single blanks between its words."""
    return " ".join(name.split())

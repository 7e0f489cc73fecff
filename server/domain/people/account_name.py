"""Account names, compared without regard to case and extra blanks."""

from __future__ import annotations

from unicodedata import normalize


def account_key(name: str) -> str:
    """Return the key of an account name, without regard to case, width and blanks.

    Unicode NFKC and full case folding (Unicode Standard, 3.13). The store keeps the key: a change needs a migration.
    """
    return " ".join(normalize("NFKC", normalize("NFKC", name).casefold()).split())


def display_name(name: str) -> str:
    """Return the display name of a new account: as written, with single blanks between words."""
    return " ".join(name.split())

"""The branches that the journeys visit, declared beside the test that needs each.

A test module calls `a_branch` when it is imported; the house applies all of them, in one file, when it opens.
Every branch lies in a time zone where it is about midday now, so that no test meets the end of a business day.
"""

from datetime import UTC, datetime
from typing import Any

DECLARED: dict[str, dict[str, Any]] = {}


_AHEAD = 12 - datetime.now(UTC).hour
MIDDAY_ZONE = f"Etc/GMT{-_AHEAD:+d}" if _AHEAD else "Etc/GMT"
"""A time zone in which it is between noon and one o'clock when the tests begin."""


def named(word: str) -> dict[str, str]:
    """A name in both languages."""
    return {"en": word, "id": f"{word} (id)"}


def a_service(code: str = "A", **settings: Any) -> dict[str, Any]:
    """A service as the `apply` file writes it."""
    return {"code": code, "name": named(f"Service {code}"), "first_number": 1, "last_number": 999} | settings


def a_counter(number: int = 1, services: str = "A", **settings: Any) -> dict[str, Any]:
    """A counter as the `apply` file writes it; `services` are code letters."""
    return {"number": number, "name": named(f"Counter {number}"), "services": list(services)} | settings


def a_document(
    slug: str,
    *,
    services: list[dict[str, Any]] | None = None,
    counters: list[dict[str, Any]] | None = None,
    **settings: Any,
) -> dict[str, Any]:
    """One YAML document of an `apply` file: the branch, one service A and one counter unless others are given."""
    branch = {
        "slug": slug,
        "name": named(slug.replace("-", " ").title()),
        "timezone": MIDDAY_ZONE,
        "languages": ["id", "en"],
        "start": "explicit",
        "priority_classes": [{"code": "senior", "name": {"en": "Senior", "id": "Lansia"}, "head_start_minutes": 20}],
    }
    return {
        "branch": branch | settings,
        "services": services or [a_service()],
        "counters": counters or [a_counter()],
        "kiosks": [{"name": "Lobby", "printer": "front"}],
        "printers": [{"name": "front", "paper": 80}],
        "displays": [{"name": "Hall"}],
        "staff": [{"name": f"rani-{slug}", "role": "agent"}],
    }


def a_branch(
    slug: str,
    *,
    services: list[dict[str, Any]] | None = None,
    counters: list[dict[str, Any]] | None = None,
    **settings: Any,
) -> str:
    """Declare a branch of the house, and give its slug."""
    DECLARED[slug] = a_document(slug, services=services, counters=counters, **settings)
    return slug

"""The catalogues: every text shown to people, one JSON file a language.

`en.json` and `id.json` hold `{section: {key: "text with {placeholders}"}}`. The browser pages bundle the
sections they need from the same files, so a sentence has one home for paper, screen, speech and error.
"""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cache
from importlib.resources import files
from math import ceil, floor
from typing import Any

LANGUAGES = ("id", "en")
"""The languages of the product, the fallback last."""

_MONTHS = {
    "id": "Januari Februari Maret April Mei Juni Juli Agustus September Oktober November Desember",
    "en": "January February March April May June July August September October November December",
}


@cache
def catalogue(language: str) -> dict[str, dict[str, str]]:
    """The whole catalogue of `language`; an unknown language gets English."""
    name = language if language in LANGUAGES else "en"
    loaded: dict[str, dict[str, str]] = json.loads(files(__name__).joinpath(f"{name}.json").read_text(encoding="utf-8"))
    return loaded


def say(language: str, key: str, **values: Any) -> str:
    """The text `section.key` in `language`; `n=` picks the plural form (`_one`, `_other`).

    Raises KeyError for a key that no catalogue has: a missing text is a defect, not a blank.
    """
    section, _, name = key.partition(".")
    entries = catalogue(language)[section]
    if name not in entries and "n" in values:
        name += "_one" if values["n"] == 1 else "_other"
    return entries[name].format(**values)


def pick(names: dict[str, str], language: str) -> str:
    """The name in `language`, else in English, else in the first language given."""
    return names.get(language) or names.get("en") or next(iter(names.values()), "")


def counter_names(names: Mapping[str, str], number: int, languages: Iterable[str]) -> dict[str, str]:
    """The names of a counter, with those of `languages` that are missing where it has a plain one ("Loket 2").

    So no sentence of one language sends anybody to a counter in the other. A name of its own ("Kasir") stays as it
    stands on the sign.
    """
    missing = [language for language in languages if language not in names and language in LANGUAGES]
    plain = {language: say(language, "setup.counter_n", number=number) for language in LANGUAGES} if missing else {}
    if not any(names.get(language) == text for language, text in plain.items()):
        return dict(names)
    return {**names, **{language: plain[language] for language in missing}}


def date_and_time(language: str, local: datetime) -> str:
    """A moment as people write it: "21 November 2026 08.12" (id), "21 November 2026 08:12" (en)."""
    months = _MONTHS.get(language, _MONTHS["en"]).split()
    mark = "." if language == "id" else ":"
    return f"{local.day} {months[local.month - 1]} {local.year} {local.hour:02}{mark}{local.minute:02}"


def wait(language: str, low: float, high: float) -> str:
    """An honest wait of `low` to `high` seconds in words, exactly as the screens say it.

    The low end goes down and the high end up, in steps that grow with the wait, so that the words never promise more
    than the estimate does.
    """
    step = 1 if high <= 15 * 60 else 5 if high <= 60 * 60 else 10
    least, most = floor(low / 60 / step) * step, max(1, ceil(high / 60 / step)) * step
    if most <= 3:
        return say(language, "common.wait_short")
    if least == 0:
        return say(language, "common.wait_up_to", high=most)
    if most > 120:
        halves = (floor(least / 30) / 2, ceil(most / 30) / 2)
        least_hours, most_hours = (f"{h:g}".replace(".", "," if language == "id" else ".") for h in halves)
        return say(language, "common.wait_long", low=least_hours, high=most_hours)
    if least == most:
        return say(language, "common.wait_exact", n=least)
    return say(language, "common.wait_range", low=least, high=most)

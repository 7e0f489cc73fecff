"""Every text exists in both languages, with the same blanks to fill."""

from __future__ import annotations

import json
import string
from pathlib import Path

import pytest

TEXTS = Path(__file__).resolve().parents[2] / "server" / "texts"
SECTIONS = {
    "common", "errors", "home", "device", "kiosk", "ticket", "display", "console", "counter",
    "supervisor", "setup", "print", "speech", "printer",
}  # fmt: skip


def catalogue(language: str) -> dict[tuple[str, str], str]:
    """The texts of one language by (section, key); a key given twice is refused."""
    sections = json.loads((TEXTS / f"{language}.json").read_text(encoding="utf-8"), object_pairs_hook=no_key_twice)
    return {(section, key): text for section, texts in sections.items() for key, text in texts.items()}


def no_key_twice(pairs: list[tuple[str, object]]) -> dict[str, object]:
    keys = [key for key, _ in pairs]
    assert len(keys) == len(set(keys)), f"given twice: {keys}"
    return dict(pairs)


def blanks(text: str) -> set[str]:
    """The names of the placeholders of a text."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def test_every_text_exists_in_both_languages() -> None:
    assert catalogue("en").keys() == catalogue("id").keys()


def test_a_text_has_the_same_placeholders_in_both_languages() -> None:
    english, indonesian = catalogue("en"), catalogue("id")
    differing = {
        place: (blanks(english[place]), blanks(indonesian[place]))
        for place in english.keys() & indonesian.keys()
        if blanks(english[place]) != blanks(indonesian[place])
    }
    assert differing == {}


@pytest.mark.parametrize("language", ["en", "id"])
def test_no_text_is_blank_or_has_stray_space(language: str) -> None:
    careless = {place: text for place, text in catalogue(language).items() if text != text.strip()}
    assert careless == {}
    assert "" not in catalogue(language).values()


@pytest.mark.parametrize("language", ["en", "id"])
def test_a_text_that_counts_has_a_form_for_one_and_for_many(language: str) -> None:
    places = catalogue(language).keys()
    ones = {(section, key[:-4]) for section, key in places if key.endswith("_one")}
    others = {(section, key[:-6]) for section, key in places if key.endswith("_other")}
    assert ones == others


@pytest.mark.parametrize("language", ["en", "id"])
def test_a_device_without_a_token_names_the_buttons_as_the_supervisor_page_does(language: str) -> None:
    texts = catalogue(language)
    way = texts["device", "add"]
    assert texts["supervisor", "part_hall"] in way
    assert texts["supervisor", "token_new"] in way


@pytest.mark.parametrize("language", ["en", "id"])
def test_texts_live_in_the_sections_that_were_agreed(language: str) -> None:
    assert {section for section, _ in catalogue(language)} <= SECTIONS

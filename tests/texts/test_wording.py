"""Words that were read from end to end, and found wanting, do not come back."""

from __future__ import annotations

import re

import pytest

from tests.texts.test_catalogues import catalogue

NEVER = {
    "id": [r"\bLangsung\b", r"belum jelas", r"Anda sebagai admin", r"waktu lagi", r"\bp50\b", r"\bp90\b"],
    "en": [r"\bp50\b", r"\bp90\b", r"in doubt", r"A certain number", r"\bdeeds?\b"],
}
NOW = {
    ("common", "live"): "Terhubung",
    ("display", "go_to"): "Menuju loket",
    ("console", "doubts_title"): "Cetakan belum pasti",
    ("kiosk", "more_time"): "Saya butuh waktu lebih",
    ("setup", "you"): "Akun admin Anda",
}


@pytest.mark.parametrize("language", NEVER)
def test_a_word_that_was_taken_out_stays_out(language: str) -> None:
    found = {
        place: text
        for place, text in catalogue(language).items()
        if any(re.search(pattern, text) for pattern in NEVER[language])
    }
    assert found == {}


def test_indonesian_says_it_as_people_do() -> None:
    indonesian = catalogue("id")
    assert {place: indonesian[place] for place in NOW} == NOW
    assert "didahulukan {n} menit" in indonesian["kiosk", "class_text_other"]
    assert "gratis, tanpa calo" in indonesian["kiosk", "choose_service_hint"]
    assert catalogue("en")["console", "action_call"] == "Call a number"

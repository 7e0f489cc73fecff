"""Suggestions for mistyped names of time zones."""

from __future__ import annotations

import pytest

from server.domain.calendar import time_zones

SUGGESTED = {
    "WIB": ["Asia/Jakarta", "Asia/Pontianak"],
    "wita": ["Asia/Makassar"],
    "WIT": ["Asia/Jayapura"],
    "asia/jakarta": ["Asia/Jakarta"],
    "Jakarta": ["Asia/Jakarta"],
    "Surabaya": ["Asia/Jakarta"],
    "Asia/Surabaya": ["Asia/Jakarta"],
    "Asia/Jakata": ["Asia/Jakarta"],
    "Kuala Lumpur": ["Asia/Kuala_Lumpur"],
    "GMT+7": ["Asia/Jakarta"],
    "UTC+07:00": ["Asia/Jakarta"],
    "+9": ["Asia/Jayapura", "Asia/Tokyo"],
    "JST": ["Asia/Tokyo"],
}


@pytest.mark.parametrize(("written", "suggested"), SUGGESTED.items())
def test_likely_zones_are_suggested(written: str, suggested: list[str]) -> None:
    zones = time_zones.suggestions(written)
    assert zones[: len(suggested)] == suggested
    assert len(zones) <= 3
    assert all(map(time_zones.is_known, zones))
    assert not time_zones.is_known(written)
    assert suggested[0] in time_zones.unknown_zone_message(written)


@pytest.mark.parametrize(
    "written", ["", "Nowhere at all", "../../etc/passwd", "\x00", "Asia", "x" * 10_000, "+", "GMT+99"]
)
def test_an_unrecognisable_zone_is_refused_with_an_example(written: str) -> None:
    assert not time_zones.is_known(written)
    assert len(time_zones.unknown_zone_message(written)) < 200
    assert "is no time zone" in time_zones.unknown_zone_message(written)


@pytest.mark.parametrize("written", ["localtime", "posixrules", "Factory", "right/Asia/Jakarta", "posix/Asia/Jakarta"])
def test_a_zone_that_depends_on_the_machine_is_refused(written: str) -> None:
    assert not time_zones.is_known(written)

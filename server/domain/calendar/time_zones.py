"""Names of time zones: validation, and suggestions for unknown names."""

from __future__ import annotations

from difflib import get_close_matches
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

EXAMPLE = "Asia/Jakarta"
_MACHINE_ZONES = ("localtime", "posixrules", "Factory")
"""Files of the zone database whose meaning depends on the machine."""
_MAX_SUGGESTIONS = 3

# People write abbreviations, which the IANA zone database does not have, or cities that share the zone of another city.
_ALIASES: dict[str, tuple[str, ...]] = {
    "WIB": ("Asia/Jakarta", "Asia/Pontianak"),
    "WITA": ("Asia/Makassar",),
    "WIT": ("Asia/Jayapura",),
    "MYT": ("Asia/Kuala_Lumpur",),
    "SGT": ("Asia/Singapore",),
    "PHT": ("Asia/Manila",),
    "PST": ("America/Los_Angeles", "Asia/Manila"),
    "ICT": ("Asia/Bangkok", "Asia/Ho_Chi_Minh"),
    "TLT": ("Asia/Dili",),
    "HKT": ("Asia/Hong_Kong",),
    "CST": ("Asia/Shanghai", "America/Chicago"),
    "JST": ("Asia/Tokyo",),
    "KST": ("Asia/Seoul",),
    "IST": ("Asia/Kolkata", "Europe/Dublin"),
    "PKT": ("Asia/Karachi",),
    "GST": ("Asia/Dubai",),
    "AST": ("Asia/Riyadh", "America/Halifax"),
    "AWST": ("Australia/Perth",),
    "ACST": ("Australia/Darwin",),
    "AEST": ("Australia/Sydney", "Australia/Brisbane"),
    "BST": ("Europe/London",),
    "CEST": ("Europe/Berlin",),
    "EEST": ("Europe/Helsinki",),
    "EDT": ("America/New_York",),
    "PDT": ("America/Los_Angeles",),
    "INDONESIA": ("Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura"),
} | {
    city: (zone,)
    for zone, cities in {
        "Asia/Jakarta": "BANDUNG SURABAYA SEMARANG YOGYAKARTA MEDAN PALEMBANG PADANG PEKANBARU BATAM JAVA SUMATRA",
        "Asia/Makassar": "DENPASAR BALI LOMBOK MATARAM KUPANG MANADO BALIKPAPAN BANJARMASIN SAMARINDA SULAWESI",
        "Asia/Jayapura": "AMBON SORONG MANOKWARI MERAUKE TERNATE PAPUA MALUKU",
    }.items()
    for city in cities.split()
}
_BY_HOURS = {7: ("Asia/Jakarta",), 8: ("Asia/Makassar", "Asia/Singapore"), 9: ("Asia/Jayapura", "Asia/Tokyo")}
"""Hours ahead of UTC → zones, for names written as an offset."""


def is_known(name: str) -> bool:
    """Whether the zone database has this name as the zone of a place."""
    if name in _MACHINE_ZONES or name.startswith(("posix/", "right/")):
        return False
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def suggestions(name: str) -> list[str]:
    """Suggest zones for an unknown name, likeliest first; at most three, possibly none."""
    plain = name.strip().replace(" ", "_")
    word = plain.rpartition("/")[2].upper()
    if word in _ALIASES:
        return list(_ALIASES[word])
    by_name, by_city = _index()
    if plain.upper() in by_name:
        return [by_name[plain.upper()]]
    hours = word.removeprefix("UTC").removeprefix("GMT").removesuffix(":00").lstrip("+")
    if hours.isascii() and hours.isdigit() and len(hours) <= 2 and int(hours) in _BY_HOURS:
        return list(_BY_HOURS[int(hours)])
    if word in by_city:
        return by_city[word][:_MAX_SUGGESTIONS]
    close = get_close_matches(plain.upper()[:64], by_name, _MAX_SUGGESTIONS, 0.75)
    if close:
        return [by_name[name] for name in close]
    return [zone for city in get_close_matches(word[:64], by_city, 2, 0.75) for zone in by_city[city]][
        :_MAX_SUGGESTIONS
    ]


def unknown_zone_message(name: str) -> str:
    """The message for an unknown name, with suggestions."""
    zones = suggestions(name)
    advice = f"; perhaps you mean {' or '.join(zones)}" if zones else f"; write one like {EXAMPLE}"
    return f"{name[:64]!r} is no time zone{advice}"


@cache
def _index() -> tuple[dict[str, str], dict[str, list[str]]]:
    """(NAME → name, CITY → names) of all zones, in capitals."""
    names = sorted(available_timezones() - set(_MACHINE_ZONES))
    cities: dict[str, list[str]] = {}
    for name in names:
        if "/" in name and not name.startswith("Etc/"):  # the sign of Etc/GMT+7 is reversed: it is west of Greenwich
            cities.setdefault(name.rpartition("/")[2].upper(), []).append(name)
    return {name.upper(): name for name in names}, cities

"""Names of time zones: which are known, and which are probably meant by one that is not."""

from __future__ import annotations

from difflib import get_close_matches
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

EXAMPLE = "Asia/Jakarta"
_OF_THE_MACHINE = ("localtime", "posixrules", "Factory")
"""Files of the zone database that are no zone of a place: what they mean depends on the machine."""
_MOST = 3

# People write abbreviations, which the zone database (IANA) does not have, or cities that share another one's zone.
_MEANT: dict[str, tuple[str, ...]] = {
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
"""Hours ahead of UTC → zones, for those who write one as an offset."""


def is_known(name: str) -> bool:
    """Whether the zone database has this name, as a zone of its own and not of one machine."""
    if name in _OF_THE_MACHINE or name.startswith(("posix/", "right/")):
        return False
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def nearest(name: str) -> list[str]:
    """The zones that are probably meant by a name that is none, likeliest first; at most three, perhaps none."""
    plain = name.strip().replace(" ", "_")
    word = plain.rpartition("/")[2].upper()
    if word in _MEANT:
        return list(_MEANT[word])
    by_name, by_city = _index()
    if plain.upper() in by_name:
        return [by_name[plain.upper()]]
    hours = word.removeprefix("UTC").removeprefix("GMT").removesuffix(":00").lstrip("+")
    if hours.isascii() and hours.isdigit() and len(hours) <= 2 and int(hours) in _BY_HOURS:
        return list(_BY_HOURS[int(hours)])
    if word in by_city:
        return by_city[word][:_MOST]
    close = get_close_matches(plain.upper()[:64], by_name, _MOST, 0.75)
    if close:
        return [by_name[one] for one in close]
    return [zone for city in get_close_matches(word[:64], by_city, 2, 0.75) for zone in by_city[city]][:_MOST]


def refusal(name: str) -> str:
    """Why a name is refused, and what to write."""
    found = nearest(name)
    perhaps = f"; perhaps {' or '.join(found)} is meant" if found else f"; write one like {EXAMPLE}"
    return f"{name[:64]!r} is no time zone{perhaps}"


@cache
def _index() -> tuple[dict[str, str], dict[str, list[str]]]:
    """(NAME → name, CITY → names) of all zones, in capitals."""
    names = sorted(available_timezones() - set(_OF_THE_MACHINE))
    cities: dict[str, list[str]] = {}
    for name in names:
        if "/" in name and not name.startswith("Etc/"):  # Etc/GMT+7 lies west of Greenwich: hardly anybody means that
            cities.setdefault(name.rpartition("/")[2].upper(), []).append(name)
    return {name.upper(): name for name in names}, cities

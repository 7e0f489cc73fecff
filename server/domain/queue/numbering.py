"""Ticket numbers: the code letter and a number from the service's range, padded to the width of the last one.

Programs name a number exactly. People leave out zeros, the letter or the capital, and put blanks and dashes in:
`spellings` says which numbers they may mean.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable
from math import floor

from server.domain.branch import Service
from server.domain.errors import AmbiguousNumber, NumbersExhausted, NumbersHeld, QuotaReached
from server.domain.ticket import State

_WIDEST = 5
"""Digits of the highest `last_number` that a service may declare."""
_TYPED = re.compile(r"([A-Z]{0,2})([0-9]{1,9})", re.ASCII)


def next_ordinal(
    service: Service, last: int | None, *, left_out: int = 0, still_open: Collection[str] = frozenset()
) -> int:
    """The ordinal after `last` of this business day (None: none yet).

    `still_open` are the numbers of open tickets from other days: they are left out, since two open tickets never share
    a number. `left_out` is how many ordinals up to `last` were left out so. Raises QuotaReached or NumbersExhausted,
    quota first since it is the branch's own decision.
    """
    if remaining(service, last, left_out) == 0:
        raise QuotaReached(f"Service {service.code} has given out its {service.daily_quota} numbers for today.")
    first = service.first_number if last is None else last + 1
    for ordinal in range(first, service.last_number + 1):
        if ticket_number(service, ordinal) not in still_open:
            return ordinal
    until = ticket_number(service, service.last_number)
    if first <= service.last_number:
        raise NumbersHeld(
            f"Service {service.code} has no number free up to {until}: customers of another day still hold the rest. "
            "There is one again as soon as one of them is finished."
        )
    raise NumbersExhausted(f"Service {service.code} has no numbers left after {until} today.")


def check_phone_share(service: Service, share: float, taken: int) -> None:
    """Raise QuotaReached where phones have taken their `share` (0…1) of the service's numbers of this business day.

    The rest is the kiosk's, however many ask over the network. `taken` is how many phones have got so far.
    """
    numbers = service.last_number - service.first_number + 1
    if service.daily_quota is not None:
        numbers = min(numbers, service.daily_quota)
    limit = floor(numbers * share + 1e-9)
    if taken >= limit:
        raise QuotaReached(
            f"Phones have taken their share of service {service.code}'s numbers for today ({limit}). "
            "The kiosk in the branch still gives numbers."
        )


def ticket_number(service: Service, ordinal: int) -> str:
    """A012: the code, then the ordinal in the width of the range's last number."""
    return f"{service.code}{ordinal:0{len(str(service.last_number))}d}"


def remaining(service: Service, last: int | None, left_out: int = 0) -> int | None:
    """How many numbers of the daily quota are left; None where there is no quota. What was left out is not used."""
    if service.daily_quota is None:
        return None
    used = 0 if last is None else last - service.first_number + 1 - left_out
    return max(0, service.daily_quota - used)


def spellings(typed: str, codes: Iterable[str]) -> list[str]:
    """Every ticket number that somebody may mean by what is typed, empty where it is no number at all.

    Case, blanks, dashes, dots, slashes, missing or additional zeros and full-width or other decimal digits make no
    difference; without a letter, it may be a number of any of the services' `codes`.
    """
    match = _TYPED.fullmatch("".join(map(_plain, unicodedata.normalize("NFKC", typed).upper())))
    if match is None:
        return []
    code, digits = match[1], str(int(match[2]))
    # the width is that of the last number when the ticket was issued, which may have changed since
    widths = range(len(digits), _WIDEST + 1)
    return [f"{each}{digits.zfill(width)}" for each in ([code] if code else codes) for width in widths]


def _plain(char: str) -> str:
    if char.isdecimal():
        return str(unicodedata.decimal(char))
    separates = char.isspace() or char in "._/" or unicodedata.category(char) in ("Pd", "Cf")
    return "" if separates else char


def meant(typed: str, found: Collection[tuple[str, State]], likely: Collection[State]) -> str | None:
    """The one number of `found` (number, state) that is meant by `typed`; None where nothing was found.

    Tickets in a `likely` state go before all others. Raises AmbiguousNumber with the candidates where several are left.
    """
    numbers = sorted({number for number, state in found if state in likely} or {number for number, _ in found})
    if len(numbers) > 1:
        raise AmbiguousNumber(f"{typed.strip()} may be {' or '.join(numbers)}. Write the whole number.", numbers)
    return numbers[0] if numbers else None

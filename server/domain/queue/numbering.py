"""Ticket numbers: the code letter and a number from the service's range, padded to the width of the last one.

Programs send a number exactly. People leave out zeros, the letter or the capital, and add blanks and dashes:
`spellings` returns the numbers that such an input may match.
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
    """Return the ordinal after `last` of this business day (None: no number issued yet).

    `still_open` are the numbers of open tickets from other days. They are skipped, since two open tickets never share a
    number. `left_out` is how many ordinals up to `last` were skipped for this reason. Raises QuotaReached, NumbersHeld
    or NumbersExhausted; the quota is checked first, since the branch decided on it.
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
    """Check that phones have not used up their `share` (0…1) of the service's numbers of this business day.

    The rest is reserved for the kiosk. `taken` is how many numbers phones have got so far. Raises QuotaReached.
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
    """Format a ticket number (A012): the code, then the ordinal padded to the width of the last number."""
    return f"{service.code}{ordinal:0{len(str(service.last_number))}d}"


def remaining(service: Service, last: int | None, left_out: int = 0) -> int | None:
    """Return the rest of the daily quota; None without a quota. Skipped ordinals do not use it up."""
    if service.daily_quota is None:
        return None
    used = 0 if last is None else last - service.first_number + 1 - left_out
    return max(0, service.daily_quota - used)


def spellings(typed: str, codes: Iterable[str]) -> list[str]:
    """Return every ticket number that `typed` may stand for; empty if it is not a number.

    Case, blanks, dashes, dots, slashes, missing or extra zeros and other decimal digits (full-width) are ignored.
    Without a letter, the number may belong to any of the services' `codes`.
    """
    match = _TYPED.fullmatch("".join(map(_plain, unicodedata.normalize("NFKC", typed).upper())))
    if match is None:
        return []
    code, digits = match[1], str(int(match[2]))
    # The width depends on the last number at the time of issue, which may have changed since.
    widths = range(len(digits), _WIDEST + 1)
    return [f"{prefix}{digits.zfill(width)}" for prefix in ([code] if code else codes) for width in widths]


def _plain(char: str) -> str:
    if char.isdecimal():
        return str(unicodedata.decimal(char))
    separates = char.isspace() or char in "._/" or unicodedata.category(char) in ("Pd", "Cf")
    return "" if separates else char


def match_typed(typed: str, candidates: Collection[tuple[str, State]], likely: Collection[State]) -> str | None:
    """Return the only number of `candidates` (number, state) that `typed` can stand for; None if there are none.

    Tickets in a `likely` state are preferred. Raises AmbiguousNumber if several candidates remain.
    """
    numbers = sorted(
        {number for number, state in candidates if state in likely} or {number for number, _ in candidates}
    )
    if len(numbers) > 1:
        raise AmbiguousNumber(f"{typed.strip()} may be {' or '.join(numbers)}. Write the whole number.", numbers)
    return numbers[0] if numbers else None

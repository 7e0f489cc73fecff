"""Ticket numbers: the code letter and a number from the service's range, padded to the width of the last one."""

from collections.abc import Collection

from server.domain.branch import Service
from server.domain.errors import NumbersExhausted, NumbersHeld, QuotaReached


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


def ticket_number(service: Service, ordinal: int) -> str:
    """A012: the code, then the ordinal in the width of the range's last number."""
    return f"{service.code}{ordinal:0{len(str(service.last_number))}d}"


def remaining(service: Service, last: int | None, left_out: int = 0) -> int | None:
    """How many numbers of the daily quota are left; None where there is no quota. What was left out is not used."""
    if service.daily_quota is None:
        return None
    used = 0 if last is None else last - service.first_number + 1 - left_out
    return max(0, service.daily_quota - used)

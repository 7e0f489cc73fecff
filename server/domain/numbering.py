"""Ticket numbers: the code letter and a number from the service's range, padded to the width of the last one."""

from server.domain.branch import Service
from server.domain.errors import NumbersExhausted, QuotaReached


def next_ordinal(service: Service, last: int | None) -> int:
    """The ordinal after `last` of this business day (None: none yet).

    Raises QuotaReached or NumbersExhausted, quota first since it is the branch's own decision.
    """
    ordinal = service.first_number if last is None else last + 1
    if service.daily_quota is not None and ordinal - service.first_number >= service.daily_quota:
        raise QuotaReached(f"Service {service.code} has given out its {service.daily_quota} numbers for today.")
    if ordinal > service.last_number:
        raise NumbersExhausted(
            f"Service {service.code} has no numbers left after {ticket_number(service, service.last_number)} today."
        )
    return ordinal


def ticket_number(service: Service, ordinal: int) -> str:
    """A012: the code, then the ordinal in the width of the range's last number."""
    return f"{service.code}{ordinal:0{len(str(service.last_number))}d}"


def remaining(service: Service, last: int | None) -> int | None:
    """How many numbers of the daily quota are left; None where there is no quota."""
    if service.daily_quota is None:
        return None
    used = 0 if last is None else last - service.first_number + 1
    return max(0, service.daily_quota - used)

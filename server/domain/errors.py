"""Errors for refused actions. Each has a stable `code` for clients, which choose their own texts by it."""

from __future__ import annotations

from datetime import datetime

from server.domain.ticket import Ticket


class Refused(Exception):
    """The rules do not allow the action. Nothing was changed.

    `code` is stable and public: pages choose their texts by it. `detail` is an English sentence for logs and programs.
    """

    code = "validation"

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class NotFound(Refused):
    """The requested object does not exist, or the principal may not see it."""

    code = "not-found"


class BranchRetired(NotFound):
    """The branch is permanently closed; its history is kept."""

    def __init__(self, slug: str) -> None:
        super().__init__(
            f"Branch {slug!r} is closed for good. Its history is kept; nothing can be done there any more."
        )


class ConfirmationNeeded(Refused):
    """The action would remove things in use, listed in `touches`, one sentence each. Nothing was changed."""

    code = "confirmation-needed"

    def __init__(self, touches: list[str]) -> None:
        super().__init__("This would take away what people use now: " + "; ".join(touches))
        self.touches = touches


class Invalid(Refused):
    """The request is well-formed but not valid here (an unknown service, a bad time)."""

    code = "validation"


class Forbidden(Refused):
    """The principal is not allowed to do this."""

    code = "forbidden"


class Unauthenticated(Refused):
    """The request has no valid credentials."""

    code = "unauthenticated"


class RateLimited(Refused):
    """Too many attempts; `retry_after` is in seconds."""

    code = "rate-limited"

    def __init__(self, detail: str, retry_after: int) -> None:
        super().__init__(detail)
        self.retry_after = retry_after


class TicketStateConflict(Refused):
    """The ticket's state does not allow the action, or another ticket was expected; `ticket` is the current one."""

    code = "ticket-state-conflict"

    def __init__(self, detail: str, ticket: Ticket | None) -> None:
        super().__init__(detail)
        self.ticket = ticket


class CounterBusy(Refused):
    """The counter has a ticket, or another principal holds the counter."""

    code = "counter-busy"

    def __init__(self, detail: str, ticket: Ticket | None = None) -> None:
        super().__init__(detail)
        self.ticket = ticket


class CounterClosed(Refused):
    """The counter is paused or closed, or the principal does not hold it."""

    code = "counter-closed"


class QueueEmpty(Refused):
    """No waiting ticket may be called by this counter."""

    code = "queue-empty"


class NoNumbersNow(Refused):
    """No number is issued now; `opens_at` is when numbers are issued again, None if unknown."""

    def __init__(self, detail: str, opens_at: datetime | None = None) -> None:
        super().__init__(detail)
        self.opens_at = opens_at


class ServiceClosed(NoNumbersNow):
    """The service accepts no new customers: outside its hours, shortly before they end, or retired.

    `closes_at` is set while the branch is still open and serves customers who have a number.
    """

    code = "service-closed"

    def __init__(self, detail: str, opens_at: datetime | None = None, closes_at: datetime | None = None) -> None:
        super().__init__(detail, opens_at)
        self.closes_at = closes_at


class QuotaReached(NoNumbersNow):
    """The service has issued all the numbers of its daily quota."""

    code = "quota-reached"


class NumbersExhausted(NoNumbersNow):
    """The number range of the service is used up for this business day."""

    code = "numbers-exhausted"


class NumbersHeld(NumbersExhausted):
    """Every remaining number still belongs to an open ticket of another business day."""


class IdempotencyConflict(Refused):
    """The idempotency key was used before for a different request."""

    code = "idempotency-conflict"


class PrintJobConflict(Refused):
    """The lease has expired, or the job is already past this step."""

    code = "print-job-conflict"


class AmbiguousNumber(Refused):
    """The number matches several tickets of today, listed in `candidates`."""

    code = "ambiguous-number"

    def __init__(self, detail: str, candidates: list[str]) -> None:
        super().__init__(detail)
        self.candidates = candidates


class AlreadyDone(Refused):
    """The action was done before, and its result is returned only once."""

    code = "already-done"


class TooEarly(Refused):
    """The action is possible only later; `ticket` is the current state.

    `possible_at` is the earliest time, None if it has passed; `recalls_missing` is how many recalls are still required.
    """

    code = "too-early"

    def __init__(self, detail: str, ticket: Ticket, possible_at: datetime | None, recalls_missing: int) -> None:
        super().__init__(detail)
        self.ticket = ticket
        self.possible_at = possible_at
        self.recalls_missing = recalls_missing


class TooLate(Refused):
    """The time limit for the action has passed; `ticket` is the current state."""

    code = "too-late"

    def __init__(self, detail: str, ticket: Ticket) -> None:
        super().__init__(detail)
        self.ticket = ticket


class LastAdministrator(Refused):
    """The account is the last administrator of the server or of a branch who can sign in."""

    code = "last-administrator"


class ClockInDoubt(Refused):
    """The clock may be far wrong; actions are refused until somebody confirms or corrects it."""

    code = "clock-in-doubt"


class Unavailable(Refused):
    """The server is temporarily unable to act. Nothing was lost; a retry with the same key is safe."""

    code = "unavailable"


def codes() -> frozenset[str]:
    """The code of every refusal."""
    known, kinds = set(), [Refused]
    while kinds:
        kind = kinds.pop()
        known.add(kind.code)
        kinds += kind.__subclasses__()
    return frozenset(known)

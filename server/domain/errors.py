"""Why an action is refused. Each refusal has the stable `code` that clients see; the words are theirs to choose."""

from __future__ import annotations

from datetime import datetime

from server.domain.ticket import Ticket


class Refused(Exception):
    """An action that the rules do not allow. Nothing was changed.

    `code` is stable and public: pages choose their words by it. `detail` is one English sentence for logs and programs.
    """

    code = "validation"

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class NotFound(Refused):
    """What the request names does not exist, or not for the one who asks."""

    code = "not-found"


class BranchRetired(NotFound):
    """The branch is closed for good; its history is kept."""

    def __init__(self, slug: str) -> None:
        super().__init__(
            f"Branch {slug!r} is closed for good. Its history is kept; nothing can be done there any more."
        )


class ConfirmationNeeded(Refused):
    """It would take away what people use now; `touches` says what, one line each. Nothing was changed."""

    code = "confirmation-needed"

    def __init__(self, touches: list[str]) -> None:
        super().__init__("This would take away what people use now: " + "; ".join(touches))
        self.touches = touches


class Invalid(Refused):
    """The request is understood and makes no sense here (an unknown service, a bad time)."""

    code = "validation"


class Forbidden(Refused):
    """The one who asks may not do this."""

    code = "forbidden"


class Unauthenticated(Refused):
    """Nobody knows who asks."""

    code = "unauthenticated"


class RateLimited(Refused):
    """Too many tries; `retry_after` is in seconds."""

    code = "rate-limited"

    def __init__(self, detail: str, retry_after: int) -> None:
        super().__init__(detail)
        self.retry_after = retry_after


class TicketStateConflict(Refused):
    """The ticket is not in a state that allows the verb, or another one is meant; `ticket` is the truth."""

    code = "ticket-state-conflict"

    def __init__(self, detail: str, ticket: Ticket | None) -> None:
        super().__init__(detail)
        self.ticket = ticket


class CounterBusy(Refused):
    """The counter holds a ticket, or somebody else holds the counter."""

    code = "counter-busy"

    def __init__(self, detail: str, ticket: Ticket | None = None) -> None:
        super().__init__(detail)
        self.ticket = ticket


class CounterClosed(Refused):
    """The counter is paused or closed, or not held by the one who asks."""

    code = "counter-closed"


class QueueEmpty(Refused):
    """Nobody waits whom this counter may call."""

    code = "queue-empty"


class NoNumbersNow(Refused):
    """No number is given out now; `opens_at` is when there are numbers again, None where nobody knows."""

    def __init__(self, detail: str, opens_at: datetime | None = None) -> None:
        super().__init__(detail)
        self.opens_at = opens_at


class ServiceClosed(NoNumbersNow):
    """The service takes nobody new: outside its hours, shortly before they end, or retired.

    `closes_at` is given while the branch is still open: those who hold a number are served.
    """

    code = "service-closed"

    def __init__(self, detail: str, opens_at: datetime | None = None, closes_at: datetime | None = None) -> None:
        super().__init__(detail, opens_at)
        self.closes_at = closes_at


class QuotaReached(NoNumbersNow):
    """The service has given out all the numbers of its daily quota."""

    code = "quota-reached"


class NumbersExhausted(NoNumbersNow):
    """The number range of the service is used up for this business day."""

    code = "numbers-exhausted"


class NumbersHeld(NumbersExhausted):
    """Every number that is left is still held by an open ticket of another business day."""


class IdempotencyConflict(Refused):
    """The key was used before for another request."""

    code = "idempotency-conflict"


class PrintJobConflict(Refused):
    """The lease has lapsed, or the job is past this step."""

    code = "print-job-conflict"


class AmbiguousNumber(Refused):
    """Several tickets of today may be meant by the number; `candidates` are their numbers."""

    code = "ambiguous-number"

    def __init__(self, detail: str, candidates: list[str]) -> None:
        super().__init__(detail)
        self.candidates = candidates


class AlreadyDone(Refused):
    """It was done before, and its answer is given once."""

    code = "already-done"


class TooEarly(Refused):
    """It may be done to the ticket later; `ticket` is the truth.

    `possible_at` is from when on, None where that time has come; `recalls_missing` is how often the customer is to be
    called again before.
    """

    code = "too-early"

    def __init__(self, detail: str, ticket: Ticket, possible_at: datetime | None, recalls_missing: int) -> None:
        super().__init__(detail)
        self.ticket = ticket
        self.possible_at = possible_at
        self.recalls_missing = recalls_missing


class TooLate(Refused):
    """The time in which it may be done to the ticket is over; `ticket` is the truth."""

    code = "too-late"

    def __init__(self, detail: str, ticket: Ticket) -> None:
        super().__init__(detail)
        self.ticket = ticket


class LastAdministrator(Refused):
    """The account is the last administrator who can sign in, of the server or of a branch."""

    code = "last-administrator"


class ClockInDoubt(Refused):
    """The clock may be wrong by so much that nothing is done until somebody confirms it or sets it right."""

    code = "clock-in-doubt"


class Unavailable(Refused):
    """The server cannot do it now; nothing was lost, a retry with the same key is safe."""

    code = "unavailable"


def codes() -> frozenset[str]:
    """The code of every refusal."""
    known, kinds = set(), [Refused]
    while kinds:
        kind = kinds.pop()
        known.add(kind.code)
        kinds += kind.__subclasses__()
    return frozenset(known)

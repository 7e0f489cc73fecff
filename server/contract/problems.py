"""Refusals as RFC 9457 problems, the same over HTTP and on the socket."""

from __future__ import annotations

from server.contract import shapes
from server.domain.errors import (
    AmbiguousNumber,
    ConfirmationNeeded,
    NoNumbersNow,
    Refused,
    ServiceClosed,
    TooEarly,
    codes,
)

STATUS = {
    "validation": 422,
    "not-found": 404,
    "method-not-allowed": 405,
    "host-not-declared": 421,
    "unauthenticated": 401,
    "forbidden": 403,
    "rate-limited": 429,
    "unavailable": 503,
}
"""Code → HTTP status; all other refusals are 409, a conflict with the current state."""

CODES = frozenset(STATUS) | codes()
"""Every code that a problem can have."""


def problem(code: str, detail: str, *, status: int | None = None, **more: object) -> shapes.Problem:
    """Return a problem with that code; fields of `more` that are None are omitted."""
    return shapes.Problem.model_validate(
        {
            "type": f"urn:giliran:problem:{code}",
            "title": code.replace("-", " ").capitalize(),
            "status": status or STATUS.get(code, 409),
            "detail": detail,
            "code": code,
        }
        | {name: value for name, value in more.items() if value is not None}
    )


def of(refused: Refused, ticket: shapes.Ticket | None = None) -> shapes.Problem:
    """Return a refusal as a problem, with the current ticket, candidate numbers, or the time to retry."""
    opens_at = refused.opens_at if isinstance(refused, NoNumbersNow) else None
    closes_at = refused.closes_at if isinstance(refused, ServiceClosed) else None
    candidates = refused.candidates if isinstance(refused, AmbiguousNumber) else None
    early = refused if isinstance(refused, TooEarly) else None
    touches = refused.touches if isinstance(refused, ConfirmationNeeded) else None
    return problem(
        refused.code,
        refused.detail,
        ticket=ticket,
        opens_at=opens_at,
        closes_at=closes_at,
        candidates=candidates,
        possible_at=early.possible_at if early else None,
        recalls_missing=early.recalls_missing if early else None,
        touches=touches,
    )

"""Every error as RFC 9457 problem+json, with a stable code and the truth about the ticket where there is one."""

from __future__ import annotations

from typing import Any

import structlog
from flask import Flask, Response, make_response
from pydantic import ValidationError
from werkzeug.exceptions import HTTPException

from server.contract import shapes, views
from server.domain import errors
from server.domain.ticket import Ticket
from server.store import branches
from server.store.engine import DbError
from server.web.context import web

log = structlog.get_logger()

STATUS = {
    "validation": 422,
    "not-found": 404,
    "unauthenticated": 401,
    "forbidden": 403,
    "rate-limited": 429,
    "unavailable": 503,
}
"""Code → HTTP status; every other refusal is a conflict with how things are: 409."""

_HTTP_CODES = {400: "validation", 401: "unauthenticated", 403: "forbidden", 404: "not-found", 405: "not-found",
               413: "validation", 415: "validation", 422: "validation", 429: "rate-limited"}  # fmt: skip


def problem(code: str, status: int, detail: str, **more: Any) -> Response:
    """A problem response."""
    shape = shapes.Problem(
        type=f"urn:giliran:problem:{code}",
        title=code.replace("-", " ").capitalize(),
        status=status,
        detail=detail,
        code=code,
        **more,
    )
    response = make_response(shape.model_dump_json(exclude_none=True), status)
    response.content_type = "application/problem+json"
    return response


def of_refusal(refused: errors.Refused) -> Response:
    """A domain refusal as a problem."""
    truth = getattr(refused, "ticket", None)
    response = problem(
        refused.code,
        STATUS.get(refused.code, 409),
        refused.detail,
        ticket=_truth(truth) if isinstance(truth, Ticket) else None,
    )
    if isinstance(refused, errors.RateLimited):
        response.headers["Retry-After"] = str(refused.retry_after)
    if isinstance(refused, errors.Unauthenticated):
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def _truth(ticket: Ticket) -> shapes.Ticket:
    branch = web().store.read(lambda db: branches.get_by_id(db, ticket.branch_id))
    return views.ticket(branch, ticket, views.NOTHING_AHEAD)


def of_validation(error: ValidationError) -> Response:
    """What pydantic refuses, each fault with its place; never the value, which may be a secret."""
    faults = [{"where": ".".join(str(p) for p in e["loc"]), "what": e["msg"]} for e in error.errors()]
    detail = "; ".join(f"{f['where'] or 'body'}: {f['what']}" for f in faults[:5])
    return problem("validation", 422, detail, errors=faults)


def register(app: Flask) -> None:
    """Make every error of the application a problem."""

    @app.errorhandler(errors.Refused)
    def _refused(error: errors.Refused) -> Response:
        return of_refusal(error)

    @app.errorhandler(HTTPException)
    def _http(error: HTTPException) -> Response:
        if error.response is not None:  # a response that a view aborted with
            return make_response(error.response)
        status = error.code or 500
        response = problem(_HTTP_CODES.get(status, "unavailable"), status, error.description or error.name)
        valid = getattr(error, "valid_methods", None)
        if valid:
            response.headers["Allow"] = ", ".join(valid)
        return response

    @app.errorhandler(DbError)
    def _database(error: DbError) -> Response:
        log.error("database_failed", error=str(error))
        return problem("unavailable", 503, "The database could not answer. Nothing was changed; please try again.")

    @app.errorhandler(Exception)
    def _unexpected(error: Exception) -> Response:
        log.error("unexpected_error", error=repr(error), exc_info=error)
        return problem("unavailable", 500, "The server failed at this. Nothing was changed; the fault is in its log.")

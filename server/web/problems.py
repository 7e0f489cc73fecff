"""All errors as RFC 9457 problem+json, with a stable code and the ticket's current state if there is a ticket."""

from __future__ import annotations

from collections.abc import Iterable

import structlog
from flask import Flask, Response, make_response, request
from pydantic import ValidationError
from werkzeug.exceptions import HTTPException

from server.contract import problems, shapes, validation, views
from server.domain import errors
from server.domain.ticket import Ticket
from server.store.engines.store import DbError
from server.store.tables import branches
from server.web import nearest
from server.web.context import current_principal, web

log = structlog.get_logger()

_HTTP_CODES = {
    401: "unauthenticated", 403: "forbidden", 404: "not-found", 405: "method-not-allowed", 421: "host-not-declared",
    429: "rate-limited",
}  # fmt: skip

_HTTP_DETAILS = {
    400: "The request could not be read. Nothing was changed.",
    411: "The request has no length (Content-Length). Nothing was changed.",
    413: "The request is too long. Nothing was changed.",
    414: "The address is too long.",
    415: "The body must be JSON, sent with Content-Type: application/json. Nothing was changed.",
    431: "The headers of the request are too long.",
    500: "The server failed; nothing was changed. See its log for details.",
}
"""Status → detail for errors of the library that have only its own text."""


def respond(problem: shapes.Problem) -> Response:
    """Return a problem as a response."""
    response = make_response(problem.model_dump_json(exclude_unset=True), problem.status)
    response.content_type = "application/problem+json"
    return response


def of_refusal(refused: errors.Refused) -> Response:
    """Return a refused action as a problem response."""
    ticket = getattr(refused, "ticket", None)
    response = respond(problems.of(refused, _current_ticket(ticket) if isinstance(ticket, Ticket) else None))
    if isinstance(refused, errors.RateLimited):
        response.headers["Retry-After"] = str(refused.retry_after)
    if isinstance(refused, errors.Unauthenticated):
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def _current_ticket(ticket: Ticket) -> shapes.Ticket:
    branch = web().store.read(lambda db: branches.get_by_id(db, ticket.branch_id))
    return views.ticket_for(current_principal(), branch, ticket, views.NOTHING_AHEAD)


def of_validation(error: ValidationError) -> Response:
    """Return pydantic's errors as a problem, each with its place; never the value, which may be a secret."""
    faults = validation.details(error)
    detail = "; ".join(f"{f['where'] or 'body'} {f['what']}" for f in faults[:5])
    return respond(problems.problem("validation", detail, errors=faults))


def code_of_status(status: int) -> str:
    """Return the code of an error raised by Flask; 4xx and 5xx stay distinct."""
    return _HTTP_CODES.get(status, "validation" if 400 <= status < 500 else "unavailable")


def of_http(error: HTTPException) -> Response:
    """Return an error raised by Flask as a problem response."""
    if error.response is not None:  # a response that a view aborted with
        return make_response(error.response)
    status = error.code or 500
    valid = getattr(error, "valid_methods", None)
    own = error.description if error.description != type(error).description else None
    detail = _detail(error, valid) or own or _HTTP_DETAILS.get(status) or error.description or error.name
    response = respond(problems.problem(code_of_status(status), detail, status=status))
    if valid:
        response.headers["Allow"] = ", ".join(valid)
    return response


def _detail(error: HTTPException, valid: Iterable[str] | None) -> str | None:
    """Return advice for an unknown path or method; None if there is none."""
    if valid:
        allowed = nearest.method_list(valid)
        return f"{request.method[:20]} is not possible here. This address accepts {allowed}. Nothing was changed."
    if error.code == 404 and f"{request.path}/".lower().startswith("/api/"):
        return (
            f"There is no such route. The nearest one is {nearest.routes().nearest(request.path)}. "
            "All of them: /api/docs, or GET /api/v1/openapi.json."
        )
    return None


def register(app: Flask) -> None:
    """Return every error of the application as a problem."""

    @app.errorhandler(errors.Refused)
    def _refused(error: errors.Refused) -> Response:
        return of_refusal(error)

    app.register_error_handler(HTTPException, of_http)

    @app.errorhandler(DbError)
    def _database(error: DbError) -> Response:
        log.error("database_failed", error=str(error))
        return respond(
            problems.problem("unavailable", "The database did not respond; nothing was changed. Please try again.")
        )

    @app.errorhandler(Exception)
    def _unexpected(error: Exception) -> Response:
        log.error("unexpected_error", error=repr(error), exc_info=error)
        return respond(
            problems.problem(
                "unavailable", "The server failed; nothing was changed. See its log for details.", status=500
            )
        )

"""Perform a view's action in one transaction, once per idempotency key, and build the response in it."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from typing import TypeVar

from flask import Response, make_response, request
from pydantic import BaseModel

from server.actions.forecast import forecast_of
from server.contract import shapes, views
from server.domain.errors import Invalid
from server.domain.ticket import Ticket
from server.store.engines.idempotency import IdempotentRequest
from server.store.engines.transaction import Transaction
from server.store.tables import tickets
from server.web.context import current_principal, web

R = TypeVar("R")


def perform(
    action: Callable[[Transaction], R],
    answer: Callable[[Transaction, R], BaseModel],
    status: int = 200,
    *,
    on_event_loop: bool = True,
) -> Response:
    """Perform the action and respond with the shape. `action` returns a JSON reference for retries.

    An action on many rows must not run `on_event_loop`, where it would delay others.
    """
    # Actions of one branch are batched together.
    batch_key = (request.view_args or {}).get("slug")
    shape = web().store.write(action, answer, _idempotent_request(), batch_key=batch_key, on_event_loop=on_event_loop)
    web().wait_for_turn()  # one commit wakes many requests at once
    return reply(shape, status)


def reply(shape: BaseModel, status: int = 200) -> Response:
    """Return a shape as a JSON response."""
    response = make_response(shape.model_dump_json(), status)
    response.content_type = "application/json"
    return response


def perform_on_ticket(
    action: Callable[[Transaction], Ticket],
    answer: Callable[[Transaction, Ticket], BaseModel] | None = None,
) -> Response:
    """Perform an action on one ticket, and respond with its new state; `answer` defaults to `done_ticket`."""

    def work(tx: Transaction) -> int:
        tx.made = ticket = action(tx)
        return ticket.id

    def answer_with_ticket(tx: Transaction, ticket_id: int) -> BaseModel:
        # A retry, which changes nothing in its transaction, returns the ticket's current state.
        return (answer or done_ticket)(tx, tx.made or tickets.get(tx.db, ticket_id))

    return perform(work, answer_with_ticket)


def done_ticket(tx: Transaction, ticket: Ticket) -> shapes.DoneTicket:
    """Return the ticket with the seq of the action, so that the client can order pushes relative to it."""
    branch, seq = tx.standing(ticket.branch_id)
    return views.ticket_as(shapes.DoneTicket, branch, ticket, forecast_of(tx, branch, ticket), seq=seq)


def _idempotent_request() -> IdempotentRequest | None:
    """Return the request's Idempotency-Key with its principal and content hash. Raises Invalid for an unusable key."""
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return None
    key = key.strip()
    if not 1 <= len(key) <= 255 or not key.isprintable():
        raise Invalid("An Idempotency-Key has 1 to 255 printable characters.")
    principal_id = current_principal().id
    if principal_id == "anonymous":
        # separate key spaces: a stranger cannot fetch another's ticket by guessing a key
        principal_id = f"anonymous:{request.remote_addr}"
    body = sha256()
    query = [request.query_string] if request.query_string else []
    for part in (request.method.encode(), request.path.encode(), *query, request.get_data(cache=True)):
        body.update(len(part).to_bytes(8, "big") + part)
    return IdempotentRequest(principal_id[:64], key, body.hexdigest())

"""How a view does an action: in one transaction, once for a key, answered from the same transaction."""

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
from server.web.context import principal, web

R = TypeVar("R")


def perform(
    action: Callable[[Transaction], R],
    answer: Callable[[Transaction, R], BaseModel],
    status: int = 200,
    *,
    on_event_loop: bool = True,
) -> Response:
    """Do the action and answer with the shape. `action` returns a JSON reference from which a retry is answered too.

    One that touches many rows is not `on_event_loop`: it is done where nobody else waits for it.
    """
    # where it is about a branch, it waits with that branch's other actions
    batch_key = (request.view_args or {}).get("slug")
    told = web().store.write(action, answer, _idempotent_request(), batch_key=batch_key, on_event_loop=on_event_loop)
    web().wait_for_turn()  # one commit answers many at once
    return reply(told, status)


def reply(shape: BaseModel, status: int = 200) -> Response:
    """A shape as JSON."""
    response = make_response(shape.model_dump_json(), status)
    response.content_type = "application/json"
    return response


def perform_on_ticket(
    action: Callable[[Transaction], Ticket],
    answer: Callable[[Transaction, Ticket], BaseModel] | None = None,
) -> Response:
    """Do what is done to one ticket, and answer with it as it is after that: by `done_ticket` where nothing is said."""

    def work(tx: Transaction) -> int:
        tx.made = ticket = action(tx)
        return ticket.id

    def told(tx: Transaction, ticket_id: int) -> BaseModel:
        # a retry, which does nothing in its transaction, is told how the ticket stands by now
        return (answer or done_ticket)(tx, tx.made or tickets.get(tx.db, ticket_id))

    return perform(work, told)


def done_ticket(tx: Transaction, ticket: Ticket) -> shapes.DoneTicket:
    """The ticket with the seq of the action, so that who pressed can tell older pushes from newer ones."""
    branch, seq = tx.standing(ticket.branch_id)
    return views.ticket_as(shapes.DoneTicket, branch, ticket, forecast_of(tx, branch, ticket), seq=seq)


def _idempotent_request() -> IdempotentRequest | None:
    """The request's Idempotency-Key with who sent it and what. Raises Invalid for a key of no use."""
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return None
    key = key.strip()
    if not 1 <= len(key) <= 255 or not key.isprintable():
        raise Invalid("An Idempotency-Key has 1 to 255 printable characters.")
    who = principal().id
    if who == "anonymous":
        # strangers share no key space: one cannot fetch another's ticket by guessing a key
        who = f"anonymous:{request.remote_addr}"
    body = sha256()
    query = [request.query_string] if request.query_string else []
    for part in (request.method.encode(), request.path.encode(), *query, request.get_data(cache=True)):
        body.update(len(part).to_bytes(8, "big") + part)
    return IdempotentRequest(who[:64], key, body.hexdigest())

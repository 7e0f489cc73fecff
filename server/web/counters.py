"""The actions of staff at a counter, over HTTP."""

from __future__ import annotations

from collections.abc import Callable

from flask import Response

from server.actions.queue import calling, moving, undoing
from server.actions.queue import counters as actions
from server.contract import requests, shapes, views
from server.domain.people.principal import Principal
from server.domain.ticket import Ticket
from server.store.engines.transaction import Transaction
from server.store.tables import branch_snapshot, branches
from server.web.api import COUNTERS, SECURITY, api, ok
from server.web.branch import watched_branch
from server.web.context import current_principal, web
from server.web.perform import perform, perform_on_ticket, reply

_AT = "/counters/<slug>/<number>"
_TICKET = ok(shapes.DoneTicket)
_COUNTER = ok(shapes.CounterAnswer)


@api.get(_AT, tags=[COUNTERS], security=SECURITY, responses=_COUNTER)
def get_counter(path: requests.CounterPath) -> Response:
    """The current state of a counter."""
    principal = current_principal()

    def query(tx: Transaction) -> shapes.CounterAnswer:
        watched_branch(tx.db, path.slug, principal)
        return _counter(tx, path)

    now = web().clock()
    return reply(web().store.read(lambda db: query(Transaction(db, now))))


def _counter(tx: Transaction, path: requests.CounterPath) -> shapes.CounterAnswer:
    snapshot = branch_snapshot.read(tx.db, branches.get(tx.db, path.slug), tx.now)
    snapshot.branch.counter(path.number)
    return shapes.CounterAnswer(**dict(views.counter(snapshot, path.number)), seq=snapshot.seq)


def _change(path: requests.CounterPath, action: Callable[[Transaction], None]) -> Response:
    return perform(action, lambda tx, _: _counter(tx, path))


@api.post(f"{_AT}/open", tags=[COUNTERS], security=SECURITY, responses=_COUNTER)
def open_counter(path: requests.CounterPath, body: requests.OpenCounter) -> Response:
    """Open the counter, or resume after a pause."""
    principal = current_principal()
    return _change(
        path, lambda tx: actions.open_counter(tx, path.slug, path.number, principal, take_over=body.take_over)
    )


@api.post(f"{_AT}/pause", tags=[COUNTERS], security=SECURITY, responses=_COUNTER)
def pause_counter(path: requests.CounterPath, body: requests.PauseCounter) -> Response:
    """Pause the counter with a reason, now or when the present customer leaves."""
    principal, after = current_principal(), body.after_customer
    return _change(
        path,
        lambda tx: actions.pause_counter(tx, path.slug, path.number, principal, body.reason, after_customer=after),
    )


@api.post(f"{_AT}/close", tags=[COUNTERS], security=SECURITY, responses=_COUNTER)
def close_counter(path: requests.CounterPath, body: requests.Nothing) -> Response:  # noqa: ARG001
    """Close the counter."""
    principal = current_principal()
    return _change(path, lambda tx: actions.close_counter(tx, path.slug, path.number, principal))


def _ticket_action(path: requests.CounterPath, act: Callable[[Transaction, str, int, Principal], Ticket]) -> Response:
    principal = current_principal()
    return perform_on_ticket(lambda tx: act(tx, path.slug, path.number, principal))


@api.post(f"{_AT}/call-next", tags=[COUNTERS], security=SECURITY, responses=_TICKET)
def call_next(path: requests.CounterPath, body: requests.CallNext) -> Response:
    """Call the next ticket; with `finish`, finish the present one in the same step."""
    return _ticket_action(
        path,
        lambda tx, slug, number, principal: calling.call_next(
            tx, slug, number, principal, finish=body.finish, expected_ticket_id=body.ticket
        ),
    )


@api.post(f"{_AT}/call", tags=[COUNTERS], security=SECURITY, responses=_TICKET)
def call_number(path: requests.CounterPath, body: requests.CallNumber) -> Response:
    """Call one number out of order, or back from park."""
    return _ticket_action(
        path,
        lambda tx, slug, number, principal: calling.call_number(
            tx, slug, number, principal, ticket_number=body.number, reason=body.reason
        ),
    )


@api.post(f"{_AT}/recall", tags=[COUNTERS], security=SECURITY, responses=_TICKET)
def recall(path: requests.CounterPath, body: requests.OnExpectedTicket) -> Response:
    """Call the present ticket again."""
    return _ticket_action(
        path,
        lambda tx, slug, number, principal: calling.recall(tx, slug, number, principal, expected_ticket_id=body.ticket),
    )


@api.post(f"{_AT}/start", tags=[COUNTERS], security=SECURITY, responses=_TICKET)
def start(path: requests.CounterPath, body: requests.OnExpectedTicket) -> Response:
    """Start the service: the customer has come."""
    return _ticket_action(
        path,
        lambda tx, slug, number, principal: calling.start(tx, slug, number, principal, expected_ticket_id=body.ticket),
    )


@api.post(f"{_AT}/finish", tags=[COUNTERS], security=SECURITY, responses=_TICKET)
def finish(path: requests.CounterPath, body: requests.Finish) -> Response:
    """Finish the present ticket: the customer is served."""
    return _ticket_action(
        path,
        lambda tx, slug, number, principal: calling.finish(
            tx, slug, number, principal, expected_ticket_id=body.ticket, outcome=body.outcome
        ),
    )


@api.post(f"{_AT}/no-show", tags=[COUNTERS], security=SECURITY, responses=_TICKET)
def no_show(path: requests.CounterPath, body: requests.OnExpectedTicket) -> Response:
    """End the present ticket: the customer did not come."""
    return _ticket_action(
        path,
        lambda tx, slug, number, principal: calling.no_show(
            tx, slug, number, principal, expected_ticket_id=body.ticket
        ),
    )


@api.post(f"{_AT}/park", tags=[COUNTERS], security=SECURITY, responses=_TICKET)
def park(path: requests.CounterPath, body: requests.Park) -> Response:
    """Park the present ticket."""
    return _ticket_action(
        path,
        lambda tx, slug, number, principal: moving.park(
            tx, slug, number, principal, expected_ticket_id=body.ticket, reason=body.reason
        ),
    )


@api.post(f"{_AT}/put-back", tags=[COUNTERS], security=SECURITY, responses=_TICKET)
def put_back(path: requests.CounterPath, body: requests.OnExpectedTicket) -> Response:
    """Put the present ticket, or a parked one that is named, back into the line at its old place."""
    return _ticket_action(
        path,
        lambda tx, slug, number, principal: moving.put_back(
            tx, slug, number, principal, expected_ticket_id=body.ticket
        ),
    )


@api.post(f"{_AT}/transfer", tags=[COUNTERS], security=SECURITY, responses=_TICKET)
def transfer(path: requests.CounterPath, body: requests.Transfer) -> Response:
    """Transfer the customer to another service or counter, under the same number."""
    return _ticket_action(
        path,
        lambda tx, slug, number, principal: moving.transfer_from_counter(
            tx,
            slug,
            number,
            principal,
            expected_ticket_id=body.ticket,
            service=body.service,
            to_counter=body.counter,
            keep_place=body.keep_place,
            note=body.note,
        ),
    )


@api.post(f"{_AT}/undo", tags=[COUNTERS], security=SECURITY, responses=_TICKET)
def undo(path: requests.CounterPath, body: requests.OnExpectedTicket) -> Response:
    """Undo the counter's last call, start, finish or no-show, within ten seconds."""
    return _ticket_action(
        path,
        lambda tx, slug, number, principal: undoing.undo(tx, slug, number, principal, expected_ticket_id=body.ticket),
    )

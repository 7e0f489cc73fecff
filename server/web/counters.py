"""The staff verbs over HTTP, at a counter."""

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
from server.web.context import principal, web
from server.web.perform import perform, perform_on_ticket, reply

_AT = "/counters/<slug>/<number>"
_TICKET = ok(shapes.DoneTicket)
_COUNTER = ok(shapes.CounterAnswer)


@api.get(_AT, tags=[COUNTERS], security=SECURITY, responses=_COUNTER)
def get_counter(path: requests.CounterPath) -> Response:
    """A counter as it is now."""
    who = principal()

    def query(tx: Transaction) -> shapes.CounterAnswer:
        watched_branch(tx.db, path.slug, who)
        return _counter(tx, path)

    now = web().clock()
    return reply(web().store.read(lambda db: query(Transaction(db, now))))


def _counter(tx: Transaction, path: requests.CounterPath) -> shapes.CounterAnswer:
    now = branch_snapshot.read(tx.db, branches.get(tx.db, path.slug), tx.now)
    now.branch.counter(path.number)
    return shapes.CounterAnswer(**dict(views.counter(now, path.number)), seq=now.seq)


def _change(path: requests.CounterPath, action: Callable[[Transaction], None]) -> Response:
    return perform(action, lambda tx, _: _counter(tx, path))


@api.post(f"{_AT}/open", tags=[COUNTERS], security=SECURITY, responses=_COUNTER)
def open_counter(path: requests.CounterPath, body: requests.OpenCounter) -> Response:
    """Open, or resume after a pause."""
    who = principal()
    return _change(path, lambda tx: actions.open_counter(tx, path.slug, path.number, who, take_over=body.take_over))


@api.post(f"{_AT}/pause", tags=[COUNTERS], security=SECURITY, responses=_COUNTER)
def pause_counter(path: requests.CounterPath, body: requests.PauseCounter) -> Response:
    """Pause with a reason, now or after the customer who is there."""
    who, after = principal(), body.after_customer
    return _change(
        path,
        lambda tx: actions.pause_counter(tx, path.slug, path.number, who, body.reason, after_customer=after),
    )


@api.post(f"{_AT}/close", tags=[COUNTERS], security=SECURITY, responses=_COUNTER)
def close_counter(path: requests.CounterPath, body: requests.Nothing) -> Response:  # noqa: ARG001
    """Close."""
    who = principal()
    return _change(path, lambda tx: actions.close_counter(tx, path.slug, path.number, who))


def _verb(path: requests.CounterPath, act: Callable[[Transaction, str, int, Principal], Ticket]) -> Response:
    who = principal()
    return perform_on_ticket(lambda tx: act(tx, path.slug, path.number, who))


@api.post(f"{_AT}/call-next", tags=[COUNTERS], security=SECURITY, responses=_TICKET)
def call_next(path: requests.CounterPath, body: requests.CallNext) -> Response:
    """Call whoever is next; with `finish`, finish the present ticket along."""
    return _verb(
        path,
        lambda tx, slug, number, who: calling.call_next(
            tx, slug, number, who, finish=body.finish, expected_ticket_id=body.ticket
        ),
    )


@api.post(f"{_AT}/call", tags=[COUNTERS], security=SECURITY, responses=_TICKET)
def call_number(path: requests.CounterPath, body: requests.CallNumber) -> Response:
    """Call one number out of turn, or back from park."""
    return _verb(
        path,
        lambda tx, slug, number, who: calling.call_number(
            tx, slug, number, who, ticket_number=body.number, reason=body.reason
        ),
    )


@api.post(f"{_AT}/recall", tags=[COUNTERS], security=SECURITY, responses=_TICKET)
def recall(path: requests.CounterPath, body: requests.Meant) -> Response:
    """Call the present ticket again."""
    return _verb(
        path, lambda tx, slug, number, who: calling.recall(tx, slug, number, who, expected_ticket_id=body.ticket)
    )


@api.post(f"{_AT}/start", tags=[COUNTERS], security=SECURITY, responses=_TICKET)
def start(path: requests.CounterPath, body: requests.Meant) -> Response:
    """The customer has come."""
    return _verb(
        path, lambda tx, slug, number, who: calling.start(tx, slug, number, who, expected_ticket_id=body.ticket)
    )


@api.post(f"{_AT}/finish", tags=[COUNTERS], security=SECURITY, responses=_TICKET)
def finish(path: requests.CounterPath, body: requests.Finish) -> Response:
    """The customer is served."""
    return _verb(
        path,
        lambda tx, slug, number, who: calling.finish(
            tx, slug, number, who, expected_ticket_id=body.ticket, outcome=body.outcome
        ),
    )


@api.post(f"{_AT}/no-show", tags=[COUNTERS], security=SECURITY, responses=_TICKET)
def no_show(path: requests.CounterPath, body: requests.Meant) -> Response:
    """The customer did not come."""
    return _verb(
        path, lambda tx, slug, number, who: calling.no_show(tx, slug, number, who, expected_ticket_id=body.ticket)
    )


@api.post(f"{_AT}/park", tags=[COUNTERS], security=SECURITY, responses=_TICKET)
def park(path: requests.CounterPath, body: requests.Park) -> Response:
    """Set the customer aside."""
    return _verb(
        path,
        lambda tx, slug, number, who: moving.park(
            tx, slug, number, who, expected_ticket_id=body.ticket, reason=body.reason
        ),
    )


@api.post(f"{_AT}/put-back", tags=[COUNTERS], security=SECURITY, responses=_TICKET)
def put_back(path: requests.CounterPath, body: requests.Meant) -> Response:
    """Back into the line at the old place; of a parked ticket too, where it is named."""
    return _verb(
        path, lambda tx, slug, number, who: moving.put_back(tx, slug, number, who, expected_ticket_id=body.ticket)
    )


@api.post(f"{_AT}/transfer", tags=[COUNTERS], security=SECURITY, responses=_TICKET)
def transfer(path: requests.CounterPath, body: requests.Transfer) -> Response:
    """Send the customer on to another service or counter, under the same number."""
    return _verb(
        path,
        lambda tx, slug, number, who: moving.transfer_from_counter(
            tx,
            slug,
            number,
            who,
            expected_ticket_id=body.ticket,
            service=body.service,
            to_counter=body.counter,
            keep_place=body.keep_place,
            note=body.note,
        ),
    )


@api.post(f"{_AT}/undo", tags=[COUNTERS], security=SECURITY, responses=_TICKET)
def undo(path: requests.CounterPath, body: requests.Meant) -> Response:
    """Take back the counter's last call, start, finish or no-show, within ten seconds."""
    return _verb(
        path, lambda tx, slug, number, who: undoing.undo(tx, slug, number, who, expected_ticket_id=body.ticket)
    )

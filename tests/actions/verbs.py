"""The actions of the model test: the real function of each name, and its arguments."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from server.actions import issuing
from server.actions.queue import calling, counters, moving, undoing
from server.domain.people.principal import Principal
from server.domain.ticket import Ticket
from server.store.tables import tickets


def _as_left(tx: Any, ticket: Ticket) -> int:
    assert ticket == tickets.get(tx.db, ticket.id), "an action returns its ticket as it has left it"
    return ticket.id


def _ticket(act: Callable[..., Ticket]) -> Callable[..., int]:
    return lambda tx, principal, **arguments: _as_left(tx, act(tx, "central", principal, **arguments))


def _counter(act: Callable[..., Ticket | None], **names: str) -> Callable[..., int | None]:
    """An action at a counter, whose arguments have these names in the real function."""

    def action(tx: Any, principal: Principal, *, number: int, **arguments: Any) -> int | None:
        ticket = act(
            tx, "central", number, principal, **{names.get(name, name): value for name, value in arguments.items()}
        )
        return None if ticket is None else _as_left(tx, ticket)

    return action


def _issue(tx: Any, slug: str, principal: Principal, *, service: str, priority: str | None) -> Ticket:
    return issuing.issue_ticket(
        tx, slug, principal, service=service, priority=priority, language=None, address=lambda _b, i: f"http://x/t/{i}"
    ).ticket


REAL: dict[str, Callable[..., Any]] = {
    "issue": _ticket(_issue),
    "cancel_own": _ticket(lambda tx, _slug, _who, *, ticket_id: moving.cancel_own(tx, ticket_id)),
    "open": _counter(counters.open_counter),
    "pause": _counter(partial(counters.pause_counter, reason="prayer")),
    "pause_later": _counter(partial(counters.pause_counter, reason="prayer", after_customer=True)),
    "close": _counter(counters.close_counter),
    "call_next": _counter(calling.call_next),
    "call": _counter(partial(calling.call_number, reason="asked for"), ticket="ticket_number"),
    "recall": _counter(calling.recall),
    "start": _counter(calling.start),
    "finish": _counter(calling.finish),
    "no_show": _counter(calling.no_show),
    "park": _counter(partial(moving.park, reason=None)),
    "put_back": _counter(moving.put_back),
    "transfer": _counter(partial(moving.transfer_from_counter, note=None), to="to_counter", keep="keep_place"),
    "undo": _counter(undoing.undo),
    "transfer_by_number": _ticket(
        lambda tx, slug, principal, *, ticket, service, to, keep: moving.transfer_by_number(
            tx, slug, principal, ticket_number=ticket, service=service, to_counter=to, keep_place=keep, note=None
        )
    ),
    "cancel": _ticket(
        lambda tx, slug, principal, *, ticket: moving.cancel_by_number(tx, slug, principal, ticket_number=ticket)
    ),
    "reinstate": _ticket(
        lambda tx, slug, principal, *, ticket, keep: moving.reinstate(
            tx, slug, principal, ticket_number=ticket, keep_place=keep
        )
    ),
}
"""Name → real action."""
ARGUMENTS = {
    "issue": {"service", "priority"},
    "cancel_own": {"ticket_id"},
    "open": {"number", "take_over"},
    "pause": {"number"},
    "pause_later": {"number"},
    "close": {"number"},
    "call_next": {"number", "expected_ticket_id", "finish"},
    "call": {"number", "ticket"},
    **{
        v: {"number", "expected_ticket_id"}
        for v in ("recall", "start", "finish", "no_show", "park", "put_back", "undo")
    },
    "transfer": {"number", "expected_ticket_id", "service", "to", "keep"},
    "transfer_by_number": {"ticket", "service", "to", "keep"},
    "cancel": {"ticket"},
    "reinstate": {"ticket", "keep"},
}
"""Name → arguments of the action."""
AT_COUNTERS = {verb for verb, arguments in ARGUMENTS.items() if "number" in arguments}


def never(verb: str, _tx: Any) -> int:
    """An action that a retry must not perform."""
    raise AssertionError(f"{verb} was done twice")

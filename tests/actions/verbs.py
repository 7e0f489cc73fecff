"""Every verb as the model asks for it: the real action behind its name, and what it may be asked with."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from server.actions import issuing
from server.actions.queue import calling, counters, moving, undoing
from server.domain.people.principal import Principal
from server.domain.ticket import Ticket
from server.store.tables import tickets


def _as_left(tx: Any, told: Ticket) -> int:
    assert told == tickets.get(tx.db, told.id), "an action returns its ticket as it has left it"
    return told.id


def _ticket(act: Callable[..., Ticket]) -> Callable[..., int]:
    return lambda tx, who, **wish: _as_left(tx, act(tx, "central", who, **wish))


def _counter(act: Callable[..., Ticket | None], **names: str) -> Callable[..., int | None]:
    """A verb at a counter, whose wishes the action knows by these names."""

    def action(tx: Any, who: Principal, *, number: int, **wish: Any) -> int | None:
        told = act(tx, "central", number, who, **{names.get(name, name): value for name, value in wish.items()})
        return None if told is None else _as_left(tx, told)

    return action


def _issue(tx: Any, slug: str, who: Principal, *, service: str, priority: str | None) -> Ticket:
    return issuing.issue_ticket(
        tx, slug, who, service=service, priority=priority, language=None, address=lambda _b, i: f"http://x/t/{i}"
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
        lambda tx, slug, who, *, ticket, service, to, keep: moving.transfer_by_number(
            tx, slug, who, ticket_number=ticket, service=service, to_counter=to, keep_place=keep, note=None
        )
    ),
    "cancel": _ticket(lambda tx, slug, who, *, ticket: moving.cancel_by_number(tx, slug, who, ticket_number=ticket)),
    "reinstate": _ticket(
        lambda tx, slug, who, *, ticket, keep: moving.reinstate(tx, slug, who, ticket_number=ticket, keep_place=keep)
    ),
}
"""Verb → the real action."""
WISHES = {
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
"""Verb → what it may be asked with."""
AT_COUNTERS = {verb for verb, wishes in WISHES.items() if "number" in wishes}

"""Describe how a changed declaration would affect people who use the branch now."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from server.domain.branch import Branch
from server.domain.counter import CounterState, CounterStatus
from server.domain.ticket import AT_COUNTER, State, Ticket

NUMBERS_NAMED = 5
"""The maximum number of tickets named in a sentence; the others are only counted."""


def effects_of_change(
    current: Branch, target: Branch, tickets: Sequence[Ticket], counters: Iterable[CounterStatus]
) -> list[str]:
    """Describe what people use now and would lose, one sentence each; empty if nothing in use is removed.

    `tickets` are the open ones, `counters` those that are not yet retired.
    """
    removed = {c.number for c in current.active_counters} - {c.number for c in target.active_counters}
    states = {c.number: c for c in counters}
    effects = [text for number in sorted(removed) for text in _counter_effects(states.get(number), number, tickets)]
    return [*effects, *_service_effects(current, target, tickets)]


def effects_of_closing(tickets: Sequence[Ticket], counters: Iterable[CounterStatus]) -> list[str]:
    """Describe what people would lose if the branch closed permanently, one sentence each."""
    effects = [f"{_ticket_list(tickets)} would end: nobody is called any more."] if tickets else []
    in_use = [str(c.number) for c in counters if c.state is not CounterState.CLOSED]
    return effects + ([f"{with_count(len(in_use), 'counter')} would close: {', '.join(in_use)}."] if in_use else [])


def _counter_effects(counter: CounterStatus | None, number: int, tickets: Sequence[Ticket]) -> list[str]:
    effects = []
    if counter is not None and counter.state is not CounterState.CLOSED:
        agent = f", held by {counter.agent}" if counter.agent else ""
        effects.append(f"counter {number} is {counter.state.value}{agent}; it would close.")
    held = next((t for t in tickets if t.counter == number and t.state in AT_COUNTER), None)
    if held is not None:
        effects.append(
            f"counter {number} holds {held.number} ({held.state.value}), which would go back to its place in the line."
        )
    addressed = [t for t in tickets if t.for_counter == number and t.state is State.WAITING]
    if addressed:
        verb = "waits" if len(addressed) == 1 else "wait"
        effects.append(
            f"{_ticket_list(addressed)} {verb} for counter {number} alone, and would go to the line of the service."
        )
    return effects


def _service_effects(current: Branch, target: Branch, tickets: Sequence[Ticket]) -> list[str]:
    offered = {s.code for s in target.active_services}
    staying = {c.number for c in target.active_counters}
    effects = []
    for service in current.services:
        code = service.code
        affected = [t for t in tickets if t.service == code]
        if not affected:
            continue
        before = current.counters_serving(code)
        after = target.counters_serving(code) if code in offered else tuple(n for n in before if n in staying)
        withdrawn = code not in offered and not service.retired
        if withdrawn and after:
            counters = f"counter{'s' if len(after) > 1 else ''} {', '.join(map(str, after))}"
            effects.append(
                f"service {code} has {_ticket_list(affected)}, whom {counters} would still call; no new numbers."
            )
        elif (withdrawn or before) and not after:
            effects.append(
                f"service {code} has {_ticket_list(affected)}, and no counter would call them any more: call each "
                "by its number, send it on or cancel it."
            )
    return effects


def _ticket_list(tickets: Sequence[Ticket]) -> str:
    numbers = [t.number for t in tickets[:NUMBERS_NAMED]]
    more = len(tickets) - len(numbers)
    return f"{with_count(len(tickets), 'open ticket')} ({', '.join(numbers)}{f' and {more} more' if more else ''})"


def with_count(count: int, noun: str) -> str:
    """Format a count with its noun: "1 open ticket", "2 open tickets"."""
    return f"{count} {noun}{'' if count == 1 else 's'}"

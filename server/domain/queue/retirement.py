"""What a changed declaration would take from people who use it now, in words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from server.domain.branch import Branch
from server.domain.counter import CounterNow, CounterState
from server.domain.ticket import AT_COUNTER, State, Ticket

NUMBERS_NAMED = 5
"""So many tickets are named; of more, their count is told."""


def touches(known: Branch, wanted: Branch, tickets: Sequence[Ticket], counters: Iterable[CounterNow]) -> list[str]:
    """Whom it touches to make the branch as wanted: one sentence each, none where nothing in use would go.

    `tickets` are the open ones, `counters` those that are not retired yet.
    """
    gone = {c.number for c in known.active_counters} - {c.number for c in wanted.active_counters}
    states = {c.number: c for c in counters}
    found = [text for number in sorted(gone) for text in _counter(states.get(number), number, tickets)]
    return [*found, *_services(known, wanted, tickets)]


def branch_touches(tickets: Sequence[Ticket], counters: Iterable[CounterNow]) -> list[str]:
    """Whom it touches to close a branch for good."""
    found = [f"{_named(tickets)} would end: nobody is called any more."] if tickets else []
    open_now = [str(c.number) for c in counters if c.state is not CounterState.CLOSED]
    return found + ([f"{counted(len(open_now), 'counter')} would close: {', '.join(open_now)}."] if open_now else [])


def _counter(now: CounterNow | None, number: int, tickets: Sequence[Ticket]) -> list[str]:
    found = []
    if now is not None and now.state is not CounterState.CLOSED:
        agent = f", held by {now.agent}" if now.agent else ""
        found.append(f"counter {number} is {now.state.value}{agent}; it would close.")
    here = next((t for t in tickets if t.counter == number and t.state in AT_COUNTER), None)
    if here is not None:
        found.append(
            f"counter {number} holds {here.number} ({here.state.value}), which would go back to its place in the line."
        )
    addressed = [t for t in tickets if t.for_counter == number and t.state is State.WAITING]
    if addressed:
        verb = "waits" if len(addressed) == 1 else "wait"
        found.append(f"{_named(addressed)} {verb} for counter {number} alone, and would go to the line of the service.")
    return found


def _services(known: Branch, wanted: Branch, tickets: Sequence[Ticket]) -> list[str]:
    offered = {s.code for s in wanted.active_services}
    staying = {c.number for c in wanted.active_counters}
    found = []
    for service in known.services:
        code = service.code
        concerned = [t for t in tickets if t.service == code]
        if not concerned:
            continue
        before = known.counters_serving(code)
        after = wanted.counters_serving(code) if code in offered else tuple(n for n in before if n in staying)
        withdrawn = code not in offered and not service.retired
        if withdrawn and after:
            by = f"counter{'s' if len(after) > 1 else ''} {', '.join(map(str, after))}"
            found.append(f"service {code} has {_named(concerned)}, whom {by} would still call; no new numbers.")
        elif (withdrawn or before) and not after:
            found.append(
                f"service {code} has {_named(concerned)}, and no counter would call them any more: call each by its "
                "number, send it on or cancel it."
            )
    return found


def _named(tickets: Sequence[Ticket]) -> str:
    numbers = [t.number for t in tickets[:NUMBERS_NAMED]]
    more = len(tickets) - len(numbers)
    return f"{counted(len(tickets), 'open ticket')} ({', '.join(numbers)}{f' and {more} more' if more else ''})"


def counted(count: int, noun: str) -> str:
    """The count with its noun, as English has it: "1 open ticket", "2 open tickets"."""
    return f"{count} {noun}{'' if count == 1 else 's'}"

"""A history checker: all that clients saw, held against the event log.

Clients write down what they asked, when, and what they were answered (`Action`, `Read`, `Push`). `check` takes all of
it with the log and returns what cannot be: a `Violation` of one of these kinds.

- `lost`: acknowledged or shown, and not in the log.
- `unasked`: in the log, and nobody asked for it, or more often than it was asked for. Time does some things by itself.
- `order`: asked after something else was answered, and before it in the log.
- `stale`: a read that misses what was answered before it was asked, also by the same client.
- `wrong`: a read, a push or an answer that differs from the state that the log gives at its seq.
- `push`: seq of a connection that does not rise, or events that are not the log's.
- `denied`: refused for a reason that was never true while the client waited.
- `illegal`: the log itself breaks a rule of the queue. `number`: a number given twice, or a gap.

The order is the log's seq. It is the one order that all clients' views must admit: an action that was not answered may
have its place anywhere after it was asked, or nowhere. All times are of one clock that nobody sets.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from math import inf
from typing import Any
from zoneinfo import ZoneInfo

from server.domain.history.events import Event
from tests.actions.recomputed import no_gaps
from tests.faults.replay import Replay, Rules, View, describe

BY_TIME = frozenset(
    {
        "expired", "carried", "day_started", "branch_opened", "last_ticket", "branch_closed", "print_not_sent",
        "print_unknown", "printer_changed",
    }
)  # fmt: skip
"""What the system does by itself, when its time has come."""


@dataclass(frozen=True)
class Effect:
    """One event that an action has in the log; None: any."""

    type: str
    ticket: int | None = None
    counter: int | None = None
    job: int | None = None

    def fits(self, event: Event) -> bool:
        """Whether the event may be this one."""
        return (
            event.type == self.type
            and self.ticket in (None, event.ticket_id)
            and self.counter in (None, event.counter)
            and self.job in (None, event.data.get("job"))
        )


@dataclass(frozen=True)
class Action:
    """What a client asked for; its tries with one key are one action."""

    client: str
    what: str
    effects: tuple[Effect, ...]
    """In the order of the log, one directly after the other."""
    asked: float
    answered: float | None = None
    """None: it may have been done, or may be done yet."""
    refused: str | None = None
    """The code of a refusal: then it was not done."""
    seq: int | None = None
    """What the answer said that the seq is."""
    optional: bool = False
    """Whether it may have been so already, and nothing be done."""
    exact: bool = False
    """Whether that is the seq of this very action; the answer to a retry says a later one."""
    ticket: int | None = None
    state: str | None = None
    """The state of the ticket in the answer."""


@dataclass(frozen=True)
class Read:
    """What a client was shown at its asking; `content` is the essence of the view."""

    client: str
    asked: float
    answered: float
    seq: int
    view: str
    content: View
    about: Any = None


@dataclass(frozen=True)
class Push:
    """What a socket was sent. A `snapshot` is the answer to its subscription, which others may share."""

    client: str
    connection: int
    seq: int
    view: str
    content: View
    events: tuple[tuple[int, str, str | None, int | None], ...] = ()
    snapshot: bool = False


@dataclass
class History:
    """Everything that clients wrote down; each list may be added to from any thread."""

    actions: list[Action] = field(default_factory=list)
    reads: list[Read] = field(default_factory=list)
    pushes: list[Push] = field(default_factory=list)


@dataclass(frozen=True)
class Violation:
    """What cannot be."""

    kind: str
    words: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.words}"


def check(log: Sequence[Event], history: History, rules: Rules, zone: ZoneInfo, *, since: int = 0) -> list[Violation]:
    """What of the history cannot be. `since`: the last seq before the clients began; they did nothing up to it."""
    checking = _Checking(log, history, since)
    checking.place()
    checking.compare(rules)
    return [*checking.violations, *_numbers(log, zone)]


def _numbers(log: Sequence[Event], zone: ZoneInfo) -> Iterator[Violation]:
    try:
        no_gaps(log, zone)
    except AssertionError as broken:
        yield Violation("number", str(broken))


@dataclass(frozen=True)
class _Placed:
    """Something with its place in the order: from the first to the last of its seqs."""

    what: str
    first: int
    last: int
    asked: float
    answered: float
    reads: bool = False


class _Checking:
    def __init__(self, log: Sequence[Event], history: History, since: int) -> None:
        self._log = log
        self._history = history
        self._since = since
        self._claimed: dict[int, Action] = {}
        self._placed: list[_Placed] = []
        self._empty: list[frozenset[int]] = []
        self.violations: list[Violation] = []

    def _report(self, kind: str, words: str) -> None:
        self.violations.append(Violation(kind, words))

    # where each action stands in the log

    def place(self) -> None:
        """Give every action its events, and see that none is left over and that their order is that of time."""
        later = [a for a in self._history.actions if a.refused is None and not self._place_exactly(a)]
        self._placed += [
            _Placed(f"{r.client} read the {r.view} at seq {r.seq}", r.seq, r.seq, r.asked, r.answered, reads=True)
            for r in self._history.reads
        ]
        self._find_places(later)
        for event in self._log[self._since :]:
            if event.seq not in self._claimed and not _by_time(event):
                self._report("unasked", f"{describe(event)}: nobody asked for it, or it was done twice")
        self._in_order_of_time()

    def _place_exactly(self, action: Action) -> bool:
        if action.seq is None or not action.exact:
            return False
        if not self._claim(action, action.seq):
            found = describe(self._log[action.seq - 1]) if action.seq <= len(self._log) else "nothing"
            self._report("lost", f"{_describe(action)} was acknowledged as seq {action.seq}, where the log has {found}")
        return True

    def _claim(self, action: Action, last: int) -> bool:
        """Give the action its events, the last of which is this one; False where they are others, or another's."""
        first = last - len(action.effects) + 1
        events = self._log[first - 1 : last] if self._since < first and last <= len(self._log) else []
        fits = len(events) == len(action.effects) and all(
            effect.fits(event) and event.seq not in self._claimed
            for effect, event in zip(action.effects, events, strict=True)
        )
        if fits:
            self._claimed |= dict.fromkeys(range(first, last + 1), action)
            ended = inf if action.answered is None else action.answered
            self._placed.append(_Placed(_describe(action), first, last, action.asked, ended))
        return fits

    def _find_places(self, actions: Sequence[Action]) -> None:
        """Give each of those whose answers name no seq, or that were not answered, the first event that may be its own.

        Those that were answered come first, since they must have one. Of several, one that explains more events comes
        first, then the one with the earliest end.
        """
        known = self._latest_known()
        for answered in (True, False):
            waiting: dict[str, list[tuple[int, float, float, int, Action]]] = defaultdict(list)
            for n, action in enumerate(actions):
                if (action.answered is not None) is answered:
                    until = inf if action.seq is None else action.seq
                    of_type = waiting[action.effects[-1].type]
                    of_type.append((-len(action.effects), until, action.asked, n, action))
            for of_type in waiting.values():
                of_type.sort()
            for event in self._log[self._since :]:
                candidates = waiting.get(event.type, [])
                for n, (_, until, asked, _, action) in enumerate(candidates):
                    if known.before(asked) < event.seq <= until and self._claim(action, event.seq):
                        del candidates[n]
                        break
            for *_, action in (one for of_type in waiting.values() for one in of_type):
                if action.answered is not None and not action.optional:
                    after = known.before(action.asked)
                    words = f"{_describe(action)} was acknowledged, and is not in the log after seq {after}"
                    self._report("lost", words)

    def _latest_known(self) -> _Latest:
        return _Latest([(one.answered, one.last) for one in self._placed])

    def _in_order_of_time(self) -> None:
        """What was answered before something else was asked stands before it."""
        ended = sorted((one for one in self._placed if one.answered < inf), key=lambda one: one.answered)
        latest, n = None, 0
        for one in sorted(self._placed, key=lambda one: one.asked):
            while n < len(ended) and ended[n].answered < one.asked:
                latest = ended[n] if latest is None or ended[n].last > latest.last else latest
                n += 1
            if latest is None:
                continue
            if one.reads and one.first < latest.last:
                self._report("stale", f"{one.what}, asked after this was answered: {latest.what} (seq {latest.last})")
            elif not one.reads and one.first <= latest.last:
                self._report("order", f"{one.what} is seq {one.first}, asked after: {latest.what} (seq {latest.last})")

    # what each was shown

    def compare(self, rules: Rules) -> None:
        """See that every view is the state that the log gives at its seq, and that pushes go on in its order."""
        shown: dict[int, list[tuple[str, str, Any, View]]] = defaultdict(list)
        for read in self._history.reads:
            shown[read.seq].append((read.client, read.view, read.about, read.content))
        for push in self._history.pushes:
            shown[push.seq].append((push.client, push.view, None, push.content))
        for action in self._history.actions:
            if action.seq is not None and action.ticket is not None:
                shown[action.seq].append((_describe(action), "ticket", action.ticket, {"state": action.state}))
        replay = Replay(rules)
        self._see(replay, shown.pop(0, []), rules)
        for event in self._log:
            for words in replay.apply(event):
                self._report("illegal", words)
            self._see(replay, shown.pop(event.seq, []), rules)
        for seq, views in shown.items():
            for client, view, _, _ in views:
                self._report("lost", f"{client} was shown the {view} at seq {seq}; the log ends at {len(self._log)}")
        self._pushes_in_order()
        self._refusals_were_true()

    def _see(self, replay: Replay, shown: Iterable[tuple[str, str, Any, View]], rules: Rules) -> None:
        self._empty.append(frozenset(n for n in rules.services if next(replay.waiting_for(n), None) is None))
        expected: dict[tuple[str, Any], View] = {}
        for client, view, asked_about, content in shown:
            about = content.get("since", asked_about)
            if (view, about) not in expected:
                expected[view, about] = replay.view(view, about)
            for part, so in expected[view, about].items():
                if content[part] != so:
                    words = f"{client} was shown {part} {content[part]} in the {view} at seq {replay.seq}, it was {so}"
                    self._report("wrong", words)

    def _pushes_in_order(self) -> None:
        last: dict[tuple[str, int], int] = {}
        for push in self._history.pushes:
            if push.snapshot:
                continue
            before = last.get((push.client, push.connection), 0)
            if push.seq <= before:
                self._report("push", f"{push.client} was sent seq {push.seq} after seq {before}")
            last[push.client, push.connection] = max(push.seq, before)
            begin = push.seq - len(push.events)
            so = tuple((e.seq, e.type.value, e.number, e.counter) for e in self._log[begin : push.seq])
            if not push.events or push.events != so:
                self._report("push", f"{push.client} was told {push.events} with seq {push.seq}, it was {so}")

    def _refusals_were_true(self) -> None:
        known = self._latest_known()
        asked = sorted((one.asked, one.first) for one in self._placed if not one.reads)
        # no action that was asked after a moment can have happened before it
        earliest = [inf] * (len(asked) + 1)
        for n in reversed(range(len(asked))):
            earliest[n] = min(earliest[n + 1], asked[n][1])
        for action in self._history.actions:
            if action.refused != "queue-empty" or action.answered is None:
                continue
            counter = action.effects[-1].counter
            low = known.before(action.asked)
            high = min(earliest[bisect_left(asked, (action.answered, 0))] - 1, len(self._log))
            if not any(counter in self._empty[seq] for seq in range(low, int(high) + 1)):
                self._report("denied", f"{_describe(action)}: somebody waited at every seq from {low} to {high}")


class _Latest:
    """The highest seq that anybody had been told of, by when."""

    def __init__(self, known: list[tuple[float, int]]) -> None:
        self._times: list[float] = []
        self._seqs: list[int] = []
        for time, seq in sorted(known):
            self._times.append(time)
            self._seqs.append(max(seq, self._seqs[-1] if self._seqs else 0))

    def before(self, time: float) -> int:
        n = bisect_left(self._times, time)
        return self._seqs[n - 1] if n else 0


def _by_time(event: Event) -> bool:
    if event.type == "counter_closed":
        return event.data.get("reason") == "day_end"
    return event.type in BY_TIME


def _describe(action: Action) -> str:
    return f"{action.client}: {action.what}"

"""The history checker sees each kind of thing that cannot be, planted in a history that can."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from server.domain.history.events import Event, EventType
from tests.faults.history import Action, Effect, History, Push, Read, check
from tests.faults.replay import Replay, Rules

ZONE = ZoneInfo("Asia/Jakarta")
RULES = Rules({1: frozenset("A"), 2: frozenset("A")}, {"senior": timedelta(minutes=20)})
BEGINNING = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


class Book:
    """A day that is written down as it happens: its log, and what each client saw of it."""

    def __init__(self) -> None:
        self.log: list[Event] = []
        self.history = History()
        self.time = 0.0
        for number in (1, 2):
            self.act("desk", Effect("counter_opened", counter=number))

    def event(self, effect: Effect, **data: Any) -> Event:
        """What happens now."""
        seq = len(self.log) + 1
        number = f"A{effect.ticket:03}" if effect.ticket is not None else None
        at, service = BEGINNING + timedelta(seconds=seq), "A" if number else None
        event = Event(seq, EventType(effect.type), at, effect.ticket, number, service, effect.counter, data)
        self.log.append(event)
        return event

    def tick(self) -> float:
        """A moment later."""
        self.time += 1
        return self.time

    def act(self, client: str, *effects: Effect, **data: Any) -> Action:
        """Somebody asks for something, and it is done and acknowledged."""
        asked = self.tick()
        for effect in effects:
            event = self.event(effect, **data)
        ticket = effects[-1].ticket
        state = self.replay(len(self.log)).tickets[ticket].state if ticket is not None else None
        action = Action(
            client,
            effects[-1].type,
            effects,
            asked,
            self.tick(),
            None,
            event.seq,
            exact=True,
            ticket=ticket,
            state=state,
        )
        self.history.actions.append(action)
        return action

    def perhaps(self, client: str, effect: Effect) -> None:
        """Somebody asks for something, and is not answered."""
        self.history.actions.append(Action(client, effect.type, (effect,), self.tick()))

    def refused(self, client: str, code: str, effect: Effect) -> None:
        """Somebody asks for something, and is told why it is not done."""
        self.history.actions.append(Action(client, effect.type, (effect,), self.tick(), self.tick(), code))

    def replay(self, seq: int) -> Replay:
        """The branch at a seq."""
        replay = Replay(RULES)
        for event in self.log[:seq]:
            replay.apply(event)
        return replay

    def read(
        self, client: str, view: str, about: Any = None, *, as_of: int | None = None, seq: int | None = None
    ) -> None:
        """Somebody looks, and is shown the state of `as_of` as that of `seq`; both are of now."""
        now = len(self.log)
        content = self.replay(now if as_of is None else as_of).view(view, about)
        asked = self.tick()
        self.history.reads.append(Read(client, asked, self.tick(), now if seq is None else seq, view, content, about))

    def push(self, seq: int, since: int, *, as_of: int | None = None, connection: int = 1) -> None:
        """A screen is sent the state of `as_of`, which is that of `seq`, and what has happened `since`."""
        content = self.replay(seq if as_of is None else as_of).view("board", None)
        events = tuple((e.seq, e.type.value, e.number, e.counter) for e in self.log[since:seq])
        self.history.pushes.append(Push("wall", connection, seq, "board", content, events))

    def found(self) -> list[str]:
        """The kinds of what the checker finds."""
        return [violation.kind for violation in check(self.log, self.history, RULES, ZONE)]


def issued(ticket: int) -> Effect:
    return Effect("issued", ticket)


def called(ticket: int, counter: int = 1) -> Effect:
    return Effect("called", ticket, counter)


@pytest.fixture
def book() -> Book:
    """A day on which three numbers are taken, and two of them called and finished."""
    day = Book()
    for ticket in (1, 2, 3):
        day.act("kiosk", issued(ticket))
        day.read("kiosk", "board")
    day.act("desk", called(1), why="earliest")
    day.push(len(day.log), len(day.log) - 2)
    day.act("desk", Effect("recalled", 1, 1))
    day.read("desk", "counter", 1)
    day.act("desk", Effect("finished", 1, 1), called(2), why="earliest")
    day.push(len(day.log), len(day.log) - 3)
    day.act("desk", Effect("undone", 2, 1), undid=len(day.log), verb="called")
    day.read("clerk", "queue")
    day.read("customer", "ticket", 1)
    return day


def test_nothing_is_found_in_a_day_that_can_be(book: Book) -> None:
    assert book.found() == []


def test_what_time_does_by_itself_was_asked_for_by_nobody(book: Book) -> None:
    book.event(Effect("expired", 3))
    assert book.found() == []


def test_an_action_that_was_not_answered_is_in_the_log_once_or_not_at_all(book: Book) -> None:
    book.perhaps("kiosk", Effect("issued"))
    assert book.found() == []
    book.event(issued(4))
    assert book.found() == []
    book.event(issued(5))
    assert book.found() == ["unasked"]


def test_an_action_that_was_not_answered_may_be_done_much_later_and_never_before(book: Book) -> None:
    book.perhaps("kiosk", Effect("issued"))
    book.act("other kiosk", issued(4))
    book.event(issued(5))
    assert book.found() == []
    book.history.actions.append(replace(book.history.actions.pop(-2), asked=book.tick()))
    assert book.found() == []
    book.read("kiosk", "board")
    book.history.actions.append(replace(book.history.actions.pop(-1), asked=book.tick()))
    assert "unasked" in book.found()


def test_the_answer_to_a_retry_names_a_later_seq(book: Book) -> None:
    recall = book.act("desk", called(2, 2), why="earliest")
    book.act("kiosk", issued(4))
    place = book.history.actions.index(recall)
    later = replace(recall, seq=len(book.log), exact=False, answered=book.tick())
    book.history.actions[place] = later
    assert book.found() == []
    book.history.actions[place] = replace(later, seq=2)
    assert "lost" in book.found()


def test_of_actions_that_were_not_answered_the_one_that_explains_more_events_is_taken(book: Book) -> None:
    book.perhaps("desk", Effect("called", counter=2))
    book.act("desk", called(2, 2), why="earliest")
    finish_and_call = (Effect("finished", 2, 2), Effect("called", counter=2))
    book.history.actions.append(Action("desk", "call-next", finish_and_call, book.tick()))
    book.event(Effect("finished", 2, 2))
    book.event(called(3, 2), why="earliest")
    assert book.found() == []


def lose_the_end(book: Book) -> None:
    del book.log[-1]


def lose_in_the_middle(book: Book) -> None:
    """The recall is gone, and the log closed behind it."""
    gone = next(e for e in book.log if e.type == "recalled")
    book.log = [replace(e, seq=e.seq - (e.seq > gone.seq)) for e in book.log if e is not gone]


def lose_one_without_a_seq(book: Book) -> None:
    """An issue, whose answer names no seq."""
    action = book.act("kiosk", issued(4))
    book.history.actions[-1] = replace(action, seq=None, exact=False)
    del book.log[-1]


def do_twice(book: Book) -> None:
    book.act("desk", called(2, 2), why="earliest")
    book.act("desk", Effect("recalled", 2, 2))
    book.event(Effect("recalled", 2, 2))


def answer_two_with_one(book: Book) -> None:
    action = book.act("desk", called(2, 2), why="earliest")
    book.history.actions.append(replace(action, client="another desk"))


def ask_for_nothing(book: Book) -> None:
    book.event(issued(4))


def reorder(book: Book) -> None:
    """The second kiosk asked when the first had its number."""
    first, second = book.act("one kiosk", issued(4)), book.act("other kiosk", issued(5))
    book.history.actions[-2:] = [
        replace(first, asked=second.asked, answered=second.answered),
        replace(second, asked=first.asked, answered=first.answered),
    ]


def read_what_was(book: Book) -> None:
    """True of its seq, but older than what was answered to somebody else before."""
    book.act("kiosk", issued(4))
    book.read("clerk", "queue", as_of=len(book.log) - 1, seq=len(book.log) - 1)


def miss_the_own_action(book: Book) -> None:
    book.act("kiosk", issued(4))
    book.read("kiosk", "board", as_of=len(book.log) - 1, seq=len(book.log) - 1)


def go_back_between_reads(book: Book) -> None:
    book.read("clerk", "queue")
    book.read("clerk", "queue", as_of=len(book.log) - 1, seq=len(book.log) - 1)


def show_the_old_as_new(book: Book) -> None:
    book.act("kiosk", issued(4))
    book.read("clerk", "queue", as_of=len(book.log) - 1)


def show_an_old_counter_as_new(book: Book) -> None:
    book.act("desk", called(2, 2), why="earliest")
    book.read("clerk", "counter", 2, as_of=len(book.log) - 1)


def push_the_old_as_new(book: Book) -> None:
    book.act("desk", called(2, 2), why="earliest")
    book.push(len(book.log), len(book.log) - 1, as_of=len(book.log) - 1)


def answer_another_state(book: Book) -> None:
    action = book.act("desk", called(2, 2), why="earliest")
    book.history.actions[-1] = replace(action, state="waiting")


def show_what_never_was(book: Book) -> None:
    book.read("clerk", "queue", seq=len(book.log) + 3)


def push_twice(book: Book) -> None:
    book.push(len(book.log), len(book.log) - 1)
    book.push(len(book.log), len(book.log) - 1)


def push_backwards(book: Book) -> None:
    book.push(len(book.log), len(book.log) - 1)
    book.push(len(book.log) - 1, len(book.log) - 2)


def push_other_events(book: Book) -> None:
    book.push(len(book.log), len(book.log) - 1)
    told = book.history.pushes[-1]
    book.history.pushes[-1] = replace(told, events=((told.seq, "called", "A009", 1),))


def refuse_in_vain(book: Book) -> None:
    book.refused("desk", "queue-empty", Effect("called", counter=2))


def give_a_number_twice(book: Book) -> None:
    book.act("kiosk", issued(4))
    book.log[-1] = replace(book.log[-1], number="A001")


def leave_a_number_out(book: Book) -> None:
    book.act("kiosk", issued(4))
    book.log[-1] = replace(book.log[-1], number="A005")


def call_out_of_turn(book: Book) -> None:
    book.act("desk", called(3, 2), why="earliest")


def call_two_to_one_counter(book: Book) -> None:
    book.act("desk", called(2), why="earliest")
    book.act("desk", called(3), why="earliest")


def finish_who_waits(book: Book) -> None:
    book.act("desk", Effect("finished", 3, 1))


def print_twice(book: Book) -> None:
    for _ in range(2):
        book.event(Effect("print_started", 1), job=7)
        book.event(Effect("print_printed", 1), job=7)
        for kind in ("print_started", "print_printed"):
            book.history.actions.append(Action("printer", kind, (Effect(kind, job=7),), book.tick(), book.tick()))


@pytest.mark.parametrize(
    ("damage", "kind"),
    [
        (lose_the_end, "lost"),
        (lose_in_the_middle, "lost"),
        (lose_one_without_a_seq, "lost"),
        (answer_two_with_one, "lost"),
        (show_what_never_was, "lost"),
        (do_twice, "unasked"),
        (ask_for_nothing, "unasked"),
        (reorder, "order"),
        (read_what_was, "stale"),
        (miss_the_own_action, "stale"),
        (go_back_between_reads, "stale"),
        (show_the_old_as_new, "wrong"),
        (show_an_old_counter_as_new, "wrong"),
        (push_the_old_as_new, "wrong"),
        (answer_another_state, "wrong"),
        (push_twice, "push"),
        (push_backwards, "push"),
        (push_other_events, "push"),
        (refuse_in_vain, "denied"),
        (give_a_number_twice, "number"),
        (leave_a_number_out, "number"),
        (call_out_of_turn, "illegal"),
        (call_two_to_one_counter, "illegal"),
        (finish_who_waits, "illegal"),
        (print_twice, "illegal"),
    ],
    ids=lambda given: given.__name__ if callable(given) else given,
)
def test_what_cannot_be_is_found(book: Book, damage: Callable[[Book], None], kind: str) -> None:
    damage(book)
    assert kind in book.found()


def test_a_refusal_that_was_true_at_some_moment_while_the_client_waited_is_right(book: Book) -> None:
    book.act("desk", called(2, 2), why="earliest")
    book.act("desk", called(3, 1), why="earliest")
    asked = book.tick()
    book.act("kiosk", issued(4))
    refusal = Action("desk", "call-next", (Effect("called", counter=2),), asked, book.tick(), "queue-empty")
    book.history.actions.append(refusal)
    assert book.found() == []
    book.history.actions[-1] = replace(refusal, asked=book.tick(), answered=book.tick())
    assert book.found() == ["denied"]


def test_clients_that_began_later_are_not_asked_for_what_was_before(book: Book) -> None:
    book.history = History()
    assert set(book.found()) == {"unasked"}
    assert check(book.log, book.history, RULES, ZONE, since=len(book.log)) == []

"""Tickets carried over the turn of the business day, their limits, and numbers issued meanwhile."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest

from server.actions.queue.day_end import effects_of_settings
from server.clock import JumpWatch
from server.domain.branch import Branch, Span
from server.domain.errors import NotFound, NumbersExhausted, QuotaReached, TicketStateConflict
from server.domain.ticket import State, Ticket
from tests.scene import Scene, a_branch, a_clerk, a_counter, a_service

ALL_DAY = dict.fromkeys(range(7), (Span(time(0), time(0)),))
NIGHT = dict.fromkeys(range(7), (Span(time(20), time(4)),))
OFFICE = dict.fromkeys(range(7), (Span(time(8), time(15)),))


def at(text: str, zone: str = "+07:00") -> datetime:
    return datetime.fromisoformat(text + zone).astimezone(UTC)


EVENING = at("2026-11-23T23:50")


def a_scene(path: Path, now: datetime = EVENING, **more: Any) -> Scene:
    """A branch with two counters, ten minutes before midnight."""
    values: dict[str, Any] = {"hours": ALL_DAY, "counters": (a_counter(1), a_counter(2))}
    scene = Scene(path, a_branch(**values | more), now=now)
    scene.end_day()
    return scene


def changed(branch: Branch, **more: Any) -> Branch:
    return replace(branch, **more)


def of_log(scene: Scene, kind: str) -> list[str | None]:
    return [e.number for e in scene.log if e.type == kind]


def state(scene: Scene, ticket: Ticket) -> State:
    return scene.ticket(ticket.id).state


def as_the_log_says(scene: Scene) -> None:
    rebuilt = scene.rebuilt()
    for ticket_id, log in rebuilt.items():
        row = scene.ticket(ticket_id)
        assert (row.state, row.ended_at, len(row.legs)) == (log.state, log.ended_at, len(log.legs))


def test_where_the_branch_is_open_at_the_turn_everybody_keeps_ticket_counter_and_place(tmp_path: Path) -> None:
    scene = a_scene(tmp_path)
    scene.open(1)
    scene.open(2)
    served, called, parked, first, second = (scene.issue() for _ in range(5))
    scene.call_next(1), scene.start(1)
    scene.call_next(2)
    scene.finish(1), scene.call_next(1), scene.park(1)
    serving = scene.call_next(1)
    scene.start(1)
    scene.clock.now = at("2026-11-24T00:00")
    assert scene.end_day() == 0
    assert of_log(scene, "carried") == [called.number, parked.number, first.number, second.number]
    assert [c.state for c in scene.snapshot.counters] == ["open", "open"]
    assert scene.finish(1).id == serving.id
    fresh = scene.issue()
    assert (fresh.number, state(scene, served)) == ("A001", State.SERVED)
    assert scene.start(2).id == called.id
    assert scene.call(parked.number, 1).id == parked.id
    scene.start(1), scene.finish(1)
    assert scene.call_next(1).id == second.id  # before customers who came after midnight
    as_the_log_says(scene)


def test_a_night_that_crosses_the_start_of_the_day_ends_when_the_branch_closes(tmp_path: Path) -> None:
    scene = a_scene(tmp_path, at("2026-11-24T02:50"), day_start=time(3), hours=NIGHT)
    scene.open(1)
    scene.open(2)
    waits, parked, serving = scene.issue(), scene.issue(), scene.issue()
    scene.call(parked.number, 1), scene.park(1)
    scene.call(serving.number, 1), scene.start(1)
    scene.clock.now = at("2026-11-24T03:00")
    assert scene.end_day() == 0
    new = scene.issue()
    assert new.number == "A004"  # numbers of open tickets are skipped
    scene.clock.now = at("2026-11-24T03:59:59")
    assert scene.end_day() == 0
    scene.clock.forward(1)
    assert scene.end_day() == 2
    assert [state(scene, t) for t in (waits, parked, serving, new)] == ["expired", "expired", "serving", "waiting"]
    # whoever is being served when the branch closes is finished
    scene.clock.forward(minutes=20)
    assert scene.finish(1).id == serving.id
    as_the_log_says(scene)


def test_nobody_is_carried_for_longer_than_carry_hours(tmp_path: Path) -> None:
    scene = a_scene(tmp_path, carry_for=timedelta(hours=12))
    scene.open(1)
    serving, waits = scene.issue(), scene.issue()
    scene.call_next(1), scene.start(1)
    scene.clock.now = at("2026-11-24T11:59:59")
    assert scene.end_day() == 0
    scene.clock.forward(1)
    assert (scene.end_day(), scene.end_day()) == (2, 0)
    assert {state(scene, serving), state(scene, waits)} == {State.EXPIRED}


@pytest.mark.parametrize(
    ("hours", "carry"),
    [(OFFICE, 12), (ALL_DAY, 0), ({**OFFICE, 0: (Span(time(8), time(0)),)}, 12), ({1: (Span(time(0), time(9)),)}, 12)],
    ids=["closed at night", "carries nobody", "closes at the turn", "opens at the turn"],
)
def test_a_branch_closed_at_the_turn_expires_all_open_tickets(tmp_path: Path, hours: Any, carry: int) -> None:
    scene = a_scene(tmp_path, hours=hours, carry_for=timedelta(hours=carry))
    scene.open(1)
    waits, called = scene.issue(after_hours=True), scene.issue(after_hours=True)
    scene.call(called.number, 1)
    scene.clock.now = at("2026-11-24T00:00")
    assert scene.end_day() == 2
    assert {state(scene, waits), state(scene, called)} == {State.EXPIRED}
    assert scene.issue(after_hours=True).number == "A001"


def test_without_hours_a_branch_is_open_while_a_counter_is(tmp_path: Path) -> None:
    scene = a_scene(tmp_path, hours=None)
    scene.open(1)
    serving, waits = scene.issue(), scene.issue()
    scene.call_next(1), scene.start(1)
    scene.clock.now = at("2026-11-24T00:00")
    assert scene.end_day() == 0
    assert [c.state for c in scene.snapshot.counters] == ["open", "closed"]
    assert scene.finish(1).id == serving.id
    scene.pause(1)
    assert state(scene, waits) is State.WAITING
    today = scene.issue()
    scene.close(1)  # its clerk signs out, and the next one comes
    scene.clock.forward(minutes=14)
    assert scene.end_day() == 0
    scene.open(1)
    scene.clock.forward(minutes=20)
    assert scene.end_day() == 0
    scene.close(1)  # nobody comes: the branch has closed
    scene.clock.forward(minutes=15)
    assert scene.end_day() == 1
    assert [state(scene, t) for t in (waits, today)] == [State.EXPIRED, State.WAITING]
    as_the_log_says(scene)


def test_without_hours_moving_to_another_counter_closes_nothing(tmp_path: Path) -> None:
    scene = a_scene(tmp_path, hours=None)
    scene.open(1, a_clerk())
    waits = scene.issue()
    scene.clock.now = at("2026-11-24T00:10")
    scene.open(2, a_clerk())
    assert [c.state for c in scene.snapshot.counters] == ["closed", "open"]
    assert scene.call_next(2, principal=a_clerk()).id == waits.id


def test_without_hours_and_without_an_open_counter_everybody_expires(tmp_path: Path) -> None:
    scene = a_scene(tmp_path, hours=None)
    scene.open(1)
    scene.issue()
    scene.close(1)
    scene.clock.now = at("2026-11-24T00:00")
    assert scene.end_day() == 1


def test_a_counter_that_was_forgotten_open_in_the_afternoon_keeps_nobody_overnight(tmp_path: Path) -> None:
    scene = a_scene(tmp_path, at("2026-11-23T15:00"), hours=None)
    scene.open(1)
    scene.open(2)
    scene.issue(), scene.issue()
    scene.call_next(1)
    scene.clock.now = at("2026-11-24T07:00")
    assert scene.end_day() == 2
    assert [c.state for c in scene.snapshot.counters] == ["closed", "closed"]


@pytest.mark.parametrize(
    ("back", "expired"),
    [("2026-11-24T00:20", 0), ("2026-11-24T03:59", 0), ("2026-11-24T04:00", 2), ("2026-11-27T22:00", 2)],
    ids=["still open", "a minute before closing", "closed meanwhile", "days later, and open"],
)
def test_a_server_that_was_down_at_the_turn_catches_up_when_it_starts(tmp_path: Path, back: str, expired: int) -> None:
    scene = a_scene(tmp_path, hours=NIGHT)
    scene.open(1)
    first, _ = scene.issue(), scene.issue()
    scene.store.close()
    scene.clock.now = at(back)
    scene.restart()
    if expired:
        fresh = scene.issue(after_hours=True)  # the first action of the new day does it, before the sweep
        assert (len(of_log(scene, "expired")), fresh.number) == (expired, "A001")
    else:
        assert scene.call_next(1).id == first.id


def test_two_open_tickets_never_share_a_number_and_a_gap_is_not_counted_to_the_quota(tmp_path: Path) -> None:
    scene = a_scene(tmp_path, services=(a_service(daily_quota=4),))
    scene.open(1)
    for _ in range(4):
        scene.issue()
    for number in ("A001", "A003"):
        scene.call(number, 1), scene.start(1), scene.finish(1)
    scene.clock.now = at("2026-11-24T00:01")
    assert [scene.issue().number for _ in range(2)] == ["A001", "A003"]
    assert scene.board_view().services[0].remaining == 2
    assert [scene.issue().number for _ in range(2)] == ["A005", "A006"]
    with pytest.raises(QuotaReached):
        scene.issue()
    opened = [t.number for t in scene.snapshot.tickets]
    assert len(opened) == len(set(opened)) == 6


def test_numbers_that_are_all_held_come_back_as_soon_as_one_is_finished(tmp_path: Path) -> None:
    scene = a_scene(tmp_path, services=(a_service(last_number=3),))
    scene.open(1)
    for _ in range(3):
        scene.issue()
    scene.clock.now = at("2026-11-24T00:01")
    with pytest.raises(NumbersExhausted, match="another day still hold") as refused:
        scene.issue()
    assert refused.value.opens_at is None
    scene.end_day()
    shown = scene.board_view().services[0]
    assert (shown.closed_reason, shown.opens_at) == ("numbers", None)
    scene.call("A2", 1), scene.start(1), scene.finish(1)
    assert scene.board_view().services[0].closed_reason is None
    assert scene.issue().number == "A2"
    with pytest.raises(NumbersExhausted):
        scene.issue()


def test_a_no_show_just_before_the_turn_may_be_reinstated_after_it(tmp_path: Path) -> None:
    scene = a_scene(tmp_path)
    scene.open(1)
    missed, cancelled, early = (scene.issue() for _ in range(3))
    scene.call_next(1), scene.no_show(1)
    scene.cancel(cancelled.number)
    scene.clock.now = at("2026-11-24T00:05")
    assert scene.reinstate(missed.number).id == missed.id
    scene.issue(), scene.issue()
    as_the_log_says(scene)
    # The number has been issued to another customer meanwhile.
    taken = next(t for t in scene.snapshot.tickets if t.number == cancelled.number)
    with pytest.raises(TicketStateConflict) as refused:
        scene.reinstate(cancelled.number)
    assert refused.value.ticket is not None
    assert refused.value.ticket.id == taken.id
    scene.clock.now = at("2026-11-24T12:00")  # carried no longer
    scene.end_day()
    with pytest.raises(NotFound):
        scene.cancel(early.number.replace("003", "009"))


def test_every_action_by_number_finds_a_carried_ticket(tmp_path: Path) -> None:
    scene = a_scene(tmp_path, services=(a_service("A"), a_service("B")))
    scene.open(1)
    first, second, third = (scene.issue() for _ in range(3))
    scene.clock.now = at("2026-11-24T00:05")
    assert scene.cancel(first.number).id == first.id
    assert scene.reinstate(first.number).id == first.id
    assert scene.call(second.number, 1).id == second.id
    assert scene.recall(1).id == second.id
    assert scene.put_back(1).id == second.id
    assert scene.call(third.number, 1).id == third.id
    assert scene.transfer(1, service="B").id == third.id
    shown = scene.queue_view()
    assert {t.number for t in shown.waiting} == {first.number, second.number, third.number}
    assert [call.number for call in scene.board_view().calls] == [third.number, second.number]
    as_the_log_says(scene)


def test_an_action_just_before_the_turn_may_be_undone_just_after_it(tmp_path: Path) -> None:
    scene = a_scene(tmp_path, at("2026-11-23T23:59:50"))
    scene.open(1)
    first, second = scene.issue(), scene.issue()
    scene.call_next(1), scene.start(1)
    scene.clock.now = at("2026-11-23T23:59:58")
    scene.finish(1)
    scene.clock.now = at("2026-11-24T00:00:02")
    undone = scene.undo(1)
    assert (undone.id, undone.state) == (first.id, State.SERVING)
    scene.finish(1)
    scene.clock.forward(1)
    assert scene.issue().number == "A001"
    with pytest.raises(TicketStateConflict, match="given to another"):
        scene.undo(1)
    scene.call(second.number, 1)
    scene.clock.forward(5)
    assert scene.undo(1).id == second.id
    as_the_log_says(scene)


@pytest.mark.parametrize(
    ("zone", "day_start", "before", "after"),
    [
        ("Europe/Berlin", time(2, 30), at("2026-03-29T00:59:59", "Z"), at("2026-03-29T01:00", "Z")),  # skipped
        ("Europe/Berlin", time(2, 30), at("2026-10-25T00:29:59", "Z"), at("2026-10-25T00:30", "Z")),  # the first 02:30
        ("Pacific/Apia", time(0), at("2011-12-30T09:59:59", "Z"), at("2011-12-30T10:00", "Z")),  # a day left out
        ("Asia/Jakarta", time(3), at("2028-02-28T19:59:59", "Z"), at("2028-02-28T20:00", "Z")),  # leap day
    ],
)
@pytest.mark.parametrize("hours", [NIGHT, ALL_DAY, None], ids=["night", "all day", "none"])
def test_carrying_follows_the_turn_of_every_zone_to_the_second(
    tmp_path: Path, zone: str, day_start: time, before: datetime, after: datetime, hours: Any
) -> None:
    hours = dict.fromkeys(range(7), (Span(time(20), time(5)),)) if hours is NIGHT else hours
    scene = a_scene(tmp_path, before - timedelta(minutes=20), timezone=zone, day_start=day_start, hours=hours)
    scene.open(1)
    ticket = scene.issue()
    scene.clock.now = before
    scene.end_day()
    assert of_log(scene, "carried") == []
    scene.clock.now = after
    assert scene.end_day() == 0
    assert of_log(scene, "carried") == [ticket.number]
    assert scene.issue().number == "A002"


def test_carrying_twice_ends_by_the_first_turn(tmp_path: Path) -> None:
    """A day of 23 hours, and a carry time of 24."""
    scene = a_scene(
        tmp_path,
        at("2026-03-28T21:00", "Z"),
        timezone="Europe/Berlin",
        carry_for=timedelta(hours=24),
        day_start=time(0),
    )
    scene.open(1)
    ticket = scene.issue()
    scene.clock.now = at("2026-03-29T22:00", "Z")
    assert scene.end_day() == 0
    scene.clock.now = at("2026-03-29T22:59:59", "Z")
    assert (scene.end_day(), state(scene, ticket)) == (0, State.WAITING)
    scene.clock.forward(1)
    assert scene.end_day() == 1


def test_changed_hours_apply_at_once_to_carried_tickets(tmp_path: Path) -> None:
    scene = a_scene(tmp_path, at("2026-11-23T23:50"), hours=NIGHT)
    scene.open(1)
    serving, waits = scene.issue(), scene.issue()
    scene.call_next(1), scene.start(1)
    scene.clock.now = at("2026-11-24T01:00")
    scene.end_day()
    longer = dict.fromkeys(range(7), (Span(time(20), time(6)),))
    scene.declare(changed(scene.branch, hours=longer))
    scene.clock.now = at("2026-11-24T05:00")
    assert scene.end_day() == 0
    scene.declare(changed(scene.branch, hours=NIGHT))
    assert scene.end_day() == 1
    assert [state(scene, t) for t in (serving, waits)] == [State.SERVING, State.EXPIRED]


def test_a_zone_that_moves_today_back_keeps_everybody_and_doubles_no_number(tmp_path: Path) -> None:
    scene = a_scene(tmp_path, at("2026-11-24T08:00"), hours=None)
    scene.open(1)
    scene.issue(), scene.issue()
    scene.clock.forward(seconds=1)
    scene.declare(changed(scene.branch, timezone="America/New_York"))  # still the 23rd there
    fresh = scene.issue()
    assert fresh.number == "A003"
    assert scene.cancel("A002").number == "A002"
    scene.clock.now = at("2026-11-24T12:00")  # midnight there
    assert scene.end_day() == 0
    assert state(scene, scene.ticket(1)) is State.WAITING
    assert of_log(scene, "carried") == [fresh.number]
    assert scene.issue().number == "A004"
    as_the_log_says(scene)


# a clock that is put ahead while the server runs


def watched(scene: Scene) -> Scene:
    scene.store.clock_jump = JumpWatch(scene.clock, scene.clock.monotonic)
    return scene


def test_correcting_a_clock_a_day_behind_expires_no_waiting_ticket(tmp_path: Path) -> None:
    scene = watched(a_scene(tmp_path, at("2026-11-23T10:00"), hours=OFFICE))  # it is the 24th
    scene.open(1)
    serving, waits = scene.issue(), scene.issue()
    scene.call_next(1), scene.start(1)
    scene.clock.forward(minutes=5)
    scene.clock.now += timedelta(days=1)
    # the very next press is done on the right day, and nobody is gone
    assert scene.issue().number == "A003"
    assert scene.finish(1).id == serving.id
    assert scene.call_next(1).id == waits.id
    started = next(e for e in scene.log if e.type == "day_started")
    assert (started.data["carried"], started.data["expired"]) == (2, 0)
    assert started.data["clock_before"] == at("2026-11-23T10:05").isoformat()
    day_turn = scene.queue_view().day_turn
    assert day_turn is not None
    assert (day_turn.carried, day_turn.while_working, day_turn.clock_after) == (2, True, at("2026-11-24T10:05"))
    as_the_log_says(scene)
    # the hours do not end it: it is their own day. Carry time does, also after a restart
    scene.clock.forward(hours=11)
    scene.restart()
    assert (scene.end_day(), state(scene, waits)) == (0, State.CALLED)
    scene.clock.forward(hours=1)
    assert scene.end_day() == 1
    assert scene.queue_view().day_turn is None


def test_a_normal_night_and_a_suspended_machine_are_no_clock_jump(tmp_path: Path) -> None:
    scene = watched(a_scene(tmp_path, at("2026-11-23T14:55"), hours=OFFICE))
    scene.open(1)
    scene.issue()
    scene.clock.forward(hours=17)
    assert scene.end_day() == 1
    day_turn = scene.queue_view().day_turn
    assert day_turn is not None
    assert (day_turn.expired, day_turn.while_working, day_turn.last_event_at) == (1, False, at("2026-11-23T14:55"))


def test_a_small_correction_over_midnight_is_an_ordinary_turn(tmp_path: Path) -> None:
    scene = watched(a_scene(tmp_path, at("2026-11-23T23:57"), hours=None))
    scene.issue()
    scene.clock.now += timedelta(minutes=6)
    assert scene.end_day() == 1
    day_turn = scene.queue_view().day_turn
    assert day_turn is not None
    assert (day_turn.expired, day_turn.while_working, day_turn.clock_before) == (1, True, None)


# what a change of settings does is day_turn before


def test_a_settings_change_that_moves_the_day_reports_its_effects_first(tmp_path: Path) -> None:
    scene = a_scene(tmp_path, at("2026-11-24T09:00"), hours=OFFICE)
    scene.open(1)
    for _ in range(3):
        scene.issue()
    scene.call_next(1)

    def effects(**more: Any) -> list[str]:
        target = changed(scene.branch, **more)
        return scene.store.read(lambda db: effects_of_settings(db, scene.branch, target, scene.clock()))

    assert effects() == effects(notice={"en": "Hello"}) == []
    assert effects(carry_for=timedelta(hours=6)) == []
    assert effects(timezone="Asia/Makassar") == []  # 10:00 of the same day
    back = "branch central: today becomes 2026-11-23 (it is 2026-11-24): 3 open tickets would be kept, "
    assert effects(day_start=time(10)) == [back + "and new numbers would go on where that day's ended"]
    assert effects(hours={}) == ["branch central: it would be closed now, while 3 open tickets would be kept"]
    scene.declare(changed(scene.branch, day_start=time(10)))
    assert scene.issue().number == "A004"
    scene.open(2)
    on = "branch central: today becomes 2026-11-24 (it is 2026-11-23): "
    assert effects(day_start=time(0)) == [
        "branch central: 1 open ticket would expire: the branch is not open while the day turns",
        on + "3 open tickets would be kept, and new numbers would begin again",
        "branch central: counter 2 would close",
    ]
    assert effects(day_start=time(0), hours=ALL_DAY) == [
        on + "4 open tickets would be kept, and new numbers would begin again"
    ]
    # and it does what it told
    scene.declare(changed(scene.branch, day_start=time(0), hours=ALL_DAY))
    assert scene.end_day() == 0
    assert [c.state for c in scene.snapshot.counters] == ["open", "open"]
    assert scene.issue().number == "A005"


def test_a_settings_change_reports_carried_tickets_that_it_would_end(tmp_path: Path) -> None:
    scene = a_scene(tmp_path)
    scene.open(1)
    scene.issue(), scene.issue()
    scene.clock.now = at("2026-11-24T07:00")
    scene.end_day()
    target = changed(scene.branch, carry_for=timedelta(hours=7))
    effects = scene.store.read(lambda db: effects_of_settings(db, scene.branch, target, scene.clock()))
    assert effects == ["branch central: 2 open tickets would expire: what is carried ends by the new times"]
    scene.declare(target)
    assert scene.end_day() == 2

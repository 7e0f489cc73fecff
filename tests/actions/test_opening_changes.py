"""Days that end, branches that open and close, and clocks that cannot be believed."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest

from server.actions.branch import opening_changes
from server.domain.branch import Span
from server.domain.errors import ClockInDoubt, Forbidden, NotFound, QuotaReached, ServiceClosed, TooLate
from server.domain.people.principal import Principal, Role
from server.domain.ticket import State
from server.store.tables import branches, statistics
from server.store.tables.statistics import By
from tests.scene import Scene, a_branch, a_clerk, a_counter, a_service

KIOSK = Principal("token:9", Role.KIOSK, branch_id=1)
SUPERVISOR = Principal("user:8", Role.SUPERVISOR, "wulan", branch_id=1, session_id=8, csrf_token="x")
OFFICE = {d: (Span(time(8), time(15)),) for d in range(5)}


def at(text: str, zone: str = "+07:00") -> datetime:
    return datetime.fromisoformat(text + zone).astimezone(UTC)


def types(scene: Scene) -> list[str]:
    return [e.type.value for e in scene.log]


def rows(scene: Scene, by: By, first: date, last: date) -> list[tuple[str, int, int, int, int, int]]:
    """Key, issued, called, served, no-shows, service times."""
    found = scene.store.read(lambda db: statistics.report(db, scene.branch, first, last, by))
    return [(r.key, r.issued, r.called, r.served, r.no_show, r.service_time.n) for r in found]


def test_tickets_open_overnight_expire_and_are_not_reported_as_served(tmp_path: Path) -> None:
    scene = Scene(tmp_path, a_branch(counters=(a_counter(1), a_counter(2), a_counter(3))))
    scene.end_day()
    scene.clock.now = at("2026-11-23T14:50")
    for number in (1, 2, 3):
        scene.open(number, a_clerk(number))
    first = [scene.issue() for _ in range(6)]
    scene.call_next(1), scene.start(1), scene.clock.forward(minutes=4), scene.finish(1)
    served, called, parked = scene.call_next(1), scene.call_next(2), scene.call_next(3)
    scene.start(1), scene.park(3)
    scene.clock.now = at("2026-11-24T07:55")  # the server was down at midnight
    scene.restart()
    assert scene.end_day() == 5
    assert {scene.ticket(t.id).state for t in first} == {State.SERVED, State.EXPIRED}
    ended = scene.ticket(served.id)
    assert (ended.leg or ended.legs[-1]).outcome == "expired"
    day = date(2026, 11, 23)
    # five of them were called, one was served in four minutes; nobody for seventeen hours, nobody stayed away
    assert rows(scene, "day", day, day) == [("2026-11-23", 6, 4, 1, 0, 1)]
    assert [r[1:] for r in rows(scene, "hour", day, day)] == [(6, 4, 1, 0, 1)]
    assert [c.state for c in scene.snapshot.counters] == ["closed"] * 3
    assert scene.end_day() == 0
    for number in (1, 2, 3):  # each clerk begins the morning at an own, empty counter; nobody has to take over
        scene.open(number, a_clerk(number + 1))
    assert scene.issue().number == "A001"
    with pytest.raises(NotFound):
        scene.call(called.number.replace("003", "099"))
    assert scene.ticket(parked.id).state is State.EXPIRED


def test_a_counter_stays_open_where_the_branch_is_open_while_the_day_turns(tmp_path: Path) -> None:
    scene = Scene(tmp_path, a_branch(hours=dict.fromkeys(range(7), (Span(time(0), time(0)),))))
    scene.end_day()
    scene.open(1)
    scene.clock.forward(days=1)
    scene.end_day()
    assert [c.state for c in scene.snapshot.counters] == ["open"]
    assert types(scene)[-1] == "day_started"


@pytest.mark.parametrize(
    ("zone", "day_start", "before", "after"),
    [
        ("Europe/Berlin", time(2, 30), at("2026-03-29T00:59:59", "Z"), at("2026-03-29T01:00", "Z")),  # skipped
        ("Europe/Berlin", time(2, 30), at("2026-10-25T00:29:59", "Z"), at("2026-10-25T00:30", "Z")),  # the first 02:30
        ("Asia/Kathmandu", time(0), at("2026-11-23T18:14:59", "Z"), at("2026-11-23T18:15", "Z")),
        ("Australia/Lord_Howe", time(1, 30), at("2026-04-04T14:29:59", "Z"), at("2026-04-04T14:30", "Z")),
        ("Pacific/Chatham", time(3), at("2026-09-26T13:59:59", "Z"), at("2026-09-26T14:00", "Z")),
        ("Pacific/Apia", time(0), at("2011-12-30T09:59:59", "Z"), at("2011-12-30T10:00", "Z")),
        ("America/St_Johns", time(0), at("2026-11-24T03:29:59", "Z"), at("2026-11-24T03:30", "Z")),
        ("Africa/Casablanca", time(3), at("2026-02-15T02:59:59", "Z"), at("2026-02-15T03:00", "Z")),
        ("Asia/Jakarta", time(5), at("2028-02-28T21:59:59", "Z"), at("2028-02-28T22:00", "Z")),  # leap day
    ],
)
def test_numbers_quotas_and_reports_turn_with_the_business_day_to_the_second(
    tmp_path: Path, zone: str, day_start: time, before: datetime, after: datetime
) -> None:
    branch = a_branch(timezone=zone, day_start=day_start, services=(a_service(daily_quota=2),))
    scene = Scene(tmp_path, branch, now=before - timedelta(minutes=20))
    first = scene.issue()
    scene.clock.now = before
    assert scene.issue().number == "A002"
    with pytest.raises(QuotaReached) as refused:
        scene.issue()
    assert refused.value.opens_at == after
    scene.clock.now = after
    second = scene.issue()
    assert second.number == "A001"
    days = first.business_day, second.business_day
    assert [r[:2] for r in rows(scene, "day", *days)] == [(days[0].isoformat(), 2), (days[1].isoformat(), 1)]


def test_a_night_shift_is_one_business_day_with_its_hours_in_order(tmp_path: Path) -> None:
    scene = Scene(tmp_path, a_branch(day_start=time(5), hours=dict.fromkeys(range(7), (Span(time(20), time(4)),))))
    scene.clock.now = at("2026-11-23T20:00")
    scene.end_day()
    numbers = [scene.issue(principal=KIOSK).number]
    scene.clock.now = at("2026-11-24T01:30")
    assert scene.end_day() == 0
    numbers.append(scene.issue(principal=KIOSK).number)
    assert numbers == ["A001", "A002"]
    day = date(2026, 11, 23)
    assert [r[:2] for r in rows(scene, "hour", day, day)] == [("20:00", 1), ("01:00", 1)]
    scene.clock.now = at("2026-11-24T05:00")
    assert scene.end_day() == 2


def test_a_server_that_was_down_for_three_days_ends_each_once(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.end_day(), scene.issue(), scene.issue()
    scene.clock.forward(days=3)
    scene.restart()
    assert (scene.end_day(), scene.end_day()) == (2, 0)
    assert types(scene).count("day_started") == 1
    assert scene.issue().number == "A001"


def test_a_ticket_is_reinstated_within_the_time_limit_and_its_day(tmp_path: Path) -> None:
    # 02:30, half an hour before the clock goes back
    now = at("2026-10-25T00:30", "Z")
    scene = Scene(tmp_path, a_branch(timezone="Europe/Berlin", reinstate_within=timedelta(hours=2)), now=now)
    early, late, missed = scene.issue(), scene.issue(), scene.issue()
    for ticket in (early, late):
        scene.cancel(ticket.number)
    scene.clock.forward(hours=2)  # the wall shows 03:30
    assert scene.reinstate(early.number).state is State.WAITING
    scene.clock.forward(minutes=1)
    with pytest.raises(TooLate, match="120 minutes"):
        scene.reinstate(late.number)
    scene.clock.now = at("2026-10-25T22:30", "Z")
    scene.cancel(missed.number)
    scene.clock.forward(hours=1)  # a new day
    with pytest.raises(NotFound):
        scene.reinstate(missed.number)


def test_staff_may_allow_a_late_customer_and_it_is_logged(tmp_path: Path) -> None:
    scene = Scene(tmp_path, a_branch(hours=OFFICE, last_ticket=timedelta(minutes=30)))
    scene.clock.now = at("2026-11-23T14:29:59")
    held = scene.issue(principal=KIOSK)
    scene.clock.forward(1)
    with pytest.raises(ServiceClosed) as refused:
        scene.issue(principal=KIOSK)
    assert (refused.value.closes_at, refused.value.opens_at) == (at("2026-11-23T15:00"), at("2026-11-24T08:00"))
    with pytest.raises(ServiceClosed):
        scene.issue(principal=SUPERVISOR)  # nobody gives one by mistake
    with pytest.raises(Forbidden):
        scene.issue(principal=KIOSK, after_hours=True)
    scene.issue(principal=a_clerk(), after_hours=True)
    assert scene.log[-1].data["after_hours"] is True
    scene.clock.now = at("2026-11-23T15:00:01")
    with pytest.raises(Forbidden, match="supervisor"):
        scene.issue(principal=a_clerk(), after_hours=True)
    assert scene.issue(principal=SUPERVISOR, after_hours=True).number == "A003"
    # whoever holds a number is served after closing
    scene.open()
    assert scene.call_next().id == held.id
    scene.start(), scene.finish()


def test_each_service_reports_why_it_issues_no_numbers_and_until_when(tmp_path: Path) -> None:
    branch = a_branch(
        hours=OFFICE,
        last_ticket=timedelta(minutes=30),
        services=(a_service("A", daily_quota=1), a_service("B", last_number=1), a_service("C")),
        counters=(a_counter(1, ["A", "B", "C"]),),
    )
    scene = Scene(tmp_path, branch)
    scene.open()
    scene.issue("A"), scene.issue("B")

    def told() -> list[tuple[str | None, datetime | None]]:
        return [(s.closed_reason, s.opens_at) for s in scene.board_view().services]

    tomorrow = at("2026-11-24T08:00")
    assert told() == [("quota", tomorrow), ("numbers", tomorrow), (None, None)]
    scene.clock.now = at("2026-11-23T14:30")
    assert told() == [("last_ticket", tomorrow)] * 3
    scene.clock.now = at("2026-11-24T07:59:59")
    assert told() == [("hours", tomorrow)] * 3
    scene.clock.forward(1)
    assert told() == [(None, None)] * 3


def test_opening_and_closing_are_recorded_once_by_any_number_of_processes(tmp_path: Path) -> None:
    scene = Scene(tmp_path, a_branch(hours=OFFICE))
    scene.clock.now = at("2026-11-23T15:00")

    def tell() -> None:
        scene.store.write(lambda tx: opening_changes.record_opening(tx, 1), lambda _tx, _none: None)

    tell()
    tell()
    scene.clock.now = at("2026-11-24T08:00")
    tell()
    tell()
    scene.clock.forward(days=1)
    tell()
    assert [t for t in types(scene) if t.startswith("branch_")] == [
        "branch_changed",
        "branch_closed",
        "branch_opened",
        "branch_opened",
    ]


# clocks that cannot be believed


def test_a_clock_that_steps_back_an_hour_over_midnight_begins_no_day_twice(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.clock.now = at("2026-11-23T23:59")
    scene.end_day(), scene.issue()
    scene.clock.forward(minutes=2)
    assert scene.end_day() == 1
    assert scene.issue().number == "A001"
    scene.clock.forward(hours=-1)
    seq = scene.log[-1].seq
    assert scene.end_day() == 0
    assert scene.log[-1].seq == seq
    # and the sweep does not write again and again meanwhile
    assert scene.store.read(lambda db: branches.due_for_day_end(db, scene.clock())) == []
    assert scene.issue().number == "A002"
    assert scene.queue_view().clock_trouble is not None
    scene.clock.forward(hours=2)
    assert (scene.end_day(), scene.issue().number) == (0, "A003")
    assert scene.queue_view().clock_trouble is None
    assert len([t for t in types(scene) if t == "day_started"]) == 1


def test_a_machine_that_starts_in_1970_continues_at_its_last_event_and_reports_it(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.end_day()
    first = scene.issue()
    scene.clock.now = datetime(1970, 1, 1, tzinfo=UTC)
    scene.restart()
    assert scene.end_day() == 0
    trouble = scene.queue_view().clock_trouble
    assert trouble is not None
    assert (trouble.fault, trouble.last_event_at) == ("behind", first.issued_at)
    second = scene.issue()
    assert (second.number, second.issued_at) == ("A002", first.issued_at)
    scene.open()
    assert scene.call_next().id == first.id


@pytest.mark.parametrize("wrong", [timedelta(days=101), timedelta(days=365), timedelta(days=73 * 365)])
def test_with_a_clock_far_ahead_all_actions_are_refused_until_it_is_corrected(tmp_path: Path, wrong: timedelta) -> None:
    scene = Scene(tmp_path)
    scene.end_day()
    scene.open()
    ticket = scene.issue()
    seq, right = scene.log[-1].seq, scene.clock.now
    scene.clock.forward(wrong.total_seconds())
    scene.restart()
    assert scene.end_day() == 0
    for action in (scene.issue, scene.call_next, scene.close):
        with pytest.raises(ClockInDoubt):
            action()
    trouble = scene.queue_view().clock_trouble
    assert trouble is not None
    assert trouble.fault == "ahead"
    assert (scene.log[-1].seq, scene.ticket(ticket.id).state) == (seq, State.WAITING)
    scene.clock.now = right + timedelta(minutes=5)
    assert scene.call_next().id == ticket.id
    assert scene.issue().number == "A002"


def test_after_a_long_holiday_the_clock_is_confirmed_once(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.end_day(), scene.issue()
    scene.clock.forward(days=140)
    assert scene.confirm_clock(SUPERVISOR) == 0
    assert (scene.end_day(), scene.issue().number) == (1, "A001")
    assert scene.confirm_clock() == 0  # nothing to confirm, nothing written
    assert types(scene).count("clock_confirmed") == 1
    with pytest.raises(Forbidden):
        scene.confirm_clock(Principal("user:7", Role.SUPERVISOR, branch_id=2))


def test_confirming_a_clock_set_back_by_days_continues_from_the_current_time(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.end_day()
    kept = scene.issue()
    scene.clock.forward(days=5)  # believed: a branch may have been closed so long
    scene.end_day()
    scene.open()
    future = [scene.issue(), scene.issue()]
    scene.clock.forward(days=-5)
    assert scene.issue().number == "A003"  # stamped five days ahead, and told so
    assert scene.queue_view().clock_trouble is not None
    assert scene.confirm_clock(SUPERVISOR) == 3
    assert scene.queue_view().clock_trouble is None
    assert {scene.ticket(t.id).state for t in (kept, *future)} == {State.EXPIRED}
    fresh = scene.issue()
    assert (fresh.number, fresh.business_day, fresh.issued_at) == ("A002", date(2026, 11, 23), scene.clock.now)
    assert scene.rebuilt()[fresh.id].state is State.WAITING
    scene.clock.forward(days=1)
    assert (scene.end_day(), scene.issue().number) == (1, "A001")


def test_confirming_a_clock_set_back_by_an_hour_keeps_the_line_and_its_order(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.end_day()
    scene.open()
    scene.clock.forward(hours=1)
    line = [scene.issue() for _ in range(3)]
    scene.clock.forward(hours=-1)
    assert scene.confirm_clock(SUPERVISOR) == 0
    scene.clock.forward(minutes=5)
    line.append(scene.issue())
    for ticket in line:
        assert scene.call_next().id == ticket.id
        scene.start(), scene.finish()
    day = date(2026, 11, 23)
    report = scene.store.read(lambda db: statistics.report(db, scene.branch, day, day, "day"))
    assert (report[0].served, report[0].wait.mean) == (4, 0.0)  # not minus an hour


def test_while_the_clock_stands_still_no_number_is_counted_twice(tmp_path: Path) -> None:
    scene = Scene(tmp_path, a_branch(services=(a_service("A"), a_service("B"))))
    scene.end_day()
    scene.open()
    scene.clock.forward(hours=-3)
    scene.issue()
    scene.call_next(), scene.start(), scene.transfer(service="B")
    day = date(2026, 11, 23)
    assert [r[:2] for r in rows(scene, "service", day, day)] == [("A", 1)]

"""Tickets in the database: compare-and-swap, lines by index, and two reads that agree."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import IntegrityError

from server.actions.forecast import forecast_of
from server.domain.errors import TicketStateConflict
from server.domain.ticket import Channel, State, Ticket
from server.domain.waits.forecast import WaitForecast
from server.store.engines.transaction import Transaction
from server.store.sql.compiled_statements import CompiledStatement
from server.store.tables import places, tickets
from tests.scene import Scene, a_branch, a_class, a_counter, a_service


def test_a_lost_swap_raises_with_the_actual_ticket(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    known = scene.issue()
    scene.cancel("A001")
    with pytest.raises(TicketStateConflict) as lost:
        scene.store.write(lambda tx: tickets.swap(tx.db, known, State.CALLED, counter=1), lambda _tx, _r: None)
    assert lost.value.ticket is not None and lost.value.ticket.state is State.CANCELLED


def test_the_database_itself_refuses_a_second_ticket_at_a_counter_and_a_second_same_number(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    first, second = scene.issue(), scene.issue()
    scene.open()
    scene.call_next()
    with pytest.raises(IntegrityError):
        scene.store.write(lambda tx: tickets.swap(tx.db, second, State.CALLED, counter=1), lambda _tx, _r: None)
    with pytest.raises(IntegrityError):
        scene.store.write(
            lambda tx: tickets.issue(
                tx.db, ticket_id=90, leg_id=90, branch_id=1, day=first.business_day, number="A001", service="A",
                priority="normal", language="id", now=tx.now, origin="x", channel=Channel.STAFF,
            ),
            lambda _tx, _r: None,
        )  # fmt: skip


@pytest.mark.sqlite  # PostgreSQL plans by the size of its tables, and these are small
@pytest.mark.parametrize(
    ("statement", "index"),
    [
        (tickets._heads(3), "ix_ticket_"),
        (tickets._heads(0), "ix_ticket_moved"),
        (tickets._AT_COUNTER._each["ticket"], "uq_ticket_at_counter"),
        (CompiledStatement(places._before(2, 2)), "COVERING INDEX ix_ticket_line"),
        (CompiledStatement(places._line_context_queries(1, 1)["served"]), "COVERING INDEX ix_leg_served"),
    ],
)
def test_hot_statements_use_their_partial_index_so_that_history_costs_nothing(
    tmp_path: Path, statement: CompiledStatement, index: str
) -> None:
    scene = Scene(tmp_path)
    sql = statement.text(scene.store.engine.dialect)
    any_values = (1,) * sql.count("?")
    plan = scene.store.read(lambda db: [r[3] for r in db.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", any_values)])
    read = [step for step in plan if step.startswith(("SCAN ticket", "SEARCH ticket", "SCAN leg", "SEARCH leg"))]
    assert read and all(index in step for step in read), plan


def forecast_alone(tx: Transaction, ticket: Ticket) -> WaitForecast:
    return forecast_of(tx, tx.enter("central"), ticket)


customers = st.lists(
    st.tuples(st.sampled_from("AB"), st.sampled_from([None, "senior"]), st.integers(0, 1500)), min_size=1, max_size=12
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(batch_key=customers)
def test_the_snapshot_and_the_single_read_give_the_same_forecast(
    batch_key: list[tuple[str, str | None, int]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    branch = a_branch(
        services=(a_service("A"), a_service("B")),
        counters=(a_counter(1, ["A", "B"]), a_counter(2, ["B"])),
        priority_classes=(a_class("senior", 10),),
    )
    scene = Scene(tmp_path_factory.mktemp("floor"), branch)
    scene.open(1)
    for service, priority, gap in batch_key:
        scene.issue(service, priority=priority)
        scene.clock.forward(gap)
    seen = scene.snapshot
    for position, ticket in enumerate(seen.waiting):
        focused = scene.store.write(partial(forecast_alone, ticket=ticket), lambda _tx, r: r)
        told = seen.forecast_of(ticket)
        assert focused == told
        assert told.ahead == position
    called: list[str] = []
    while seen.waiting and len(called) < len(seen.waiting):
        called.append(scene.call_next(1).number)
        scene.no_show(1)
    assert called == [t.number for t in seen.waiting]
    scene.store.close()


def test_a_ticket_is_found_by_its_number_today_and_not_tomorrow(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    first = scene.issue()
    scene.clock.forward(days=1)
    scene.expire()
    second = scene.issue()
    assert first.number == second.number == "A001"
    assert scene.cancel("A001").id == second.id


@pytest.mark.parametrize("at_once", [tickets.CALLS_AT_ONCE, 1, 5])
def test_calls_of_the_last_two_minutes_are_all_on_the_board_and_ten_at_least(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    monkeypatch.setattr(tickets, "CALLS_AT_ONCE", at_once)
    scene = Scene(tmp_path)
    scene.open()
    for _ in range(12):
        scene.issue()
    for _ in range(12):
        scene.call_next()
        scene.no_show()
    assert len(scene.board_view().calls) == 12
    scene.clock.forward(121)
    calls = scene.board_view().calls
    assert [c.number for c in calls] == [f"A{n:03d}" for n in range(12, 2, -1)]
    assert [c.seq for c in calls] == sorted((c.seq for c in calls), reverse=True)


def test_a_copied_ticket_does_not_equal_its_row() -> None:
    # frozen on purpose: a changed copy changes nothing in the database
    from tests.domain.building import a_ticket

    with pytest.raises(AttributeError):
        a_ticket().state = State.CALLED  # type: ignore[misc]
    assert replace(a_ticket(), state=State.CALLED).state is State.CALLED

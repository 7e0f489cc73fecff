"""A counter that closes or is retired, or whose clerk is gone, holds nobody and nothing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from server.access import credentials
from server.actions.branch.declaring import declare
from server.actions.people import accounts
from server.actions.queue import releasing
from server.actions.queue.counters import open_counter
from server.domain.counter import CounterState
from server.domain.declaration import Declaration, DeclaredStaff
from server.domain.errors import NotFound
from server.domain.history.events import Event, EventType
from server.domain.people.principal import COMMAND_LINE, Principal, Role
from server.domain.ticket import State
from server.store.engines.transaction import Transaction
from server.store.sql.schema import counter as counter_table
from server.store.tables import accounts as store_accounts
from server.store.tables import counters, tickets
from tests.scene import Scene, a_branch, a_branch_without, a_clerk, a_counter, a_service

BOTH = a_branch(
    services=(a_service("A"), a_service("B")), counters=(a_counter(1, "AB"), a_counter(2, "AB"), a_counter(3, "B"))
)
WITHOUT_2 = a_branch_without(BOTH, counters=[2])


def told(scene: Scene, *kinds: EventType) -> list[tuple[str, str | None, int | None, str | None]]:
    return [(e.type.value, e.number, e.counter, e.data.get("reason")) for e in scene.log if e.type in kinds]


def held(scene: Scene, holder: str) -> list[tuple[int, int]]:
    return scene.store.read(lambda db: counters.held_by(db, holder))


def test_a_clerk_whose_counter_is_retired_opens_another_one(tmp_path: Path) -> None:
    scene = Scene(tmp_path, BOTH)
    scene.open(2, a_clerk())
    scene.declare(WITHOUT_2)
    assert held(scene, a_clerk().id) == []
    assert told(scene, EventType.COUNTER_CLOSED) == [("counter_closed", None, 2, "retired")]
    scene.open(1, a_clerk())
    assert held(scene, a_clerk().id) == [(1, 1)]


@pytest.mark.parametrize("started", [False, True])
def test_the_ticket_at_a_retired_counter_goes_back_to_its_place(tmp_path: Path, started: bool) -> None:
    scene = Scene(tmp_path, BOTH)
    first, _second = scene.issue(), scene.issue()
    scene.open(2, a_clerk())
    scene.call_next(2, principal=a_clerk())
    if started:
        scene.start(2)
    scene.declare(WITHOUT_2)
    requeued = scene.ticket(first.id)
    assert (requeued.state, requeued.counter, requeued.place_at) == (State.WAITING, None, first.place_at)
    assert told(scene, EventType.PUT_BACK) == [("put_back", "A001", 2, "retired")]
    assert scene.rebuilt()[first.id].state is State.WAITING
    scene.open(1)
    assert scene.call_next(1).id == first.id


def test_a_counter_that_comes_back_is_closed_and_nobody_holds_it(tmp_path: Path) -> None:
    scene = Scene(tmp_path, BOTH)
    scene.issue()
    scene.open(2, a_clerk())
    scene.call_next(2, principal=a_clerk())
    scene.declare(WITHOUT_2)
    scene.declare(BOTH)
    assert [(c.number, c.state, c.agent) for c in scene.snapshot.counters if c.number == 2] == [
        (2, CounterState.CLOSED, None)
    ]
    scene.open(2, a_clerk(2))
    assert scene.call_next(2, principal=a_clerk(2)).number == "A001"


def test_tickets_for_a_retired_counter_move_to_the_line_of_the_service(tmp_path: Path) -> None:
    scene = Scene(tmp_path, BOTH)
    sent, _other = scene.issue(), scene.issue()
    scene.open(1)
    scene.call_next(1)
    scene.transfer(1, to_counter=2, keep_place=True)
    scene.declare(WITHOUT_2)
    assert told(scene, EventType.TRANSFERRED)[1:] == [("transferred", "A001", None, "retired")]
    assert scene.ticket(sent.id).for_counter is None
    assert scene.call_next(1).id == sent.id  # before the one who came later


def test_tickets_for_a_closed_counter_are_called_by_others(tmp_path: Path) -> None:
    scene = Scene(tmp_path, BOTH)
    scene.open(1)
    scene.open(2, a_clerk())
    scene.issue()
    scene.call_next(1)
    scene.transfer(1, to_counter=2)
    scene.pause(2, principal=a_clerk())
    assert scene.snapshot.waiting[0].for_counter == 2, "a pause is not the end"
    scene.close(2, a_clerk())
    assert told(scene, EventType.TRANSFERRED)[1:] == [("transferred", "A001", None, "counter_closed")]
    assert scene.call_next(1).number == "A001"


def test_a_ticket_for_a_closed_counter_has_no_estimate(tmp_path: Path) -> None:
    scene = Scene(tmp_path, BOTH)
    scene.open(1)
    scene.issue()
    scene.call_next(1)
    scene.transfer(1, to_counter=3)
    sent = scene.snapshot.waiting[0]
    assert scene.snapshot.forecast_of(sent).estimate is None
    scene.open(3)
    assert scene.snapshot.forecast_of(sent).estimate is not None


def test_undo_returns_no_ticket_to_a_retired_counter(tmp_path: Path) -> None:
    scene = Scene(tmp_path, BOTH)
    scene.open(1)
    ticket = scene.issue()
    scene.call_next(1)
    scene.transfer(1, to_counter=2)
    scene.call("A001", 1)
    scene.declare(WITHOUT_2)
    assert scene.undo(1).for_counter is None
    assert scene.call_next(1).id == ticket.id


def test_a_parked_ticket_of_a_retired_counter_is_called_by_any_other(tmp_path: Path) -> None:
    scene = Scene(tmp_path, BOTH)
    scene.issue()
    scene.open(2)
    scene.call_next(2)
    scene.park(2)
    scene.declare(WITHOUT_2)
    scene.open(3)
    assert scene.call("A001", 3).state is State.CALLED


@pytest.mark.parametrize("how", ["at start", "by apply"])
def test_tickets_left_at_a_retired_counter_by_an_earlier_release_are_released(tmp_path: Path, how: str) -> None:
    scene = Scene(tmp_path, BOTH)
    scene.issue()
    scene.open(2, a_clerk())
    scene.call_next(2, principal=a_clerk())

    def retire_as_it_was(tx: Transaction) -> None:
        tx.db.execute(counter_table.update().where(counter_table.c.number == 2).values(retired=True))

    scene.store.write(retire_as_it_was, lambda *_: None)
    scene.restart()
    assert scene.store.read(releasing.any_left_behind)
    if how == "at start":
        scene.store.write(releasing.release_all_retired_counters, lambda *_: None)
    else:
        scene.declare(WITHOUT_2)
    assert not scene.store.read(releasing.any_left_behind)
    assert scene.snapshot.waiting[0].number == "A001"
    assert held(scene, a_clerk().id) == []


def put_account(scene: Scene, name: str, role: Role = Role.AGENT) -> Principal:
    def action(tx: Transaction) -> int:
        accounts.put_user(tx, COMMAND_LINE, name=name, role=role, slugs=["central"], password_hash="x")
        user = store_accounts.by_name(tx.db, name)
        assert user is not None
        return user.id

    user_id = scene.store.write(action, lambda _tx, found: found)
    return Principal(f"user:{user_id}", role, name, branch_id=1, session_id=1, csrf_token="x")


def test_a_token_that_is_revoked_holds_no_counter_and_its_customer_waits_again(tmp_path: Path) -> None:
    scene = Scene(tmp_path, BOTH)
    token_id = scene.store.write(
        lambda tx: accounts.create_token(
            tx, "central", COMMAND_LINE, role=Role.AGENT, name="desk", hashed=credentials.hash_token("x")
        ),
        lambda _tx, made: made,
    )
    desk = Principal(f"token:{token_id}", Role.AGENT, "desk", branch_id=1)
    scene.issue()
    scene.open(2, desk)
    scene.call_next(2, principal=desk)
    scene.store.write(lambda tx: accounts.revoke_token(tx, "central", COMMAND_LINE, token_id), lambda *_: None)
    assert held(scene, desk.id) == []
    assert scene.snapshot.waiting[0].number == "A001"
    assert told(scene, EventType.COUNTER_CLOSED) == [("counter_closed", None, 2, "token_revoked")]


@pytest.mark.parametrize("how", ["disabled", "left out of the file"])
def test_a_disabled_account_holds_no_counter_and_its_customer_waits_again(tmp_path: Path, how: str) -> None:
    scene = Scene(tmp_path, BOTH)
    rani = put_account(scene, "rani")
    scene.issue()
    scene.open(2, rani)
    scene.call_next(2, principal=rani)
    if how == "disabled":
        scene.store.write(lambda tx: accounts.remove_member(tx, "central", COMMAND_LINE, "rani"), lambda *_: None)
    else:
        declaration = Declaration(BOTH, staff=(DeclaredStaff("budi", "agent"),))
        scene.store.write(lambda tx: declare(tx, declaration, COMMAND_LINE), lambda *_: None)
    assert held(scene, rani.id) == []
    assert scene.snapshot.waiting[0].number == "A001"
    assert told(scene, EventType.COUNTER_CLOSED) == [("counter_closed", None, 2, "account_disabled")]


def test_an_account_of_another_branch_by_now_opens_a_counter_there(tmp_path: Path) -> None:
    scene = Scene(tmp_path, BOTH)
    north = replace(BOTH, slug="north", name={"en": "North"})
    scene.store.write(lambda tx: declare(tx, Declaration(north), COMMAND_LINE), lambda *_: None)
    scene.issue()
    scene.open(2, a_clerk())
    scene.call_next(2, principal=a_clerk())
    moved = replace(a_clerk(), branch_id=2)
    scene.store.write(lambda tx: open_counter(tx, "north", 1, moved), lambda *_: None)
    assert held(scene, moved.id) == [(2, 1)]
    assert scene.snapshot.waiting[0].number == "A001"


def test_a_retired_counter_is_not_found(tmp_path: Path) -> None:
    scene = Scene(tmp_path, BOTH)
    scene.declare(WITHOUT_2)
    for verb in (scene.open, scene.close, scene.call_next, scene.finish):
        with pytest.raises(NotFound):
            verb(2)
    assert scene.store.read(lambda db: tickets.at_counter(db, 1, 2)) is None


def test_releasing_twice_records_nothing_more(tmp_path: Path) -> None:
    scene = Scene(tmp_path, BOTH)
    scene.open(2)
    scene.declare(WITHOUT_2)
    before: list[Event] = scene.log
    scene.store.write(lambda tx: releasing.release_counter(tx, tx.enter("central"), 2, "again"), lambda *_: None)
    assert scene.log == before

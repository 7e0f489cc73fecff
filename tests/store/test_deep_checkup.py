"""The deep check reports rows that differ from the log, and a log that was changed."""

from __future__ import annotations

import re
from copy import copy
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import ColumnElement, Table, Update, delete, insert, select, update

from server.actions.branch.branch_life import rename_branch
from server.actions.people import erasing
from server.domain.errors import Refused
from server.domain.history import event_chain
from server.domain.history.event_chain import Head
from server.domain.people.principal import COMMAND_LINE
from server.store.engines.store import Store
from server.store.maintenance import deep_checkup
from server.store.maintenance.deep_checkup import NOT_IN_LOG
from server.store.sql.schema import branch, counter, event, leg, metadata, number_series, ticket
from tests.scene import Scene, a_branch, a_counter, a_service
from tests.store.sample_server import SampleServer


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    """A branch in which every action was used."""
    scene = Scene(
        tmp_path,
        a_branch(
            services=(a_service("A"), a_service("B")),
            counters=(a_counter(1, ["A", "B"]), a_counter(2, ["B"])),
            retention=timedelta(days=30),
        ),
    )
    live(scene)
    return scene


def live(scene: Scene) -> None:
    for _ in range(6):
        scene.issue(), scene.clock.forward(3)
    scene.issue("B")
    scene.open(1)
    scene.open(2)
    scene.call_next(), scene.clock.forward(5), scene.recall(), scene.start(), scene.clock.forward(50), scene.finish()
    scene.call_next(), scene.park(reason="fetches a copy"), scene.clock.forward(9)
    scene.call("A002", reason="asks for it"), scene.undo(), scene.call("A002"), scene.recall(), scene.start()
    scene.undo(), scene.start(), scene.transfer(service="B", note="kursi roda")
    scene.call_next(2), scene.no_show(2), scene.undo(2), scene.no_show(2)
    scene.reinstate("B001"), scene.cancel("A004")
    scene.call_next(), scene.put_back(), scene.call_next(), scene.undo(), scene.call_next()
    scene.start(), scene.transfer(to_counter=2)
    scene.pause(1, reason="prayer")


def heads(scene: Scene) -> list[Head]:
    return scene.store.read(deep_checkup.heads)


def change(scene: Scene, statement: Any) -> None:
    scene.store.write(lambda tx: tx.db.execute(statement), lambda _tx, _r: None)


def test_ordinary_actions_leave_no_differences(scene: Scene) -> None:
    assert scene.differences() == []
    (head,) = heads(scene)
    assert (head.branch, head.seq) == ("central", len(scene.log))
    checked = scene.store.scan(lambda db: deep_checkup.examine(db, [head]))
    assert (checked.differences, checked.heads) == ([], [head])
    assert checked.chained == checked.events == len(scene.log)
    assert checked.tickets == 7


def put(table: Table, where: ColumnElement[bool], **values: Any) -> Update:
    """Return the update that writes other values into matching rows."""
    return update(table).where(where).values(**values)


CHANGES: dict[str, tuple[Any, str]] = {
    "a state": (put(ticket, ticket.c.id == 1, state="parked"), "ticket A001.*state is parked in its row, but served"),
    "a number": (put(ticket, ticket.c.id == 1, number="A009"), "number is A009 in its row, but A001 in"),
    "a note": (put(ticket, ticket.c.id == 2, note="another"), "ticket A002.*note differs from"),
    "a place": (put(ticket, ticket.c.id == 6, place_at=datetime(2026, 11, 23, tzinfo=UTC)), "place in line"),
    "a day": (put(ticket, ticket.c.id == 5, business_day=date(2026, 11, 22)), "business day"),
    "a language": (put(ticket, ticket.c.id == 5, language="en"), "language is en in its row, but id in"),
    "an issuer": (put(ticket, ticket.c.id == 5, origin="user:9"), "issuer is user:9"),
    "an open leg": (put(ticket, ticket.c.id == 5, leg_id=1), "its open leg is 1"),
    "a leg's time": (put(leg, leg.c.id == 1, ended_at=leg.c.queued_at), "leg 1: ended at"),
    "a leg's recalls": (put(leg, leg.c.id == 1, recalls=7), "leg 1: recalls is 7 in its row, but 1 in"),
    "a leg that is gone": (delete(leg).where(leg.c.ticket_id == 6), "ticket A006.*has 0 legs"),
    "a counter": (put(counter, counter.c.number == 1, state="open"), "counter 1: state is open in its row, but paused"),
    "a holder": (put(counter, counter.c.number == 2, holder="user:7"), "counter 2: holder is user:7"),
    "a series": (
        put(number_series, number_series.c.service == "A", last=2),
        "numbers of A .*last one is 2 in its row",
    ),
    "a series that is gone": (
        delete(number_series).where(number_series.c.service == "B"),
        "numbers of B on .*have no row",
    ),
    "the count of events": (put(branch, branch.c.id == 1, seq=branch.c.seq + 1), "its row: counts"),
    "the head": (put(branch, branch.c.id == 1, chain_head=b"x" * 32), "has another head than the log"),
    "an event's counter": (
        put(event, event.c.type == "finished", counter=2),
        "event .*finished, A001.* is not as it was written",
    ),
    "an event's data": (put(event, event.c.seq == 2, data={"changed": 1}), "event 2 .*is not as it was written"),
    "an event's type": (put(event, event.c.seq == 2, type="nonsense"), "event 2: has an unknown type"),
    "an event's word": (
        put(event, event.c.type == "parked", data={"reason": "another"}),
        "event .*parked.*has another text",
    ),
    "an event's salt": (put(event, event.c.type == "parked", salt=b"y" * 16), "event .*parked.*has another text"),
    "an event that is gone": (delete(event).where(event.c.seq == 4), "event 4: is missing from the log"),
    "events that are gone": (
        delete(event).where(event.c.seq.in_([4, 5])),
        "events 4 to 5: are missing from the log",
    ),
}


@pytest.mark.parametrize("what", CHANGES)
def test_a_changed_row_is_reported_with_branch_and_number(what: str, scene: Scene) -> None:
    statement, words = CHANGES[what]
    change(scene, statement)
    reported = scene.differences()
    assert any(re.search(words, batch_key) for batch_key in reported), reported
    found = scene.store.scan(deep_checkup.examine).differences
    assert {one.branch for one in found} == {"central"}


def test_a_ticket_only_in_the_log_or_only_in_the_rows_is_reported(scene: Scene) -> None:
    change(scene, delete(leg).where(leg.c.ticket_id == 3))
    change(scene, delete(ticket).where(ticket.c.id == 3))
    assert "ticket A003: is in the log and has no row." in scene.differences()
    row = scene.store.read(lambda db: db.execute(select(ticket).where(ticket.c.id == 5)).one())
    forged = {**row._mapping, "id": 99, "number": "A099", "leg_id": None}
    change(scene, insert(ticket).values(forged))
    assert f"ticket A099 of {row.business_day}: has a row, and is not in the log." in scene.differences()


def test_a_rewritten_log_differs_from_a_recorded_head(scene: Scene) -> None:
    (kept,) = heads(scene)
    # whoever can write the database can make the chain anew; not the head that is elsewhere
    forge(scene)
    assert scene.differences() == []
    reported = scene.store.scan(lambda db: deep_checkup.examine(db, [kept])).differences
    assert [one.what for one in reported] == [
        "has another digest than the recorded head: the log up to it was rewritten."
    ]
    assert f"event {kept.seq} " in reported[0].where


def forge(scene: Scene) -> None:
    """Remove the reason from an event, and recompute all digests from there on."""

    def work(tx: Any) -> None:
        rows = tx.db.execute(select(event).order_by(event.c.seq)).all()
        previous = event_chain.first_link(1, 0)
        for row in rows:
            reported = next(e for e in log if e.seq == row.seq)
            if reported.type.value == "cancelled":
                reported = replace(reported, data={**reported.data, "by": "customer"})
            made = event_chain.link(previous, 1, reported)
            previous = made.digest
            values = {"data": reported.data, "digest": made.digest, "words": made.personal_digest, "salt": made.salt}
            tx.db.execute(update(event).where(event.c.seq == row.seq).values(values))
        tx.db.execute(update(branch).values(chain_head=previous))

    log = scene.log
    scene.store.write(work, lambda _tx, _r: None)


def test_a_truncated_log_differs_from_a_recorded_head(scene: Scene) -> None:
    earlier = heads(scene)
    scene.issue()
    (kept,) = heads(scene)
    checked = scene.store.scan(lambda db: deep_checkup.examine(db, [*earlier, kept]))
    assert checked.differences == [], "an earlier head stays true while the log grows"
    last = Head("central", kept.seq + 5, kept.digest)
    (reported,) = scene.store.scan(lambda db: deep_checkup.examine(db, [last])).differences
    assert f"it ends with event {kept.seq}" in reported.what
    (reported,) = scene.store.scan(lambda db: deep_checkup.examine(db, [replace(kept, branch="nowhere")])).differences
    assert "is of a branch that is not there" in reported.what


def test_erasing_words_keeps_the_chain_and_takes_the_salt(scene: Scene) -> None:
    (kept,) = heads(scene)
    scene.clock.forward(days=40)
    scene.expire()
    scene.store.write(lambda tx: erasing.erase_personal_data(tx, 1), lambda _tx, count: count)
    assert scene.store.scan(lambda db: deep_checkup.examine(db, [kept])).differences == []
    words = select(event.c.words, event.c.salt, event.c.data).where(event.c.words.is_not(None))
    rows = scene.store.read(lambda db: db.execute(words).all())
    assert rows
    assert [row for row in rows if row.salt is not None or {"note", "reason"} & row.data.keys()] == []


def test_the_chain_goes_on_after_a_refusal_a_restart_and_a_new_name(scene: Scene) -> None:
    (kept,) = heads(scene)
    for _ in range(3):
        with pytest.raises(Refused):
            scene.issue("X")
        scene.issue()
    scene.restart()
    scene.issue()
    scene.store.write(lambda tx: rename_branch(tx, "central", "north", COMMAND_LINE, yes=True), lambda _tx, _r: None)
    assert scene.store.scan(lambda db: deep_checkup.examine(db, [kept])).differences == []
    assert [head.branch for head in heads(scene)] == ["north"]


def test_it_looks_at_a_snapshot_while_others_write(scene: Scene) -> None:
    other = copy(scene)
    other.store = Store(scene.url, scene.clock)

    def write_meanwhile(_message: str) -> None:
        other.issue()

    try:
        checked = scene.store.scan(lambda db: deep_checkup.examine(db, (), write_meanwhile))
        assert checked.differences == []
        assert checked.events < len(scene.log), "something was written meanwhile"
    finally:
        other.store.close()


@pytest.mark.sqlite
def test_the_columns_that_the_log_does_not_hold_are_named_in_the_document() -> None:
    document = (Path(__file__).parents[2] / "docs/reliability.md").read_text(encoding="utf-8")
    for table, columns in NOT_IN_LOG.items():
        assert set(columns) <= set(metadata.tables[table].columns.keys()), table
        assert f"`{table}`" in document, table


@pytest.mark.sqlite
def test_a_server_with_rows_in_every_table_differs_nowhere(tmp_path: Path) -> None:
    rich = SampleServer(tmp_path)
    try:
        checked = rich.store.scan(deep_checkup.examine)
        assert [f"{one.branch} {one.where}: {one.what}" for one in checked.differences] == []
        assert checked.chained == checked.events > 50
    finally:
        rich.close()

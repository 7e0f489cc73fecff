"""Queries that are asked together: however a database is asked, the rows are the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, bindparam, select

from server.store.sql import compiled_statements, schema
from server.store.sql.compiled_statements import MANY_ROWS, MultiQuery
from server.store.tables import branch_snapshot
from tests.scene import Scene

OF_BRANCH = {
    "tickets": select(schema.ticket).where(schema.ticket.c.branch_id == bindparam("branch_id")).order_by("id"),
    "legs": select(schema.leg).where(schema.leg.c.branch_id == bindparam("branch_id")).order_by("id"),
    "branches": select(schema.branch.c.id, schema.branch.c.slug, schema.branch.c.name).where(
        schema.branch.c.id == bindparam("branch_id")
    ),
    "none": select(schema.ticket).where(schema.ticket.c.id == -bindparam("branch_id")),
}


def test_rows_that_come_as_one_are_those_that_come_each_for_itself(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.open()
    for service in "AAA":
        scene.issue(service)
    scene.call_next()

    def both(db: Connection) -> list[dict[str, list[Any]]]:
        return [MultiQuery(**OF_BRANCH).rows(db, branch_id=1), MultiQuery(MANY_ROWS, **OF_BRANCH).rows(db, branch_id=1)]

    alone, as_one = scene.store.read(both)
    assert as_one == alone
    assert {name: len(rows) for name, rows in as_one.items()} == {"tickets": 3, "legs": 3, "branches": 1, "none": 0}
    assert type(as_one["tickets"][0].issued_at) is type(alone["tickets"][0].issued_at)


def test_sqlalchemys_own_execution_does_and_reads_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def everything() -> tuple[object, ...]:
        return scene.log, scene.snapshot, scene.queue_view(), [scene.ticket(ticket_id) for ticket_id in (1, 2, 3)]

    monkeypatch.setattr(compiled_statements, "BY_DRIVER", False)
    scene = Scene(tmp_path)
    scene.open()
    for _ in range(3):
        scene.issue()
    scene.call_next()
    scene.start()
    scene.call_next(finish=True)
    by_sqlalchemy = everything()
    monkeypatch.setattr(compiled_statements, "BY_DRIVER", True)
    assert everything() == by_sqlalchemy
    assert scene.differences() == []


@pytest.mark.sqlite  # its driver alone lets the interpreter go at each row, and waits for it again
def test_the_picture_of_a_branch_is_as_many_rows_of_the_driver_however_many_wait(tmp_path: Path) -> None:
    scene = Scene(tmp_path)

    def rows_of_driver(db: Connection) -> int:
        seen: list[Any] = []

        def count(_cursor: object, row: tuple[Any, ...]) -> tuple[Any, ...]:
            seen.append(row)
            return row

        driver: Any = db.connection.dbapi_connection
        driver.row_factory = count
        try:
            branch_snapshot.read(db, scene.branch, scene.clock())
        finally:
            driver.row_factory = None
        return len(seen)

    found = []
    for _ in range(2):
        for _ in range(20):
            scene.issue("A")
        found.append(scene.store.read(rows_of_driver))
    assert found[0] == found[1] < 20

"""Several processes and printers compete for one print job."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from server.actions.paper import printing
from server.domain.people.principal import Principal, Role
from server.domain.printing.print_job import PrintJob
from server.domain.printing.routes import JobState
from server.store.engines.store import Store
from server.store.engines.transaction import Transaction
from server.store.tables import access, print_jobs
from tests.databases import in_use
from tests.postgres import UNSAFE, a_postgres
from tests.scene import Scene

PATIENCE = 60


def agent_of(scene: Scene) -> Principal:
    """Return the print agent of the branch's printer."""
    device = scene.store.read(lambda db: access.devices(db, 1, Role.PRINTER))[0]
    return Principal("token:1", Role.PRINTER, device.name, branch_id=1, device_id=device.id)


def claimed(scene: Scene, agent: Principal) -> PrintJob:
    """Return the next print job, leased to the agent."""

    def answer(tx: Transaction, job_id: int | None) -> PrintJob:
        assert job_id is not None
        return print_jobs.get(tx.db, job_id)

    return scene.store.write(lambda tx: printing.claim(tx, agent), answer)


def test_a_paper_is_not_begun_under_a_lease_that_another_printer_has_taken_over_meanwhile(tmp_path: Path) -> None:
    """The takeover comes between read and write, on a database with several writers: otherwise both would print."""
    scene = Scene(tmp_path, printers=["front"])
    agent = agent_of(scene)
    scene.issue()
    old = claimed(scene, agent)
    scene.clock.forward(16)
    new = claimed(scene, agent)
    assert (new.id, new.lease == old.lease) == (old.id, False)

    def begin(job: PrintJob) -> JobState:
        put = print_jobs.put
        return scene.store.write(lambda tx: put(tx.db, job, JobState.STARTED).state.value, lambda _tx, s: JobState(s))

    assert begin(old) is JobState.CLAIMED
    assert begin(new) is JobState.STARTED


@pytest.mark.sqlite  # brings its own database
def test_a_paper_of_which_two_servers_are_told_at_once_is_begun_and_ended_once(tmp_path: Path) -> None:
    """An agent without an answer retries at another server while the first still works on it."""

    class Process:
        def __init__(self, scene: Scene) -> None:
            self.store = Store(scene.url, scene.clock)

    with a_postgres(*UNSAFE) as postgres:
        scene = Scene(tmp_path, printers=["front"], url=postgres.create("papers"))
        other = Process(scene)
        in_use(other)
        agent = agent_of(scene)

        def at_both(action: Callable[[Transaction], int]) -> None:
            both = threading.Barrier(2)

            def ask(store: Store) -> int:
                both.wait(PATIENCE)
                return store.write(action, lambda _tx, job_id: job_id)

            with ThreadPoolExecutor(2) as pool:
                for one in [pool.submit(ask, store) for store in (scene.store, other.store)]:
                    one.result(PATIENCE)

        for _ in range(10):
            scene.issue()
            job = claimed(scene, agent)
            lease = job.lease or ""
            at_both(lambda tx, job=job, lease=lease: printing.start_job(tx, agent, job.id, lease))  # type: ignore[misc]
            at_both(
                lambda tx, job=job, lease=lease: printing.record_outcome(  # type: ignore[misc]
                    tx, agent, job.id, lease, JobState.PRINTED, None
                )
            )
        events = [event.type.value for event in scene.log if event.type in ("print_started", "print_printed")]
        other.store.close()
        scene.store.close()
    assert events == ["print_started", "print_printed"] * 10

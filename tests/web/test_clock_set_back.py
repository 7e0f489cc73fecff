"""The server's clock is set back by an hour: whatever waits for a moment does not wait an hour longer for it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from server.actions.paper.printing import end_lapsed
from server.domain.people.principal import Role
from server.store.tables import deadlines, servers
from tests.web.app_server import AppServer

HOUR = timedelta(hours=1)


def set_back(app: AppServer) -> None:
    """Somebody sets the clock, and the server looks around as it does every second."""
    app.application.tasks.look_at_clock()
    app.clock.now -= HOUR
    app.application.tasks.look_at_clock()


def later(app: AppServer, seconds: float) -> None:
    """Time passes, and what is over ends."""
    app.clock.forward(seconds=seconds)
    app.application.tasks.sweep()


def issue(app: AppServer) -> dict[str, Any]:
    return dict(app.call(Role.KIOSK, "POST", "/branches/central/tickets", {"service": "A"}).json or {})


def claim(app: AppServer) -> dict[str, Any] | None:
    answer = app.call(Role.PRINTER, "POST", "/print-jobs/claim")
    return dict(answer.json or {}) if answer.status_code == 200 else None


def state(app: AppServer, job_id: str) -> str:
    return str((app.call(Role.KIOSK, "GET", f"/print-jobs/{job_id}").json or {})["state"])


def printer(app: AppServer) -> dict[str, Any]:
    return dict((app.call(Role.AGENT, "GET", "/branches/central/queue").json or {})["printers"][0])


def test_a_printer_that_waits_for_work_is_there_also_when_the_clock_is_set_ahead(app: AppServer) -> None:
    assert claim(app) is None
    app.application.tasks.sweep()
    listed = app.call(Role.ADMIN, "GET", "/branches/central/devices").json or {}
    (printer_id,) = (int(device["id"]) for device in listed["devices"] if device["role"] == "printer")
    with app.application.web.waiting_claims.waits(printer_id):
        app.clock.now += HOUR
        app.application.tasks.sweep()
        assert printer(app)["connected"]
    app.clock.now += HOUR
    app.application.tasks.sweep()
    assert not printer(app)["connected"]


def test_print_jobs_expire_after_a_minute_whatever_the_clock_does(app: AppServer) -> None:
    old = issue(app)["print_job"]
    set_back(app)
    new = issue(app)["print_job"]
    later(app, 50)
    assert (state(app, old), state(app, new)) == ("queued", "queued")
    later(app, 11)
    assert (state(app, old), state(app, new)) == ("expired", "expired")


def test_a_claimed_paper_is_offered_again_when_its_printer_died_and_a_new_one_prints(app: AppServer) -> None:
    issue(app)
    first = claim(app)
    set_back(app)
    later(app, 16)
    second = claim(app)
    assert first is not None and second is not None and second["id"] == first["id"]
    started = app.call(Role.PRINTER, "POST", f"/print-jobs/{second['id']}/started", {"lease": second["lease"]})
    assert started.status_code == 200
    later(app, 61)
    assert state(app, second["id"]) == "unknown"


def test_a_paper_that_was_begun_is_in_doubt_a_minute_after_its_printer_fell_silent(app: AppServer) -> None:
    issue(app)
    job = claim(app)
    assert job is not None
    app.call(Role.PRINTER, "POST", f"/print-jobs/{job['id']}/started", {"lease": job["lease"]})
    set_back(app)
    later(app, 59)
    assert state(app, job["id"]) == "started"
    later(app, 2)
    assert state(app, job["id"]) == "unknown"


def test_a_live_printer_stays_connected_and_a_dead_one_is_reported(app: AppServer) -> None:
    claim(app)
    set_back(app)
    assert printer(app)["connected"]
    later(app, 30)
    claim(app)
    later(app, 30)
    assert printer(app)["connected"]
    later(app, 11)
    assert not printer(app)["connected"]
    events = (app.call(Role.ADMIN, "GET", "/branches/central/events").json or {})["events"]
    connected = [e["data"]["connected"] for e in events if e["type"] == "printer_changed" and "connected" in e["data"]]
    assert connected == [True, False], "once, and not for a moment between"


def test_a_kiosk_sees_its_printer_while_the_clock_is_behind(app: AppServer) -> None:
    claim(app)
    issue(app)
    set_back(app)
    claim(app)
    kiosk = issue(app)
    job = app.call(Role.KIOSK, "GET", f"/print-jobs/{kiosk['print_job']}").json or {}
    assert job["printable"], "no kiosk says that no paper will come"


def test_a_session_ends_after_its_own_length(app: AppServer) -> None:
    client, _ = app.signed_in()
    set_back(app)
    app.clock.forward(hours=13, minutes=59)
    assert client.get("/api/v1/session").status_code == 200
    app.clock.forward(minutes=2)
    assert client.get("/api/v1/session").status_code == 401


def test_a_server_that_died_before_does_not_count_as_running(app: AppServer) -> None:
    dead = servers.Server("a1", "host", 8081, 1, False)
    app.store.write(lambda tx: servers.heartbeat(tx.db, dead, tx.now), lambda _tx, _none: None)
    app.clock.now -= HOUR
    assert app.store.read(lambda db: servers.alive(db, app.clock())) == []


@pytest.mark.parametrize("drift", [0.0, 0.4])
def test_small_clock_corrections_move_no_deadline(app: AppServer, drift: float) -> None:
    issue(app)
    app.signed_in()
    claim(app)
    app.application.tasks.look_at_clock()
    app.clock.forward(seconds=1)
    app.clock.now -= timedelta(seconds=drift)
    app.application.tasks.look_at_clock()
    assert app.store.write(lambda tx: deadlines.shorten(tx.db, tx.clock), lambda _tx, count: count) == 0
    assert app.store.write(end_lapsed, lambda _tx, count: count) == 0

"""The server's clock is set back by an hour: whatever waits for a moment does not wait an hour longer for it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from server.actions.paper.printing import end_lapsed
from server.domain.people.principal import Role
from server.store.tables import deadlines, servers
from tests.web.house import House

HOUR = timedelta(hours=1)


def set_back(house: House) -> None:
    """Somebody sets the clock, and the server looks around as it does every second."""
    house.application._look_at_clock()
    house.clock.now -= HOUR
    house.application._look_at_clock()


def later(house: House, seconds: float) -> None:
    """Time passes, and what is over ends."""
    house.clock.forward(seconds=seconds)
    house.application._sweep()


def issue(house: House) -> dict[str, Any]:
    return dict(house.call(Role.KIOSK, "POST", "/branches/central/tickets", {"service": "A"}).json or {})


def claim(house: House) -> dict[str, Any] | None:
    answer = house.call(Role.PRINTER, "POST", "/print-jobs/claim")
    return dict(answer.json or {}) if answer.status_code == 200 else None


def state(house: House, job_id: str) -> str:
    return str((house.call(Role.KIOSK, "GET", f"/print-jobs/{job_id}").json or {})["state"])


def printer(house: House) -> dict[str, Any]:
    return dict((house.call(Role.AGENT, "GET", "/branches/central/queue").json or {})["printers"][0])


def test_a_printer_that_waits_for_work_is_there_also_when_the_clock_is_set_ahead(house: House) -> None:
    assert claim(house) is None
    house.application._sweep()
    listed = house.call(Role.ADMIN, "GET", "/branches/central/devices").json or {}
    (printer_id,) = (int(each["id"]) for each in listed["devices"] if each["role"] == "printer")
    with house.application.web.waiting_claims.waits(printer_id):
        house.clock.now += HOUR
        house.application._sweep()
        assert printer(house)["connected"]
    house.clock.now += HOUR
    house.application._sweep()
    assert not printer(house)["connected"]


def test_papers_expire_in_a_minute_before_and_after(house: House) -> None:
    old = issue(house)["print_job"]
    set_back(house)
    new = issue(house)["print_job"]
    later(house, 50)
    assert (state(house, old), state(house, new)) == ("queued", "queued")
    later(house, 11)
    assert (state(house, old), state(house, new)) == ("expired", "expired")


def test_a_claimed_paper_is_offered_again_when_its_printer_died_and_a_new_one_prints(house: House) -> None:
    issue(house)
    first = claim(house)
    set_back(house)
    later(house, 16)
    second = claim(house)
    assert first is not None and second is not None and second["id"] == first["id"]
    started = house.call(Role.PRINTER, "POST", f"/print-jobs/{second['id']}/started", {"lease": second["lease"]})
    assert started.status_code == 200
    later(house, 61)
    assert state(house, second["id"]) == "unknown"


def test_a_paper_that_was_begun_is_in_doubt_a_minute_after_its_printer_fell_silent(house: House) -> None:
    issue(house)
    job = claim(house)
    assert job is not None
    house.call(Role.PRINTER, "POST", f"/print-jobs/{job['id']}/started", {"lease": job["lease"]})
    set_back(house)
    later(house, 59)
    assert state(house, job["id"]) == "started"
    later(house, 2)
    assert state(house, job["id"]) == "unknown"


def test_a_printer_that_lives_stays_connected_and_one_that_died_is_told_of(house: House) -> None:
    claim(house)
    set_back(house)
    assert printer(house)["connected"]
    later(house, 30)
    claim(house)
    later(house, 30)
    assert printer(house)["connected"]
    later(house, 11)
    assert not printer(house)["connected"]
    events = (house.call(Role.ADMIN, "GET", "/branches/central/events").json or {})["events"]
    told = [e["data"]["connected"] for e in events if e["type"] == "printer_changed" and "connected" in e["data"]]
    assert told == [True, False], "once, and not for a moment between"


def test_the_printer_is_there_for_who_takes_a_number_while_the_branch_stands_at_its_last_event(house: House) -> None:
    claim(house)
    issue(house)
    set_back(house)
    claim(house)
    kiosk = issue(house)
    job = house.call(Role.KIOSK, "GET", f"/print-jobs/{kiosk['print_job']}").json or {}
    assert job["printable"], "no kiosk says that no paper will come"


def test_a_session_ends_after_its_own_length(house: House) -> None:
    client, _ = house.signed_in()
    set_back(house)
    house.clock.forward(hours=13, minutes=59)
    assert client.get("/api/v1/session").status_code == 200
    house.clock.forward(minutes=2)
    assert client.get("/api/v1/session").status_code == 401


def test_a_server_that_died_before_does_not_count_as_living(house: House) -> None:
    dead = servers.Server("a1", "host", 8081, 1, False)
    house.store.write(lambda tx: servers.tell(tx.db, dead, tx.now), lambda _tx, _none: None)
    house.clock.now -= HOUR
    assert house.store.read(lambda db: servers.alive(db, house.clock())) == []


@pytest.mark.parametrize("drift", [0.0, 0.4])
def test_a_clock_that_is_kept_right_moves_no_deadline(house: House, drift: float) -> None:
    issue(house)
    house.signed_in()
    claim(house)
    house.application._look_at_clock()
    house.clock.forward(seconds=1)
    house.clock.now -= timedelta(seconds=drift)
    house.application._look_at_clock()
    assert house.store.write(lambda tx: deadlines.shorten(tx.db, tx.clock), lambda _tx, count: count) == 0
    assert house.store.write(end_lapsed, lambda _tx, count: count) == 0

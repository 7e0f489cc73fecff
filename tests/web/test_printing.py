"""A paper's life as a printer, a kiosk and staff see it over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from server.actions.paper.printing import end_lapsed
from server.domain.people.principal import Role
from server.serving.limits import CLIENT_GONE
from server.web.context import WebContext
from tests.web.house import House


def issue(house: House) -> dict[str, Any]:
    return dict(house.call(Role.KIOSK, "POST", "/branches/central/tickets", {"service": "A"}).json or {})


def claim(house: House) -> dict[str, Any]:
    answer = house.call(Role.PRINTER, "POST", "/print-jobs/claim")
    assert answer.status_code == 200
    return dict(answer.json or {})


def say(house: House, job: dict[str, Any], step: str, **body: Any) -> tuple[int, str]:
    answer = house.call(Role.PRINTER, "POST", f"/print-jobs/{job['id']}/{step}", {"lease": job["lease"]} | body)
    told = answer.json or {}
    return answer.status_code, told.get("code") or told["state"]


def state(house: House, job_id: str, role: Role = Role.KIOSK) -> str:
    return str((house.call(role, "GET", f"/print-jobs/{job_id}").json or {})["state"])


def test_a_printed_paper_is_proven_to_kiosk_and_staff(house: House) -> None:
    job_id = issue(house)["print_job"]
    job = claim(house)
    assert (job["id"], job["content"]["number"], job["paper"]) == (job_id, "A001", 80)
    assert say(house, job, "started") == (200, "started")
    assert say(house, job, "started") == (200, "started")
    assert say(house, job, "outcome", outcome="printed") == (200, "printed")
    assert say(house, job, "outcome", outcome="printed") == (200, "printed")
    assert state(house, job_id) == state(house, job_id, Role.AGENT) == "printed"
    assert house.call(Role.API, "GET", f"/print-jobs/{job_id}").status_code == 403


def test_a_number_that_is_taken_while_a_printer_looks_for_work_is_not_waited_for(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Committed between the look and the wait, it would be missed until something else is committed."""
    hands: WebContext = house.application.flask.extensions["giliran"]
    read, following = house.store.read, hands.subscribe_to_commits
    waited: list[bool] = []

    def look(query: Any) -> Any:
        found = read(query)
        if found == (False, None) and not waited:
            issue(house)
        return found

    def noted(branch_id: int) -> Callable[[float], bool]:
        wait = following(branch_id)

        def until(seconds: float) -> bool:
            waited.append(wait(seconds))
            return waited[-1]

        return until

    monkeypatch.setattr(house.store, "read", look)
    monkeypatch.setattr(hands, "subscribe_to_commits", noted)
    answer = house.call(Role.PRINTER, "POST", "/print-jobs/claim", {"wait": 5})
    assert (answer.json or {})["content"]["number"] == "A001"
    assert waited == [True]


def test_a_lease_that_lapses_before_the_start_is_offered_again_and_the_old_one_is_worthless(house: House) -> None:
    issue(house)
    old = claim(house)
    keeps = house.call(Role.PRINTER, "POST", "/print-jobs/claim", {"job": old["id"]})
    assert keeps.status_code == 204, "the agent has it"
    house.clock.forward(16)
    new = dict(house.call(Role.PRINTER, "POST", "/print-jobs/claim", {"job": old["id"]}).json or {})
    assert new["id"] == old["id"]
    assert say(house, old, "started") == (409, "print-job-conflict")
    assert say(house, new, "started") == (200, "started")


def test_a_job_whose_agent_asks_anew_without_naming_it_is_offered_again_at_once(house: House) -> None:
    issue(house)
    lost = claim(house)
    issue(house)
    other = dict(house.call(Role.PRINTER, "POST", "/print-jobs/claim", {"job": lost["id"]}).json or {})
    assert other["id"] != lost["id"], "it keeps the one that it names"
    again = dict(house.call(Role.PRINTER, "POST", "/print-jobs/claim", {"job": None}).json or {})
    assert again["id"] == lost["id"], "the oldest first"
    assert say(house, lost, "started") == (409, "print-job-conflict")
    assert say(house, again, "started") == (200, "started")
    assert claim(house)["id"] == other["id"]
    assert house.call(Role.PRINTER, "POST", "/print-jobs/claim", {"job": "x"}).status_code == 422
    assert say(house, again, "outcome", outcome="printed") == (200, "printed")


def test_what_other_printers_have_claimed_is_not_offered_to_one_that_asks_anew(house: House) -> None:
    issue(house)
    claim(house)
    back = house.token(Role.PRINTER, name="back")
    answer = house.client().post("/api/v1/print-jobs/claim", headers={"Authorization": f"Bearer {back}"})
    assert answer.status_code == 204


def test_a_claim_whose_client_has_gone_takes_no_job(house: House) -> None:
    job_id = issue(house)["print_job"]
    answer = house.client().post(
        "/api/v1/print-jobs/claim",
        headers={"Authorization": f"Bearer {house.tokens[Role.PRINTER]}"},
        environ_overrides={CLIENT_GONE: lambda: True},
    )
    assert (answer.status_code, state(house, job_id)) == (204, "queued")


def test_a_lease_that_lapses_after_the_start_is_unknown_and_never_offered_again(house: House) -> None:
    job_id = issue(house)["print_job"]
    job = claim(house)
    say(house, job, "started")
    house.clock.forward(61)
    house.store.write(end_lapsed, lambda _tx, _r: None)
    assert state(house, job_id) == "unknown"
    assert house.call(Role.PRINTER, "POST", "/print-jobs/claim").status_code == 204
    # proof that comes late is still proof
    assert say(house, job, "outcome", outcome="printed") == (200, "printed")


def test_a_printer_that_waits_for_paper_keeps_its_job_as_long_as_it_is_heard(house: House) -> None:
    job_id = issue(house)["print_job"]
    job = claim(house)
    say(house, job, "started")
    for _ in range(10):
        house.clock.forward(45)
        house.call(Role.PRINTER, "POST", "/printers/status", {"online": True, "paper": "out"})
        house.store.write(end_lapsed, lambda _tx, _r: None)
        assert state(house, job_id) == "started"
    assert say(house, job, "outcome", outcome="printed") == (200, "printed")


def test_nobody_gets_last_hours_paper(house: House) -> None:
    job_id = issue(house)["print_job"]
    house.clock.forward(61)
    assert house.call(Role.PRINTER, "POST", "/print-jobs/claim").status_code == 204
    house.store.write(end_lapsed, lambda _tx, _r: None)
    assert state(house, job_id) == "expired"


def test_a_paper_that_was_never_started_cannot_have_been_printed(house: House) -> None:
    issue(house)
    job = claim(house)
    assert say(house, job, "outcome", outcome="printed") == (409, "print-job-conflict")
    assert say(house, job, "outcome", outcome="not_sent", detail="refused") == (200, "not_sent")
    assert say(house, job, "started") == (409, "print-job-conflict")


def test_a_second_paper_says_so(house: House) -> None:
    issue(house)
    say(house, claim(house), "started")
    answer = house.call(Role.AGENT, "POST", "/branches/central/tickets/A001/reprint", {"printer": "front"})
    assert answer.status_code == 200
    again = claim(house)
    assert (again["reprint"], again["content"]["reprint"]) == (True, "CETAK ULANG")
    missing = house.call(Role.AGENT, "POST", "/branches/central/tickets/A001/reprint", {"printer": "none"})
    assert missing.status_code == 404


def test_staff_see_what_the_printer_says_of_itself(house: House) -> None:
    status = {"online": False, "paper": "out", "cover_open": True, "error": "cutter", "device": "tcp"}
    assert house.call(Role.PRINTER, "POST", "/printers/status", status).status_code == 200
    queue = house.call(Role.AGENT, "GET", "/branches/central/queue").json or {}
    (printer,) = queue["printers"]
    assert printer["connected"] is True
    assert printer["status"] | status == printer["status"]
    house.clock.forward(41)
    queue = house.call(Role.AGENT, "GET", "/branches/central/queue").json or {}
    assert queue["printers"][0]["connected"] is False


def test_a_status_said_again_is_no_event(house: House) -> None:
    for _ in range(3):
        house.call(Role.PRINTER, "POST", "/printers/status", {"online": True, "paper": "ok"})
    events = (house.call(Role.API, "GET", "/branches/central/events").json or {})["events"]
    assert [e["type"] for e in events].count("printer_changed") == 1


def doubts(house: House) -> tuple[int, list[str]]:
    queue = house.call(Role.AGENT, "GET", "/branches/central/queue").json or {}
    (printer,) = queue["printers"]
    return printer["unresolved"], printer["unresolved_numbers"]


def test_staff_are_told_which_papers_are_in_doubt_until_a_second_one_settles_it(house: House) -> None:
    for _ in range(2):
        issue(house)
        job = claim(house)
        say(house, job, "started")
        say(house, job, "outcome", outcome="unknown")
    assert doubts(house) == (2, ["A001", "A002"])
    house.call(Role.AGENT, "POST", "/branches/central/tickets/A001/reprint")
    assert doubts(house) == (1, ["A002"])


def test_a_second_paper_says_where_the_ticket_is_by_then(house: House) -> None:
    issue(house)
    claim(house)
    house.call(Role.AGENT, "POST", "/counters/central/1/open")
    house.call(Role.AGENT, "POST", "/counters/central/1/call-next")
    house.call(Role.AGENT, "POST", "/branches/central/tickets/A001/reprint")
    assert claim(house)["content"]["ahead"] == "Silakan menuju ke Loket 1"
    house.call(Role.AGENT, "POST", "/counters/central/1/no-show")
    house.call(Role.AGENT, "POST", "/branches/central/tickets/A001/reprint")
    again = claim(house)["content"]
    assert (again["ahead"], again["wait"]) == ("Tidak lagi dalam antrean", None)

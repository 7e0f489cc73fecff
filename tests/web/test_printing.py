"""The life of a print job over HTTP, for printer, kiosk and staff."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from server.actions.paper.printing import end_lapsed
from server.domain.people.principal import Role
from server.serving.limits import CLIENT_GONE
from server.web.context import WebContext
from tests.web.app_server import AppServer


def issue(app: AppServer) -> dict[str, Any]:
    return dict(app.call(Role.KIOSK, "POST", "/branches/central/tickets", {"service": "A"}).json or {})


def claim(app: AppServer) -> dict[str, Any]:
    answer = app.call(Role.PRINTER, "POST", "/print-jobs/claim")
    assert answer.status_code == 200
    return dict(answer.json or {})


def say(app: AppServer, job: dict[str, Any], step: str, **body: Any) -> tuple[int, str]:
    answer = app.call(Role.PRINTER, "POST", f"/print-jobs/{job['id']}/{step}", {"lease": job["lease"]} | body)
    problem = answer.json or {}
    return answer.status_code, problem.get("code") or problem["state"]


def state(app: AppServer, job_id: str, role: Role = Role.KIOSK) -> str:
    return str((app.call(role, "GET", f"/print-jobs/{job_id}").json or {})["state"])


def test_a_printed_paper_is_proven_to_kiosk_and_staff(app: AppServer) -> None:
    job_id = issue(app)["print_job"]
    job = claim(app)
    assert (job["id"], job["content"]["number"], job["paper"]) == (job_id, "A001", 80)
    assert say(app, job, "started") == (200, "started")
    assert say(app, job, "started") == (200, "started")
    assert say(app, job, "outcome", outcome="printed") == (200, "printed")
    assert say(app, job, "outcome", outcome="printed") == (200, "printed")
    assert state(app, job_id) == state(app, job_id, Role.AGENT) == "printed"
    assert app.call(Role.API, "GET", f"/print-jobs/{job_id}").status_code == 403


def test_a_ticket_issued_during_the_poll_is_claimed_without_waiting(
    app: AppServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A commit between the poll and the wait must be noticed at once, not when something else is committed."""
    context: WebContext = app.application.flask.extensions["giliran"]
    read, following = app.store.read, context.subscribe_to_commits
    waited: list[bool] = []

    def look(query: Any) -> Any:
        result = read(query)
        if result == (False, None) and not waited:
            issue(app)
        return result

    def noted(branch_id: int) -> Callable[[float], bool]:
        wait = following(branch_id)

        def until(seconds: float) -> bool:
            waited.append(wait(seconds))
            return waited[-1]

        return until

    monkeypatch.setattr(app.store, "read", look)
    monkeypatch.setattr(context, "subscribe_to_commits", noted)
    answer = app.call(Role.PRINTER, "POST", "/print-jobs/claim", {"wait": 5})
    assert (answer.json or {})["content"]["number"] == "A001"
    assert waited == [True]


def test_a_job_whose_lease_expires_before_the_start_is_offered_again(app: AppServer) -> None:
    issue(app)
    old = claim(app)
    keeps = app.call(Role.PRINTER, "POST", "/print-jobs/claim", {"job": old["id"]})
    assert keeps.status_code == 204, "the agent has it"
    app.clock.forward(16)
    new = dict(app.call(Role.PRINTER, "POST", "/print-jobs/claim", {"job": old["id"]}).json or {})
    assert new["id"] == old["id"]
    assert say(app, old, "started") == (409, "print-job-conflict")
    assert say(app, new, "started") == (200, "started")


def test_a_claimed_job_that_its_agent_does_not_name_is_offered_again_at_once(app: AppServer) -> None:
    issue(app)
    lost = claim(app)
    issue(app)
    other = dict(app.call(Role.PRINTER, "POST", "/print-jobs/claim", {"job": lost["id"]}).json or {})
    assert other["id"] != lost["id"], "it keeps the one that it names"
    offered = dict(app.call(Role.PRINTER, "POST", "/print-jobs/claim", {"job": None}).json or {})
    assert offered["id"] == lost["id"], "the oldest first"
    assert say(app, lost, "started") == (409, "print-job-conflict")
    assert say(app, offered, "started") == (200, "started")
    assert claim(app)["id"] == other["id"]
    assert app.call(Role.PRINTER, "POST", "/print-jobs/claim", {"job": "x"}).status_code == 422
    assert say(app, offered, "outcome", outcome="printed") == (200, "printed")


def test_jobs_claimed_by_other_printers_are_not_offered_to_a_new_claim(app: AppServer) -> None:
    issue(app)
    claim(app)
    back = app.token(Role.PRINTER, name="back")
    answer = app.client().post("/api/v1/print-jobs/claim", headers={"Authorization": f"Bearer {back}"})
    assert answer.status_code == 204


def test_a_claim_whose_client_has_gone_takes_no_job(app: AppServer) -> None:
    job_id = issue(app)["print_job"]
    answer = app.client().post(
        "/api/v1/print-jobs/claim",
        headers={"Authorization": f"Bearer {app.tokens[Role.PRINTER]}"},
        environ_overrides={CLIENT_GONE: lambda: True},
    )
    assert (answer.status_code, state(app, job_id)) == (204, "queued")


def test_a_job_whose_lease_expires_after_the_start_is_unknown_and_never_offered_again(app: AppServer) -> None:
    job_id = issue(app)["print_job"]
    job = claim(app)
    say(app, job, "started")
    app.clock.forward(61)
    app.store.write(end_lapsed, lambda _tx, _r: None)
    assert state(app, job_id) == "unknown"
    assert app.call(Role.PRINTER, "POST", "/print-jobs/claim").status_code == 204
    # proof that comes late is still proof
    assert say(app, job, "outcome", outcome="printed") == (200, "printed")


def test_a_printer_that_waits_for_paper_keeps_its_job_as_long_as_it_is_heard(app: AppServer) -> None:
    job_id = issue(app)["print_job"]
    job = claim(app)
    say(app, job, "started")
    for _ in range(10):
        app.clock.forward(45)
        app.call(Role.PRINTER, "POST", "/printers/status", {"online": True, "paper": "out"})
        app.store.write(end_lapsed, lambda _tx, _r: None)
        assert state(app, job_id) == "started"
    assert say(app, job, "outcome", outcome="printed") == (200, "printed")


def test_old_print_jobs_are_never_printed(app: AppServer) -> None:
    job_id = issue(app)["print_job"]
    app.clock.forward(61)
    assert app.call(Role.PRINTER, "POST", "/print-jobs/claim").status_code == 204
    app.store.write(end_lapsed, lambda _tx, _r: None)
    assert state(app, job_id) == "expired"


def test_a_paper_that_was_never_started_cannot_have_been_printed(app: AppServer) -> None:
    issue(app)
    job = claim(app)
    assert say(app, job, "outcome", outcome="printed") == (409, "print-job-conflict")
    assert say(app, job, "outcome", outcome="not_sent", detail="refused") == (200, "not_sent")
    assert say(app, job, "started") == (409, "print-job-conflict")


def test_a_second_paper_is_marked_as_a_reprint(app: AppServer) -> None:
    issue(app)
    say(app, claim(app), "started")
    answer = app.call(Role.AGENT, "POST", "/branches/central/tickets/A001/reprint", {"printer": "front"})
    assert answer.status_code == 200
    offered = claim(app)
    assert (offered["reprint"], offered["content"]["reprint"]) == (True, "CETAK ULANG")
    missing = app.call(Role.AGENT, "POST", "/branches/central/tickets/A001/reprint", {"printer": "none"})
    assert missing.status_code == 404


def test_staff_see_the_printers_reported_status(app: AppServer) -> None:
    status = {"online": False, "paper": "out", "cover_open": True, "error": "cutter", "device": "tcp"}
    assert app.call(Role.PRINTER, "POST", "/printers/status", status).status_code == 200
    queue = app.call(Role.AGENT, "GET", "/branches/central/queue").json or {}
    (printer,) = queue["printers"]
    assert printer["connected"] is True
    assert printer["status"] | status == printer["status"]
    app.clock.forward(41)
    queue = app.call(Role.AGENT, "GET", "/branches/central/queue").json or {}
    assert queue["printers"][0]["connected"] is False


def test_a_repeated_status_is_no_event(app: AppServer) -> None:
    for _ in range(3):
        app.call(Role.PRINTER, "POST", "/printers/status", {"online": True, "paper": "ok"})
    events = (app.call(Role.API, "GET", "/branches/central/events").json or {})["events"]
    assert [e["type"] for e in events].count("printer_changed") == 1


def doubts(app: AppServer) -> tuple[int, list[str]]:
    queue = app.call(Role.AGENT, "GET", "/branches/central/queue").json or {}
    (printer,) = queue["printers"]
    return printer["unresolved"], printer["unresolved_numbers"]


def test_staff_see_unknown_papers_until_a_reprint_resolves_them(app: AppServer) -> None:
    for _ in range(2):
        issue(app)
        job = claim(app)
        say(app, job, "started")
        say(app, job, "outcome", outcome="unknown")
    assert doubts(app) == (2, ["A001", "A002"])
    app.call(Role.AGENT, "POST", "/branches/central/tickets/A001/reprint")
    assert doubts(app) == (1, ["A002"])


def test_a_reprint_shows_the_tickets_current_state(app: AppServer) -> None:
    issue(app)
    claim(app)
    app.call(Role.AGENT, "POST", "/counters/central/1/open")
    app.call(Role.AGENT, "POST", "/counters/central/1/call-next")
    app.call(Role.AGENT, "POST", "/branches/central/tickets/A001/reprint")
    assert claim(app)["content"]["ahead"] == "Silakan menuju ke Loket 1"
    app.call(Role.AGENT, "POST", "/counters/central/1/no-show")
    app.call(Role.AGENT, "POST", "/branches/central/tickets/A001/reprint")
    offered = claim(app)["content"]
    assert (offered["ahead"], offered["wait"]) == ("Tidak lagi dalam antrean", None)

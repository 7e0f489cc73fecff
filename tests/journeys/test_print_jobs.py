"""A print job between its kiosk, the server and the printer: leases, outcomes, and what becomes of broken promises."""

import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

import pytest

from tests.journeys.branches import a_branch
from tests.journeys.client import Branch, eventually, ok, problem, refused

Give = Callable[[str], Branch]
SLUGS = {
    name: a_branch(f"print-{name}", public_url="http://192.0.2.10:8080")  # else there is no code on the paper
    for name in ["path", "unknown", "lapse", "reprint", "leases", "wait", "twice", "stall", "gone"]
}


def claimed(here: Branch, wait: int = 0) -> dict[str, Any]:
    job: dict[str, Any] = ok(here.by("printer").post("/print-jobs/claim", {"wait": wait}))
    return job


def state_of(here: Branch, job: str) -> str:
    state: str = ok(here.by("kiosk").get(f"/print-jobs/{job}"))["state"]
    return state


def test_a_job_goes_from_queued_to_printed(branch: Give) -> None:
    here = branch(SLUGS["path"])
    printer = here.by("printer")
    assert printer.post("/print-jobs/claim", {"wait": 0}).status_code == 204
    ticket = here.issue()
    assert state_of(here, ticket["print_job"]) == "queued"
    job = claimed(here)
    assert job["id"] == ticket["print_job"] and job["lease"]
    assert ticket["token"] in str(job), "the paper carries the way to the ticket's page"
    assert ticket["number"] in str(job)
    assert state_of(here, job["id"]) == "claimed"
    assert ok(printer.post(f"/print-jobs/{job['id']}/started", {"lease": job["lease"]}))["state"] == "started"
    assert state_of(here, job["id"]) == "started"
    outcome = {"lease": job["lease"], "outcome": "printed", "detail": "proof came"}
    assert ok(printer.post(f"/print-jobs/{job['id']}/outcome", outcome))["state"] == "printed"
    assert state_of(here, job["id"]) == "printed"
    assert printer.post("/print-jobs/claim", {"wait": 0}).status_code == 204
    assert [event["type"] for event in here.events() if event["type"].startswith("print")]


@pytest.mark.parametrize("outcome", ["not_sent", "unknown"])
def test_a_job_that_failed_says_how(outcome: str, branch: Give) -> None:
    here = branch(SLUGS["unknown"])
    printer, ticket, job = here.by("printer"), here.issue(), claimed(here)
    ok(printer.post(f"/print-jobs/{job['id']}/started", {"lease": job["lease"]}))
    body = {"lease": job["lease"], "outcome": outcome, "detail": "cable pulled"}
    assert ok(printer.post(f"/print-jobs/{job['id']}/outcome", body))["state"] in {outcome, "queued"}
    assert state_of(here, ticket["print_job"]) in ({"unknown"} if outcome == "unknown" else {"not_sent", "queued"})


def test_a_lease_that_is_not_ones_own_moves_nothing(branch: Give) -> None:
    here = branch(SLUGS["leases"])
    printer = here.by("printer")
    here.issue()
    job = claimed(here)
    for path, body in [("started", {"lease": "other"}), ("outcome", {"lease": "other", "outcome": "printed"})]:
        answer = printer.post(f"/print-jobs/{job['id']}/{path}", body)
        assert answer.status_code in {403, 404, 409}, answer.text
        problem(answer)
    assert state_of(here, job["id"]) == "claimed"


def test_a_finished_job_is_not_finished_again_otherwise(branch: Give) -> None:
    here = branch(SLUGS["twice"])
    printer = here.by("printer")
    here.issue()
    job = claimed(here)
    ok(printer.post(f"/print-jobs/{job['id']}/started", {"lease": job["lease"]}))
    ok(printer.post(f"/print-jobs/{job['id']}/outcome", {"lease": job["lease"], "outcome": "printed"}))
    for path, body in [("started", {}), ("outcome", {"outcome": "unknown"}), ("outcome", {"outcome": "not_sent"})]:
        answer = printer.post(f"/print-jobs/{job['id']}/{path}", {"lease": job["lease"]} | body)
        assert answer.status_code in {404, 409}, answer.text
    assert state_of(here, job["id"]) == "printed"


def test_a_waiting_claim_is_answered_when_a_ticket_is_issued(branch: Give) -> None:
    here = branch(SLUGS["wait"])
    here.by("printer")
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(claimed, here, 25)
        ticket = here.issue()
        assert waiting.result(60)["id"] == ticket["print_job"]


def test_a_waiting_claim_ends_with_its_connection_and_the_next_agent_gets_the_job_at_once(branch: Give) -> None:
    here = branch(SLUGS["gone"])
    printer = here.by("printer")
    body = b'{"wait": 25}'
    head = f"POST /api/v1/print-jobs/claim HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {printer.token}\r\n"
    host, _, port = printer.url.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), 60) as dead:
        dead.sendall(f"{head}Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
        queue = here.by("agent")
        path = f"/branches/{here.slug}/queue"
        eventually(lambda: ok(queue.get(path))["printers"], lambda told: any(each["connected"] for each in told))
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(printer.post, "/print-jobs/claim", {"wait": 25, "job": None})
        ticket = here.issue()
        job = ok(waiting.result(60))
    assert job["id"] == ticket["print_job"]
    lost = ok(printer.post("/print-jobs/claim", {"wait": 0, "job": None}))
    assert lost["id"] == job["id"], "the agent that has it asks anew, and does not name it"
    assert printer.post(f"/print-jobs/{job['id']}/started", {"lease": job["lease"]}).status_code == 409
    ok(printer.post(f"/print-jobs/{job['id']}/started", {"lease": lost["lease"]}))


def test_printers_that_hold_their_paper_and_keep_asking_delay_neither_numbers_nor_calls(branch: Give) -> None:
    here = branch(SLUGS["stall"])
    counter, stalled = here.an_open_counter(), here.issue()
    job = claimed(here)
    ok(here.by("printer").post(f"/print-jobs/{job['id']}/started", {"lease": job["lease"]}))
    with ThreadPoolExecutor(4) as pool:
        asking = [pool.submit(here.by("printer").post, "/print-jobs/claim", {"wait": 25}) for _ in range(4)]
        tickets = [here.issue() for _ in range(8)]
        called = counter.do("call-next")
        offered = [answer.result(40).json()["id"] for answer in asking]
    assert called["number"] == stalled["number"], "called while its paper still hangs in the printer"
    assert set(offered) <= {ticket["print_job"] for ticket in tickets}
    assert state_of(here, job["id"]) == "started"


def test_a_lapsed_lease_is_offered_again_before_started_and_never_after(branch: Give) -> None:
    here = branch(SLUGS["lapse"])
    printer = here.by("printer")
    first, second = here.issue(), here.issue()
    begun, forgotten = claimed(here), claimed(here)
    assert [begun["id"], forgotten["id"]] == [first["print_job"], second["print_job"]], "in the order of issue"
    ok(printer.post(f"/print-jobs/{begun['id']}/started", {"lease": begun["lease"]}))
    again = claimed(here, wait=25)
    assert again["id"] == forgotten["id"] and again["lease"] != forgotten["lease"]
    stale = printer.post(f"/print-jobs/{forgotten['id']}/started", {"lease": forgotten["lease"]})
    assert stale.status_code in {403, 404, 409}
    ok(printer.post(f"/print-jobs/{again['id']}/started", {"lease": again["lease"]}))
    ok(printer.post(f"/print-jobs/{again['id']}/outcome", {"lease": again["lease"], "outcome": "printed"}))
    assert printer.post("/print-jobs/claim", {"wait": 0}).status_code == 204
    assert state_of(here, begun["id"]) in {"started", "unknown"}


def test_a_job_expires_a_minute_after_issue(branch: Give) -> None:
    here = branch(SLUGS["leases"])
    job = ok(here.by("kiosk").get(f"/print-jobs/{here.issue()['print_job']}"))
    lives = datetime.fromisoformat(job["expires_at"]) - datetime.fromisoformat(job["created_at"])
    assert lives.total_seconds() == pytest.approx(60, abs=1)


def test_a_reprint_is_another_job_of_the_same_ticket(branch: Give) -> None:
    here = branch(SLUGS["reprint"])
    printer, ticket, job = here.by("printer"), here.issue(), claimed(here)
    ok(printer.post(f"/print-jobs/{job['id']}/started", {"lease": job["lease"]}))
    ok(printer.post(f"/print-jobs/{job['id']}/outcome", {"lease": job["lease"], "outcome": "printed"}))
    assert ok(here.at_desk(ticket, "reprint"))["number"] == ticket["number"]
    again = claimed(here)
    assert again["id"] != job["id"] and ticket["number"] in str(again) and ticket["token"] in str(again)


def test_the_printers_report_reaches_the_staff(branch: Give) -> None:
    here = branch(SLUGS["path"])
    ok(here.by("printer").post("/printers/status", {"online": True, "paper": "near_end", "cover_open": False}))
    queue = here.by("agent").get(f"/branches/{here.slug}/queue")
    assert "near_end" in queue.text


def test_a_print_job_of_nobody_is_not_found(branch: Give) -> None:
    refused(branch(SLUGS["path"]).by("agent").get("/print-jobs/123456789"), 404, "not-found")

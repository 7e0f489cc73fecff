"""Printers and print jobs for people: hold, redirect, resolve, reprint."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest

from server.actions.branch.declaring import declare
from server.actions.paper.printers import report_silent_printers
from server.actions.paper.printing import end_lapsed
from server.domain.declaration import Declaration, DeclaredDevice
from server.domain.people.principal import COMMAND_LINE, Role
from server.store.tables import print_jobs
from tests.scene import a_branch
from tests.web.app_server import AppServer


class Agent:
    """A print agent with its token; its printer is created if it is new."""

    def __init__(self, app: AppServer, name: str = "front") -> None:
        self.app, self.token = app, app.token(Role.PRINTER, name=name)

    def post(self, path: str, **body: Any) -> Any:
        answer = self.app.client().post(f"/api/v1{path}", json=body, headers={"Authorization": f"Bearer {self.token}"})
        return answer.json if answer.status_code == 200 else answer.status_code

    def report_status(self, **status: Any) -> None:
        assert self.post("/printers/status", **{"online": True, "paper": "ok"} | status)["ready"] in (True, False)

    def claim(self) -> dict[str, Any] | None:
        """Claim a job; None if there is none."""
        response = self.post("/print-jobs/claim")
        return None if response == 204 else dict(response)

    def begin(self) -> dict[str, Any]:
        """Claim a job and report its start."""
        job = self.claim()
        assert job is not None
        assert self.post(f"/print-jobs/{job['id']}/started", lease=job["lease"])["state"] == "started"
        return job

    def end(self, job: dict[str, Any], outcome: str, **more: Any) -> Any:
        return self.post(f"/print-jobs/{job['id']}/outcome", lease=job["lease"], outcome=outcome, **more)


def issue(app: AppServer) -> str:
    """Issue a ticket at the kiosk; return the id of its print job."""
    ticket = app.call(Role.KIOSK, "POST", "/branches/central/tickets", {"service": "A"}).json or {}
    return str(ticket["print_job"])


def route(app: AppServer, name: str, **declared: Any) -> Any:
    answer = app.call(Role.SUPERVISOR, "PUT", f"/branches/central/printers/{name}", declared)
    return answer.json if answer.status_code == 200 else answer.status_code


def paper(app: AppServer, job_id: str) -> dict[str, Any]:
    return dict(app.call(Role.AGENT, "GET", f"/print-jobs/{job_id}").json or {})


def papers(app: AppServer, number: str) -> list[tuple[str, bool]]:
    reported = app.call(Role.AGENT, "GET", f"/branches/central/print-jobs?number={number}").json or {}
    return [(job["state"], job["reprint"]) for job in reported["print_jobs"]]


def queue(app: AppServer) -> dict[str, Any]:
    return dict(app.call(Role.AGENT, "GET", "/branches/central/queue").json or {})


def doubts(app: AppServer) -> list[str]:
    return [doubt["number"] for doubt in queue(app)["doubts"]]


def reprint(app: AppServer, number: str, **body: Any) -> None:
    assert app.call(Role.AGENT, "POST", f"/branches/central/tickets/{number}/reprint", body).status_code == 200


def resolve(app: AppServer, job_id: str, **body: Any) -> Any:
    answer = app.call(Role.AGENT, "POST", f"/print-jobs/{job_id}/resolve", body)
    return answer.json if answer.status_code == 200 else answer.status_code


def happened(app: AppServer, kind: str) -> list[dict[str, Any]]:
    reported = app.call(Role.API, "GET", "/branches/central/events").json or {}
    return [event["data"] for event in reported["events"] if event["type"] == kind]


def test_a_held_printer_is_offered_nothing_and_keeps_only_started_jobs(app: AppServer) -> None:
    front, back = Agent(app, "front"), Agent(app, "back")
    reprinted = issue(app)
    begun = front.begin()
    issue(app)
    reprint(app, "A002", printer="front")  # meant for the one that will be held
    claimed = front.claim()
    assert claimed is not None
    assert back.claim() is None
    assert route(app, "front", held=True)["held"] is True
    assert front.post(f"/print-jobs/{claimed['id']}/started", lease=claimed["lease"]) == 409
    assert front.claim() is None
    moved = back.begin()
    assert moved["id"] == claimed["id"]
    assert paper(app, claimed["id"])["printer"] == "back"
    assert front.end(begun, "printed")["state"] == "printed"
    assert paper(app, reprinted)["printer"] == "front"
    assert route(app, "front", held=False)["held"] is False
    issue(app)
    assert front.claim() is not None


def test_only_supervisors_redirect_a_printer_and_it_is_audited(app: AppServer) -> None:
    front, back = Agent(app, "front"), Agent(app, "back")
    assert route(app, "front", sends_to="back")["sends_to"] == "back"
    assert route(app, "front", sends_to="back")["sends_to"] == "back"
    assert route(app, "back", sends_to="front") == route(app, "back", sends_to="none") == 422
    assert route(app, "nowhere", held=True) == 404
    issue(app)
    reprint(app, "A001", printer="front")
    assert front.claim() is None
    assert back.claim() is not None
    assert route(app, "front", sends_to=None)["sends_to"] is None
    assert app.call(Role.AGENT, "PUT", "/branches/central/printers/front", {"held": True}).status_code == 403
    routed = [data for data in happened(app, "printer_changed") if "sends_to" in data]
    assert [data["sends_to"] for data in routed] == ["back", None]
    lines = (app.call(Role.ADMIN, "GET", "/branches/central/audit").json or {})["lines"]
    routes = [line["data"] for line in lines if line["action"] == "printer routed"]
    assert [(data["before"]["sends_to"], data["after"]["sends_to"]) for data in routes] == [
        ("back", None),
        (None, "back"),
    ]


def test_a_printer_is_reached_by_whatever_name_it_has(app: AppServer) -> None:
    name = "lobby/2 <b>&?"
    Agent(app, name)
    assert route(app, quote(name, safe=""), held=True)["name"] == name
    assert route(app, quote(name, safe=""), held=False)["held"] is False


def test_a_retired_printer_is_no_destination_and_returns_unheld(app: AppServer) -> None:
    Agent(app, "back")
    route(app, "front", sends_to="back")
    route(app, "back", held=True)

    def apply(*names: str) -> None:
        declared = Declaration(a_branch(), tuple(DeclaredDevice("printer", name, paper=80) for name in names))
        app.store.write(lambda tx: declare(tx, declared, COMMAND_LINE), lambda _tx, _r: None)

    apply("front")
    apply("front", "back")
    assert [(p["held"], p["sends_to"]) for p in queue(app)["printers"]] == [(False, None)] * 2


def test_a_kiosk_sees_at_once_that_nothing_will_be_printed(app: AppServer) -> None:
    def prints() -> Any:
        return (app.call(Role.KIOSK, "GET", "/kiosk").json or {})["prints"]

    assert prints() is False
    front = Agent(app)
    front.report_status(paper="near_end")
    assert prints() is True
    assert paper(app, issue(app))["printable"] is True
    for trouble in ({"paper": "out"}, {"cover_open": True}, {"error": "cutter"}, {"online": False}):
        front.report_status(**trouble)
        assert prints() is False
    front.report_status()
    route(app, "front", held=True)
    waiting = issue(app)
    assert paper(app, waiting)["printable"] is False
    assert queue(app)["printers"][0]["waiting"] == 2
    route(app, "front", held=False)
    assert paper(app, waiting)["printable"] is True
    begun = front.begin()
    front.report_status(paper="out")
    assert paper(app, begun["id"])["printable"] is False


def test_a_paper_is_marked_reprint_exactly_if_an_earlier_one_may_exist(app: AppServer) -> None:
    front = Agent(app)
    issue(app)
    reprint(app, "A001")  # nobody has begun it: the same job, sent anew
    claimed = front.claim()
    reprint(app, "A001")
    assert claimed is not None
    assert front.post(f"/print-jobs/{claimed['id']}/started", lease=claimed["lease"]) == 409
    assert papers(app, "A001") == [("queued", False)]
    front.end(front.begin(), "not_sent")
    reprint(app, "A001")
    app.clock.forward(61)
    app.store.write(end_lapsed, lambda _tx, _r: None)
    reprint(app, "A001")
    assert papers(app, "A001") == [("queued", False), ("expired", False), ("not_sent", False)]
    begun = front.begin()
    assert begun["content"]["reprint"] is None
    reprint(app, "A001")
    assert papers(app, "A001")[0] == ("queued", True)
    front.end(begun, "printed")
    assert front.begin()["content"]["reprint"] == "CETAK ULANG"


def in_doubt(app: AppServer, agent: Agent, **more: Any) -> str:
    """Return the id of a job with an unknown outcome."""
    job_id = issue(app)
    agent.end(agent.begin(), "unknown", **more)
    return job_id


def test_an_unknown_paper_is_resolved_once(app: AppServer) -> None:
    front = Agent(app)
    came, lost = in_doubt(app, front), in_doubt(app, front, reason="broken")
    assert [(doubt["number"], doubt["printer"]) for doubt in queue(app)["doubts"]] == [
        ("A001", "front"),
        ("A002", "front"),
    ]
    settled = resolve(app, came, resolution="printed")
    assert (settled["state"], settled["resolution"]) == ("unknown", "printed")
    assert resolve(app, came, resolution="printed") == settled
    assert resolve(app, came, resolution="lost") == 409
    assert resolve(app, lost, resolution="lost", print_again=True, printer="none") == 404
    assert doubts(app) == ["A002"], "what cannot be printed again is not settled either"
    assert resolve(app, lost, resolution="lost", print_again=True)["resolution"] == "lost"
    assert resolve(app, lost, resolution="lost", print_again=True)["resolution"] == "lost"
    assert doubts(app) == []
    assert papers(app, "A002") == [("queued", True), ("unknown", False)]
    assert resolve(app, issue(app), resolution="printed") == 409
    assert [data["resolution"] for data in happened(app, "print_resolved")] == ["printed", "lost"]


def test_staff_see_that_a_paper_was_not_cut_and_reprint_it_in_one_step(app: AppServer) -> None:
    front = Agent(app)
    job_id = in_doubt(app, front, reason="not_cut", detail="the connection broke")
    (doubt,) = queue(app)["doubts"]
    assert (doubt["reason"], paper(app, job_id)["reason"], paper(app, job_id)["state"]) == (
        "not_cut",
        "not_cut",
        "unknown",
    )
    assert "unknown_reason" not in str(app.call(Role.KIOSK, "GET", f"/print-jobs/{job_id}").json)
    assert [data["reason"] for data in happened(app, "print_unknown")] == ["not_cut"]
    resolve(app, job_id, resolution="lost", print_again=True)
    assert front.begin()["content"]["reprint"] == "CETAK ULANG"
    other = in_doubt(app, front)
    assert paper(app, other)["reason"] is None


def test_a_later_paper_resolves_a_doubt_unless_it_was_certainly_not_printed(app: AppServer) -> None:
    front = Agent(app)
    in_doubt(app, front)
    reprint(app, "A001")
    assert doubts(app) == []
    front.end(front.begin(), "not_sent")
    assert doubts(app) == ["A001"]
    reprint(app, "A001")
    second = front.begin()
    front.end(second, "unknown")
    assert [doubt["job"] for doubt in queue(app)["doubts"]] == [second["id"]], "one doubt a ticket: the last"


def test_screens_get_the_latest_doubts_and_how_many_there_are(app: AppServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(print_jobs, "DOUBTS_LISTED", 2)
    front = Agent(app)
    for _ in range(3):
        in_doubt(app, front)
    (printer,) = queue(app)["printers"]
    assert (printer["unresolved"], printer["unresolved_numbers"], doubts(app)) == (
        3,
        ["A002", "A003"],
        ["A002", "A003"],
    )
    listed = app.call(Role.AGENT, "GET", "/branches/central/print-jobs?unresolved=true&limit=2").json or {}
    last = listed["print_jobs"][-1]["id"]
    rest = app.call(Role.AGENT, "GET", f"/branches/central/print-jobs?state=unknown&before={last}").json or {}
    assert [job["number"] for job in (*listed["print_jobs"], *rest["print_jobs"])] == ["A003", "A002", "A001"]


def test_a_trusted_printers_paper_without_proof_counts_as_printed(app: AppServer) -> None:
    front = Agent(app)
    in_doubt(app, front, reason="no_proof")
    assert doubts(app) == ["A001"], "nobody trusts it yet"
    devices = (DeclaredDevice("printer", "front", paper=80, trusted=True), DeclaredDevice("kiosk", "kiosk"))
    declared = Declaration(a_branch(), devices)
    app.store.write(lambda tx: declare(tx, declared, COMMAND_LINE), lambda _tx, _r: None)
    settled = paper(app, in_doubt(app, front, reason="no_proof"))
    assert (settled["state"], settled["resolution"], settled["resolved_by"]) == ("unknown", "printed", "policy")
    in_doubt(app, front, reason="broken")
    in_doubt(app, front)
    issue(app)
    front.begin()
    app.clock.forward(61)
    app.store.write(end_lapsed, lambda _tx, _r: None)
    assert doubts(app) == ["A001", "A003", "A004", "A005"], "a line that broke, or fell silent, proves nothing"
    reprint(app, "A002")
    assert papers(app, "A002") == [("queued", True), ("unknown", False)]


def test_a_late_outcome_counts_whatever_people_decided(app: AppServer) -> None:
    front = Agent(app)
    jobs = []
    for _ in range(2):
        issue(app)
        jobs.append(front.begin())
    app.clock.forward(61)
    app.store.write(end_lapsed, lambda _tx, _r: None)
    printed, none = jobs
    assert resolve(app, printed["id"], resolution="lost")["resolution"] == "lost"
    reported = front.end(printed, "printed")
    assert (reported["state"], reported["resolution"]) == ("printed", "lost")
    assert front.end(none, "not_sent")["state"] == "not_sent"
    assert front.end(none, "printed") == front.end(printed, "unknown") == 409
    assert doubts(app) == []
    reprint(app, "A001")
    reprint(app, "A002")
    assert [papers(app, number)[0] for number in ("A001", "A002")] == [("queued", True), ("queued", False)]


def test_a_new_agent_does_not_extend_the_lease_of_a_dead_agents_job(app: AppServer) -> None:
    front = Agent(app)
    job_id = issue(app)
    begun = front.begin()
    for _ in range(4):  # it waits for paper, and says so
        app.clock.forward(20)
        front.report_status(paper="out", job=begun["id"])
        app.store.write(end_lapsed, lambda _tx, _r: None)
    assert paper(app, job_id)["state"] == "started"
    front.report_status(job=None)  # it was killed; the next one has nothing under way, and then a job of its own
    issue(app)
    another = front.begin()
    for _ in range(4):
        app.clock.forward(20)
        front.report_status(paper="out", job=another["id"])
        app.store.write(end_lapsed, lambda _tx, _r: None)
    assert paper(app, job_id)["state"] == "unknown"
    assert paper(app, another["id"])["state"] == "started"
    for _ in range(4):
        app.clock.forward(20)
        front.report_status(paper="out", job=None)
        app.store.write(end_lapsed, lambda _tx, _r: None)
    assert paper(app, another["id"])["state"] == "unknown"
    assert front.end(begun, "printed")["state"] == "printed"


def test_a_printers_disconnection_and_return_are_recorded_once_each(app: AppServer) -> None:
    front = Agent(app)
    front.report_status(paper="near_end")
    for _ in range(3):
        app.clock.forward(50)
        app.store.write(report_silent_printers, lambda _tx, _r: None)
    reported = [data["connected"] for data in happened(app, "printer_changed") if "connected" in data]
    assert reported == [True, False]
    (printer,) = queue(app)["printers"]
    assert (printer["connected"], printer["ready"], printer["status"]["paper"]) == (False, False, "near_end")
    front.claim()
    front.report_status(paper="near_end")
    reported = [data["connected"] for data in happened(app, "printer_changed") if "connected" in data]
    assert reported == [True, False, True]


def test_two_agents_of_one_printer_never_hold_the_same_paper(app: AppServer) -> None:
    one, other = Agent(app), Agent(app)
    issue(app)
    issue(app)
    first, second = one.claim(), other.claim()
    assert first is not None and second is not None and first["id"] != second["id"]
    stale = app.store.read(lambda db: print_jobs.get(db, int(first["id"])))
    app.clock.forward(16)
    claimed = other.claim()
    assert claimed is not None and claimed["id"] == first["id"]
    # whoever has read the job before that, as on a second server, finds it taken
    taken = app.store.write(lambda tx: print_jobs.claim(tx.db, stale, 1, "x", tx.now), lambda _tx, taken: taken)
    assert taken is False
    assert one.post(f"/print-jobs/{first['id']}/started", lease=first["lease"]) == 409


def test_an_agents_paper_width_and_missing_letters_reach_the_supervisor(app: AppServer) -> None:
    agent = Agent(app)
    agent.report_status()
    assert queue(app)["printers"][0]["status"]["paper_mm"] is None
    agent.report_status(paper_mm=58, undrawn="Korean (한): install fonts-noto-cjk")
    (reported,) = queue(app)["printers"]
    assert (reported["paper_mm"], reported["status"]["paper_mm"]) == (80, 58)
    assert reported["status"]["undrawn"].endswith("fonts-noto-cjk")
    assert agent.post("/printers/status", online=True, paper_mm=57) == 422

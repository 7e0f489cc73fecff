"""Printers and papers as people handle them: hold, send elsewhere, settle a doubt, print again."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest

from server.actions.branch.declaring import declare
from server.actions.paper.printers import tell_silent
from server.actions.paper.printing import end_lapsed
from server.domain.declaration import Declaration, DeclaredDevice
from server.domain.people.principal import COMMAND_LINE, Role
from server.store.tables import print_jobs
from tests.scene import a_branch
from tests.web.house import House


class Agent:
    """A print agent of the branch, by its token; its printer is made where it is new."""

    def __init__(self, house: House, name: str = "front") -> None:
        self.house, self.token = house, house.token(Role.PRINTER, name=name)

    def post(self, path: str, **body: Any) -> Any:
        answer = self.house.client().post(
            f"/api/v1{path}", json=body, headers={"Authorization": f"Bearer {self.token}"}
        )
        return answer.json if answer.status_code == 200 else answer.status_code

    def says(self, **status: Any) -> None:
        assert self.post("/printers/status", **{"online": True, "paper": "ok"} | status)["ready"] in (True, False)

    def claim(self) -> dict[str, Any] | None:
        """The paper that it is offered; None for none."""
        found = self.post("/print-jobs/claim")
        return None if found == 204 else dict(found)

    def begin(self) -> dict[str, Any]:
        """Claims a paper and says that its first byte leaves."""
        job = self.claim()
        assert job is not None
        assert self.post(f"/print-jobs/{job['id']}/started", lease=job["lease"])["state"] == "started"
        return job

    def end(self, job: dict[str, Any], outcome: str, **more: Any) -> Any:
        return self.post(f"/print-jobs/{job['id']}/outcome", lease=job["lease"], outcome=outcome, **more)


def issue(house: House) -> str:
    """A number at the kiosk; the id of its paper."""
    told = house.call(Role.KIOSK, "POST", "/branches/central/tickets", {"service": "A"}).json or {}
    return str(told["print_job"])


def route(house: House, name: str, **wanted: Any) -> Any:
    answer = house.call(Role.SUPERVISOR, "PUT", f"/branches/central/printers/{name}", wanted)
    return answer.json if answer.status_code == 200 else answer.status_code


def paper(house: House, job_id: str) -> dict[str, Any]:
    return dict(house.call(Role.AGENT, "GET", f"/print-jobs/{job_id}").json or {})


def papers(house: House, number: str) -> list[tuple[str, bool]]:
    told = house.call(Role.AGENT, "GET", f"/branches/central/print-jobs?number={number}").json or {}
    return [(job["state"], job["reprint"]) for job in told["print_jobs"]]


def queue(house: House) -> dict[str, Any]:
    return dict(house.call(Role.AGENT, "GET", "/branches/central/queue").json or {})


def doubts(house: House) -> list[str]:
    return [each["number"] for each in queue(house)["doubts"]]


def reprint(house: House, number: str, **body: Any) -> None:
    assert house.call(Role.AGENT, "POST", f"/branches/central/tickets/{number}/reprint", body).status_code == 200


def resolve(house: House, job_id: str, **body: Any) -> Any:
    answer = house.call(Role.AGENT, "POST", f"/print-jobs/{job_id}/resolve", body)
    return answer.json if answer.status_code == 200 else answer.status_code


def happened(house: House, kind: str) -> list[dict[str, Any]]:
    told = house.call(Role.API, "GET", "/branches/central/events").json or {}
    return [event["data"] for event in told["events"] if event["type"] == kind]


def test_a_held_printer_is_offered_nothing_and_loses_what_it_has_not_begun_but_keeps_what_it_has(house: House) -> None:
    front, back = Agent(house, "front"), Agent(house, "back")
    reprinted = issue(house)
    begun = front.begin()
    issue(house)
    reprint(house, "A002", printer="front")  # meant for the one that will be held
    claimed = front.claim()
    assert claimed is not None
    assert back.claim() is None
    assert route(house, "front", held=True)["held"] is True
    assert front.post(f"/print-jobs/{claimed['id']}/started", lease=claimed["lease"]) == 409
    assert front.claim() is None
    moved = back.begin()
    assert moved["id"] == claimed["id"]
    assert paper(house, claimed["id"])["printer"] == "back"
    assert front.end(begun, "printed")["state"] == "printed"
    assert paper(house, reprinted)["printer"] == "front"
    assert route(house, "front", held=False)["held"] is False
    issue(house)
    assert front.claim() is not None


def test_a_printers_jobs_are_sent_to_another_and_back_by_supervisors_alone_and_written_down(house: House) -> None:
    front, back = Agent(house, "front"), Agent(house, "back")
    assert route(house, "front", sends_to="back")["sends_to"] == "back"
    assert route(house, "front", sends_to="back")["sends_to"] == "back"
    assert route(house, "back", sends_to="front") == route(house, "back", sends_to="none") == 422
    assert route(house, "nowhere", held=True) == 404
    issue(house)
    reprint(house, "A001", printer="front")
    assert front.claim() is None
    assert back.claim() is not None
    assert route(house, "front", sends_to=None)["sends_to"] is None
    assert house.call(Role.AGENT, "PUT", "/branches/central/printers/front", {"held": True}).status_code == 403
    routed = [data for data in happened(house, "printer_changed") if "sends_to" in data]
    assert [data["sends_to"] for data in routed] == ["back", None]
    lines = (house.call(Role.ADMIN, "GET", "/branches/central/audit").json or {})["lines"]
    routes = [line["data"] for line in lines if line["action"] == "printer routed"]
    assert [(data["before"]["sends_to"], data["after"]["sends_to"]) for data in routes] == [
        ("back", None),
        (None, "back"),
    ]


def test_a_printer_is_reached_by_whatever_name_it_has(house: House) -> None:
    name = "lobby/2 <b>&?"
    Agent(house, name)
    assert route(house, quote(name, safe=""), held=True)["name"] == name
    assert route(house, quote(name, safe=""), held=False)["held"] is False


def test_a_printer_that_is_retired_is_nobodys_destination_and_comes_back_unheld(house: House) -> None:
    Agent(house, "back")
    route(house, "front", sends_to="back")
    route(house, "back", held=True)

    def apply(*names: str) -> None:
        wanted = Declaration(a_branch(), tuple(DeclaredDevice("printer", name, paper=80) for name in names))
        house.store.write(lambda tx: declare(tx, wanted, COMMAND_LINE), lambda _tx, _r: None)

    apply("front")
    apply("front", "back")
    assert [(p["held"], p["sends_to"]) for p in queue(house)["printers"]] == [(False, None)] * 2


def test_a_kiosk_knows_before_and_at_once_that_no_paper_will_come(house: House) -> None:
    def prints() -> Any:
        return (house.call(Role.KIOSK, "GET", "/kiosk").json or {})["prints"]

    assert prints() is False
    front = Agent(house)
    front.says(paper="near_end")
    assert prints() is True
    assert paper(house, issue(house))["printable"] is True
    for trouble in ({"paper": "out"}, {"cover_open": True}, {"error": "cutter"}, {"online": False}):
        front.says(**trouble)
        assert prints() is False
    front.says()
    route(house, "front", held=True)
    waiting = issue(house)
    assert paper(house, waiting)["printable"] is False
    assert queue(house)["printers"][0]["waiting"] == 2
    route(house, "front", held=False)
    assert paper(house, waiting)["printable"] is True
    begun = front.begin()
    front.says(paper="out")
    assert paper(house, begun["id"])["printable"] is False


def test_a_paper_says_reprint_exactly_when_an_earlier_one_came_or_may_have(house: House) -> None:
    front = Agent(house)
    issue(house)
    reprint(house, "A001")  # nobody has begun it: the same job, sent anew
    claimed = front.claim()
    reprint(house, "A001")
    assert claimed is not None
    assert front.post(f"/print-jobs/{claimed['id']}/started", lease=claimed["lease"]) == 409
    assert papers(house, "A001") == [("queued", False)]
    front.end(front.begin(), "not_sent")
    reprint(house, "A001")
    house.clock.forward(61)
    house.store.write(end_lapsed, lambda _tx, _r: None)
    reprint(house, "A001")
    assert papers(house, "A001") == [("queued", False), ("expired", False), ("not_sent", False)]
    begun = front.begin()
    assert begun["content"]["reprint"] is None
    reprint(house, "A001")
    assert papers(house, "A001")[0] == ("queued", True)
    front.end(begun, "printed")
    assert front.begin()["content"]["reprint"] == "CETAK ULANG"


def in_doubt(house: House, agent: Agent, **more: Any) -> str:
    """The id of a paper that its printer could not prove."""
    job_id = issue(house)
    agent.end(agent.begin(), "unknown", **more)
    return job_id


def test_people_settle_a_paper_in_doubt_once_and_for_all(house: House) -> None:
    front = Agent(house)
    came, lost = in_doubt(house, front), in_doubt(house, front, reason="broken")
    assert [(each["number"], each["printer"]) for each in queue(house)["doubts"]] == [
        ("A001", "front"),
        ("A002", "front"),
    ]
    settled = resolve(house, came, resolution="printed")
    assert (settled["state"], settled["resolution"]) == ("unknown", "printed")
    assert resolve(house, came, resolution="printed") == settled
    assert resolve(house, came, resolution="lost") == 409
    assert resolve(house, lost, resolution="lost", print_again=True, printer="none") == 404
    assert doubts(house) == ["A002"], "what cannot be printed again is not settled either"
    assert resolve(house, lost, resolution="lost", print_again=True)["resolution"] == "lost"
    assert resolve(house, lost, resolution="lost", print_again=True)["resolution"] == "lost"
    assert doubts(house) == []
    assert papers(house, "A002") == [("queued", True), ("unknown", False)]
    assert resolve(house, issue(house), resolution="printed") == 409
    assert [data["resolution"] for data in happened(house, "print_resolved")] == ["printed", "lost"]


def test_staff_read_that_a_paper_was_never_cut_and_print_it_again_with_one_touch(house: House) -> None:
    front = Agent(house)
    job_id = in_doubt(house, front, reason="not_cut", detail="the connection broke")
    (doubt,) = queue(house)["doubts"]
    assert (doubt["reason"], paper(house, job_id)["reason"], paper(house, job_id)["state"]) == (
        "not_cut",
        "not_cut",
        "unknown",
    )
    assert "unknown_reason" not in str(house.call(Role.KIOSK, "GET", f"/print-jobs/{job_id}").json)
    assert [data["reason"] for data in happened(house, "print_unknown")] == ["not_cut"]
    resolve(house, job_id, resolution="lost", print_again=True)
    assert front.begin()["content"]["reprint"] == "CETAK ULANG"
    other = in_doubt(house, front)
    assert paper(house, other)["reason"] is None


def test_a_later_paper_settles_a_doubt_until_it_is_certain_that_it_did_not_come(house: House) -> None:
    front = Agent(house)
    in_doubt(house, front)
    reprint(house, "A001")
    assert doubts(house) == []
    front.end(front.begin(), "not_sent")
    assert doubts(house) == ["A001"]
    reprint(house, "A001")
    second = front.begin()
    front.end(second, "unknown")
    assert [each["job"] for each in queue(house)["doubts"]] == [second["id"]], "one doubt a ticket: the last"


def test_screens_get_the_latest_doubts_and_how_many_there_are(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(print_jobs, "DOUBTS_LISTED", 2)
    front = Agent(house)
    for _ in range(3):
        in_doubt(house, front)
    (printer,) = queue(house)["printers"]
    assert (printer["unresolved"], printer["unresolved_numbers"], doubts(house)) == (
        3,
        ["A002", "A003"],
        ["A002", "A003"],
    )
    listed = house.call(Role.AGENT, "GET", "/branches/central/print-jobs?unresolved=true&limit=2").json or {}
    last = listed["print_jobs"][-1]["id"]
    rest = house.call(Role.AGENT, "GET", f"/branches/central/print-jobs?state=unknown&before={last}").json or {}
    assert [job["number"] for job in (*listed["print_jobs"], *rest["print_jobs"])] == ["A003", "A002", "A001"]


def test_a_trusted_printers_paper_that_lacks_nothing_but_proof_counts_as_printed(house: House) -> None:
    front = Agent(house)
    in_doubt(house, front, reason="no_proof")
    assert doubts(house) == ["A001"], "nobody trusts it yet"
    devices = (DeclaredDevice("printer", "front", paper=80, trusted=True), DeclaredDevice("kiosk", "kiosk"))
    wanted = Declaration(a_branch(), devices)
    house.store.write(lambda tx: declare(tx, wanted, COMMAND_LINE), lambda _tx, _r: None)
    settled = paper(house, in_doubt(house, front, reason="no_proof"))
    assert (settled["state"], settled["resolution"], settled["resolved_by"]) == ("unknown", "printed", "policy")
    in_doubt(house, front, reason="broken")
    in_doubt(house, front)
    issue(house)
    front.begin()
    house.clock.forward(61)
    house.store.write(end_lapsed, lambda _tx, _r: None)
    assert doubts(house) == ["A001", "A003", "A004", "A005"], "a line that broke, or fell silent, proves nothing"
    reprint(house, "A002")
    assert papers(house, "A002") == [("queued", True), ("unknown", False)]


def test_knowledge_that_comes_late_counts_whatever_people_took_the_paper_for(house: House) -> None:
    front = Agent(house)
    jobs = []
    for _ in range(2):
        issue(house)
        jobs.append(front.begin())
    house.clock.forward(61)
    house.store.write(end_lapsed, lambda _tx, _r: None)
    printed, none = jobs
    assert resolve(house, printed["id"], resolution="lost")["resolution"] == "lost"
    told = front.end(printed, "printed")
    assert (told["state"], told["resolution"]) == ("printed", "lost")
    assert front.end(none, "not_sent")["state"] == "not_sent"
    assert front.end(none, "printed") == front.end(printed, "unknown") == 409
    assert doubts(house) == []
    reprint(house, "A001")
    reprint(house, "A002")
    assert [papers(house, number)[0] for number in ("A001", "A002")] == [("queued", True), ("queued", False)]


def test_what_a_dead_agent_had_begun_is_not_kept_alive_by_the_one_after_it(house: House) -> None:
    front = Agent(house)
    job_id = issue(house)
    begun = front.begin()
    for _ in range(4):  # it waits for paper, and says so
        house.clock.forward(20)
        front.says(paper="out", job=begun["id"])
        house.store.write(end_lapsed, lambda _tx, _r: None)
    assert paper(house, job_id)["state"] == "started"
    front.says(job=None)  # it was killed; the next one has nothing under way, and then a job of its own
    issue(house)
    another = front.begin()
    for _ in range(4):
        house.clock.forward(20)
        front.says(paper="out", job=another["id"])
        house.store.write(end_lapsed, lambda _tx, _r: None)
    assert paper(house, job_id)["state"] == "unknown"
    assert paper(house, another["id"])["state"] == "started"
    for _ in range(4):
        house.clock.forward(20)
        front.says(paper="out", job=None)
        house.store.write(end_lapsed, lambda _tx, _r: None)
    assert paper(house, another["id"])["state"] == "unknown"
    assert front.end(begun, "printed")["state"] == "printed"


def test_a_printer_that_falls_silent_is_told_once_and_so_is_its_return(house: House) -> None:
    front = Agent(house)
    front.says(paper="near_end")
    for _ in range(3):
        house.clock.forward(50)
        house.store.write(tell_silent, lambda _tx, _r: None)
    told = [data["connected"] for data in happened(house, "printer_changed") if "connected" in data]
    assert told == [True, False]
    (printer,) = queue(house)["printers"]
    assert (printer["connected"], printer["ready"], printer["status"]["paper"]) == (False, False, "near_end")
    front.claim()
    front.says(paper="near_end")
    told = [data["connected"] for data in happened(house, "printer_changed") if "connected" in data]
    assert told == [True, False, True]


def test_two_agents_of_one_printer_never_hold_the_same_paper(house: House) -> None:
    one, other = Agent(house), Agent(house)
    issue(house)
    issue(house)
    first, second = one.claim(), other.claim()
    assert first is not None and second is not None and first["id"] != second["id"]
    stale = house.store.read(lambda db: print_jobs.get(db, int(first["id"])))
    house.clock.forward(16)
    again = other.claim()
    assert again is not None and again["id"] == first["id"]
    # whoever has read the job before that, as on a second server, finds it taken
    taken = house.store.write(lambda tx: print_jobs.claim(tx.db, stale, 1, "x", tx.now), lambda _tx, taken: taken)
    assert taken is False
    assert one.post(f"/print-jobs/{first['id']}/started", lease=first["lease"]) == 409


def test_the_roll_and_the_letters_that_an_agent_tells_of_reach_the_supervisor(house: House) -> None:
    agent = Agent(house)
    agent.says()
    assert queue(house)["printers"][0]["status"]["paper_mm"] is None
    agent.says(paper_mm=58, undrawn="Korean (한): install fonts-noto-cjk")
    (told,) = queue(house)["printers"]
    assert (told["paper_mm"], told["status"]["paper_mm"]) == (80, 58)
    assert told["status"]["undrawn"].endswith("fonts-noto-cjk")
    assert agent.post("/printers/status", online=True, paper_mm=57) == 422

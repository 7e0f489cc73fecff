"""The main job from end to end, with commands, tokens, paper and screens as an operator and a customer have them."""

import math
import secrets
import subprocess
import sys
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from tests.journeys.branches import a_counter, a_document, a_service
from tests.journeys.client import Api, Counter, eventually, ok, refused
from tests.journeys.giliran import ROOT, Giliran, plain_environment
from tests.journeys.paper import PaperPrinter
from tests.journeys.screen import Screen

SLUG = "pusat"
TICKETS = f"/branches/{SLUG}/tickets"


def the_branch() -> dict[str, Any]:
    return a_document(
        SLUG,
        services=[a_service("A", target_wait_minutes=15), a_service("B")],
        counters=[a_counter(1, "A", helps_out_with=["B"]), a_counter(2, "B")],
    )


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Giliran]:
    server = Giliran(tmp_path_factory.mktemp("visit") / "data")
    server.start()
    try:
        assert server.apply(the_branch()), "the first apply says what it made"
        yield server
    finally:
        assert server.stop() == 0, "SIGTERM ends a server well"


@pytest.fixture(scope="module")
def tokens(server: Giliran) -> dict[str, str]:
    roles = ["kiosk", "display", "printer", "agent", "supervisor", "api"]
    return {role: server.done("token", "create", "--role", role, "--branch", SLUG) for role in roles}


@pytest.fixture
def kiosk(server: Giliran, tokens: dict[str, str]) -> Api:
    return Api(server.url, tokens["kiosk"])


@pytest.fixture
def counter(server: Giliran, tokens: dict[str, str]) -> Counter:
    counter = Counter(Api(server.url, tokens["agent"]), SLUG, 1)
    counter.do("open")
    return counter


@pytest.fixture(scope="module")
def printer(server: Giliran, tokens: dict[str, str]) -> Iterator[PaperPrinter]:
    """The print agent as its own process, printing on our printer."""
    with PaperPrinter() as paper_printer:
        device = f"network://127.0.0.1:{paper_printer.port}"
        agent = subprocess.Popen(
            [sys.executable, "-m", "printer", "--server", server.url, "--token", tokens["printer"], "--device", device],
            cwd=ROOT,
            env=plain_environment(),
        )
        try:
            yield paper_printer
        finally:
            agent.terminate()
            agent.wait(60)


def log_of(server: Giliran, tokens: dict[str, str]) -> list[dict[str, Any]]:
    events: list[dict[str, Any]] = ok(Api(server.url, tokens["api"]).get(f"/branches/{SLUG}/events"))["events"]
    return events


def test_applying_the_same_file_again_changes_nothing(server: Giliran, tokens: dict[str, str]) -> None:
    before = log_of(server, tokens)
    view = ok(Api(server.url).get(f"/branches/{SLUG}"))
    said = server.apply(the_branch())
    after = ok(Api(server.url).get(f"/branches/{SLUG}"))
    assert "added" not in said and "changed" not in said.replace("nothing changed", ""), said
    assert log_of(server, tokens) == before
    assert after | {"now": None} == view | {"now": None}


def test_what_a_file_no_longer_names_is_retired_and_comes_back_when_it_is_named_again(server: Giliran) -> None:
    without_b = the_branch() | {"services": [a_service("A", target_wait_minutes=15)], "counters": [a_counter(1, "A")]}
    assert server.apply(without_b, yes=True)
    codes = [service["code"] for service in ok(Api(server.url).get(f"/branches/{SLUG}"))["services"]]
    assert server.apply(the_branch())
    assert codes == ["A"]
    codes = [service["code"] for service in ok(Api(server.url).get(f"/branches/{SLUG}"))["services"]]
    assert codes == ["A", "B"]


def test_a_file_with_a_mistake_is_refused_in_one_line_and_changes_nothing(server: Giliran) -> None:
    before = ok(Api(server.url).get(f"/branches/{SLUG}")) | {"now": None}
    wrong = the_branch() | {"services": [a_service("abc")]}
    file = server.data.with_suffix(".wrong.yaml")
    file.write_text(str(wrong), encoding="utf-8")  # JSON-like YAML
    result = server.command("apply", str(file))
    assert result.returncode == 1
    assert len(result.stderr.strip().splitlines()) == 1 and "Traceback" not in result.stderr
    assert ok(Api(server.url).get(f"/branches/{SLUG}")) | {"now": None} == before


def test_commands_say_how_they_are_used_and_fail_with_the_promised_codes(server: Giliran) -> None:
    assert server.command("token", "create", "--role", "emperor", "--branch", SLUG).returncode == 2
    unknown = server.command("token", "create", "--role", "kiosk", "--branch", "nowhere")
    assert unknown.returncode == 1
    assert unknown.stdout == "" and len(unknown.stderr.strip().splitlines()) == 1


def test_an_option_may_stand_in_the_environment(server: Giliran) -> None:
    said = subprocess.run(
        [sys.executable, "-m", "server", "token", "create", "--role", "display", "--branch", SLUG],
        cwd=ROOT,
        env=plain_environment()
        | {"GILIRAN_DATA": str(server.data)}
        | ({"GILIRAN_DATABASE": server.database} if server.database else {}),
        capture_output=True,
        text=True,
        check=True,
    )
    ok(Api(server.url, said.stdout.strip()).get(f"/branches/{SLUG}/board"))


def test_a_token_stands_alone_on_standard_output(tokens: dict[str, str]) -> None:
    assert all(token and not any(sign.isspace() for sign in token) for token in tokens.values())
    assert len(set(tokens.values())) == len(tokens)


def test_one_key_gives_one_ticket_and_another_body_under_it_is_refused(kiosk: Api) -> None:
    key = secrets.token_urlsafe()
    first = ok(kiosk.post(TICKETS, {"service": "A"}, key=key), 201)
    second = ok(kiosk.post(TICKETS, {"service": "A"}, key=key), 201)
    assert (second["id"], second["number"], second["token"], second["print_job"]) == (
        first["id"], first["number"], first["token"], first["print_job"],
    )  # fmt: skip
    refused(kiosk.post(TICKETS, {"service": "B"}, key=key), 409, "idempotency-conflict")
    third = ok(kiosk.post(TICKETS, {"service": "A"}, key=secrets.token_urlsafe()), 201)
    assert int(third["number"][1:]) == int(first["number"][1:]) + 1


def test_a_key_belongs_to_the_one_who_sent_it(server: Giliran, kiosk: Api, tokens: dict[str, str]) -> None:
    key = secrets.token_urlsafe()
    ours = ok(kiosk.post(TICKETS, {"service": "A"}, key=key), 201)
    theirs = ok(Api(server.url, tokens["api"]).post(TICKETS, {"service": "A"}, key=key), 201)
    assert ours["number"] != theirs["number"]


def test_a_refusal_is_not_kept_under_its_key(kiosk: Api) -> None:
    key = secrets.token_urlsafe()
    problem = refused(kiosk.post(TICKETS, {"service": "Z"}, key=key), 422, "validation")
    assert "Z" in problem["detail"]
    ok(kiosk.post(TICKETS, {"service": "A"}, key=key), 201)


def test_a_staff_verb_repeated_with_its_key_is_done_once(
    server: Giliran, kiosk: Api, counter: Counter, tokens: dict[str, str]
) -> None:
    ok(kiosk.post(TICKETS, {"service": "A"}), 201)
    ok(kiosk.post(TICKETS, {"service": "A"}), 201)
    agent = Api(server.url, tokens["agent"])
    key = secrets.token_urlsafe()
    first = ok(agent.post(f"/counters/{SLUG}/1/call-next", {}, key=key))
    again = ok(agent.post(f"/counters/{SLUG}/1/call-next", {}, key=key))
    assert first["id"] == again["id"]
    recall = secrets.token_urlsafe()
    for _ in range(3):
        ok(agent.post(f"/counters/{SLUG}/1/recall", {}, key=recall))
    recalls = [event for event in log_of(server, tokens) if event["ticket"] == first["id"]]
    assert [event["type"] for event in recalls].count("recalled") == 1
    counter.do("no-show")


def test_the_ticket_comes_out_on_paper_and_the_kiosk_learns_that_it_did(kiosk: Api, printer: PaperPrinter) -> None:
    ticket = ok(kiosk.post(TICKETS, {"service": "A", "language": "en"}), 201)
    paper = printer.papers.get(timeout=60)
    assert paper.rows, "a ticket is drawn"
    assert {len(row) for row in paper.rows} == {72}, "80 mm of paper is 576 dots wide"
    assert len(paper.rows) > 300 and paper.dots > 3000, "a number, words and a QR code have some ink"
    job = eventually(
        lambda: ok(kiosk.get(f"/print-jobs/{ticket['print_job']}")),
        lambda job: job["state"] not in {"queued", "claimed", "started"},
    )
    assert job["state"] == "printed"
    assert printer.proofs, "it asked the printer whether it is done"


def test_a_ticket_waits_for_paper_and_comes_out_when_it_is_loaded(
    server: Giliran, kiosk: Api, printer: PaperPrinter, tokens: dict[str, str]
) -> None:
    agent = Api(server.url, tokens["agent"])
    printer.has_paper = False
    try:
        ticket = ok(kiosk.post(TICKETS, {"service": "A"}), 201)
        eventually(lambda: agent.get(f"/branches/{SLUG}/queue").text, lambda queue: '"paper":"out"' in queue)
        assert ok(kiosk.get(f"/print-jobs/{ticket['print_job']}"))["state"] != "printed"
    finally:
        printer.has_paper = True
    assert printer.papers.get(timeout=60).rows
    eventually(lambda: ok(kiosk.get(f"/print-jobs/{ticket['print_job']}"))["state"], lambda state: state == "printed")


def test_a_retried_issue_prints_no_second_paper(kiosk: Api, printer: PaperPrinter) -> None:
    while not printer.papers.empty():
        printer.papers.get()
    key = secrets.token_urlsafe()
    jobs = [ok(kiosk.post(TICKETS, {"service": "A"}, key=key), 201)["print_job"] for _ in range(3)]
    last = ok(kiosk.post(TICKETS, {"service": "A"}), 201)["print_job"]
    eventually(lambda: ok(kiosk.get(f"/print-jobs/{last}"))["state"], lambda state: state == "printed")
    assert len(set(jobs)) == 1
    assert printer.papers.qsize() == 2, "one paper of the ticket issued three times, one of the other"


def test_a_wall_display_sees_a_visit_as_it_is_committed(server: Giliran, kiosk: Api, tokens: dict[str, str]) -> None:
    agent = Api(server.url, tokens["agent"])
    counter = Counter(agent, SLUG, 2)
    counter.do("open")
    with Screen(server.url, tokens["display"]) as display:
        snapshot = display.subscribe(SLUG, "board")
        assert "error" not in snapshot, snapshot
        assert isinstance(snapshot["seq"], int) and snapshot["build"]
        assert set(snapshot["board"]) >= {"now", "calls", "waiting", "notice"}

        ticket = ok(kiosk.post(TICKETS, {"service": "B"}), 201)
        number = ticket["number"]
        issued = display.until(lambda state: state["event"]["type"] == "issued" and state["event"]["number"] == number)
        assert issued["board"]["waiting"]["B"] == snapshot["board"]["waiting"]["B"] + 1

        assert counter.do("call-next")["id"] == ticket["id"]
        called = display.until(lambda state: any(call["id"] == ticket["id"] for call in state["board"]["calls"]))
        [call] = [call for call in called["board"]["calls"] if call["id"] == ticket["id"]]
        assert called["board"]["calls"][0] == call, "newest first"
        assert (call["number"], call["counter"], call["service"], call["recalls"], call["state"]) == (
            number, 2, "B", 0, "called",
        )  # fmt: skip
        assert called["event"]["type"] == "called" and called["event"]["counter"] == 2
        assert call["seq"] == called["event"]["seq"]
        answer = ok(Api(server.url, tokens["display"]).get(f"/branches/{SLUG}/board"))
        assert answer["seq"] >= called["seq"] and answer["calls"][0]["id"] == ticket["id"]

        counter.do("recall", ticket=ticket["id"])
        recalled = display.until(lambda state: state["event"]["type"] == "recalled")
        assert recalled["board"]["calls"][0]["recalls"] == 1
        assert recalled["board"]["calls"][0]["seq"] == recalled["event"]["seq"] > call["seq"]

        counter.do("no-show", ticket=ticket["id"])
        gone = display.until(lambda state: "no_show" in [event["type"] for event in state["events"]])
        assert gone["board"]["calls"][0]["state"] == "no_show"
        fresh = ok(Api(server.url, tokens["display"]).get(f"/branches/{SLUG}/board"))
        for part in ["calls", "waiting", "notice"]:
            assert gone["board"][part] == fresh[part], "what was pushed is what is"
        seqs = [snapshot["seq"], *(state["seq"] for state in display.seen)]
        assert seqs == sorted(set(seqs)), "seq strictly increases"


def test_a_transferred_customer_keeps_the_number_and_is_served_at_the_other_counter(
    server: Giliran, kiosk: Api, counter: Counter, tokens: dict[str, str]
) -> None:
    other = Counter(Api(server.url, tokens["agent"]), SLUG, 2)
    other.do("open")
    ticket = ok(kiosk.post(TICKETS, {"service": "A"}), 201)
    counter.do("call", number=ticket["number"], reason="in a hurry")
    counter.do("start")
    moved = counter.do("transfer", service="B", note="needs a signature")
    assert (moved["number"], moved["service"], moved["state"]) == (ticket["number"], "B", "waiting")
    assert [leg["outcome"] for leg in moved["legs"]] == ["transferred", None]
    assert moved["issued_at"] == ticket["issued_at"]
    called = other.do("call", number=ticket["number"], reason="expected")
    assert called["counter"] == 2
    other.do("start")
    finished = other.do("finish")
    assert finished["state"] == "served"
    assert [(leg["service"], leg["outcome"]) for leg in finished["legs"]] == [("A", "transferred"), ("B", "served")]
    assert all(leg["queued_at"] <= leg["called_at"] <= leg["started_at"] <= leg["ended_at"] for leg in finished["legs"])


def test_a_verb_that_means_another_ticket_is_refused_with_the_truth(kiosk: Api, counter: Counter) -> None:
    here, elsewhere = (ok(kiosk.post(TICKETS, {"service": "A"}), 201) for _ in range(2))
    counter.do("call", number=here["number"], reason="test")
    for verb in ["recall", "start", "no-show", "park", "put-back", "transfer", "undo", "finish"]:
        body = {"service": "B"} if verb == "transfer" else {}
        problem = refused(counter.ask(verb, ticket=elsewhere["id"], **body), 409, "ticket-state-conflict")
        assert problem["ticket"]["id"] in {here["id"], elsewhere["id"]}
        truth = "called" if problem["ticket"]["id"] == here["id"] else "waiting"
        assert problem["ticket"]["state"] == truth
    assert counter.look()["ticket"]["id"] == here["id"]
    assert counter.look()["ticket"]["state"] == "called"
    counter.do("no-show", ticket=here["id"])


def test_statistics_by_counter_agree_with_the_event_log(server: Giliran, kiosk: Api, tokens: dict[str, str]) -> None:
    agent = Api(server.url, tokens["agent"])
    counters = [Counter(agent, SLUG, 1), Counter(agent, SLUG, 2)]
    for counter in counters:
        counter.do("open")
    for _ in range(7):
        for service in "AB":
            ok(kiosk.post(TICKETS, {"service": service}), 201)
    for turn in range(6):
        for counter in counters:
            counter.do("call-next")
            if turn == 2:
                counter.do("no-show")
                continue
            counter.do("start")
            if turn == 3:
                counter.do("put-back")
                continue
            if turn == 4:
                counter.do("transfer", service="A" if counter.number == 2 else "B")
                continue
            counter.do("finish")
    supervisor = Api(server.url, tokens["supervisor"])
    rows = {row["key"]: row for row in ok(supervisor.get(f"/branches/{SLUG}/statistics", by="counter"))["rows"]}
    expected = waits_by_counter(log_of(server, tokens))
    assert set(rows) >= {str(counter) for counter in expected}
    for number, told in expected.items():
        row = rows[str(number)]
        assert row["called"] == told["called"] and row["served"] == told["served"]
        assert row["no_show"] == told["no_show"]
        for measure in ["wait", "walk", "service_time"]:
            agrees(f"{measure} at counter {number}", row[measure], told[measure])
        assert row["within_target"] == pytest.approx(1.0), "nobody waited a quarter of an hour here"


def waits_by_counter(events: list[dict[str, Any]]) -> dict[int, dict[str, Any]]:
    """Counts and measures of each counter, from the event log and the contract's definitions alone."""
    told: dict[int | None, dict[str, Any]] = {}
    queued: dict[str, datetime] = {}
    called: dict[str, datetime] = {}
    started: dict[str, datetime] = {}
    for event in events:
        at, ticket, kind = datetime.fromisoformat(event["at"]), event["ticket"], event["type"]
        row = told.setdefault(
            event["counter"], {"called": 0, "served": 0, "no_show": 0, "wait": [], "walk": [], "service_time": []}
        )
        if kind == "called":
            row["called"] += 1
            row["wait"].append((at - queued[ticket]).total_seconds())
            called[ticket] = at
        elif kind == "started":
            row["walk"].append((at - called[ticket]).total_seconds())
            started[ticket] = at
        elif kind == "no_show":
            row["no_show"] += 1
        elif kind == "finished":
            row["served"] += 1
        if kind in {"finished", "transferred", "put_back"} and ticket in started:
            row["service_time"].append((at - started.pop(ticket)).total_seconds())
        if kind in {"issued", "transferred", "put_back"}:
            queued[ticket] = at
    return {counter: row for counter, row in told.items() if counter is not None}


def agrees(what: str, spread: dict[str, Any], values: list[float]) -> None:
    """Check n, mean, p50 and p90 against the values; a quantile may be either neighbour's or lie between them."""
    values = sorted(values)
    assert spread["n"] == len(values), f"{what}: {spread}, but the log has {values}"
    assert spread["mean"] == pytest.approx(sum(values) / len(values), abs=0.002), what
    for name, share in [("p50", 0.5), ("p90", 0.9)]:
        place = share * (len(values) - 1)
        assert values[math.floor(place)] - 0.002 <= spread[name] <= values[math.ceil(place)] + 0.002, what


def test_statistics_by_service_hour_and_day_count_every_ticket_once(server: Giliran, tokens: dict[str, str]) -> None:
    supervisor = Api(server.url, tokens["supervisor"])
    issued = [event for event in log_of(server, tokens) if event["type"] == "issued"]
    for by in ["service", "hour", "day"]:
        rows = ok(supervisor.get(f"/branches/{SLUG}/statistics", by=by))["rows"]
        assert sum(row["issued"] for row in rows) == len(issued), by
        if by == "service":
            counts = {row["key"]: row["issued"] for row in rows}
            assert counts == {code: sum(event["service"] == code for event in issued) for code in "AB"}
    yesterday = (date.fromisoformat(local_day(server)) - timedelta(days=1)).isoformat()
    before = supervisor.get(f"/branches/{SLUG}/statistics", by="day", **{"from": yesterday, "to": yesterday})
    assert sum(row["issued"] for row in ok(before)["rows"]) == 0


def test_the_event_log_is_read_page_by_page(server: Giliran, tokens: dict[str, str]) -> None:
    api = Api(server.url, tokens["api"])
    whole, after, pages = log_of(server, tokens), 0, []
    while page := ok(api.get(f"/branches/{SLUG}/events", after=after, limit=7)):
        assert len(page["events"]) <= 7
        if not page["events"]:
            break
        pages += page["events"]
        after = page["next"]
    assert pages[: len(whole)] == whole, "what is written stays; the printer may have added to it"
    assert [event["seq"] for event in whole] == sorted({event["seq"] for event in whole})


def test_statistics_come_as_a_table_for_a_spreadsheet_too(server: Giliran, tokens: dict[str, str]) -> None:
    supervisor = Api(server.url, tokens["supervisor"])
    for by in ["counter", "service", "hour", "day"]:
        rows = ok(supervisor.get(f"/branches/{SLUG}/statistics", by=by))["rows"]
        table = supervisor.http.get(f"/branches/{SLUG}/statistics", params={"by": by}, headers={"Accept": "text/csv"})
        assert table.status_code == 200 and table.headers["Content-Type"].startswith("text/csv")
        assert len(table.text.strip().splitlines()) == len(rows) + 1
    assert ok(supervisor.get(f"/branches/{SLUG}/statistics", by="day"))["rows"][0]["key"] == local_day(server)


def local_day(server: Giliran) -> str:
    """The branch's own date, by its clock."""
    view = ok(Api(server.url).get(f"/branches/{SLUG}"))
    ahead = -int(view["timezone"].removeprefix("Etc/GMT") or "0")
    now = datetime.fromisoformat(view["now"])
    return date.fromordinal((now.toordinal() * 24 + now.hour + ahead) // 24).isoformat()

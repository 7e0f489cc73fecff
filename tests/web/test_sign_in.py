"""Sign-in under attack: rate limits, known browsers, records and messages."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask.testing import FlaskClient
from structlog.testing import capture_logs

from server.access import credentials
from server.domain.people.principal import Role
from server.store.tables import sign_ins
from tests.passwords import quick_hash
from tests.web.app_server import PASSWORD, AppServer

HALL = "192.168.1.20"
NEW = "another long password"
SESSION = "/api/v1/session"


def sign_in(client: FlaskClient, name: str, password: str = PASSWORD, address: str = HALL) -> int:
    body = {"name": name, "password": password}
    return client.post(SESSION, json=body, environ_base={"REMOTE_ADDR": address}).status_code


def guess(client: FlaskClient, name: str, address: str = HALL) -> int:
    return sign_in(client, name, "wrong wrong", address)


def fill(app: AppServer, name: str, address: str = "203.0.113.9") -> None:
    """Guess until the account refuses further guesses of strangers."""
    while guess(app.client(), name, address) != 429:
        pass


def seated(app: AppServer, name: str) -> FlaskClient:
    """Return a browser in which the account has signed in and out."""
    client = app.client()
    assert sign_in(client, name) == 200
    client.delete_cookie("giliran_session")
    return client


def test_the_right_password_does_not_wait_when_the_clock_is_set_back_by_an_hour(app: AppServer) -> None:
    browser, stranger = seated(app, "the agent"), app.client()
    for _ in range(9):
        assert (guess(browser, "the agent"), guess(stranger, "the supervisor")) == (401, 401)
    app.clock.now = app.clock.now.replace(hour=app.clock.now.hour - 1)
    assert (sign_in(browser, "the agent"), sign_in(stranger, "the supervisor")) == (200, 200)


def test_setting_the_clock_ahead_gives_no_extra_guesses(app: AppServer) -> None:
    fill(app, "the agent")
    app.clock.now = app.clock.now.replace(day=app.clock.now.day + 1)
    assert guess(app.client(), "the agent", "203.0.113.10") == 429


def test_a_known_browser_gives_no_extra_guesses_for_another_account(app: AppServer) -> None:
    browsers = [seated(app, "the agent") for _ in range(8)]
    codes = [guess(browser, "the admin") for _ in range(10) for browser in browsers]
    assert codes.count(401) == 10
    assert sign_in(browsers[0], "the agent") == 200, "which does not keep the own account out"


def test_parallel_guesses_cannot_exceed_a_limit(app: AppServer) -> None:
    with ThreadPoolExecutor(16) as threads:
        codes = list(threads.map(lambda _: guess(app.client(), "the admin"), range(64)))
    assert codes.count(401) == 10


def test_correct_passwords_are_limited_too(app: AppServer) -> None:
    codes = [sign_in(app.client(), "the agent") for _ in range(62)]
    assert codes[:60] == [200] * 60 and codes[60:] == [429] * 2


def change_own_password(app: AppServer) -> None:
    client, headers = app.signed_in()
    body = {"old": PASSWORD, "new": NEW}
    assert client.post("/api/v1/me/password", json=body, headers=headers).status_code == 200


def sign_out_everywhere(app: AppServer) -> None:
    client, headers = app.signed_in()
    assert client.delete(f"{SESSION}?everywhere=1", headers=headers).status_code == 200


def reset(app: AppServer) -> None:
    body = {"role": "agent", "password": NEW}
    assert app.call(Role.ADMIN, "PUT", "/branches/central/staff/the agent", body).status_code == 200


def disable_and_enable(app: AppServer) -> None:
    assert app.call(Role.ADMIN, "DELETE", "/branches/central/staff/the agent").status_code == 200
    assert app.call(Role.ADMIN, "PUT", "/branches/central/staff/the agent", {"role": "agent"}).status_code == 200


@pytest.mark.parametrize("end", [change_own_password, sign_out_everywhere, reset, disable_and_enable])
def test_known_browsers_end_with_the_password_and_with_every_session(app: AppServer, end: Any) -> None:
    laptop = seated(app, "the agent")
    end(app)
    fill(app, "the agent")
    assert guess(laptop, "the agent") == 429, "it is a stranger's now"
    assert sign_in(laptop, "the supervisor") == 200


def test_the_browser_in_which_the_password_is_changed_stays_known(app: AppServer) -> None:
    client, headers = app.signed_in()
    body = {"old": PASSWORD, "new": NEW}
    assert client.post("/api/v1/me/password", json=body, headers=headers).status_code == 200
    fill(app, "the agent")
    assert sign_in(client, "the agent", NEW) == 200


def test_the_cookie_of_an_earlier_release_is_unknown_and_locks_nobody_out(app: AppServer) -> None:
    client = app.client()
    client.set_cookie("giliran_browser", "name." + "0" * 64, path=SESSION)
    assert sign_in(client, "the agent") == 200
    fill(app, "the agent")
    assert sign_in(client, "the agent") == 200, "it was given a new one beside the old"


def test_of_many_browsers_the_latest_stay_known_and_a_year_later_none(app: AppServer) -> None:
    first = seated(app, "the agent")
    for _ in range(sign_ins.BROWSERS_KEPT):
        app.clock.forward(minutes=1)
        last = seated(app, "the agent")
    fill(app, "the agent")
    assert (sign_in(first, "the agent"), sign_in(last, "the agent")) == (429, 200)
    app.clock.forward(days=366)
    app.store.write(lambda tx: sign_ins.forget_old(tx.db, tx.now), lambda _tx, _none: None)
    fill(app, "the agent")
    assert sign_in(last, "the agent") == 429


def test_a_password_that_is_changed_while_the_old_one_is_checked_opens_nothing(
    app: AppServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads, hashed = app.application.web.threads, quick_hash(NEW)

    class Meanwhile:
        def run(self, check: Any) -> Any:
            right = threads.run(check)
            app.user("the agent", Role.AGENT, hashed)
            return right

    monkeypatch.setattr(app.application.web, "threads", Meanwhile())
    assert sign_in(app.client(), "the agent") == 401


def read(app: AppServer, client: FlaskClient, path: str) -> int:
    return client.get(f"/api/v1{path}", environ_base={"REMOTE_ADDR": HALL}).status_code


def exhaust_reads(app: AppServer) -> None:
    while read(app, app.client(), "/branches") != 429:
        pass


def test_strangers_reads_from_the_branchs_address_delay_no_sign_in(app: AppServer) -> None:
    browser = seated(app, "the agent")
    exhaust_reads(app)
    assert sign_in(app.client(), "the agent") == 200
    assert read(app, browser, "/branches/central") == 200, "a known browser reads by a measure of its own"
    browser.delete_cookie("giliran_browser", path="/api/v1")
    assert read(app, browser, "/branches/central") == 429
    assert [app.client().get(page).status_code for page in ("/", "/console", "/healthz")] == [200] * 3


def test_a_whole_hall_behind_one_address_reads_its_tickets_at_once(app: AppServer) -> None:
    tokens = []
    for _ in range(250):
        issued = app.call(Role.KIOSK, "POST", "/branches/central/tickets", {"service": "A"}).json
        assert issued is not None
        tokens.append(issued["token"])
    exhaust_reads(app)
    for _ in range(4):
        assert {read(app, app.client(), f"/tickets/{token}") for token in tokens} == {200}
    codes = [read(app, app.client(), f"/tickets/{tokens[0]}") for _ in range(100)]
    assert codes.count(200) == 56, "a ticket has a measure as well"
    cancel = f"/api/v1/tickets/{tokens[1]}/cancel"
    assert app.client().post(cancel, json={}, environ_base={"REMOTE_ADDR": HALL}).status_code == 200


def test_guessed_ticket_tokens_count_against_their_address(app: AppServer) -> None:
    codes = [read(app, app.client(), f"/tickets/{n}-AAAAAAAAAAAAAAAAAAAA") for n in range(125)]
    assert codes == [404] * 120 + [429] * 5
    assert read(app, app.client(), "/branches") == 429


def test_an_untrusted_proxy_is_logged_once(app: AppServer) -> None:
    with capture_logs() as lines:
        for n in range(3):
            app.client().get("/api/v1/branches", headers={"X-Forwarded-For": f"203.0.113.{n}"})
    (line,) = [line for line in lines if line["event"] == "proxy_not_trusted"]
    assert "--trust-proxy" in line["detail"] and line["address"] == "127.0.0.1"


def failures(app: AppServer, role: Role = Role.SUPERVISOR) -> list[tuple[str, int, str]]:
    app.application.tasks.record_failures()
    listed = app.call(role, "GET", "/branches/central/sign-in-failures").json or {}
    return [(failure["name"], failure["count"], failure["last_address"]) for failure in listed["failures"]]


def test_supervisors_see_accounts_with_repeated_sign_in_failures(app: AppServer) -> None:
    for address in ("10.0.0.1", "10.0.0.1", "10.0.0.2"):
        guess(app.client(), "the admin", address)
    guess(app.client(), "the agent", "10.0.0.3")
    guess(app.client(), "nobody has this name", "10.0.0.3")
    assert failures(app) == [("the admin", 3, "10.0.0.2")]
    assert app.call(Role.AGENT, "GET", "/branches/central/sign-in-failures").status_code == 403
    assert sign_in(app.client(), "the admin") == 200
    assert failures(app) == [("the admin", 3, "10.0.0.2")], "a success after that is what should be looked at"
    app.clock.forward(hours=25)
    assert failures(app) == []


def test_failures_before_a_correct_password_are_forgotten(app: AppServer) -> None:
    for _ in range(5):
        guess(app.client(), "the agent")
        app.application.tasks.record_failures()
        assert sign_in(app.client(), "the agent") == 200
    assert failures(app) == []


def test_failures_are_counted_for_all_servers_and_survive_a_restart(app: AppServer) -> None:
    fill(app, "the agent", "10.0.0.4")
    (failure,) = failures(app)
    app.application.web.failed_sign_ins.take()
    assert (failure[0], failure[1] >= 11, failure[2]) == ("the agent", True, "10.0.0.4")
    agent = app.store.read(lambda db: next(iter(sign_ins.failures(db, {1, 2, 3, 4, 5}, app.clock()))))
    now = app.clock.forward(minutes=1)
    another = {agent: sign_ins.Failures(5, now, now, "10.0.0.5")}
    app.store.write(lambda tx: sign_ins.add_failures(tx.db, another, tx.now), lambda _tx, _none: None)
    assert failures(app) == [("the agent", failure[1] + 5, "10.0.0.5")]


def test_a_failed_sign_in_is_logged_and_counted_without_the_password(app: AppServer) -> None:
    def figure(reason: str) -> float:
        text = app.client().get("/metrics").text
        sample = next(line for line in text.splitlines() if f'failures_total{{reason="{reason}"}}' in line)
        return float(sample.rsplit(" ", 1)[1])

    before = figure("wrong"), figure("throttled")
    with capture_logs() as lines:
        codes = [guess(app.client(), "the agent", "10.0.0.9") for _ in range(15)]
    assert codes.count(401) == 10
    assert (figure("wrong") - before[0], figure("throttled") - before[1]) == (10, 5)
    reported = [line for line in lines if line["event"].startswith("sign_in")]
    assert [(line["account"], line["address"]) for line in reported] == [("the agent", "10.0.0.9")]
    assert "wrong wrong" not in str(lines)


def test_throttled_clients_are_shown_only_to_the_doctor_of_this_machine(app: AppServer) -> None:
    fill(app, "the agent", "10.0.0.9")
    key = credentials.status_key(app.application.web.server_key)
    bearer = {"Authorization": f"Bearer {key}"}
    reported = app.client().get("/status", headers=bearer).json or {}
    assert "the agent" in reported["throttled"]["sign-in to the account"]
    assert reported["memory_bytes"] > 1e6 and reported["sockets"] == {}
    asked: list[dict[str, Any]] = [
        {}, {"headers": {"Authorization": "Bearer x"}}, {"headers": {**bearer, "X-Real-IP": "127.0.0.1"}},
        {"headers": bearer, "environ_base": {"REMOTE_ADDR": "10.0.0.9"}},
    ]  # fmt: skip
    assert [app.client().get("/status", **how).status_code for how in asked] == [403] * 4


def password(client: FlaskClient, headers: dict[str, str], old: str, new: str) -> tuple[int, str | None]:
    answer = client.post("/api/v1/me/password", json={"old": old, "new": new}, headers=headers)
    return answer.status_code, (answer.json or {}).get("code")


def test_a_new_own_password_ends_the_other_sessions_and_is_audited(app: AppServer) -> None:
    (here, headers), (there, _), (other, _) = app.signed_in(), app.signed_in(), app.signed_in("the admin")
    assert password(here, headers, PASSWORD, NEW) == (200, None)
    assert [c.get(SESSION).status_code for c in (here, there, other)] == [200, 401, 200]
    assert (sign_in(app.client(), "the agent"), sign_in(app.client(), "the agent", NEW)) == (401, 200)
    line = (app.call(Role.ADMIN, "GET", "/branches/central/audit").json or {})["lines"][0]
    assert (line["actor"], line["action"], line["data"]) == ("the agent", "own password changed", {"name": "the agent"})
    assert password(here, headers, PASSWORD, NEW) == (200, None), "sent again, as the answer was lost"


def test_a_wrong_old_password_changes_nothing_and_is_slowed_down_like_sign_in(app: AppServer) -> None:
    client, headers = app.signed_in()
    codes = [password(client, headers, "not this one", NEW) for _ in range(12)]
    assert codes == [(422, "validation")] * 10 + [(429, "rate-limited")] * 2
    assert sign_in(app.client(), "the agent", address="10.0.0.1") == 200
    assert ("the agent", 12, "127.0.0.1") in failures(app)


def test_only_the_person_changes_their_own_password(app: AppServer) -> None:
    client, headers = app.signed_in()
    assert password(client, {}, PASSWORD, NEW) == (403, "forbidden")
    assert password(client, headers, PASSWORD, "short") == (422, "validation")
    body = {"old": PASSWORD, "new": NEW}
    assert app.call(Role.AGENT, "POST", "/me/password", body).status_code == 401
    assert app.call(None, "POST", "/me/password", body).status_code == 401
    assert sign_in(app.client(), "the agent") == 200

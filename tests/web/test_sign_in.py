"""Signing in under attack: who is slowed down, who never is, what is remembered and what people are told."""

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
from tests.web.house import PASSWORD, House

HALL = "192.168.1.20"
NEW = "another long password"
SESSION = "/api/v1/session"


def sign_in(client: FlaskClient, name: str, password: str = PASSWORD, address: str = HALL) -> int:
    body = {"name": name, "password": password}
    return client.post(SESSION, json=body, environ_base={"REMOTE_ADDR": address}).status_code


def guess(client: FlaskClient, name: str, address: str = HALL) -> int:
    return sign_in(client, name, "wrong wrong", address)


def fill(house: House, name: str, address: str = "203.0.113.9") -> None:
    """Guess until an account takes no more guesses from strangers."""
    while guess(house.client(), name, address) != 429:
        pass


def seated(house: House, name: str) -> FlaskClient:
    """A browser in which the account has signed in, and no longer is."""
    client = house.client()
    assert sign_in(client, name) == 200
    client.delete_cookie("giliran_session")
    return client


def test_the_right_password_does_not_wait_when_the_clock_is_set_back_by_an_hour(house: House) -> None:
    known, stranger = seated(house, "the agent"), house.client()
    for _ in range(9):
        assert (guess(known, "the agent"), guess(stranger, "the supervisor")) == (401, 401)
    house.clock.now = house.clock.now.replace(hour=house.clock.now.hour - 1)
    assert (sign_in(known, "the agent"), sign_in(stranger, "the supervisor")) == (200, 200)


def test_a_clock_set_ahead_gives_no_fresh_guesses(house: House) -> None:
    fill(house, "the agent")
    house.clock.now = house.clock.now.replace(day=house.clock.now.day + 1)
    assert guess(house.client(), "the agent", "203.0.113.10") == 429


def test_a_cookie_of_an_own_account_gives_no_guesses_at_another_one(house: House) -> None:
    browsers = [seated(house, "the agent") for _ in range(8)]
    codes = [guess(browser, "the admin") for _ in range(10) for browser in browsers]
    assert codes.count(401) == 10
    assert sign_in(browsers[0], "the agent") == 200, "which does not keep the own account out"


def test_guesses_in_parallel_pass_no_bound(house: House) -> None:
    with ThreadPoolExecutor(16) as threads:
        codes = list(threads.map(lambda _: guess(house.client(), "the admin"), range(64)))
    assert codes.count(401) == 10


def test_right_passwords_are_bounded_as_well(house: House) -> None:
    codes = [sign_in(house.client(), "the agent") for _ in range(62)]
    assert codes[:60] == [200] * 60 and codes[60:] == [429] * 2


def change_own_password(house: House) -> None:
    client, headers = house.signed_in()
    body = {"old": PASSWORD, "new": NEW}
    assert client.post("/api/v1/me/password", json=body, headers=headers).status_code == 200


def sign_out_everywhere(house: House) -> None:
    client, headers = house.signed_in()
    assert client.delete(f"{SESSION}?everywhere=1", headers=headers).status_code == 200


def reset(house: House) -> None:
    body = {"role": "agent", "password": NEW}
    assert house.call(Role.ADMIN, "PUT", "/branches/central/staff/the agent", body).status_code == 200


def disable_and_enable(house: House) -> None:
    assert house.call(Role.ADMIN, "DELETE", "/branches/central/staff/the agent").status_code == 200
    assert house.call(Role.ADMIN, "PUT", "/branches/central/staff/the agent", {"role": "agent"}).status_code == 200


@pytest.mark.parametrize("end", [change_own_password, sign_out_everywhere, reset, disable_and_enable])
def test_known_browsers_end_with_the_password_and_with_every_session(house: House, end: Any) -> None:
    laptop = seated(house, "the agent")
    end(house)
    fill(house, "the agent")
    assert guess(laptop, "the agent") == 429, "it is a stranger's now"
    assert sign_in(laptop, "the supervisor") == 200


def test_the_browser_in_which_the_password_is_changed_stays_known(house: House) -> None:
    client, headers = house.signed_in()
    body = {"old": PASSWORD, "new": NEW}
    assert client.post("/api/v1/me/password", json=body, headers=headers).status_code == 200
    fill(house, "the agent")
    assert sign_in(client, "the agent", NEW) == 200


def test_the_cookie_of_an_earlier_release_is_not_known_and_locks_nobody_out(house: House) -> None:
    client = house.client()
    client.set_cookie("giliran_browser", "name." + "0" * 64, path=SESSION)
    assert sign_in(client, "the agent") == 200
    fill(house, "the agent")
    assert sign_in(client, "the agent") == 200, "it was given a new one beside the old"


def test_of_many_browsers_the_latest_stay_known_and_a_year_later_none(house: House) -> None:
    first = seated(house, "the agent")
    for _ in range(sign_ins.BROWSERS_KEPT):
        house.clock.forward(minutes=1)
        last = seated(house, "the agent")
    fill(house, "the agent")
    assert (sign_in(first, "the agent"), sign_in(last, "the agent")) == (429, 200)
    house.clock.forward(days=366)
    house.store.write(lambda tx: sign_ins.forget_old(tx.db, tx.now), lambda _tx, _none: None)
    fill(house, "the agent")
    assert sign_in(last, "the agent") == 429


def test_a_password_that_is_changed_while_the_old_one_is_checked_opens_nothing(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads, hashed = house.application.web.threads, quick_hash(NEW)

    class Meanwhile:
        def run(self, check: Any) -> Any:
            right = threads.run(check)
            house.user("the agent", Role.AGENT, hashed)
            return right

    monkeypatch.setattr(house.application.web, "threads", Meanwhile())
    assert sign_in(house.client(), "the agent") == 401


def read(house: House, client: FlaskClient, path: str) -> int:
    return client.get(f"/api/v1{path}", environ_base={"REMOTE_ADDR": HALL}).status_code


def exhaust_reads(house: House) -> None:
    while read(house, house.client(), "/branches") != 429:
        pass


def test_reads_of_strangers_behind_the_branchs_address_hold_up_no_sign_in(house: House) -> None:
    known = seated(house, "the agent")
    exhaust_reads(house)
    assert sign_in(house.client(), "the agent") == 200
    assert read(house, known, "/branches/central") == 200, "a known browser reads by a measure of its own"
    known.delete_cookie("giliran_browser", path="/api/v1")
    assert read(house, known, "/branches/central") == 429
    assert [house.client().get(page).status_code for page in ("/", "/console", "/healthz")] == [200] * 3


def test_a_whole_hall_behind_one_address_reads_its_tickets_at_once(house: House) -> None:
    tokens = []
    for _ in range(250):
        issued = house.call(Role.KIOSK, "POST", "/branches/central/tickets", {"service": "A"}).json
        assert issued is not None
        tokens.append(issued["token"])
    exhaust_reads(house)
    for _ in range(4):
        assert {read(house, house.client(), f"/tickets/{token}") for token in tokens} == {200}
    codes = [read(house, house.client(), f"/tickets/{tokens[0]}") for _ in range(100)]
    assert codes.count(200) == 56, "a ticket has a measure as well"
    cancel = f"/api/v1/tickets/{tokens[1]}/cancel"
    assert house.client().post(cancel, json={}, environ_base={"REMOTE_ADDR": HALL}).status_code == 200


def test_guessed_ticket_tokens_count_against_their_address(house: House) -> None:
    codes = [read(house, house.client(), f"/tickets/{n}-AAAAAAAAAAAAAAAAAAAA") for n in range(125)]
    assert codes == [404] * 120 + [429] * 5
    assert read(house, house.client(), "/branches") == 429


def test_a_proxy_that_is_not_trusted_is_told_once_in_the_log(house: House) -> None:
    with capture_logs() as lines:
        for n in range(3):
            house.client().get("/api/v1/branches", headers={"X-Forwarded-For": f"203.0.113.{n}"})
    (line,) = [line for line in lines if line["event"] == "proxy_not_trusted"]
    assert "--trust-proxy" in line["detail"] and line["address"] == "127.0.0.1"


def failures(house: House, role: Role = Role.SUPERVISOR) -> list[tuple[str, int, str]]:
    house.application._keep_failures()
    told = house.call(role, "GET", "/branches/central/sign-in-failures").json or {}
    return [(one["name"], one["count"], one["last_address"]) for one in told["failures"]]


def test_supervisors_are_told_of_accounts_at_which_sign_in_fails_again_and_again(house: House) -> None:
    for address in ("10.0.0.1", "10.0.0.1", "10.0.0.2"):
        guess(house.client(), "the admin", address)
    guess(house.client(), "the agent", "10.0.0.3")
    guess(house.client(), "nobody has this name", "10.0.0.3")
    assert failures(house) == [("the admin", 3, "10.0.0.2")]
    assert house.call(Role.AGENT, "GET", "/branches/central/sign-in-failures").status_code == 403
    assert sign_in(house.client(), "the admin") == 200
    assert failures(house) == [("the admin", 3, "10.0.0.2")], "a success after that is what should be looked at"
    house.clock.forward(hours=25)
    assert failures(house) == []


def test_slips_before_a_right_password_are_forgotten(house: House) -> None:
    for _ in range(5):
        guess(house.client(), "the agent")
        house.application._keep_failures()
        assert sign_in(house.client(), "the agent") == 200
    assert failures(house) == []


def test_failures_are_counted_for_all_servers_and_survive_a_restart(house: House) -> None:
    fill(house, "the agent", "10.0.0.4")
    (told,) = failures(house)
    house.application.web.failed_sign_ins.take()
    assert (told[0], told[1] >= 11, told[2]) == ("the agent", True, "10.0.0.4")
    agent = house.store.read(lambda db: next(iter(sign_ins.failures(db, {1, 2, 3, 4, 5}, house.clock()))))
    now = house.clock.forward(minutes=1)
    another = {agent: sign_ins.Failures(5, now, now, "10.0.0.5")}
    house.store.write(lambda tx: sign_ins.add_failures(tx.db, another, tx.now), lambda _tx, _none: None)
    assert failures(house) == [("the agent", told[1] + 5, "10.0.0.5")]


def test_a_failed_sign_in_leaves_a_line_and_a_figure_and_no_password(house: House) -> None:
    def figure(reason: str) -> float:
        text = house.client().get("/metrics").text
        found = next(line for line in text.splitlines() if f'failures_total{{reason="{reason}"}}' in line)
        return float(found.rsplit(" ", 1)[1])

    before = figure("wrong"), figure("throttled")
    with capture_logs() as lines:
        codes = [guess(house.client(), "the agent", "10.0.0.9") for _ in range(15)]
    assert codes.count(401) == 10
    assert (figure("wrong") - before[0], figure("throttled") - before[1]) == (10, 5)
    told = [line for line in lines if line["event"].startswith("sign_in")]
    assert [(line["account"], line["address"]) for line in told] == [("the agent", "10.0.0.9")]
    assert "wrong wrong" not in str(lines)


def test_the_status_names_who_is_refused_to_the_doctor_of_this_machine_alone(house: House) -> None:
    fill(house, "the agent", "10.0.0.9")
    key = credentials.status_key(house.application.web.server_key)
    bearer = {"Authorization": f"Bearer {key}"}
    told = house.client().get("/status", headers=bearer).json or {}
    assert "the agent" in told["throttled"]["sign-in to the account"]
    assert told["memory_bytes"] > 1e6 and told["sockets"] == {}
    asked: list[dict[str, Any]] = [
        {}, {"headers": {"Authorization": "Bearer x"}}, {"headers": {**bearer, "X-Real-IP": "127.0.0.1"}},
        {"headers": bearer, "environ_base": {"REMOTE_ADDR": "10.0.0.9"}},
    ]  # fmt: skip
    assert [house.client().get("/status", **how).status_code for how in asked] == [403] * 4


def password(client: FlaskClient, headers: dict[str, str], old: str, new: str) -> tuple[int, str | None]:
    answer = client.post("/api/v1/me/password", json={"old": old, "new": new}, headers=headers)
    return answer.status_code, (answer.json or {}).get("code")


def test_a_new_own_password_ends_the_other_sessions_and_is_audited(house: House) -> None:
    (here, headers), (there, _), (other, _) = house.signed_in(), house.signed_in(), house.signed_in("the admin")
    assert password(here, headers, PASSWORD, NEW) == (200, None)
    assert [c.get(SESSION).status_code for c in (here, there, other)] == [200, 401, 200]
    assert (sign_in(house.client(), "the agent"), sign_in(house.client(), "the agent", NEW)) == (401, 200)
    line = (house.call(Role.ADMIN, "GET", "/branches/central/audit").json or {})["lines"][0]
    assert (line["actor"], line["action"], line["data"]) == ("the agent", "own password changed", {"name": "the agent"})
    assert password(here, headers, PASSWORD, NEW) == (200, None), "sent again, as the answer was lost"


def test_a_wrong_old_password_changes_nothing_and_is_slowed_down_like_sign_in(house: House) -> None:
    client, headers = house.signed_in()
    codes = [password(client, headers, "not this one", NEW) for _ in range(12)]
    assert codes == [(422, "validation")] * 10 + [(429, "rate-limited")] * 2
    assert sign_in(house.client(), "the agent", address="10.0.0.1") == 200
    assert ("the agent", 12, "127.0.0.1") in failures(house)


def test_a_new_password_is_asked_for_by_its_person_alone(house: House) -> None:
    client, headers = house.signed_in()
    assert password(client, {}, PASSWORD, NEW) == (403, "forbidden")
    assert password(client, headers, PASSWORD, "short") == (422, "validation")
    body = {"old": PASSWORD, "new": NEW}
    assert house.call(Role.AGENT, "POST", "/me/password", body).status_code == 401
    assert house.call(None, "POST", "/me/password", body).status_code == 401
    assert sign_in(house.client(), "the agent") == 200

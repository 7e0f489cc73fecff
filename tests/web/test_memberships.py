"""Accounts in several branches: roles stay within their branch, and no change locks everybody out."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from server.access import rules
from server.domain.people.principal import Role
from server.store.tables import event_log
from tests.passwords import quick_hash
from tests.scene import a_branch
from tests.web.app_server import PASSWORD, AppServer, a_path

ABOUT_NO_BRANCH = {
    "sign_in", "get_session", "sign_out", "set_up", "list_branches", "get_ticket", "cancel_own_ticket",
    "claim_print_job", "start_print_job", "end_print_job", "put_printer_status", "get_print_job", "resolve_print_job",
    "get_kiosk", "change_password",
}  # fmt: skip
"""Routes without a branch in their path; each finds the branch itself."""


@pytest.fixture
def two(app: AppServer) -> AppServer:
    """The application with the branches central and north, and an administrator of both and all to come."""
    app.declare(a_branch(slug="north", name={"en": "North", "id": "Utara"}))
    app.boss()
    return app


class Person:
    """A signed-in person."""

    def __init__(self, app: AppServer, name: str) -> None:
        self._client, self._headers = app.signed_in(name)

    @property
    def client(self) -> FlaskClient:
        return self._client

    def ask(self, method: str, path: str, body: Any = None) -> TestResponse:
        return self._client.open(f"/api/v1{path}", method=method, json=body or {}, headers=self._headers)

    def session(self) -> Any:
        answer = self.ask("GET", "/session")
        assert answer.status_code == 200, answer.text
        return answer.json

    def put(self, slug: str, name: str, role: str, **more: Any) -> TestResponse:
        return self.ask("PUT", f"/branches/{slug}/staff/{name}", {"role": role, **more})

    def staff(self, slug: str) -> dict[str, Any]:
        answer = self.ask("GET", f"/branches/{slug}/staff")
        assert answer.json is not None and answer.status_code == 200, answer.text
        return {member.pop("name"): member for member in answer.json["staff"]}


def an_account(app: AppServer, name: str, **roles: Role) -> Person:
    """Create and sign in an account with a role in each of these branches."""
    for n, (slug, role) in enumerate(roles.items()):
        if n == 0:
            app.user(name, role, quick_hash(PASSWORD), slug)
        else:
            app.member(name, slug, role)
    return Person(app, name)


def test_the_paths_of_all_other_routes_name_the_branch_they_are_about(app: AppServer) -> None:
    served = app.application.flask.url_map.iter_rules()
    named = {rule.endpoint.removeprefix("api.") for rule in served if "<slug>" in rule.rule}
    assert set(rules.ROUTES) - named == ABOUT_NO_BRANCH


@pytest.mark.parametrize("here", [None, Role.AGENT, Role.SUPERVISOR, Role.ADMIN])
@pytest.mark.parametrize("elsewhere", [Role.AGENT, Role.ADMIN])
def test_a_role_in_one_branch_never_acts_in_another(two: AppServer, here: Role | None, elsewhere: Role) -> None:
    somebody = an_account(two, "somebody", central=elsewhere, **({"north": here} if here else {}))
    tried = 0
    for rule in two.application.flask.url_map.iter_rules():
        name = rule.endpoint.removeprefix("api.")
        if name not in rules.ROUTES or name in ABOUT_NO_BRANCH:
            continue
        method = next(iter((rule.methods or set()) - {"HEAD", "OPTIONS"}))
        body = {"service": "A"} if name == "issue_ticket" else {}
        status = somebody.ask(method, a_path(rule.rule, "north"), body).status_code
        # what anybody may see of a branch, staff of another one may
        allowed = name == "get_branch" or (here is not None and rules.may(here, rules.ROUTES[name]))
        assert (status == 403) is not allowed, (name, status)
        tried += 1
    assert tried == len(rules.ROUTES) - len(ABOUT_NO_BRANCH)
    assert somebody.session()["role"] in (here, elsewhere)


def test_a_print_job_of_another_branch_is_not_found(two: AppServer) -> None:
    made = two.call(Role.KIOSK, "POST", "/branches/central/tickets", {"service": "A"}).json
    assert made is not None
    job = f"/print-jobs/{made['print_job']}"
    both = an_account(two, "both", north=Role.AGENT, central=Role.AGENT)
    north = an_account(two, "of the north", north=Role.ADMIN)
    assert both.ask("GET", job).status_code == 200
    assert north.ask("GET", job).status_code == 404
    assert north.ask("POST", f"{job}/resolve", {"resolution": "lost"}).status_code == 404


def test_a_stored_response_is_not_returned_to_former_staff(two: AppServer) -> None:
    made = two.call(Role.KIOSK, "POST", "/branches/central/tickets", {"service": "A"}).json
    claimed = two.call(Role.PRINTER, "POST", "/print-jobs/claim").json
    assert made is not None and claimed is not None
    job = f"/print-jobs/{made['print_job']}"
    lease = {"lease": claimed["lease"]}
    two.call(Role.PRINTER, "POST", f"{job}/started", lease)
    two.call(Role.PRINTER, "POST", f"{job}/outcome", {**lease, "outcome": "unknown", "detail": "x"})
    both = an_account(two, "both", north=Role.AGENT, central=Role.AGENT)

    def resolve() -> int:
        return both.client.post(
            f"/api/v1{job}/resolve", json={"resolution": "printed"}, headers={**both._headers, "Idempotency-Key": "one"}
        ).status_code

    assert (resolve(), resolve()) == (200, 200)
    an_account(two, "other", central=Role.ADMIN).ask("DELETE", "/branches/central/staff/both")
    assert resolve() == 404


def test_a_session_tells_the_role_in_each_branch_and_the_highest(two: AppServer) -> None:
    session = an_account(two, "sari", central=Role.SUPERVISOR, north=Role.AGENT).session()
    assert (session["role"], session["branch"]) == ("supervisor", None)
    assert [(b["slug"], b["role"]) for b in session["branches"]] == [("central", "supervisor"), ("north", "agent")]
    session = an_account(two, "tono", north=Role.AGENT).session()
    assert (session["role"], session["branch"], [b["role"] for b in session["branches"]]) == (
        "agent",
        "north",
        ["agent"],
    )
    boss = Person(two, "the boss").session()
    assert (boss["branch"], [b["role"] for b in boss["branches"]]) == (None, ["admin", "admin"])


def test_an_administrator_of_one_branch_changes_staff_there_alone(two: AppServer) -> None:
    north = an_account(two, "wulan", north=Role.ADMIN)
    sari = an_account(two, "sari", central=Role.AGENT)
    assert north.put("north", "sari", "supervisor").status_code == 200
    assert [(b["slug"], b["role"]) for b in sari.session()["branches"]] == [
        ("central", "agent"),
        ("north", "supervisor"),
    ]
    row = north.staff("north")["sari"]
    assert row["elsewhere"] and row["branches"] == [] and row["may_change"] and not row["may_set_password"]
    assert Person(two, "the boss").staff("north")["sari"]["branches"] == ["central"]
    refused = north.put("north", "sari", "supervisor", password="another password")
    assert refused.status_code == 403 and refused.json is not None and "not yours to set" in refused.json["detail"]
    assert north.put("central", "sari", "admin").status_code == 403
    assert north.ask("DELETE", "/branches/north/staff/sari").status_code == 200
    assert [b["slug"] for b in sari.session()["branches"]] == ["central"], "the session is the person's own"
    assert sari.ask("GET", "/branches/north/queue").status_code == 403
    assert north.ask("DELETE", "/branches/north/staff/sari").status_code == 404
    for change in (north.put("north", "the boss", "agent"), north.ask("DELETE", "/branches/north/staff/the boss")):
        assert change.status_code == 403
    assert not north.staff("north")["the boss"]["may_change"]


def test_an_account_without_branches_is_signed_out(two: AppServer) -> None:
    north = an_account(two, "wulan", north=Role.ADMIN)
    tono = an_account(two, "tono", north=Role.AGENT)
    assert north.ask("DELETE", "/branches/north/staff/tono").status_code == 200
    assert tono.ask("GET", "/session").status_code == 401
    assert two.client().post("/api/v1/session", json={"name": "tono", "password": PASSWORD}).status_code == 401
    assert north.put("north", "tono", "agent").status_code == 200
    Person(two, "tono")


def test_losing_a_branch_releases_the_counter_and_its_customer_waits_again(two: AppServer) -> None:
    two.user("sari", Role.AGENT, quick_hash(PASSWORD), "central", "north")
    sari = Person(two, "sari")
    ticket = two.call(Role.KIOSK, "POST", "/branches/central/tickets", {"service": "A"}).json
    assert ticket is not None
    for verb in ("open", "call-next", "start"):
        assert sari.ask("POST", f"/counters/central/1/{verb}").status_code == 200
    two.user("sari", Role.AGENT, None, "north")
    queue = two.call(Role.AGENT, "GET", "/branches/central/queue").json
    assert queue is not None
    (counter,) = queue["counters"]
    assert (counter["state"], counter["agent"], counter["ticket"]) == ("closed", None, None)
    assert [w["number"] for w in queue["waiting"]] == [ticket["number"]]
    log = [e.type.value for e in two.store.read(lambda db: event_log.after(db, 1, 0, 1000))]
    assert log[-2:] == ["put_back", "counter_closed"]


def test_moving_to_another_branch_releases_the_counter(two: AppServer) -> None:
    sari = an_account(two, "sari", central=Role.AGENT, north=Role.AGENT)
    assert sari.ask("POST", "/counters/central/1/open").status_code == 200
    assert sari.ask("POST", "/counters/north/1/open").status_code == 200
    assert sari.session()["counters"] == [{"branch": "north", "number": 1}]


def test_each_branch_audits_role_changes_of_its_own(two: AppServer) -> None:
    an_account(two, "sari", central=Role.AGENT, north=Role.SUPERVISOR)
    two.user("sari", Role.SUPERVISOR, None, "central")
    boss = Person(two, "the boss")

    def told(slug: str) -> list[Any]:
        lines = boss.ask("GET", f"/branches/{slug}/audit").json
        assert lines is not None
        of_sari = [line["data"] for line in reversed(lines["lines"]) if line["data"].get("name") == "sari"]
        return [
            (data["before"] and data["before"]["role"], data["after"] and data["after"]["role"]) for data in of_sari
        ]

    assert told("central") == [(None, "agent"), ("agent", "supervisor")]
    assert told("north") == [(None, "supervisor"), ("supervisor", None)]


def test_a_change_of_role_is_in_force_at_once(two: AppServer) -> None:
    sari, boss = an_account(two, "sari", central=Role.AGENT), Person(two, "the boss")
    assert sari.ask("GET", "/branches/central/statistics").status_code == 403
    boss.put("central", "sari", "supervisor")
    assert sari.ask("GET", "/branches/central/statistics").status_code == 200
    boss.put("central", "sari", "agent")
    assert sari.ask("GET", "/session").status_code == 401, "what is taken away ends the sessions"


# the last administrator


def is_refused_as_last(answer: TestResponse) -> bool:
    return answer.status_code == 409 and answer.json is not None and answer.json["code"] == "last-administrator"


def test_the_last_administrator_cannot_be_lowered_or_disabled(two: AppServer) -> None:
    boss = Person(two, "the boss")
    an_account(two, "wulan", central=Role.ADMIN, north=Role.ADMIN)
    two.user("no password", Role.ADMIN, None)
    for slug in ("central", "north"):
        assert is_refused_as_last(boss.put(slug, "the boss", "agent"))
        assert is_refused_as_last(boss.ask("DELETE", f"/branches/{slug}/staff/the boss"))
    assert boss.session()["role"] == "admin", "nothing was changed"
    assert boss.put("central", "the boss", "admin", password="another password").status_code == 200
    two.boss("a second")
    assert Person(two, "a second").put("central", "the boss", "agent").status_code == 200


def test_a_branch_that_has_an_administrator_keeps_one(app: AppServer) -> None:
    admin = Person(app, "the admin")
    assert is_refused_as_last(admin.put("central", "the admin", "supervisor"))
    assert is_refused_as_last(admin.ask("DELETE", "/branches/central/staff/the admin"))
    app.declare(a_branch(slug="north", name={"en": "North"}))
    an_account(app, "wulan", north=Role.ADMIN)
    assert is_refused_as_last(admin.ask("DELETE", "/branches/central/staff/the admin"))
    app.boss()
    assert admin.ask("DELETE", "/branches/central/staff/the admin").status_code == 200


# names


def test_a_name_is_found_in_any_spelling(two: AppServer) -> None:
    two.user("Rani Dewi", Role.AGENT, quick_hash(PASSWORD))
    for written in ("rani dewi", " RANI  DEWI ", "ｒａｎｉ dewi"):
        answer = two.client().post("/api/v1/session", json={"name": written, "password": PASSWORD})
        assert answer.status_code == 200 and answer.json is not None and answer.json["user"] == "Rani Dewi"
    boss = Person(two, "THE BOSS")
    assert boss.put("central", "rani dewi", "supervisor").status_code == 200
    assert boss.put("north", "RANI DEWI", "agent").status_code == 200
    assert set(boss.staff("north")) == {"Rani Dewi", "the boss"}
    assert boss.ask("DELETE", "/branches/north/staff/rAnI dEwI").status_code == 200
    two.user("rani dewi", Role.AGENT, None, "north")
    assert set(boss.staff("north")) == {"Rani Dewi", "the boss"}

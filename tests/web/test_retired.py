"""What is retired or renamed, over HTTP and on the pages: in words, and never a server error."""

from __future__ import annotations

from server.actions.branch.branch_life import rename_branch, retire_branch
from server.actions.branch.declaring import declare, touches
from server.domain.declaration import Declaration, DeclaredDevice
from server.domain.people.principal import COMMAND_LINE, Role
from tests.databases import dump
from tests.scene import a_branch, a_branch_without, a_counter, a_service
from tests.web.house import House
from tests.web.test_pages import BROWSER

BOTH = a_branch(services=(a_service("A"), a_service("B")), counters=(a_counter(1, "A"), a_counter(2, "B")))


def retire(house: House) -> None:
    house.store.write(lambda tx: retire_branch(tx, "central", COMMAND_LINE), lambda *_: None)


def rename(house: House) -> None:
    house.store.write(lambda tx: rename_branch(tx, "central", "main", COMMAND_LINE), lambda *_: None)


def declared(house: House, branch: object) -> None:
    house.store.write(lambda tx: declare(tx, Declaration(branch), COMMAND_LINE), lambda *_: None)  # type: ignore[arg-type]


def test_a_retired_branch_says_so_and_a_ticket_of_it_how_it_ended(house: House) -> None:
    ticket = house.call(Role.KIOSK, "POST", "/branches/central/tickets", {"service": "A"}).json
    assert ticket is not None
    retire(house)
    told = house.client().get("/api/v1/branches/central")
    assert (told.status_code, told.json and told.json["code"]) == (404, "not-found")
    assert "closed for good" in told.text
    page = house.client().get("/kiosk/central", headers=BROWSER)
    assert page.status_code == 404 and '"closed_for_good": true' in page.text
    mine = house.client().get(f"/api/v1/tickets/{ticket['token']}").json
    assert mine is not None and (mine["state"], mine["branch_retired"]) == ("expired", True)
    assert house.call(Role.KIOSK, "POST", "/branches/central/tickets", {"service": "A"}).status_code == 401


def test_a_renamed_branch_answers_under_its_old_slug_and_leads_device_pages_on(house: House) -> None:
    rename(house)
    for slug in ("central", "main"):
        told = house.client().get(f"/api/v1/branches/{slug}").json
        assert told is not None and told["slug"] == "main"
        issued = house.call(
            Role.KIOSK, "POST", f"/branches/{slug}/tickets", {"service": "A"}, Idempotency_Key=f"k {slug}"
        )
        assert issued.status_code == 201
    for page in ("kiosk", "display"):
        led = house.client().get(f"/{page}/central", headers=BROWSER)
        assert (led.status_code, led.headers["Location"]) == (302, f"/{page}/main")
    opened = house.call(Role.AGENT, "POST", "/counters/central/1/open", {})
    assert opened.status_code == 200


def test_who_waits_for_what_no_counter_takes_is_told_so(house: House) -> None:
    declared(house, BOTH)
    ticket = house.call(Role.KIOSK, "POST", "/branches/central/tickets", {"service": "B"}).json
    assert ticket is not None and not ticket["without_counter"]
    declared(house, a_branch_without(BOTH, counters=[2], services="B"))
    mine = house.client().get(f"/api/v1/tickets/{ticket['token']}").json
    assert mine is not None and mine["without_counter"] and mine["estimate"] is None
    queue = house.call(Role.AGENT, "GET", "/branches/central/queue").json
    assert queue is not None and [t["without_counter"] for t in queue["waiting"]] == [True]


def test_a_screen_that_has_only_read_is_in_use_and_written_down_once_a_day(house: House) -> None:
    def asked() -> list[str]:
        wanted = Declaration(BOTH, devices=(DeclaredDevice("printer", "front", paper=80),))
        return house.store.write(lambda tx: touches(tx, wanted), lambda _tx, found: found)

    assert asked() == []
    house.call(Role.DISPLAY, "GET", "/branches/central/board")
    house.application._write_down_screens()
    assert asked() == ["branch central: display display is in use; its token would be revoked."]
    seen = dump(house.store)
    house.clock.forward(60)
    house.call(Role.DISPLAY, "GET", "/branches/central/board")
    house.application._write_down_screens()
    assert dump(house.store) == seen
    house.clock.forward(days=8)
    assert asked() == []


def test_a_request_sent_again_after_its_counter_was_retired_is_answered_in_words(house: House) -> None:
    declared(house, BOTH)
    house.call(Role.KIOSK, "POST", "/branches/central/tickets", {"service": "B"})
    house.call(Role.AGENT, "POST", "/counters/central/2/open", {})
    first = house.call(Role.AGENT, "POST", "/counters/central/2/call-next", {}, Idempotency_Key="k").json
    declared(house, a_branch_without(BOTH, counters=[2], services="B"))
    again = house.call(Role.AGENT, "POST", "/counters/central/2/call-next", {}, Idempotency_Key="k")
    assert first is not None and again.json is not None
    assert (again.status_code, again.json["id"], again.json["state"]) == (200, first["id"], "waiting")
    assert house.call(Role.AGENT, "POST", "/counters/central/2/finish", {}).status_code == 404

"""Pages for people, problems for programs."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from server.store.sql.schema import user
from tests.web.house import House

BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


@pytest.mark.parametrize("address", ["/kiosk/nowhere", "/display/nowhere", "/nothing/at/all"])
def test_a_person_at_a_wrong_address_is_shown_all_screens_and_a_program_told(house: House, address: str) -> None:
    shown = house.client().get(address, headers=BROWSER)
    assert shown.status_code == 404 and shown.mimetype == "text/html"
    assert '"missing": true' in shown.text and '"slug": "central"' in shown.text
    told = house.client().get(address, headers={"Accept": "*/*"})
    assert told.status_code == 404 and told.json is not None and told.json["code"] == "not-found"


def test_the_interface_answers_everybody_in_json(house: House) -> None:
    told = house.client().get("/api/v1/branches/nowhere", headers=BROWSER)
    assert told.status_code == 404 and told.mimetype == "application/problem+json"


def test_a_branch_that_was_declared_by_a_file_is_shown_though_nobody_administers_it_yet(house: House) -> None:
    house.store.write(lambda tx: tx.db.execute(update(user).values(disabled=True)).rowcount, lambda _tx, n: n)
    house.application.stop()
    later = House.again(house.application.settings.data, house.clock.now)
    assert later.client().get("/", headers=BROWSER).status_code == 200
    assert later.client().get("/setup", headers=BROWSER).status_code == 200
    later.application.stop()

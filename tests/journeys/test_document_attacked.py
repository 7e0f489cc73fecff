"""The served OpenAPI document attacked: whatever it admits is accepted, what it does not is refused, and no 5xx."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.config import SchemathesisConfig

from server.store.engines.store import Store
from server.store.maintenance import deep_checkup
from tests.databases import url_of
from tests.journeys.branches import a_branch, a_counter
from tests.journeys.client import Api, Branch, ok
from tests.journeys.giliran import Giliran
from tests.journeys.routes import ROLES
from tests.journeys.screen import Screen

SLUG = a_branch("attacked", counters=[a_counter(1), a_counter(2)], join_by_phone=True)
NAMES_BY_LANGUAGE = ("/setup", "/notice")
"""OpenAPI as our library writes it cannot say which names an object may have; these are refused as 422 all the same."""
MOST_DRAWN_FIRST = ROLES[::-1]
"""Hypothesis draws the first of a list most: an attacker who may do most gets furthest."""
REFUSALS = [400, 401, 403, 404, 422, 429]

Give = Callable[[str], Branch]


class Attack:
    """One attacker of every role, who counts what came back."""

    def __init__(self, here: Branch) -> None:
        self.here = here
        self.told: Counter[int] = Counter()
        self._session = requests.Session()
        self._session.trust_env = False
        self._headers = {role: self._credentials(role) for role in ROLES}

    def _credentials(self, role: str) -> dict[str, str]:
        return {} if role == "none" else {"Authorization": f"Bearer {self.here.a_token(role)}"}

    def close(self) -> None:
        self._session.close()

    def document(self) -> Any:
        """The served document, ready to make cases of."""
        checks = {
            "negative_data_rejection": {"expected-statuses": REFUSALS},
            "positive_data_acceptance": {"expected-statuses": ["2xx", 401, 403, 404, 409, 429]},
        }
        config = SchemathesisConfig.from_dict({"checks": checks})
        served = ok(self.here.by("none").get("/openapi.json"))
        schema = schemathesis.openapi.from_dict(served, config=config)
        schema.config.update(base_url=self.here.url)
        return schema

    def ask(self, case: Any, role: str, *, aimed: bool) -> None:
        """Send the case, aimed at what exists where that keeps it right, and check all that the document promises."""
        if aimed and case.path_parameters:
            there = {"slug": SLUG, "number": "A001" if "/tickets/" in case.path else 1}
            case.path_parameters.update({k: v for k, v in there.items() if k in case.path_parameters})
        answer = case.call(session=self._session, headers=self._headers[role])
        self.told[answer.status_code] += 1
        # what is well formed may still name no service, class or printer of the branch
        undescribed = answer.status_code == 422 and (
            "errors" not in answer.json() or case.path.endswith(NAMES_BY_LANGUAGE)
        )
        case.validate_response(
            answer,
            headers=self._headers[role],
            excluded_checks=[schemathesis.checks.positive_data_acceptance] if aimed and undescribed else [],
        )
        if answer.status_code == 401:  # an admin has revoked it: without a new one, the rest would be told 401 alone
            self._headers[role] = self._credentials(role)


def attack_one(attack: Attack, operation: Any, mode: GenerationMode, cases: int) -> None:
    """So many cases of one operation, that the document admits or does not, by anybody."""
    if mode is GenerationMode.NEGATIVE and not (operation.body or operation.query or operation.path_parameters):
        return  # nothing about it can be wrong

    @settings(
        max_examples=cases,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode), role=st.sampled_from(MOST_DRAWN_FIRST))
    def ask(case: Any, role: str) -> None:
        attack.ask(case, role, aimed=mode is GenerationMode.POSITIVE)

    ask()


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("cases", [1, pytest.param(60, marks=pytest.mark.torture)])
def test_the_document_keeps_its_word_to_every_role_whatever_is_sent(branch: Give, giliran: Giliran, cases: int) -> None:
    here = branch(SLUG)
    for _ in range(3):
        here.issue()
    here.counter(1).do("open")
    here.counter(1).ask("call-next")
    attack = Attack(here)
    operations = [found.ok() for found in attack.document().get_all_operations()]
    try:
        for operation in operations:
            for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
                attack_one(attack, operation, mode, cases)
    finally:
        attack.close()
    print(f"{attack.told.total()} requests to {len(operations)} operations: {dict(attack.told)}")
    assert {status for status in attack.told if status >= 500} == set()
    assert attack.told[200] + attack.told[201] > 0, "some of it was right, and some role may"
    the_log_rebuilds_the_rows(giliran)
    boards_are_equal(here)


def the_log_rebuilds_the_rows(giliran: Giliran) -> None:
    """Check every ticket and leg against what the branch's event log tells."""
    store = Store(url_of(giliran.data), lambda: datetime.now(UTC))

    assert store.scan(deep_checkup.examine).differences == []
    store.close()


def boards_are_equal(here: Branch) -> None:
    """Check that what is pushed is what is served; a fresh token, for an attacker may have revoked the others."""
    with Screen(here.url, here.a_token("display")) as screen:
        seen = screen.subscribe(SLUG, "board")["board"]
    served = ok(Api(here.url, here.a_token("display")).get(f"/branches/{SLUG}/board"))
    # everything but what goes on with the time
    still = [name for name in seen if name not in ("now", "services")]
    assert {name: seen[name] for name in still} == {name: served[name] for name in still}

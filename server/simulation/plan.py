"""What is simulated, and the branches it needs, declared in the database with a token for each role."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

from server.access import credentials
from server.actions.branch.declaring import declare
from server.actions.people import accounts
from server.domain.branch import Branch, CounterProfile, PriorityClass, Service
from server.domain.declaration import Declaration
from server.domain.errors import Invalid
from server.domain.people.principal import COMMAND_LINE, Role
from server.store.engines.store import Store
from server.store.engines.transaction import Transaction
from server.store.tables import branches

PREFIX = "sim-"
ROLES = (Role.KIOSK, Role.AGENT, Role.DISPLAY)


@dataclass(frozen=True)
class Size:
    """How much there is of each: counters and displays in each branch, tickets a second in all of them together."""

    branches: int = 200
    counters: int = 10
    displays: int = 5
    rate: float = 60.0
    seconds: float = 60.0
    consoles: bool = False
    """Whether each counter has its page open, which watches the queue."""


def prepare(store: Store, size: Size) -> list[dict[str, str]]:
    """The branches, each `{slug, kiosk, agent, display}` with its tokens; made where they are not there.

    Raises Invalid for a database with any other branch: nobody's customers should meet simulated ones.
    """
    there = store.read(lambda db: [b.slug for b in branches.list_all(db)])
    others = [slug for slug in there if not slug.startswith(PREFIX)]
    if others:
        raise Invalid(f"This database has real branches ({', '.join(others[:3])}). Simulate on one of its own.")
    return [_branch(store, f"{PREFIX}{n:03d}", size.counters) for n in range(1, size.branches + 1)]


def as_json(size: Size, servers: list[str], made: list[dict[str, str]]) -> dict[str, Any]:
    """What the load is told."""
    return {"size": asdict(size), "servers": servers, "branches": made}


def _branch(store: Store, slug: str, counters: int) -> dict[str, str]:
    secrets = {role: credentials.new_secret(role.value) for role in ROLES}

    def action(tx: Transaction) -> None:
        declare(tx, Declaration(_declared(slug, counters)), COMMAND_LINE)
        for role, secret in secrets.items():
            accounts.create_token(tx, slug, COMMAND_LINE, role=role, name=None, hashed=credentials.hash_token(secret))

    store.write(action, lambda _tx, _none: None)
    return {"slug": slug} | {role.value: secret for role, secret in secrets.items()}


def _declared(slug: str, counters: int) -> Branch:
    """Two services; most counters take the first and help out with the second, the others the other way round."""
    split = max(1, round(counters * 0.6))
    return Branch(
        id=0,
        slug=slug,
        name={"en": slug, "id": slug},
        timezone="Asia/Jakarta",
        languages=("id", "en"),
        services=tuple(
            Service(code, {"en": f"Service {code}", "id": f"Layanan {code}"}, first_number=1, last_number=99999)
            for code in "AB"
        ),
        counters=tuple(
            CounterProfile(
                number,
                {"en": f"Counter {number}", "id": f"Loket {number}"},
                services=("A",) if number <= split else ("B",),
                helps_out_with=("B",) if number <= split else ("A",),
            )
            for number in range(1, counters + 1)
        ),
        priority_classes=(PriorityClass("senior", {"en": "Senior", "id": "Lansia"}, timedelta(minutes=20)),),
    )

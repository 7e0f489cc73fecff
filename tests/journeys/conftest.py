"""The house: one real server with every declared branch, and an admin who hands out tokens."""

from collections.abc import Callable, Iterator

import pytest

from tests.journeys.branches import DECLARED
from tests.journeys.client import Api, Branch, ok
from tests.journeys.giliran import Giliran

ADMIN = "wulan"
PASSWORD = "antre-dengan-tenang-42"


@pytest.fixture(scope="session", autouse=True)
def callers() -> Iterator[None]:
    """Every caller hangs up at the end."""
    yield
    Api.hang_up()


@pytest.fixture(scope="session")
def giliran(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Giliran]:
    """A running server with all branches that the collected tests have declared, and one admin of every branch."""
    server = Giliran(tmp_path_factory.mktemp("house") / "data")
    server.start()
    try:
        server.apply(*DECLARED.values())
        server.done("user", "add", ADMIN, "--role", "admin", "--password-stdin", stdin=f"{PASSWORD}\n")
        yield server
    finally:
        server.stop()
    told = server.log.read_text()
    assert [secret for secret in {*Api.secrets, PASSWORD} if secret in told] == [], "the log tells no secret"


@pytest.fixture(scope="session")
def admin(giliran: Giliran) -> Api:
    """The admin of every branch, signed in."""
    api = Api(giliran.url)
    api.sign_in(ADMIN, PASSWORD)
    return api


@pytest.fixture(scope="session")
def branch(giliran: Giliran, admin: Api) -> Callable[[str], Branch]:
    """Give a declared branch by its slug; always the same object for the same slug."""
    known: dict[str, Branch] = {}

    def new_token(slug: str, role: str) -> str:
        # The served OpenAPI document names this call; `giliran token create` is tried in the whole visit.
        token: str = ok(admin.post(f"/branches/{slug}/tokens", {"role": role, "name": role}), 201)["token"]
        return token

    def give(slug: str) -> Branch:
        if slug not in known:
            known[slug] = Branch(giliran.url, slug, new_token)
        return known[slug]

    return give

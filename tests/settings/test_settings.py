"""Bad settings are refused before anything starts, in words."""

from __future__ import annotations

from typing import Any

import pytest

from server import settings
from server.domain.errors import Invalid
from server.settings import Settings


@pytest.mark.parametrize(
    "wrong",
    [
        {"port": 70000},
        {"port": -1},
        {"database": "mysql://x"},
        {"redis": "localhost"},
        {"base_url": "queue"},
        {"base_url": "http://x/y"},
    ],
)
def test_a_value_that_cannot_work_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        Settings(**wrong)


@pytest.mark.parametrize("wish", [{"database": "postgresql+psycopg://x/y"}, {"redis": "redis://x"}])
def test_a_missing_package_is_named_with_how_to_get_it(monkeypatch: pytest.MonkeyPatch, wish: dict[str, str]) -> None:
    monkeypatch.setattr(settings, "find_spec", lambda _name: None)
    with pytest.raises(Invalid, match=r"pip install '\.\["):
        Settings(**wish)  # type: ignore[arg-type]


def test_a_redis_for_the_embedded_database_is_refused_since_it_has_one_server() -> None:
    with pytest.raises(Invalid, match=r"Leave --redis out, or add --database postgresql"):
        Settings(redis="redis://x")


def test_an_address_of_redis_is_refused_without_a_word_of_its_password() -> None:
    with pytest.raises(Invalid) as refused:
        Settings(database="postgresql+psycopg://x/y", redis="redis://:se:cret@x:se/cret")
    assert "cret" not in refused.value.detail


@pytest.mark.parametrize("written", ["se@cret", "se/cr@et", "se:cr@et"])
def test_a_password_that_is_not_written_as_an_address_wants_it_is_not_told(written: str) -> None:
    with pytest.raises(Invalid, match=r"in a password, / and @ and : are written %2F, %40 and %3A") as refused:
        Settings(database=f"postgresql+psycopg://giliran:{written}@db.lan/giliran")
    assert written.partition("@")[2] not in refused.value.detail

"""The set-up of a new server: a new code for each opening, invalid after it closes."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import update
from structlog.testing import capture_logs

from server.access import credentials
from server.actions.people.setting_up import open_or_close_setup
from server.app import Application, build
from server.settings import Settings
from server.store.engines.store import Store
from server.store.sql.schema import user
from tests.clock import HandClock
from tests.databases import database_of, in_use, url_of
from tests.passwords import quick_hash


@contextmanager
def a_server(path: Path) -> Iterator[Application]:
    """A server on the data of this folder."""
    url_of(path)
    application = build(Settings("127.0.0.1", 0, path, database_of(path)), clock=HandClock())
    try:
        yield application
    finally:
        application.stop()


def set_up(server: Application, code: str | None) -> int:
    body = {
        "code": code,
        "name": "Wulan",
        "password": "a long enough password",
        "branch": {"slug": "central", "name": {"en": "Central"}},
        "services": [{"code": "A", "name": {"en": "Accounts"}}],
        "counters": [{"number": 1, "name": {"en": "Counter 1"}, "services": ["A"]}],
    }
    return server.flask.test_client().post("/api/v1/setup", json=body).status_code


def test_a_set_up_code_is_valid_for_one_opening(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(credentials, "hash_password", quick_hash)
    with a_server(tmp_path) as server:
        first = server.web.setup_code()
        assert first is not None
    with a_server(tmp_path) as server:
        assert server.web.setup_code() == first, "it has not closed meanwhile"
        assert set_up(server, first) == 200
        assert server.web.setup_code() is None
        assert set_up(server, first) == 403
    with a_server(tmp_path) as server:
        assert server.web.setup_code() is None
        # the last administrator is removed by hand
        server.store.write(lambda tx: tx.db.execute(update(user).values(disabled=True)).rowcount, lambda _tx, n: n)
        assert server.web.setup_code() is None, "nobody has read a code on this server's console"
    with a_server(tmp_path) as server:
        second = server.web.setup_code()
        assert second is not None and second != first
        assert set_up(server, first) == 403
        assert set_up(server, second) == 200


def test_wrong_codes_are_counted_and_logged_within_limits_without_the_code(tmp_path: Path) -> None:
    with a_server(tmp_path) as server, capture_logs() as lines:
        answers = [set_up(server, "WRONG-CODE") for _ in range(20)]
        figures = server.flask.test_client().get("/metrics").get_data(as_text=True)
    assert set(answers) == {403, 429}
    assert [(line["event"], line["account"], line["reason"]) for line in lines if "account" in line] == [
        ("sign_in_failed", "(set-up)", "wrong code")
    ]
    assert "WRONG-CODE" not in repr(lines)
    for reason in ("wrong", "throttled"):
        assert f'giliran_sign_in_failures_total{{reason="{reason}"}}' in figures


def test_servers_that_start_at_once_show_the_same_code(tmp_path: Path) -> None:
    stores = [Store(url_of(tmp_path), HandClock()) for _ in range(4)]
    for number, store in enumerate(stores):
        in_use(type("Used", (), {"store": store, "number": number})())
    with ThreadPoolExecutor(len(stores)) as threads:
        codes = list(threads.map(lambda store: store.write(open_or_close_setup, lambda _tx, code: code), stores))
    assert len(set(codes)) == 1 and codes[0] is not None

"""Authenticated clients are not delayed by strangers of the same network."""

from __future__ import annotations

from typing import Any

import pytest
from werkzeug.test import create_environ

from server.access import cookies
from server.domain.people.principal import Role
from server.serving.fairness import ANSWERS, FairnessMiddleware, LoopFairness
from tests.web.app_server import AppServer

TOKEN, SESSION, FALSE, NOTHING = "token", "session", "false token", "nothing"


@pytest.mark.parametrize(
    ("path", "shown", "delayed"),
    [
        ("/healthz", TOKEN, 0),
        ("/healthz", FALSE, 5),
        ("/healthz", NOTHING, 5),
        ("/api/v1/branches/central", TOKEN, 0),
        ("/api/v1/branches/central", SESSION, 0),
        ("/api/v1/branches/central", NOTHING, 5),
    ],
)
def test_the_whole_application_notes_known_clients(app: AppServer, path: str, shown: str, delayed: int) -> None:
    """The note survives middleware that copies the environment, as Socket.IO's does."""
    headers: dict[str, str] = {}
    if shown in (TOKEN, FALSE):
        headers["Authorization"] = f"Bearer {app.tokens[Role.KIOSK] if shown == TOKEN else 'kiosk_no-such-token'}"
    if shown == SESSION:
        browser, _ = app.signed_in()
        cookie = browser.get_cookie(cookies.SESSION)
        assert cookie is not None
        headers["Cookie"] = f"{cookie.key}={cookie.value}"
    delays: list[float] = []
    turn = LoopFairness()
    in_turn = FairnessMiddleware(app.application.flask, turn, sleep=delays.append, clock=lambda: 0.0)
    for _ in range(ANSWERS + 5):
        environ: dict[str, Any] = create_environ(path, headers=headers)
        for piece in in_turn(environ, lambda *_: None):
            assert piece
    turn.close()
    assert len(delays) == delayed

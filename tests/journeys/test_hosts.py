"""Names that lead to a running server: declared beside it, they hold within moments; others get nothing."""

from __future__ import annotations

import httpx
import pytest
import websocket

from tests.journeys.branches import a_branch, a_document
from tests.journeys.client import eventually
from tests.journeys.giliran import Giliran

SLUG = a_branch("named")


def status(giliran: Giliran, host: str, path: str = "/healthz") -> int:
    return httpx.get(f"{giliran.url}{path}", headers={"Host": host}, trust_env=False, timeout=60).status_code


def shake_hands(giliran: Giliran, host: str) -> None:
    """Begin a WebSocket of the live feed under a name. Raises WebSocketBadStatusException."""
    address = f"ws://127.0.0.1:{giliran.port}/socket.io/?EIO=4&transport=websocket"
    connection = websocket.create_connection(address, timeout=60, host=host, suppress_origin=True)
    assert str(connection.recv()).startswith("0")
    connection.close()


def test_a_name_declared_beside_the_server_holds_without_a_restart_for_pages_and_sockets(giliran: Giliran) -> None:
    assert status(giliran, "queue.example") == 421
    assert status(giliran, "queue.example", "/socket.io/?EIO=4&transport=polling") == 421
    with pytest.raises(websocket.WebSocketBadStatusException) as refused:
        shake_hands(giliran, "queue.example")
    assert refused.value.status_code == 421
    giliran.apply(a_document(SLUG, public_url="https://queue.example"))
    eventually(lambda: status(giliran, "queue.example:8080"), lambda code: code == 200)
    assert status(giliran, "queue.example", "/socket.io/?EIO=4&transport=polling") == 200
    shake_hands(giliran, "queue.example")
    giliran.apply(a_document(SLUG, public_url="https://other.example"))
    eventually(lambda: status(giliran, "queue.example"), lambda code: code == 421)
    assert status(giliran, "other.example") == 200

"""Every address that the product context_of out leads somewhere: codes on paper and kiosk, links for devices."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from server.domain.people.principal import Role
from server.domain.public_address import opens_own_machine
from server.web import network
from server.web.context import EXTENSION, WebContext
from tests.scene import a_branch
from tests.web.app_server import AppServer

LAN = "http://192.168.1.10:8080"


def context_of(app: AppServer) -> WebContext:
    context: WebContext = app.application.flask.extensions[EXTENSION]
    return context


def issue(app: AppServer, host: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """(what the kiosk is told, what is put on paper) of a number taken under that host."""
    ticket = app.call(Role.KIOSK, "POST", "/branches/central/tickets", {"service": "A"}, Host=host).json or {}
    job = app.call(Role.PRINTER, "POST", "/print-jobs/claim").json or {}
    return ticket, job["content"]


@pytest.fixture
def declared(tmp_path: Path) -> Iterator[AppServer]:
    """A branch whose file was tried out on the server's own machine."""
    app = AppServer(tmp_path, a_branch(public_url="http://127.0.0.1:8080"))
    yield app
    app.application.stop()


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:8080", "[::1]:8080", "0.0.0.0:8080", "pc.localhost"])
def test_a_kiosk_on_the_servers_own_machine_gives_codes_of_its_network(app: AppServer, host: str) -> None:
    context_of(app).network_url = lambda: LAN
    ticket, paper = issue(app, host)
    assert ticket["url"] == ticket["qr_url"] == paper["url"] == f"{LAN}/t/{ticket['token']}"


def test_without_a_reachable_address_there_is_no_code_but_a_url(app: AppServer) -> None:
    ticket, paper = issue(app, "127.0.0.1:8080")
    assert (ticket["qr_url"], paper["url"]) == (None, None)
    assert ticket["url"] == f"http://127.0.0.1:8080/t/{ticket['token']}"
    reprinted = app.call(Role.AGENT, "POST", "/branches/central/tickets/A001/reprint", {}, Host="localhost")
    assert reprinted.status_code == 200
    job = app.call(Role.PRINTER, "POST", "/print-jobs/claim").json
    assert job is None or job["content"]["url"] is None


def test_a_kiosk_elsewhere_gives_codes_of_the_address_it_used(app: AppServer) -> None:
    context_of(app).network_url = lambda: LAN
    ticket, paper = issue(app, "queue.local:8080")
    assert ticket["qr_url"] == paper["url"] == f"http://queue.local:8080/t/{ticket['token']}"


def test_a_declared_address_of_the_machine_itself_gives_no_code(declared: AppServer) -> None:
    context_of(declared).network_url = lambda: LAN
    ticket, paper = issue(declared, "192.168.1.10:8080")
    assert (ticket["qr_url"], paper["url"]) == (None, None)
    devices = declared.call(Role.SUPERVISOR, "GET", "/branches/central/devices", Host="localhost").json or {}
    assert devices["codes"] == {"url": None, "why_none": "public_url"}
    assert devices["address"] == LAN, "a screen is opened at the server, whatever the codes say"


def test_kiosk_and_supervisor_see_whether_tickets_have_codes(app: AppServer) -> None:
    def ticket(host: str) -> tuple[bool, dict[str, Any], str | None]:
        kiosk = app.call(Role.KIOSK, "GET", "/kiosk", Host=host).json or {}
        devices = app.call(Role.SUPERVISOR, "GET", "/branches/central/devices", Host=host).json or {}
        return kiosk["codes"], devices["codes"], devices["address"]

    app.call(Role.ADMIN, "POST", "/branches/central/tokens", {"role": "kiosk", "name": "Lobby"})
    kiosk = app.token(Role.KIOSK, name="Lobby")
    app.tokens[Role.KIOSK] = kiosk
    assert ticket("localhost") == (False, {"url": None, "why_none": "not_reachable"}, None)
    assert ticket("queue.local") == (True, {"url": "http://queue.local", "why_none": None}, "http://queue.local")
    context_of(app).network_url = lambda: LAN
    assert ticket("localhost") == (True, {"url": LAN, "why_none": None}, LAN)


def test_the_document_and_the_map_name_no_address_of_the_machine_itself(app: AppServer) -> None:
    document = app.client().get("/api/v1/openapi.json").json or {}
    assert not [each for each in document.get("servers", []) if opens_own_machine(each["url"])]
    page = app.client().get("/", headers={"Host": "localhost"}).text
    assert '"codes": false' in page


def test_this_machines_network_address_is_no_loopback_and_counts_only_where_the_server_listens() -> None:
    found = network.network_address()
    assert found is None or not opens_own_machine(f"http://{found}")
    assert network.network_url("127.0.0.1", 8080) is None
    assert network.network_url("192.168.1.10", 8080) == LAN
    assert network.network_url("0.0.0.0", 8080) == (f"http://{found}:8080" if found else None)


def test_a_network_card_is_preferred_to_a_tunnel_and_container_bridges_are_ignored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(network, "_INTERFACES", tmp_path)
    (tmp_path / "eth0" / "device").mkdir(parents=True)
    (tmp_path / "wlan0" / "device").mkdir(parents=True)
    addresses = {"lo": "127.0.0.1", "docker0": "172.17.0.1", "tun0": "10.8.0.2", "eth0": "192.168.1.10"}
    monkeypatch.setattr(network, "_addresses", lambda: addresses)
    monkeypatch.setattr(network, "_default_route", lambda: "tun0")
    assert network.network_address() == "192.168.1.10"
    del addresses["eth0"]
    assert network.network_address() == "10.8.0.2"
    monkeypatch.setattr(network, "_default_route", lambda: None)
    assert network.network_address() is None
    addresses |= {"wlan0": "169.254.7.7"}
    assert network.network_address() is None, "an address that the machine gave itself reaches nobody"


def test_a_network_that_appears_later_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    moment = [0.0]
    found = [None, "192.168.1.10", "192.168.1.11"]
    monkeypatch.setattr(network, "network_address", lambda: found.pop(0))
    url = network.NetworkUrl("0.0.0.0", 8080, lambda: moment[0])
    assert (url(), url()) == (None, None)
    moment[0] = network.LOOK_SECONDS
    assert (url(), url()) == (LAN, LAN)
    assert found == ["192.168.1.11"]

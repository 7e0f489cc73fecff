"""Every address that the product hands out leads somewhere: codes on paper and kiosk, links for devices."""

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
from tests.web.house import House

LAN = "http://192.168.1.10:8080"


def hands(house: House) -> WebContext:
    found: WebContext = house.application.flask.extensions[EXTENSION]
    return found


def issue(house: House, host: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """(what the kiosk is told, what is put on paper) of a number taken under that host."""
    told = house.call(Role.KIOSK, "POST", "/branches/central/tickets", {"service": "A"}, Host=host).json or {}
    job = house.call(Role.PRINTER, "POST", "/print-jobs/claim").json or {}
    return told, job["content"]


@pytest.fixture
def declared(tmp_path: Path) -> Iterator[House]:
    """A branch whose file was tried out on the server's own machine."""
    house = House(tmp_path, a_branch(public_url="http://127.0.0.1:8080"))
    yield house
    house.application.stop()


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:8080", "[::1]:8080", "0.0.0.0:8080", "pc.localhost"])
def test_a_kiosk_on_the_servers_own_machine_gives_codes_of_its_network(house: House, host: str) -> None:
    hands(house).network_url = lambda: LAN
    told, paper = issue(house, host)
    assert told["url"] == told["qr_url"] == paper["url"] == f"{LAN}/t/{told['token']}"


def test_where_phones_reach_nothing_there_is_no_code_and_the_answer_keeps_its_url(house: House) -> None:
    told, paper = issue(house, "127.0.0.1:8080")
    assert (told["qr_url"], paper["url"]) == (None, None)
    assert told["url"] == f"http://127.0.0.1:8080/t/{told['token']}"
    again = house.call(Role.AGENT, "POST", "/branches/central/tickets/A001/reprint", {}, Host="localhost")
    assert again.status_code == 200
    job = house.call(Role.PRINTER, "POST", "/print-jobs/claim").json
    assert job is None or job["content"]["url"] is None


def test_a_kiosk_elsewhere_gives_codes_of_the_address_it_used(house: House) -> None:
    hands(house).network_url = lambda: LAN
    told, paper = issue(house, "queue.local:8080")
    assert told["qr_url"] == paper["url"] == f"http://queue.local:8080/t/{told['token']}"


def test_a_declared_address_of_the_machine_itself_gives_no_code(declared: House) -> None:
    hands(declared).network_url = lambda: LAN
    told, paper = issue(declared, "192.168.1.10:8080")
    assert (told["qr_url"], paper["url"]) == (None, None)
    devices = declared.call(Role.SUPERVISOR, "GET", "/branches/central/devices", Host="localhost").json or {}
    assert devices["codes"] == {"url": None, "why_none": "public_url"}
    assert devices["address"] == LAN, "a screen is opened at the server, whatever the codes say"


def test_kiosk_and_supervisor_are_told_whether_there_are_codes(house: House) -> None:
    def told(host: str) -> tuple[bool, dict[str, Any], str | None]:
        kiosk = house.call(Role.KIOSK, "GET", "/kiosk", Host=host).json or {}
        devices = house.call(Role.SUPERVISOR, "GET", "/branches/central/devices", Host=host).json or {}
        return kiosk["codes"], devices["codes"], devices["address"]

    house.call(Role.ADMIN, "POST", "/branches/central/tokens", {"role": "kiosk", "name": "Lobby"})
    kiosk = house.token(Role.KIOSK, name="Lobby")
    house.tokens[Role.KIOSK] = kiosk
    assert told("localhost") == (False, {"url": None, "why_none": "not_reachable"}, None)
    assert told("queue.local") == (True, {"url": "http://queue.local", "why_none": None}, "http://queue.local")
    hands(house).network_url = lambda: LAN
    assert told("localhost") == (True, {"url": LAN, "why_none": None}, LAN)


def test_the_document_and_the_map_name_no_address_of_the_machine_itself(house: House) -> None:
    document = house.client().get("/api/v1/openapi.json").json or {}
    assert not [each for each in document.get("servers", []) if opens_own_machine(each["url"])]
    page = house.client().get("/", headers={"Host": "localhost"}).text
    assert '"codes": false' in page


def test_this_machines_network_address_is_no_loopback_and_counts_only_where_the_server_listens() -> None:
    found = network.network_address()
    assert found is None or not opens_own_machine(f"http://{found}")
    assert network.network_url("127.0.0.1", 8080) is None
    assert network.network_url("192.168.1.10", 8080) == LAN
    assert network.network_url("0.0.0.0", 8080) == (f"http://{found}:8080" if found else None)


def test_a_card_of_the_network_goes_before_a_tunnel_and_a_bridge_of_containers_never_counts(
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


def test_a_network_that_comes_later_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    moment = [0.0]
    found = [None, "192.168.1.10", "192.168.1.11"]
    monkeypatch.setattr(network, "network_address", lambda: found.pop(0))
    url = network.NetworkUrl("0.0.0.0", 8080, lambda: moment[0])
    assert (url(), url()) == (None, None)
    moment[0] = network.LOOK_SECONDS
    assert (url(), url()) == (LAN, LAN)
    assert found == ["192.168.1.11"]

"""Where codes and links lead: never to the phone that reads them."""

import pytest

from server.domain.public_address import NoCode, PublicAddress, is_local, leads_home, public_address

LAN, PROXY = "http://192.168.1.10:8080", "https://queue.example"
HOME = [
    "http://127.0.0.1:8080",
    "http://127.9.8.7",
    "http://127.1:8080",
    "http://2130706433",
    "http://localhost:8080",
    "http://LOCALHOST.",
    "http://kiosk.localhost",
    "http://[::1]:8080",
    "http://[::ffff:127.0.0.1]",
    "http://0.0.0.0:8080",
    "http://[::]:8080",
    "http://169.254.3.4",
    "http://[fe80::1]:8080",
    "http://",
    "http://:8080",
    "http://host:99999",
]
AWAY = [LAN, PROXY, "http://10.0.0.1", "http://kiosk-server:8080", "http://giliran.local", "http://[fd00::2]:8080"]


@pytest.mark.parametrize("url", HOME)
def test_an_address_of_the_machine_itself_is_never_given_to_phones(url: str) -> None:
    assert leads_home(url)
    for declared, base in ((url, None), (None, url), (None, None)):
        found = public_address(public_url=declared, base_url=base, asked_under=url, network_url=None)
        assert found.no_code is not None
    fallen_back = public_address(public_url=None, base_url=None, asked_under=url, network_url=LAN)
    assert fallen_back == PublicAddress(LAN)


@pytest.mark.parametrize("url", AWAY)
def test_an_address_that_others_reach_is_taken_as_it_is(url: str) -> None:
    assert not leads_home(url)
    assert public_address(public_url=None, base_url=None, asked_under=url, network_url=LAN) == PublicAddress(url)


def test_what_is_declared_goes_first_and_a_declared_mistake_is_told_as_one() -> None:
    def chosen(public_url: str | None, base_url: str | None) -> PublicAddress:
        return public_address(public_url=public_url, base_url=base_url, asked_under=LAN, network_url=LAN)

    assert chosen(PROXY, "https://other.example") == PublicAddress(PROXY)
    assert chosen(None, PROXY + "/") == PublicAddress(PROXY)
    assert chosen(HOME[0], PROXY) == PublicAddress(HOME[0], NoCode.PUBLIC_URL)
    assert chosen(None, HOME[0]) == PublicAddress(HOME[0], NoCode.BASE_URL)


def test_a_name_that_only_begins_or_ends_like_the_machine_itself_is_another() -> None:
    for host in ("localhost.example", "127.example", "notlocalhost", "128.0.0.1"):
        assert not is_local(host)

"""Addresses in codes and links: never the reading phone itself."""

import re

import pytest

from server.domain.public_address import (
    NoCode,
    PublicAddress,
    is_local,
    opens_own_machine,
    plain_address,
    public_address,
)

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
def test_a_loopback_address_is_never_given_to_phones(url: str) -> None:
    assert opens_own_machine(url)
    for declared, base in ((url, None), (None, url), (None, None)):
        address = public_address(public_url=declared, base_url=base, request_url=url, network_url=None)
        assert address.no_code is not None
    fallen_back = public_address(public_url=None, base_url=None, request_url=url, network_url=LAN)
    assert fallen_back == PublicAddress(LAN)


@pytest.mark.parametrize("url", AWAY)
def test_an_address_that_others_can_open_is_used_unchanged(url: str) -> None:
    assert not opens_own_machine(url)
    assert public_address(public_url=None, base_url=None, request_url=url, network_url=LAN) == PublicAddress(url)


def test_a_declared_address_takes_precedence_and_a_wrong_one_is_reported() -> None:
    def chosen(public_url: str | None, base_url: str | None) -> PublicAddress:
        return public_address(public_url=public_url, base_url=base_url, request_url=LAN, network_url=LAN)

    assert chosen(PROXY, "https://other.example") == PublicAddress(PROXY)
    assert chosen(None, PROXY + "/") == PublicAddress(PROXY)
    assert chosen(HOME[0], PROXY) == PublicAddress(HOME[0], NoCode.PUBLIC_URL)
    assert chosen(None, HOME[0]) == PublicAddress(HOME[0], NoCode.BASE_URL)


def test_a_name_that_only_resembles_localhost_is_not_local() -> None:
    for host in ("localhost.example", "127.example", "notlocalhost", "128.0.0.1"):
        assert not is_local(host)


PLAIN = {
    "http://192.168.1.10:8080": "http://192.168.1.10:8080",
    "http://192.168.1.10:8080/": "http://192.168.1.10:8080",
    " HTTPS://Antre.Example// ": "https://antre.example",
    "http://giliran.local": "http://giliran.local",
    "http://kiosk_server": "http://kiosk_server",
    "http://[fd00::2]:8080/": "http://[fd00::2]:8080",
    "https://bücher.example": "https://xn--bcher-kva.example",
    "https://例え.jp:8443": "https://xn--r8jz45g.jp:8443",
}


@pytest.mark.parametrize(("written", "plain"), PLAIN.items())
def test_an_address_is_kept_as_scheme_host_and_port(written: str, plain: str) -> None:
    assert plain_address(written) == plain == plain_address(plain)


REFUSED = {
    "192.168.1.10:8080": "begins with http:// or https://",
    "ftp://x.example": "begins with http:// or https://",
    "javascript:alert(1)": "begins with http:// or https://",
    "http://x.example/antrean": "has a path (/antrean)",
    "http://x.example?a=1": "a query behind a ?",
    "http://x.example/?a": "a query behind a ?",
    "http://x.example/#token": "a part behind a #",
    "http://x.example#": "a part behind a #",
    "http://rani:secret@x.example": "a name or a password",
    "http://": "names no host",
    "http://:8080": "names no host",
    "http://x.example:": "no port behind the colon",
    "http://x.example:0": "no port behind the colon",
    "http://x.example:99999": "no host and port that make sense",
    "http://x.example:http": "no host and port that make sense",
    "http://[::1": "no host and port that make sense",
    "http://x example": "without spaces",
    "http://x\\y": "without spaces and backslashes",
    "http://x..y": "a host that no name can be",
    "http://-x.example": "a host that no name can be",
    "http://" + "x" * 64 + ".example": "a host that no name can be",
    "http://192.168.1.300": "looks like a network address and is none",
    "http://x*.example": "a host that no name can be",
}


@pytest.mark.parametrize(("written", "message"), REFUSED.items())
def test_an_address_that_cannot_work_is_refused_with_an_explanation(written: str, message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        plain_address(written)

"""Accepted host names: those of the local network, and declared ones."""

from __future__ import annotations

import pytest

from server.access.hosts import Hosts, name_of
from server.cli.serving import run
from server.domain.errors import Invalid
from server.settings import Settings

OWN = [
    "127.0.0.1", "192.168.1.10:8080", "[::1]:8080", "[fe80::1]", "8.8.8.8", "localhost", "localhost:8080", "LOCALHOST",
    "pc.localhost:80", "queue", "queue:8080", "antrean-1", "my_app", "queue.local", "Queue.Local:8080", "a.b.local.",
]  # fmt: skip
OF_OTHERS = [
    "evil.example",
    "queue.lan",
    "evil.example:8080",
    "local.evil.example",
    "x.localhost.evil",
    "127.0.0.1.evil.example",
]
NO_HOSTS = [
    "", " ", "a b", "evil.example; script-src *", "a,b", "x@y", "http://x", "x/y", "[::1", "::1", "[x]", "[1.2.3.4]",
    "x:port", "x:123456", "-x", "x-.local", "a..local", ".local", "é.local", "x\x00", "a" * 300,
]  # fmt: skip


@pytest.mark.parametrize("host", OWN)
def test_a_name_that_belongs_to_the_local_network_is_always_accepted(host: str) -> None:
    hosts = Hosts()
    assert (hosts.allows(host), hosts.allows(host)) == (True, True)


@pytest.mark.parametrize("host", OF_OTHERS)
def test_another_name_is_accepted_only_if_it_is_declared(host: str) -> None:
    hosts = Hosts()
    assert not hosts.allows(host)
    assert Hosts(["*"]).allows(host) and Hosts([name_of(host) or ""]).allows(host)
    assert Hosts(base_url=f"https://{host}/").allows(host)
    hosts.declare([f"http://{host}"])
    assert hosts.allows(host)
    hosts.declare([])
    assert not hosts.allows(host), "nobody declares it any more"


@pytest.mark.parametrize("host", NO_HOSTS, ids=repr)
def test_an_invalid_host_is_never_accepted(host: str) -> None:
    assert not Hosts(["*"]).allows(host)


def test_a_star_stands_for_all_names_below_and_not_for_the_name_itself() -> None:
    hosts = Hosts(["*.Example.org"])
    asked = ["a.example.org", "A.B.example.org:8443", "example.org", "evilexample.org", "a.example.org.evil"]
    assert [hosts.allows(host) for host in asked] == [True, True, False, False, False]


def test_a_declared_address_counts_by_its_name_whatever_its_port_and_script() -> None:
    hosts = Hosts()
    hosts.declare(["https://Queue.Example.:8443", "http://antré.example", "http://[::1", "nonsense"])
    asked = ["queue.example", "queue.example:1", "xn--antr-epa.example", "nonsense.example"]
    assert [hosts.allows(host) for host in asked] == [True, True, True, False]


def test_strangers_fill_no_memory_with_hosts() -> None:
    hosts = Hosts()
    for n in range(5000):
        assert hosts.allows(f"10.{n // 65536}.{n // 256 % 256}.{n % 256}") and not hosts.allows(f"x{n}.example")
    assert len(hosts._accepted) <= 1000


@pytest.mark.parametrize("wrong", ["https://queue.example", "queue.example:80", "a b", "*x.example", "x.*", "", "é.x"])
def test_an_invalid_pattern_is_refused_before_the_server_starts(wrong: str) -> None:
    with pytest.raises(Invalid, match="Write names alone"):
        Settings(allowed_hosts=("queue.example", wrong))


def test_the_option_is_an_environment_variable_like_all_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GILIRAN_ALLOWED_HOSTS", "a.example,*.b.example")
    assert run.make_context("run", []).params["allowed_hosts"] == "a.example,*.b.example"
    assert run.make_context("run", ["--allowed-hosts", "*"]).params["allowed_hosts"] == "*"

"""Requests of this machine itself: no address and no proxy header can imitate them."""

from __future__ import annotations

from typing import Any

import pytest

from server.access.proxies import asked_host, from_this_machine


def environ(address: str = "127.0.0.1", host: str | None = "127.0.0.1:8080", **headers: str) -> dict[str, Any]:
    sent = {} if host is None else {"HTTP_HOST": host}
    return {"REMOTE_ADDR": address, **sent} | {f"HTTP_{name}": value for name, value in headers.items()}


@pytest.mark.parametrize("address", ["127.0.0.1", "127.1.2.3", "::1", "::ffff:127.0.0.1"])
@pytest.mark.parametrize("host", ["127.0.0.1:8080", "localhost", "[::1]:8080", "pc.localhost", None])
def test_a_program_on_this_machine_is_recognised(address: str, host: str | None) -> None:
    assert from_this_machine(environ(address, host, USER_AGENT="curl/8", ACCEPT="*/*"))


@pytest.mark.parametrize(
    "header",
    [
        "VIA", "FORWARDED", "X_REAL_IP", "X_FORWARDED_FOR", "X_FORWARDED_PROTO", "X_FORWARDED_HOST", "X_FORWARDED_PORT",
        "X_FORWARDED_SERVER", "X_FORWARDED_PREFIX", "X_FORWARDED", "CF_CONNECTING_IP", "CF_RAY", "CF_VISITOR",
        "TRUE_CLIENT_IP", "X_CLIENT_IP", "CDN_LOOP", "FASTLY_CLIENT_IP", "X_CLUSTER_CLIENT_IP", "FLY_CLIENT_IP",
        "WL_PROXY_CLIENT_IP", "X_AMZN_TRACE_ID", "X_AMZ_CF_ID", "X_APPENGINE_REMOTE_ADDR", "ALI_CDN_REAL_IP",
        "X_VARNISH", "X_SCHEME", "X_URL_SCHEME", "FRONT_END_HTTPS", "X_ORIGINATING_IP", "X_REMOTE_ADDR", "X_REMOTE_IP",
        "X_HOST", "SURROGATE_CAPABILITY", "MAX_FORWARDS", "X_TRAEFIK_ROUTER", "TAILSCALE_USER_LOGIN", "X_BLUECOAT_VIA",
    ],
)  # fmt: skip
def test_any_proxy_header_marks_a_request_as_foreign(header: str) -> None:
    for value in ("", "127.0.0.1"):
        assert not from_this_machine(environ(**{header: value}))


@pytest.mark.parametrize(
    "header",
    ["CACHE_CONTROL", "COOKIE", "IF_NONE_MATCH", "REFERER", "SEC_FETCH_SITE", "X_PROMETHEUS_SCRAPE_TIMEOUT_SECONDS"],
)
def test_headers_of_programs_and_browsers_do_not_mark_a_request_as_foreign(header: str) -> None:
    assert from_this_machine(environ(**{header: "1"}))


@pytest.mark.parametrize("host", ["queue.example", "192.168.1.10:8080", "giliran", "a b", "", "queue.local"])
def test_a_proxy_without_headers_is_recognised_by_the_requested_name(host: str) -> None:
    assert not from_this_machine(environ(host=host))


@pytest.mark.parametrize("address", ["192.168.1.10", "10.0.0.1", "::ffff:10.0.0.1", "", "unknown"])
def test_another_address_is_another_machine(address: str) -> None:
    assert not from_this_machine(environ(address))


def test_the_proxys_host_header_counts_only_if_the_proxy_is_trusted() -> None:
    forwarded = environ(host="inside", X_FORWARDED_HOST="first.example, queue.example")
    assert asked_host(forwarded, trust_proxy=False) == "inside"
    assert asked_host(forwarded, trust_proxy=True) == "queue.example"
    assert asked_host(environ(host="inside"), trust_proxy=True) == "inside"

"""Health checks, and metrics for Prometheus."""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from datetime import datetime
from functools import cache

from flask import Blueprint, Response, make_response, request
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    generate_latest,
)

from server.access import credentials
from server.domain.branch import Branch
from server.domain.errors import Forbidden
from server.domain.people.principal import Principal, Role
from server.serving import hang_ups
from server.store.engines.store import Db
from server.store.tables import branches
from server.web import auth
from server.web.context import web

health = Blueprint("health", __name__)

registry = CollectorRegistry()
for _counter in (hang_ups.HUNG_UP, hang_ups.CLIENTS, hang_ups.SLOW_CONNECTIONS):
    registry.register(_counter)
REQUESTS = Counter("giliran_http_requests", "HTTP requests.", ["route", "status"], registry=registry)
SECONDS = Histogram(
    "giliran_http_seconds",
    "Time to answer.",
    ["route"],
    registry=registry,
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 30),
)


@cache
def of_route(route: str, status: int) -> tuple[Counter, Histogram]:
    """Return (the counter of such responses, the histogram of the route's time), both cached."""
    return REQUESTS.labels(route, status), SECONDS.labels(route)


SIGN_IN_FAILURES = Counter(
    "giliran_sign_in_failures", "Sign-ins with a wrong password, or refused as too many.", ["reason"], registry=registry
)
for _reason in ("wrong", "throttled"):
    SIGN_IN_FAILURES.labels(_reason)  # start at 0, so that the first failure shows as an increase
SOCKETS = Gauge("giliran_sockets", "Sockets of the feed that are open.", ["role"], registry=registry)
THROTTLED = Gauge(
    "giliran_throttled", "Addresses, accounts, … whose next try is refused.", ["limit"], registry=registry
)
ProcessCollector(registry=registry)


@health.get("/healthz")
def healthz() -> Response:
    """Report that the process responds."""
    auth.notice_token()
    return make_response({"status": "ok"})


@health.get("/readyz")
def readyz() -> Response:
    """Report whether the database responds and saves, the clock is plausible, and other servers are connected.

    Details are shown only on this machine, since they name other machines and disks.
    """
    auth.notice_token()
    status, detail = _readiness()
    if detail is not None and not auth.from_this_machine():
        detail = "On the server's own machine, /readyz and `giliran doctor` tell more."
    body = {"status": status, "detail": detail, "build": web().build}
    return make_response(body, 503 if status == "unavailable" else 200)


def _readiness() -> tuple[str, str | None]:
    trouble = web().store.trouble
    if trouble is not None:
        return "unavailable", trouble
    now = web().clock()
    behind = web().store.read(lambda db: _clock_behind(db, branches.list_all(db), now))
    doubtful = web().store.read(lambda db: branches.clock_faults(db, now))
    trouble, detail = web().between_servers()
    if behind >= 2:
        return "degraded", f"The clock is {behind:.0f} s behind the last event; set the clock right."
    if doubtful:
        return "degraded", f"The clock shows {now:%Y-%m-%d %H:%M} UTC; set it right, or confirm it."
    return ("ok", detail) if trouble is None else ("degraded", trouble)


def _clock_behind(db: Db, visible: Sequence[Branch], now: datetime) -> float:
    return max((0.0, *((branches.last_at(db, b.id) - now).total_seconds() for b in visible)))


@health.get("/metrics")
def metrics() -> Response:
    """Metrics: of all branches and the server for requests from this machine, else of the principal's own branches."""
    unnamed = auth.from_this_machine() and "Authorization" not in request.headers
    principal = None if unnamed else auth.authenticate()
    now = web().clock()
    figures = web().store.read(lambda db: _of_branches(db, principal, now))
    if figures is None:
        raise Forbidden("Figures are for a program's token.")
    text = generate_latest(figures)
    if principal is None or _of_every_branch(principal):
        text += _of_server()
    response = make_response(text)
    response.content_type = CONTENT_TYPE_LATEST
    return response


def _of_every_branch(principal: Principal) -> bool:
    return principal.administers(None) or (principal.role is Role.API and principal.branch_id is None)


def _of_branches(db: Db, principal: Principal | None, now: datetime) -> CollectorRegistry | None:
    """Return metrics of the branches visible to `principal` (None: this machine); None if there are none."""
    visible = branches.list_all(db)
    if principal is not None:
        visible = [
            b for b in visible if principal.belongs_to(b.id) and principal.within(b.slug).role in (Role.API, Role.ADMIN)
        ]
        if not visible and not _of_every_branch(principal):
            return None
    figures = CollectorRegistry()
    waiting = Gauge("giliran_waiting_tickets", "Tickets that wait.", ["branch"], registry=figures)
    for branch in visible:
        waiting.labels(branch.slug).set(branches.count_waiting(db, branch.id))
    lag = Gauge("giliran_clock_behind_seconds", "How far the clock is behind the last event.", registry=figures)
    lag.set(_clock_behind(db, visible, now))
    return figures


def _of_server() -> bytes:
    SOCKETS.clear()
    for role, count in web().open_sockets().items():
        SOCKETS.labels(role).set(count)
    for limit, keys in _throttled().items():
        THROTTLED.labels(limit).set(len(keys))
    return bytes(generate_latest(registry))


@health.get("/status")
def status() -> Response:
    """Report the running server to `giliran doctor` on this machine: memory, sockets, throttled clients.

    It names addresses and accounts, so it requires a key that only readers of the data directory can compute.
    """
    sent_key = request.headers.get("Authorization", "").removeprefix("Bearer ")
    expected_key = credentials.status_key(web().server_key)
    if not auth.from_this_machine() or not hmac.compare_digest(sent_key.encode(), expected_key.encode()):
        raise Forbidden("This is for giliran doctor on the server's own machine.")
    return make_response(
        {
            "memory_bytes": registry.get_sample_value("process_resident_memory_bytes"),
            "sockets": dict(web().open_sockets()),
            "slow_connections": registry.get_sample_value("giliran_slow_connections_total"),
            "throttled": {limit: keys for limit, keys in _throttled().items() if keys},
            "untrusted_proxy": web().untrusted_proxy,
        }
    )


def _throttled() -> dict[str, dict[str, int]]:
    """Return limit → address, account, … → seconds until its next attempt is allowed."""
    at = web().monotonic()
    limits = {
        "sign-in of the address": web().sign_ins.of_address,
        "sign-in to the account": web().sign_ins.of_account,
        "sign-in in a known browser": web().sign_ins.of_browser,
        "reading of the address": web().anonymous_throttle,
        "reading in a known browser": web().browser_throttle,
        "reading of the ticket": web().ticket_throttle,
        "numbers by phone of the address": web().phone_pace.of_network,
        "numbers by phone in the branch": web().phone_pace.of_branch_network,
        "numbers by phone from elsewhere": web().phone_pace.of_elsewhere,
        "set-up of the address": web().set_up_throttle,
    }
    return {limit: throttle.refused(at) for limit, throttle in limits.items()}

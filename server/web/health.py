"""Whether the server lives, whether it can work, and its figures for Prometheus."""

from __future__ import annotations

from datetime import datetime
from functools import cache

from flask import Blueprint, Response, make_response, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from server.domain.errors import Forbidden
from server.domain.principal import Role
from server.serving import hang_ups
from server.store import branches
from server.store.engine import Db
from server.web import gate
from server.web.context import web

health = Blueprint("health", __name__)

registry = CollectorRegistry()
registry.register(hang_ups.HUNG_UP)
registry.register(hang_ups.SOCKETS)
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
    """(how many such answers there were, what time the route takes); both are looked up once."""
    return REQUESTS.labels(route, status), SECONDS.labels(route)


WAITING = Gauge("giliran_waiting_tickets", "Tickets that wait.", ["branch"], registry=registry)
CLOCK_BEHIND = Gauge("giliran_clock_behind_seconds", "How far the clock is behind the last event.", registry=registry)


@health.get("/healthz")
def healthz() -> Response:
    """The process answers."""
    return make_response({"status": "ok"})


@health.get("/readyz")
def readyz() -> Response:
    """The database answers and saves, the clock agrees with what has happened, and other servers are heard at once."""
    trouble = web().store.trouble
    if trouble is not None:
        return make_response({"status": "unavailable", "detail": trouble, "build": web().build}, 503)
    now = web().clock()
    behind = web().store.read(lambda db: _clock_behind(db, now))
    doubtful = web().store.read(lambda db: branches.clock_faults(db, now))
    trouble, detail = web().between_servers()
    status = "ok"
    if behind >= 2:
        status, detail = "degraded", f"The clock is {behind:.0f} s behind the last event; set the clock right."
    elif doubtful:
        status, detail = "degraded", f"The clock shows {now:%Y-%m-%d %H:%M} UTC; set it right, or confirm it."
    elif trouble is not None:
        status, detail = "degraded", trouble
    return make_response({"status": status, "detail": detail, "build": web().build})


def _clock_behind(db: Db, now: datetime) -> float:
    return max((0.0, *((branches.last_at(db, b.id) - now).total_seconds() for b in branches.every(db))))


@health.get("/metrics")
def metrics() -> Response:
    """Figures, for a program's token, or from this machine itself."""
    local = request.remote_addr in ("127.0.0.1", "::1") and not any(
        h in request.headers for h in ("Forwarded", "X-Forwarded-For", "X-Real-IP")
    )
    if not local and gate.identify().role not in (Role.API, Role.ADMIN):
        raise Forbidden("Figures are for a program's token.")

    def query(db: Db) -> dict[str, int]:
        return {b.slug: branches.count_waiting(db, b.id) for b in branches.every(db)}

    for slug, count in web().store.read(query).items():
        WAITING.labels(slug).set(count)
    now = web().clock()
    CLOCK_BEHIND.set(web().store.read(lambda db: _clock_behind(db, now)))
    response = make_response(generate_latest(registry))
    response.content_type = CONTENT_TYPE_LATEST
    return response

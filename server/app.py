"""The composition root: settings → store → publisher → web, and the only thread pools."""

from __future__ import annotations

import gc
import json
import logging
import os
import secrets
import signal
import socket
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from time import monotonic
from typing import Any, TypeVar

import gevent
import gevent.event
import structlog
from flask import Flask, Response, g, redirect, request
from gevent import pywsgi
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.wrappers import Response as AnyResponse

from server.access import cookies, rules
from server.access.hosts import Hosts
from server.access.origins import Origins
from server.access.proxies import asked_host
from server.actions.paper.printers import report_silent_printers
from server.actions.paper.printing import end_lapsed
from server.actions.people import erasing
from server.actions.people.setting_up import open_or_close_setup
from server.actions.queue import releasing
from server.clock import JumpWatch, seconds_passed, system_clock
from server.domain.errors import Refused, Unavailable
from server.realtime.branch_scheduler import BranchScheduler, log_day_turns
from server.realtime.clients import Clients
from server.realtime.commit_notifier import CommitNotifier
from server.realtime.feed import Feed, make_socketio
from server.realtime.peers import Peers
from server.realtime.publisher import Publisher
from server.realtime.scheduling import SweepSchedule, run_every
from server.serving.addresses import network_of
from server.serving.connections import PER_NETWORK, Connections, file_limit, raise_file_limit
from server.serving.draining import DrainMiddleware
from server.serving.fairness import FairnessMiddleware, LoopFairness
from server.serving.hang_ups import rate_limited_log
from server.serving.limits import BoundedServer
from server.settings import Settings
from server.speech import Speech
from server.store.engines import database_file, idempotency
from server.store.engines.sqlite import READERS
from server.store.engines.store import DATABASE_FILE, DbError, Store
from server.store.engines.threads import OffHub, OwnThread
from server.store.engines.transaction import Committed, Transaction
from server.store.maintenance import data_directory, restoring, write_ahead_log
from server.store.maintenance.migrating import migrate
from server.store.tables import access, accounts, branches, deadlines, servers, sign_ins
from server.store.tables import print_jobs as store_print_jobs
from server.web import administration, auth, branch, counters, print_jobs, printers, problems, sessions, speech, tickets
from server.web.context import EXTENSION, WebContext
from server.web.document import Documented
from server.web.health import health, of_route
from server.web.host_gate import HostGate
from server.web.network import NetworkUrl
from server.web.pages import pages

R = TypeVar("R")
log = structlog.get_logger()

STATIC = Path(__file__).parent / "static"
VIEWS = (administration, branch, counters, print_jobs, printers, sessions, speech, tickets)
"""The modules whose views the API consists of; importing them registers those."""
TICK_SECONDS = 1.0
"""How late what another process has committed, or what time does, may be noticed."""
SET_BACK_SECONDS = 1.0
"""What the clock may lose between two looks without being taken for set back."""
DRAIN_SECONDS = 10
DAY_SECONDS = 24 * 3600


@dataclass
class Application:
    """A server put together, ready to serve."""

    settings: Settings
    store: Store
    flask: Flask
    feed: Feed
    clients: Clients
    publisher: Publisher
    branch_scheduler: BranchScheduler
    commits: CommitNotifier
    clock: Callable[[], datetime]
    web: WebContext
    peers: Peers
    turn: LoopFairness
    schedule: SweepSchedule
    _lock: data_directory.Lock | None = None
    _server: pywsgi.WSGIServer | None = None
    _draining: DrainMiddleware | None = None
    _chores: list[Any] = field(default_factory=list)
    _ahead: float | None = None
    """Seconds by which the wall clock was ahead of the monotonic one when they were last looked at."""
    _written_down: dict[int, float] = field(default_factory=dict)
    """Token id → when (monotonic) its use was written down."""

    @property
    def data_in(self) -> str:
        """Where the data are, for people: without the password of a database server."""
        return str(self.settings.data) if self.store.sqlite else self.store.url.render_as_string()

    def listen(self) -> int:
        """Begin to serve; returns the port. Raises Unavailable where it cannot listen."""
        raise_file_limit()
        settings = self.settings
        try:
            listener = socket.create_server((settings.host, settings.port), backlog=1024, reuse_port=False)
        except OSError as error:
            raise Unavailable(
                f"Cannot listen on {settings.host}:{settings.port}: {os.strerror(error.errno or 0)}."
            ) from None
        # without it every answer to a keep-alive client waits for a delayed acknowledgement
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._draining = DrainMiddleware(FairnessMiddleware(self.flask, self.turn, trust_proxy=settings.trust_proxy))
        # the connections of a trusted proxy are everybody's
        total = file_limit() // 2
        self._server = BoundedServer(
            listener,
            self._draining,
            turn=self.turn,
            connections=Connections(total if settings.trust_proxy else PER_NETWORK, total),
            may_upgrade=lambda environ: self.web.hosts.allows(asked_host(environ, trust_proxy=settings.trust_proxy)),
            error_log=logging.getLogger("giliran.http"),
        )
        self._release_retired_counters()
        # a day that ended while the server was down ends before anybody can call its tickets
        self.branch_scheduler.sweep()
        self._server.start()
        self._chores = [
            gevent.spawn(run_every, TICK_SECONDS, *self._each_second(), sooner=self.peers.look),
            gevent.spawn(run_every, 3600, self._tidy),
        ]
        port: int = listener.getsockname()[1]
        if not settings.trust_proxy:  # then nobody reaches the server past the proxy
            self.web.network_url = NetworkUrl(settings.host, port)
        self.peers.start(port)
        if not self.store.sqlite:
            self._chores.append(gevent.spawn(run_every, servers.HEARTBEAT_EVERY.total_seconds(), self.peers.heartbeat))
        if self._lock is not None:
            self._lock.record_owner(
                data_directory.Owner(
                    data_directory.SERVER, os.getpid(), settings.host, port, settings.base_url, settings.trust_proxy
                )
            )
        return port

    def _release_retired_counters(self) -> None:
        """Free what counters still hold that an earlier release retired without that."""
        try:
            if self.store.read(releasing.any_left_behind):
                self.store.write(releasing.release_all_retired_counters, lambda _tx, _count: None)
        except Refused as refused:
            log.warning("retired_counters_not_released", why=refused.detail)  # the next `apply` tries it again

    def run_until_signal(self, stopped: Callable[[], None] = lambda: None) -> None:
        """Serve until SIGTERM or SIGINT, then finish what was begun and stop.

        What a start leaves behind stays as long as the process, so the garbage collector looks through it once more and
        never again: that held every request and push for a tenth of a second each time.
        """
        gc.collect()
        gc.freeze()
        gc.enable()
        done = gevent.event.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            gevent.signal_handler(number, done.set)
        done.wait()
        stopped()
        self.stop()

    def stop(self) -> None:
        """Take no more requests, finish those under way, close the database."""
        for chore in self._chores:
            chore.kill()
        self.commits.close()
        self.feed.close()
        if self._server is not None and self._draining is not None:
            self._server.stop_accepting()
            if not self._draining.end(DRAIN_SECONDS):
                log.warning("stopped_with_requests_under_way", waited_seconds=DRAIN_SECONDS)
            self._server.stop(timeout=0)
        self.peers.close()
        with suppress(DbError, Refused):  # the notice of the last second's failures is not worth a failing stop
            self._keep_failures()
        self.store.close()
        self.turn.close()
        if self._lock is not None:
            self._lock.release()

    def _each_second(self) -> tuple[Callable[[], object], ...]:
        return self._write_down_screens, self._tick, self._keep_failures, self.clients.sweep, rate_limited_log.flush

    def _tick(self) -> None:
        """Look at the clock and at what is in memory, and at the database only where there may be something new."""
        self.store.look_again()
        self.store.clock_jump()
        self._look_at_clock()
        if self.publisher.has_failed or self.feed.has_new_sockets:
            self.schedule.request()
        self.schedule.run_if_due(self._sweep)

    def _sweep(self) -> None:
        """Do what no request asks for: what time does, papers nobody printed, commits of other processes."""
        self.store.look_again()
        self.store.clock_jump()
        self.look_at_hosts()
        now = self.clock()
        self._look_at_clock()
        self.branch_scheduler.sweep()
        if self.store.read(lambda db: bool(store_print_jobs.lapsed(db, now))):
            self.store.write(end_lapsed, lambda _tx, _count: None)
        if self.store.read(lambda db: bool(access.newly_silent_printers(db, now))):
            self.store.write(report_silent_printers, lambda _tx, _count: None)
        self.publisher.sweep()
        self.feed.drop_ended()
        waiting = self.web.waiting_claims.tokens()
        if waiting and self.store.read(lambda db: access.ended_credentials(db, waiting, {}, now)[0]):
            self.commits.wake_all()

    def look_at_hosts(self) -> None:
        """Answer under the names that branches declare now: `apply` works beside the server."""
        self.web.hosts.declare(self.store.read(branches.public_urls))

    def _look_at_clock(self) -> None:
        """Where the clock was set back, now or before the start, let nothing wait until it is again where it was.

        Where it was set ahead, printers that wait for work here are not taken for silent.
        """
        before, self._ahead = self._ahead, self.clock().timestamp() - self.web.monotonic()
        if before is None or abs(self._ahead - before) >= SET_BACK_SECONDS:
            self.schedule.request()
            self.commits.wake_all()
        if before is not None and before - self._ahead < SET_BACK_SECONDS:
            if self._ahead - before >= SET_BACK_SECONDS and (here := self.web.waiting_claims.printers()):
                self.store.write(lambda tx: access.mark_printers_seen(tx.db, here, tx.clock), lambda _tx, _none: None)
            return
        try:
            shortened = self.store.write(lambda tx: deadlines.shorten(tx.db, tx.clock), lambda _tx, count: count)
        except (DbError, Refused):
            self._ahead = before  # to be done with the next sweep
            raise
        if before is not None:
            log.warning("clock_set_back", seconds=round(before - self._ahead), deadlines_shortened=shortened)

    def _keep_failures(self) -> None:
        """Write down which sign-ins failed, for supervisors on whatever server, and log what fails again and again."""
        failed = self.web.failed_sign_ins
        failed.log_counts(self.web.monotonic())
        series = failed.take()
        if not series:
            return
        try:
            self.store.write(lambda tx: sign_ins.add_failures(tx.db, series, tx.now), lambda _tx, _none: None)
        except (DbError, Refused):
            failed.give_back(series)
            raise

    def _write_down_screens(self) -> None:
        """Write down which kiosks and displays are used, once a day each: `apply` asks before it takes one away."""
        used, now = self.web.tokens_used | self.feed.online_tokens(), monotonic()
        self.web.tokens_used.clear()
        new = {token for token in used if now - self._written_down.get(token, -DAY_SECONDS) >= DAY_SECONDS}
        if new:
            self.store.write(lambda tx: access.mark_screens_seen(tx.db, new, tx.now), lambda _tx, _none: None)
            self._written_down |= dict.fromkeys(new, now)

    def _tidy(self) -> None:
        self.store.write(idempotency.forget_old, lambda _tx, _none: None)
        self.store.write(lambda tx: sign_ins.forget_old(tx.db, tx.now), lambda _tx, _none: None)
        now = self.clock()
        for branch_id in self.store.read(lambda db: erasing.due(db, now)):
            self.store.write(partial(erasing.erase_personal_data, branch_id=branch_id), lambda _tx, _count: None)


def refuse_taken_port(settings: Settings) -> None:
    """Raise Unavailable for a port that is not free, before any work is done for it: data migrated, a demo made."""
    try:
        socket.create_server((settings.host, settings.port)).close()
    except OSError as error:
        raise Unavailable(
            f"Cannot listen on {settings.host}:{settings.port}: {error.strerror}. "
            f"End what uses it, or choose another port: --port {settings.port + 10}"
        ) from None


def build(
    settings: Settings,
    *,
    clock: Callable[[], datetime] = system_clock,
    monotonic: Callable[[], float] | None = None,
    demo: dict[str, Any] | None = None,
) -> Application:
    """Put a server together: data directory, database at this release's schema, every part wired; not yet listening.

    `monotonic` counts the seconds that go by, by which limits count and a jump of `clock` is noticed; the machine's own
    by default. Raises Unavailable where another server uses the data, or the database is of a newer release.
    """
    lock = _own(settings)
    store = Store(settings.database_url, clock, readers=OffHub(READERS), writer=OwnThread())
    if monotonic is not None or clock is system_clock:
        store.clock_jump = JumpWatch(clock, monotonic or seconds_passed)
    before, now = migrate(store)
    if before not in (None, now):
        log.info("migrated", before=before, now=now)
    key = store.write(_server_key, lambda _tx, key: key)
    flask = _flask()
    origins = Origins(settings.base_url)
    hosts = Hosts((*settings.allowed_hosts, settings.host), settings.base_url)  # what it listens on may be a name, too
    socketio = make_socketio(flask, origins.accepts_socket)
    turn = LoopFairness()
    clients = Clients(socketio.server, wait_for_turn=turn.wait)
    clients.publish_metrics()
    feed = Feed(socketio, clients, store, clock, key, _build_id(), cookies.SESSION)
    socketio.on_namespace(feed)
    commits = CommitNotifier()
    publisher = Publisher(store, clock, commits, feed)
    peers = Peers(store, clock, publisher, feed, redis=settings.redis, server_key=key)

    def committed(done: Sequence[Committed]) -> None:
        log_day_turns(done)
        peers.committed(done)

    store.on_commit = committed
    web = WebContext(
        store=store,
        clock=clock,
        monotonic=monotonic or seconds_passed,
        server_key=key,
        build=_build_id(),
        speech=Speech(cache=settings.data / "speech", clips=settings.data / "clips"),
        threads=OffHub(2),
        subscribe_to_commits=commits.subscribe,
        stopping=lambda: commits.closed,
        wait_for_turn=lambda: turn.wait(str(network_of(request.remote_addr or ""))),
        drop=peers.drop,
        online_tokens=feed.online_tokens,
        open_sockets=feed.open_sockets,
        between_servers=peers.status,
        setup_code=_setup_code(store, demo),
        origins=origins,
        hosts=hosts,
        trusts_proxy=settings.trust_proxy,
        base_url=settings.base_url,
        demo=demo,
    )
    flask.extensions[EXTENSION] = web
    hosts.declare(store.read(branches.public_urls))
    flask.wsgi_app = HostGate(flask.wsgi_app, hosts)  # type: ignore[method-assign]
    if settings.trust_proxy:
        flask.wsgi_app = ProxyFix(flask.wsgi_app, x_for=1, x_proto=1, x_host=1)  # type: ignore[method-assign]
    branch_scheduler = BranchScheduler(store, clock)
    schedule = SweepSchedule(store, clock, web.monotonic, branch_scheduler.next_turn)
    return Application(
        settings,
        store,
        flask,
        feed,
        clients,
        publisher,
        branch_scheduler,
        commits,
        clock,
        web,
        peers,
        turn,
        schedule,
        lock,
    )


def _own(settings: Settings) -> data_directory.Lock | None:
    """The data directory, made where it is new, for this server alone. Raises Unavailable where another one has it."""
    if settings.database is None:
        lock = data_directory.acquire(settings.data, data_directory.SERVER)
        try:
            restoring.complete(settings.data)
            database = settings.data / DATABASE_FILE
            database_file.refuse_lost(database, settings.data / data_directory.CLIPS)
            state = write_ahead_log.refuse_damaged(database)
        except Unavailable:
            lock.release()
            raise
        if state.torn:
            log.warning("unfinished_transaction_dropped", why="The machine or the server stopped while it was written.")
        return lock
    try:
        settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise Unavailable(f"The data directory {settings.data} cannot be used: {error.strerror}.") from None
    return None


def _server_key(tx: Transaction) -> bytes:
    key = access.server_key(tx.db)
    if key is None:
        key = secrets.token_bytes(32)
        access.set_server_key(tx.db, key)
    return key


def _setup_code(store: Store, demo: dict[str, Any] | None) -> Callable[[], str | None]:
    """The one-time code while there is no administrator: the same on every server that works on this database.

    It is drawn when a server starts without one, and kept in the database until there is one. Once there was one, the
    set-up stays closed here until the next start.
    """
    closed = demo is not None or store.write(open_or_close_setup, lambda _tx, code: code) is None

    def code() -> str | None:
        nonlocal closed
        found = None if closed else store.read(lambda db: None if accounts.has_admin(db) else accounts.setup_code(db))
        closed = found is None
        return found

    return code


def pages_build() -> str | None:
    """The build of the pages; None where they are not built."""
    try:
        found: str = json.loads((STATIC / "build.json").read_text())["build"]
    except FileNotFoundError:
        return None
    return found


def _build_id() -> str:
    """The build of the pages; a page that was loaded from another one reloads itself."""
    found = pages_build()
    if found is None:
        raise Unavailable("The pages are not built. Run `make build`, or install the package again.")
    return found


def release() -> str:
    """The version of this program."""
    try:
        return version("giliran")
    except PackageNotFoundError:
        return "0"


def _flask() -> Flask:
    """The Flask application: API, its document, pages, health, problems, headers."""
    app = Documented(release(), STATIC)
    # every address of a page's file carries the build
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = 365 * 24 * 3600
    app.json.sort_keys = False  # type: ignore[attr-defined]
    auth.register(app)
    problems.register(app)
    app.register_blueprint(pages)
    app.register_blueprint(health)
    unruled = {r.endpoint.removeprefix("api.") for r in app.url_map.iter_rules() if r.endpoint.startswith("api.")}
    assert unruled == set(rules.ROUTES), f"routes and their table differ: {unruled ^ set(rules.ROUTES)}"

    @app.get("/api/v1/openapi.json", endpoint="openapi_document", doc_ui=False)
    def openapi_document() -> dict[str, Any]:
        return dict(app.api_doc)

    @app.get("/api/docs", endpoint="docs", doc_ui=False)
    def docs() -> AnyResponse:
        return redirect("/api/docs/swagger")

    @app.before_request
    def began() -> None:
        g.began = monotonic()

    @app.after_request
    def measured(response: Response) -> Response:
        if request.path.startswith("/api/docs"):
            # the viewer's page starts itself by an inline script
            own = "'self' 'unsafe-inline'"
            response.headers["Content-Security-Policy"] = auth.content_security_policy(scripts=own, styles=own)
        route = request.endpoint or "none"
        answers, seconds = of_route(route, response.status_code)
        answers.inc()
        seconds.observe(monotonic() - g.began)
        return response

    return app

"""The composition root: settings → store → publisher → web → what time does, and the only thread pools."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from flask import Flask, request
from werkzeug.middleware.proxy_fix import ProxyFix

from server.access import cookies, credentials
from server.access.hosts import Hosts
from server.access.origins import Origins
from server.access.proxies import asked_host
from server.access.setup_code import SetupCode
from server.clock import JumpWatch, seconds_passed, system_clock
from server.domain.errors import Refused
from server.realtime.clients import Clients
from server.realtime.commit_notifier import CommitNotifier
from server.realtime.feed import Feed, make_socketio
from server.realtime.peers import Peers
from server.realtime.publisher import Publisher
from server.scheduling.branch_scheduler import BranchScheduler, log_day_turns
from server.scheduling.periodic_tasks import PeriodicTasks
from server.scheduling.sweep_schedule import SweepSchedule
from server.serving.addresses import network_of
from server.serving.fairness import LoopFairness
from server.serving.http_server import HttpServer
from server.serving.signals import wait_for_end
from server.settings import Settings
from server.speech import Speech
from server.store.engines.sqlite import READERS
from server.store.engines.store import DbError, Store
from server.store.engines.threads import OffHub, OwnThread
from server.store.engines.transaction import Committed
from server.store.maintenance import data_directory, opening
from server.store.maintenance.migrating import migrate
from server.store.tables import branches
from server.web.application import flask_application
from server.web.context import EXTENSION, WebContext
from server.web.host_gate import HostGate
from server.web.network import NetworkUrl
from server.web.release import served_build

log = structlog.get_logger()


@dataclass(kw_only=True)
class Application:
    """A server put together, ready to serve."""

    settings: Settings
    store: Store
    flask: Flask
    feed: Feed
    publisher: Publisher
    commits: CommitNotifier
    clock: Callable[[], datetime]
    web: WebContext
    peers: Peers
    turn: LoopFairness
    http: HttpServer
    tasks: PeriodicTasks
    lock: data_directory.Lock | None
    """What keeps other servers from the data directory; None where the database is elsewhere."""

    @property
    def data_in(self) -> str:
        """Where the data are, for people: without the password of a database server."""
        return str(self.settings.data) if self.store.sqlite else self.store.url.render_as_string()

    def listen(self) -> int:
        """Begin to serve; returns the port. Raises Unavailable where it cannot listen."""
        settings = self.settings
        port = self.http.bind()
        self.tasks.catch_up()
        self.http.start()
        self.tasks.start()
        if not settings.trust_proxy:  # then nobody reaches the server past the proxy
            self.web.network_url = NetworkUrl(settings.host, port)
        self.peers.start(port)
        if self.lock is not None:
            self.lock.record_owner(
                data_directory.Owner(
                    data_directory.SERVER, os.getpid(), settings.host, port, settings.base_url, settings.trust_proxy
                )
            )
        return port

    def run_until_signal(self, stopped: Callable[[], None] = lambda: None) -> None:
        """Serve until SIGTERM or SIGINT, then finish what was begun and stop."""
        wait_for_end()
        stopped()
        self.stop()

    def stop(self) -> None:
        """Take no more requests, finish those under way, close the database."""
        self.tasks.stop()
        self.commits.close()
        self.feed.close()
        self.http.stop()
        self.peers.close()
        with suppress(DbError, Refused):  # the notice of the last second's failures is not worth a failing stop
            self.tasks.record_failures()
        self.store.close()
        self.turn.close()
        if self.lock is not None:
            self.lock.release()


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
    lock = None
    if settings.database is None:
        lock = opening.take_with_database(settings.data)
    else:
        opening.make(settings.data)
    store = Store(settings.database_url, clock, readers=OffHub(READERS), writer=OwnThread())
    if monotonic is not None or clock is system_clock:
        store.clock_jump = JumpWatch(clock, monotonic or seconds_passed)
    before, now = migrate(store)
    if before not in (None, now):
        log.info("migrated", before=before, now=now)
    key = store.write(credentials.server_key, lambda _tx, key: key)
    flask = flask_application()
    origins = Origins(settings.base_url)
    hosts = Hosts((*settings.allowed_hosts, settings.host), settings.base_url)  # what it listens on may be a name, too
    socketio = make_socketio(flask, origins.accepts_socket)
    turn = LoopFairness()
    clients = Clients(socketio.server, wait_for_turn=turn.wait)
    clients.publish_metrics()
    pages_build = served_build()
    feed = Feed(socketio, clients, store, clock, key, pages_build, cookies.SESSION)
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
        build=pages_build,
        speech=Speech(cache=settings.data / "speech", clips=settings.data / "clips"),
        threads=OffHub(2),
        subscribe_to_commits=commits.subscribe,
        stopping=lambda: commits.closed,
        wait_for_turn=lambda: turn.wait(str(network_of(request.remote_addr or ""))),
        drop=peers.drop,
        online_tokens=feed.online_tokens,
        open_sockets=feed.open_sockets,
        between_servers=peers.status,
        setup_code=SetupCode(store, never=demo is not None),
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
    http = HttpServer(
        flask,
        settings.host,
        settings.port,
        turn=turn,
        trust_proxy=settings.trust_proxy,
        may_upgrade=lambda environ: hosts.allows(asked_host(environ, trust_proxy=settings.trust_proxy)),
    )
    branch_scheduler = BranchScheduler(store, clock)
    tasks = PeriodicTasks(
        store=store,
        clock=clock,
        web=web,
        feed=feed,
        clients=clients,
        publisher=publisher,
        commits=commits,
        peers=peers,
        branch_scheduler=branch_scheduler,
        sweep_schedule=SweepSchedule(store, clock, web.monotonic, branch_scheduler.next_turn),
    )
    return Application(
        settings=settings,
        store=store,
        flask=flask,
        feed=feed,
        publisher=publisher,
        commits=commits,
        clock=clock,
        web=web,
        peers=peers,
        turn=turn,
        http=http,
        tasks=tasks,
        lock=lock,
    )

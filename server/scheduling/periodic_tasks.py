"""What the server does each second and each hour, whether or not anybody asks for something."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from time import monotonic
from typing import Any

import gevent
import structlog
from gevent.event import Event

from server.actions.paper.printers import report_silent_printers
from server.actions.paper.printing import end_lapsed
from server.actions.people import erasing
from server.actions.queue import releasing
from server.domain.errors import Refused
from server.realtime.clients import Clients
from server.realtime.commit_notifier import CommitNotifier
from server.realtime.feed import Feed
from server.realtime.peers import Peers
from server.realtime.publisher import Publisher
from server.scheduling.branch_scheduler import BranchScheduler
from server.scheduling.sweep_schedule import SweepSchedule
from server.serving.hang_ups import rate_limited_log
from server.store.engines import idempotency
from server.store.engines.store import DbError, Store
from server.store.tables import access, branches, deadlines, print_jobs, servers, sign_ins
from server.web.context import WebContext

log = structlog.get_logger()

TICK_SECONDS = 1.0
"""How late what another process has committed, or what time does, may be noticed."""
SET_BACK_SECONDS = 1.0
"""What the clock may lose between two looks without being taken for set back."""
HOUR_SECONDS = 3600
DAY_SECONDS = 24 * HOUR_SECONDS


@dataclass(kw_only=True)
class PeriodicTasks:
    """The tasks of one server, from `start` to `stop`."""

    store: Store
    clock: Callable[[], datetime]
    web: WebContext
    feed: Feed
    clients: Clients
    publisher: Publisher
    commits: CommitNotifier
    peers: Peers
    branch_scheduler: BranchScheduler
    sweep_schedule: SweepSchedule
    _running: list[Any] = field(default_factory=list, init=False)
    _ahead: float | None = field(default=None, init=False)
    """Seconds by which the wall clock was ahead of the monotonic one when they were last looked at."""
    _recorded_at: dict[int, float] = field(default_factory=dict, init=False)
    """Token id → when (monotonic) its use was recorded."""

    def catch_up(self) -> None:
        """Do what came due while no server ran, before anybody is served.

        A day that ended meanwhile ends before anybody can call its tickets.
        """
        self._release_retired_counters()
        self.branch_scheduler.sweep()

    def start(self) -> None:
        """Run the tasks from now on."""
        self._running = [
            gevent.spawn(run_every, TICK_SECONDS, *self._each_second(), sooner=self.peers.look),
            gevent.spawn(run_every, HOUR_SECONDS, self.tidy),
        ]
        if not self.store.sqlite:
            self._running.append(gevent.spawn(run_every, servers.HEARTBEAT_EVERY.total_seconds(), self.peers.heartbeat))

    def stop(self) -> None:
        """Run none of them any more."""
        for greenlet in self._running:
            greenlet.kill()

    def _each_second(self) -> tuple[Callable[[], object], ...]:
        return self.record_screens, self.tick, self.record_failures, self.clients.sweep, rate_limited_log.flush

    def _release_retired_counters(self) -> None:
        """Free what counters still hold that an earlier release retired without that."""
        try:
            if self.store.read(releasing.any_left_behind):
                self.store.write(releasing.release_all_retired_counters, lambda _tx, _count: None)
        except Refused as refused:
            log.warning("retired_counters_not_released", why=refused.detail)  # the next `apply` tries it again

    def tick(self) -> None:
        """Look at the clock and at what is in memory, and at the database only where there may be something new."""
        self.store.look_again()
        self.store.clock_jump()
        self.look_at_clock()
        if self.publisher.has_failed or self.feed.has_new_sockets:
            self.sweep_schedule.request()
        self.sweep_schedule.run_if_due(self.sweep)

    def sweep(self) -> None:
        """Do what no request asks for: what time does, papers nobody printed, commits of other processes."""
        self.store.look_again()
        self.store.clock_jump()
        self.look_at_hosts()
        now = self.clock()
        self.look_at_clock()
        self.branch_scheduler.sweep()
        if self.store.read(lambda db: bool(print_jobs.lapsed(db, now))):
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

    def look_at_clock(self) -> None:
        """Where the clock was set back, now or before the start, let nothing wait until it is again where it was.

        Where it was set ahead, printers that wait for work here are not taken for silent.
        """
        before, self._ahead = self._ahead, self.clock().timestamp() - self.web.monotonic()
        if before is None or abs(self._ahead - before) >= SET_BACK_SECONDS:
            self.sweep_schedule.request()
            self.commits.wake_all()
        if before is not None and before - self._ahead < SET_BACK_SECONDS:
            if self._ahead - before >= SET_BACK_SECONDS and (printers := self.web.waiting_claims.printers()):
                self.store.write(
                    lambda tx: access.mark_printers_seen(tx.db, printers, tx.clock), lambda _tx, _none: None
                )
            return
        try:
            shortened = self.store.write(lambda tx: deadlines.shorten(tx.db, tx.clock), lambda _tx, count: count)
        except (DbError, Refused):
            self._ahead = before  # to be done with the next sweep
            raise
        if before is not None:
            log.warning("clock_set_back", seconds=round(before - self._ahead), deadlines_shortened=shortened)

    def record_failures(self) -> None:
        """Record which sign-ins failed, for supervisors on whatever server, and log what fails again and again."""
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

    def record_screens(self) -> None:
        """Record which kiosks and displays are used, once a day each: `apply` asks before it takes one away."""
        used, now = self.web.tokens_used | self.feed.online_tokens(), monotonic()
        self.web.tokens_used.clear()
        new = {token for token in used if now - self._recorded_at.get(token, -DAY_SECONDS) >= DAY_SECONDS}
        if new:
            self.store.write(lambda tx: access.mark_screens_seen(tx.db, new, tx.now), lambda _tx, _none: None)
            self._recorded_at |= dict.fromkeys(new, now)

    def tidy(self) -> None:
        """Forget old keys of requests and old sign-ins, and erase words whose time is over."""
        self.store.write(idempotency.forget_old, lambda _tx, _none: None)
        self.store.write(lambda tx: sign_ins.forget_old(tx.db, tx.now), lambda _tx, _none: None)
        now = self.clock()
        for branch_id in self.store.read(lambda db: erasing.due(db, now)):
            self.store.write(partial(erasing.erase_personal_data, branch_id=branch_id), lambda _tx, _count: None)


def run_every(seconds: float, *chores: Callable[[], object], sooner: Event | None = None) -> None:
    """Run chores one after another, for ever; again after so many seconds or when `sooner` is set.

    One that fails is logged once until it succeeds again, and keeps none of the others from running.
    """
    failing: set[str] = set()
    sooner = sooner or Event()
    while True:
        for chore in chores:
            try:
                chore()
            except (DbError, Refused) as error:
                if chore.__name__ not in failing:
                    log.error("chore_failed", chore=chore.__name__, error=str(error))
                failing.add(chore.__name__)
            else:
                if chore.__name__ in failing:
                    log.info("chore_recovered", chore=chore.__name__)
                failing.discard(chore.__name__)
        sooner.wait(seconds)
        sooner.clear()

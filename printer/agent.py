"""The print agent: one worker for one printer.

It claims a job, draws it while it connects, says `started`, prints, and says what became of it. It never prints a job
whose start the server does not know of, and never prints one twice.
"""

import secrets
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import structlog

from printer.api import Api, Conflict, Refused, ServerGone
from printer.devices import Address
from printer.encoding import commands, encode_picture, encode_text
from printer.layout import draw
from printer.lettering.coverage import Missing, missing
from printer.link import Delivery, Line, Outcome, Patience, Proof, Status, deliver
from printer.link.survey import look
from printer.memory import Memory
from printer.off_line import ADVICE as OFF_LINE_ADVICE
from printer.off_line import OffLine
from printer.presence import Presence
from printer.probe import texts
from printer.reporter import StatusReporter
from printer.roll import RememberedHead, Roll, Widths
from printer.ticket import BadJob, Content, Job
from printer.unfinished import Unfinished

_log = structlog.get_logger("printer")
_LET_GO_SECONDS = 2.0
_UNDRAWN = 500  # letters of what is said to the server of letters without a font
_WAITED = 0.8
"""The part of its time that a job was tried for before it is given back: else it would be claimed again without end."""


@dataclass(frozen=True)
class Pace:
    """The agent's own waits, in seconds."""

    claim: int = 25  # the long poll
    # Between two looks at an idle printer that was well. A till may share it, and some printers refuse connections for
    # two seconds after each: a job asks it anyway before it is sent, and says at once what is wrong.
    look: float = 30.0
    look_again: float = 5.0  # the same where it was not: jobs wait for it
    look_within: float = 2.0  # for a printer that refuses to be looked at
    keep: float = 1.0  # of the line, for the next job of a rush; then it is another program's turn
    ready: float = 60.0  # for a printer that is away or not ready when a job is there; less where the job says so
    off_line: float = 25.0  # that a printer says nothing else than that, before it is taken for its habit
    lease_margin: float = 3.0  # before the lease ends, for the server to hear `started`
    retry_first: float = 0.2
    retry_last: float = 5.0


class Agent:
    """Prints one printer's jobs until it is stopped. Started and stopped from any thread.

    `paper` is the roll in the printer, 58 or 80; None believes what each job says. `unfinished` is what an
    earlier agent may have left in it.
    """

    def __init__(
        self,
        api: Api,
        address: Address,
        *,
        paper: int | None = None,
        patience: Patience | None = None,
        pace: Pace | None = None,
        unfinished: Unfinished | None = None,
    ) -> None:
        self._api = api
        self._address = address
        self._declared_wrong: set[int] = set()  # papers that the log and a ticket have said to be wrong
        self._undrawn: set[Missing] = set()
        self._patience = patience or Patience()
        self._pace = pace or Pace()
        self._reporter = StatusReporter(api, address.device.address, on_refused=self._refused)
        self._server = Presence("server")
        self._stopping = threading.Event()
        self._line = threading.Lock()  # one connection to the printer at a time
        self._idle = threading.Event()
        self._idle.set()
        self._gate = threading.Lock()  # no paper is begun once `stop` has looked
        self._ended = threading.Event()
        self._unfinished = unfinished or Unfinished(None)
        self._memory = Memory(self._unfinished.habits_path)
        self._widths = Widths(address, paper, RememberedHead(self._unfinished.head_path))
        self._kept: Line | None = None
        self._off_line = OffLine(self._pace.off_line)
        self._contact_at = float("-inf")
        self._unproven = False  # whether what is unfinished left as a whole, and only lacks its proof
        self._jobs = secrets.randbelow(10_000)  # so that no id of an earlier run can be taken for one of this
        self._drawing = ThreadPoolExecutor(1, thread_name_prefix="drawing")
        self.failure: str | None = None

    def start(self) -> None:
        """Begins to watch the printer and to claim jobs."""
        self._tell_roll()
        self._reporter.start()
        for name, loop in (("watch", self._watch), ("jobs", self._work)):
            # Threads that wait for the network end with the process; a paper under way is waited for in `stop`.
            threading.Thread(target=self._guarded, args=(loop,), name=name, daemon=True).start()

    def wait(self, seconds: float | None = None) -> bool:
        """Waits until the agent has ended by itself (`failure` says why) or was stopped; False when it has not."""
        return self._ended.wait(seconds)

    def stop(self, seconds: float = 30.0) -> bool:
        """Claims no more, and waits for the paper under way and its report. False when that took too long."""
        with self._gate:
            self._stopping.set()
            self._reporter.ready.set()  # whoever waits for the printer sees that the agent stops
        done = self._idle.wait(seconds)
        if self._line.acquire(timeout=_LET_GO_SECONDS):
            self._let_go()
            self._line.release()
        self._reporter.close()
        self._drawing.shutdown(wait=False)
        self._ended.set()
        return done

    def _refused(self, refused: Refused) -> None:
        """The token was revoked, or never was one: no later call would succeed, so the agent ends and says why."""
        self.failure = f"the server refuses this token: {refused}"
        self._ended.set()

    def _guarded(self, loop: Callable[[], None]) -> None:
        """Half an agent is worse than none: when one loop breaks, the process ends and is started again."""
        try:
            loop()
        except Exception as error:  # noqa: BLE001 - logged whole, and the agent ends by it
            _log.exception("agent broken")
            self.failure = str(error) or type(error).__name__
            self._ended.set()

    def _watch(self) -> None:
        again = min(self._pace.look, self._pace.look_again)
        while not self._stopping.is_set():
            every = self._pace.look if self._reporter.ready.is_set() else again
            left = self._contact_at + every - time.monotonic()
            if left > 0:
                self._stopping.wait(min(left, again))
                continue
            with self._line:
                self._let_go()
                self._reporter.offer(self._look())
                self._contact_at = time.monotonic()

    def _look(self) -> Status:
        """The printer's status now. One whose width nobody has said is asked for its model when it comes."""
        # Not while it waits for the rest of a broken ticket: the question would become a part of that.
        asks = self._widths.asks_model and not self._unfinished.there and not self._memory.habits.owes
        status = look(
            self._address.device,
            self._patience,
            answers=self._address.proof is not Proof.NONE,
            habits=self._memory.habits,
            within=self._pace.look_within,
            learn=self._memory.learn,
            on_model=self._widths.learn if asks else None,
            in_order=self._off_line.asks_in_order,
        )
        status = self._in_spite_of_off_line(status)
        if not status.online:
            self._widths.away()
        self._tell_roll()
        return status

    def _in_spite_of_off_line(self, status: Status) -> Status:
        """The status; ready for a printer that has never said anything but that it is off line.

        It gets tickets then, since nobody would get any otherwise, and none of them is ever called printed.
        """
        if not self._off_line.always(status, self._memory.habits):
            return status
        habits = replace(self._memory.habits, off_line=True, proof=Proof.NONE, tells=False)
        self._memory.settle(habits)
        advice = "if its tickets come out, add proof=none to its address; if not, " + OFF_LINE_ADVICE.split(";")[0]
        _log.warning("printer always off line", printing="without proof", advice=advice)
        return status.in_spite_of_off_line()

    def _keep(self, line: Line) -> None:
        """Keeps the line for the next job of a rush, and for no longer than that."""

        def over() -> None:
            with self._line:
                if self._kept is line:
                    self._let_go()

        self._kept = line
        timer = threading.Timer(self._pace.keep, over)
        timer.daemon = True
        timer.start()

    def _let_go(self) -> None:
        """Closes the line that was kept; whoever calls holds the lock."""
        kept, self._kept = self._kept, None
        if kept:
            kept.leave()

    def _tell_roll(self) -> None:
        """Says which roll the printer has, where that is known without the server's declaration."""
        self._api.about["paper_mm"] = self._widths.known_paper

    def _work(self) -> None:
        retry = self._pace.retry_first
        while not self._stopping.is_set():
            # A printer that cannot print claims nothing: another may take the job, or this one when it is back.
            self._reporter.ready.wait()
            if self._stopping.is_set():
                return
            try:
                self._report_left()
                # A server that was away is asked without waiting, so that it is known at once when it is back.
                job = self._api.claim(0 if self._server.away else self._pace.claim)
            except (ServerGone, Conflict) as gone:
                # One that does not know this call is no server of ours, or not yet: it may be another's turn later.
                if not self._stopping.is_set():
                    self._server.note(str(gone))
                self._stopping.wait(retry)
                retry = min(retry * 2, self._pace.retry_last)
                continue
            except Refused as refused:
                self._refused(refused)
                return
            except BadJob as error:
                # Its lease lapses, and the server says what became of it.
                _log.error("job unreadable", reason=str(error))
                self._stopping.wait(self._pace.retry_last)
                continue
            retry = self._pace.retry_first
            if self._server.note(None):
                self._reporter.repeat()
            if job and self._begin():
                try:
                    self._print(job)
                finally:
                    self._idle.set()

    def _begin(self) -> bool:
        """Whether a paper may be begun. A job that came while stopping is left: its lease lapses, another gets it."""
        with self._gate:
            if not self._stopping.is_set():
                self._idle.clear()
        return not self._idle.is_set()

    def _print(self, job: Job) -> None:
        claimed_at = time.monotonic()
        broken = self._unfinished.there
        proves = Proof.NONE not in (self._address.proof, self._memory.habits.proof)
        drawing = self._drawing.submit(self._encode, job)
        within = self._pace.ready
        if job.start_within is not None:
            within = min(within, job.start_within - self._pace.lease_margin)
        self._jobs += 1
        try:
            with self._line:
                kept, self._kept = self._kept, None
                delivery = deliver(
                    self._address.device,
                    drawing.result,
                    identifier=commands.process_id(self._jobs),
                    on_start=lambda: self._start(job),
                    on_cut=self._unfinished.cut,
                    start_within=max(0.0, within),
                    proof=self._address.proof,
                    patience=self._patience,
                    recovery=self._recovery(job),
                    on_status=self._reporter.offer,
                    habits=self._memory.habits,
                    kept=kept,
                    keep=self._keep,
                    pause=self._stopping.wait,
                )
                self._contact_at = time.monotonic()
                self._learn(delivery, broken, proves)
        except (ServerGone, Conflict, Refused) as error:
            # Nothing was sent. Whoever holds the job now prints it; if nobody does, its lease lapses.
            _log.warning("job not started", job=job.id, reason=str(error))
            return
        except Exception as error:  # noqa: BLE001 - a ticket that cannot be drawn must not stop the next one
            _log.exception("ticket not drawn", job=job.id)
            reason = f"the ticket cannot be drawn: {error}"
            delivery = Delivery(Outcome.NOT_SENT, reason, begun=True)
        if self._is_worth_another_try(job, delivery, within, claimed_at):
            # Nothing was sent. It is offered again, to this printer as soon as that is ready, or to another one.
            _log.info("job given back", job=job.id, detail=delivery.detail)
            return
        _log.info(
            "job " + delivery.outcome.value.replace("_", " "),
            job=job.id,
            detail=delivery.detail,
            bytes=delivery.sent,
            seconds=round(time.monotonic() - claimed_at, 2),
        )
        self._report(job, delivery)
        self._reporter.set_current_job(None)

    def _is_worth_another_try(self, job: Job, delivery: Delivery, within: float, claimed_at: float) -> bool:
        """Whether the lease is over, or the agent stops, before the job's own time is."""
        if delivery.begun or delivery.outcome is not Outcome.NOT_SENT or None in (job.time_left, job.start_within):
            return False
        assert job.time_left is not None and job.start_within is not None
        if self._stopping.is_set():
            return job.time_left - (time.monotonic() - claimed_at) > self._pace.lease_margin
        waited = time.monotonic() - claimed_at >= within * _WAITED
        return waited and within < self._pace.ready and job.start_within < job.time_left

    def _recovery(self, job: Job) -> bytes | None:
        """What clears the printer of an earlier ticket; None when it holds none."""
        if not self._unfinished.there:
            return None
        if self._unproven:
            return b""
        roll = self._widths.roll(job.paper)
        text, band = self._address.text, self._address.band
        longest = commands.LONGEST_TEXT if text else commands.longest_band(roll.dots, band)
        return commands.recovery(longest, self._address.cuts(roll.paper))

    def _learn(self, delivery: Delivery, broken: bool, proves: bool) -> None:
        """Remembers what a delivery has left in the printer, and shown of how it answers.

        `broken` is whether the printer held something before it, `proves` whether a proof was asked for.
        """
        nothing = not (broken or delivery.sent)
        if delivery.outcome is Outcome.PRINTED or nothing or (delivery.whole and not proves):
            self._unfinished.end()
        elif delivery.sent:
            self._unproven = delivery.whole
        if not self._address.device.keeps:
            self._memory.learn(delivery.habits)

    def _encode(self, job: Job) -> Sequence[bytes]:
        roll, address = self._widths.roll(job.paper), self._address
        content, cut = self._with_notice(job, roll), address.cuts(roll.paper)
        if address.text:
            return encode_text(content, roll.paper, dots=roll.dots, cut=cut, profile=address.profile)
        self._note_missing(content)
        return encode_picture(draw(content, roll.paper, roll.dots), cut=cut, head=roll.dots, band=address.band)

    def _with_notice(self, job: Job, roll: Roll) -> Content:
        """The ticket's words. The first one says that the roll is another than declared, or asks which it is."""
        words = texts().get(job.content.language, texts()["en"])
        if not self._address.text and self._widths.asks_staff(roll):
            _log.warning("roll not known", drawn_for=roll.paper, advice="if the right edge is cut off, --paper 58")
            return replace(job.content, ruler=words["is_the_line_whole"])
        if not roll.known or roll.paper == job.paper or job.paper in self._declared_wrong:
            return job.content
        self._declared_wrong.add(job.paper)
        advice = f"declare paper: {roll.paper} for this printer and apply, or start the agent with --paper {job.paper}"
        _log.warning("roll differs", roll=roll.paper, declared=job.paper, drawn_for=roll.paper, advice=advice)
        notice = words["roll_differs_from_declared"].format(roll=roll.paper, declared=job.paper)
        return replace(job.content, notice=notice)

    def _note_missing(self, content: Content) -> None:
        """Says once of each letter that no font of this machine draws it, and what to install."""
        found = set(missing(content.words())) - self._undrawn
        if not found:
            return
        self._undrawn |= found
        for one in sorted(found):
            _log.warning("letters without a font", letters=one.letters, script=one.script, advice=one.advice)
        self._api.about["undrawn"] = "; ".join(one.in_words() for one in sorted(self._undrawn))[:_UNDRAWN]
        self._reporter.repeat()

    def _start(self, job: Job) -> None:
        """Says `started`; tried twice, since the server may have closed a connection that was idle."""
        try:
            self._api.started(job)
        except ServerGone:
            self._stopping.wait(self._pace.retry_first)
            self._api.started(job)
        self._unfinished.begin(job.id, job.lease)
        self._reporter.set_current_job(job.id)

    def _report_left(self) -> None:
        """Reports the job that an earlier agent was killed over, so that nobody waits until its lease ends."""
        left = self._unfinished.left
        if left is None:
            return
        detail = "its print agent ended in the middle of it"
        try:
            self._api.outcome(left, Delivery(Outcome.UNKNOWN, detail, not_cut=not left.cut))
            _log.warning("job unknown", job=left.id, detail=detail, cut=left.cut)
        except Conflict as conflict:
            _log.info("outcome refused", job=left.id, outcome="unknown", reason=str(conflict))
        self._unfinished.left = None

    def _report(self, job: Job, delivery: Delivery) -> None:
        """Says the outcome until the server has it: without it the customer is told that there may be no paper."""
        retry = self._pace.retry_first
        while True:
            try:
                self._api.outcome(job, delivery)
            except ServerGone as gone:
                self._server.note(str(gone))
                # Stopping, it tries for as long as `stop` waits; the process then ends under it.
                time.sleep(retry)
                retry = min(retry * 2, self._pace.retry_last)
                continue
            except (Conflict, Refused) as error:
                _log.warning("outcome refused", job=job.id, outcome=delivery.outcome.value, reason=str(error))
            else:
                if self._server.note(None):
                    self._reporter.repeat()
            return

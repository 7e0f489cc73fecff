"""Tells the server how the printer is: whenever that changes, and every so often that it is still so."""

import threading
from collections.abc import Callable

import structlog

from printer import off_line
from printer.api import Api, Conflict, Refused, ServerGone
from printer.link import Status
from printer.presence import Presence

_log = structlog.get_logger("printer")
_RETRY_SECONDS = 2.0
_LAST_WORD_SECONDS = 2.0
_HEARTBEAT_SECONDS = 15.0
"""The server takes an agent for gone after 40 seconds, and a started ticket for lost after 60."""


class StatusReporter:
    """Posts the newest status on a thread of its own, so that no delivery waits for the server.

    Statuses that were overtaken while the server was away are not told: only how the printer is counts. `on_refused`
    is called when the server no longer knows the token.
    """

    def __init__(
        self,
        api: Api,
        device: str,
        heartbeat_seconds: float = _HEARTBEAT_SECONDS,
        on_refused: Callable[[Refused], None] = lambda _: None,
    ) -> None:
        self.ready = threading.Event()
        self._api = api
        self._device = device
        self._heartbeat_seconds = heartbeat_seconds
        self._presence = Presence("printer")
        self._changed = threading.Condition()
        self._latest: Status | None = None
        self._told: Status | None = None
        self._repeats = 0
        self._job: str | None = None
        self._on_refused = on_refused
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="status", daemon=True)

    def start(self) -> None:
        """Begins to tell."""
        self._thread.start()

    def close(self) -> None:
        """Stops telling; what is on its way to the server has a moment to arrive, before its connection is closed."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        if self._thread.is_alive() and self._thread is not threading.current_thread():
            self._thread.join(_LAST_WORD_SECONDS)

    def offer(self, status: Status) -> None:
        """The printer is like this now. `ready` is set while it can print."""
        with self._changed:
            more = {"advice": off_line.ADVICE} if status.off_line_without_cause else {}
            self._presence.note(status.hindrance, device=self._device, **more)
            (self.ready.set if status.hindrance is None else self.ready.clear)()
            self._latest = status
            self._changed.notify_all()

    def set_current_job(self, job: str | None) -> None:
        """The job that was started and not ended, None when there is none; the next word to the server says so."""
        self._job = job

    def repeat(self) -> None:
        """Tells it again: the server was away and may have forgotten."""
        with self._changed:
            self._told = None
            self._repeats += 1
            self._changed.notify_all()

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(
                    lambda: self._closed or self._latest not in (None, self._told), self._heartbeat_seconds
                )
                if self._closed:
                    return
                status, repeats = self._latest, self._repeats
            if status is None:
                continue  # nobody has looked at the printer yet
            try:
                self._api.status(status, self._device, self._job)
            except ServerGone:
                # The claim loop says that the server is away; this waits and tells what is true by then.
                with self._changed:
                    self._changed.wait_for(lambda: self._closed, _RETRY_SECONDS)
                continue
            except Refused as refused:
                self._on_refused(refused)
                return
            except Conflict as error:
                _log.error("status refused", reason=str(error))
            with self._changed:
                # Asked for while it was on its way, it is told once more.
                self._told = status if repeats == self._repeats else None

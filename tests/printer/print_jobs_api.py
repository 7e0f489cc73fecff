"""The print-job calls of the public API, by hand: a small server that keeps its rules and its failures on command.

Rules: a job is queued → claimed → started → printed | not_sent | unknown. A lease that has lapsed, or a job in another
state, is refused with 409; saying the same outcome again is not. While it is `down`, connections are broken without an
answer, as by a server that is being restarted.
"""

import json
import select
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from tests.printer.builders import INDONESIAN

TOKEN = "a-printer-token"
SECOND_TOKEN = "a-second-token-of-the-same-printer"


class PrintJobsApi:
    """The server, its jobs and what it was told. Used with `with`."""

    def __init__(self) -> None:
        self.jobs: dict[str, dict[str, Any]] = {}
        self.statuses: list[dict[str, Any]] = []
        self.calls: list[str] = []
        self.down = False
        self.revoked = False
        self.knows_claims = True
        self.clock: datetime | None = None  # of the answers and leases; left out, answers bear the true time
        self.lease_seconds: float | None = None  # of a claim, and of a job from its offer; left out, none is told
        self.job_seconds = 60.0
        self.answer_is_lost_after: str | None = None
        self.before_answering: dict[str, Callable[[], object]] = {}  # by the call's last word; each is called once
        self._changed = threading.Condition()
        self._leases = 0
        self._dismissed: set[str] = set()
        self._server = _Server(("127.0.0.1", 0), lambda *given: _Call(self, *given))
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        with self._changed:
            self.down = True
            self._changed.notify_all()
        self._server.shutdown()
        self._server.server_close()

    def offer(self, paper: int = 80, **content: Any) -> str:
        """Queues a job; returns its id."""
        with self._changed:
            job = f"job-{len(self.jobs) + 1}"
            self.jobs[job] = {
                "id": job,
                "state": "queued",
                "lease": None,
                "paper": paper,
                "content": {**INDONESIAN, **content},
                "outcome_detail": None,
                "offered_at": datetime.now(UTC),
            }
            self._changed.notify_all()
        return job

    def state(self, job: str) -> str:
        """The job's state now."""
        state: str = self.jobs[job]["state"]
        return state

    def set_down(self, down: bool) -> None:
        """Goes away, or comes back with everything it knew."""
        with self._changed:
            self.down = down
            self._changed.notify_all()

    def dismiss(self, token: str) -> None:
        """Gives no job to this token any more, nor to a claim of it that is under way: its agent was stopped."""
        with self._changed:
            self._dismissed.add(token)
            self._changed.notify_all()

    def lapse(self, job: str) -> None:
        """The job's lease ends: unstarted it is offered again, started it becomes unknown."""
        with self._changed:
            self.jobs[job]["lease"] = None
            self.jobs[job]["state"] = "queued" if self.jobs[job]["state"] == "claimed" else "unknown"
            self._changed.notify_all()

    def wait_for(self, condition: Callable[["PrintJobsApi"], bool], within: float = 60.0) -> bool:
        """Waits until the condition holds, looked at after every call and change."""
        with self._changed:
            return self._changed.wait_for(lambda: condition(self), within)

    def wait_for_state(self, job: str, *states: str) -> str:
        """Waits until the job is in one of the states, and says in which."""
        assert self.wait_for(lambda api: api.state(job) in states), f"{job} is {self.state(job)}, told {self.calls}"
        return self.state(job)

    def loses_the_answer_to(self, path: str) -> bool:
        """Whether the action was done and nobody hears of it: it went down meanwhile, or was told to, once."""
        lost = self.answer_is_lost_after == path.rsplit("/", 1)[-1]
        if lost:
            self.answer_is_lost_after = None
        return lost or self.down

    def answer(
        self, path: str, body: dict[str, Any], token: str, gone: Callable[[], bool]
    ) -> tuple[int, dict[str, Any] | None]:
        """What the API answers to a POST. `gone`: whether who asked has hung up."""
        with self._changed:
            self.calls.append(path)
            try:
                if path == "/api/v1/print-jobs/claim":
                    if not self.knows_claims:
                        return 404, {"code": "not-found", "title": "There is nothing here"}
                    anew = self.lease_seconds is not None and body["job"] is None
                    claimed = self._claim(body["wait"], token, gone, anew)
                    if claimed[1]:
                        self.before_answering.pop("claim", _nothing)()
                    return claimed
                if path == "/api/v1/printers/status":
                    self.statuses.append(body)
                    return 200, {}
                *_, job, action = path.split("/")
                return self._action(job, action, body)
            finally:
                self._changed.notify_all()

    def _claim(
        self, wait: float, token: str, gone: Callable[[], bool], anew: bool
    ) -> tuple[int, dict[str, Any] | None]:
        """What was claimed and not started is lost to an agent that says it has none: all have one printer here."""
        self._changed.wait_for(lambda: self.down or self._queued(anew), min(wait, 0.5))
        job = None if self.down or token in self._dismissed or gone() else self._queued(anew)
        if job is None:
            return 204, None
        self._leases += 1
        job.update(state="claimed", lease=f"lease-{self._leases}")
        if self.lease_seconds is not None:
            now = datetime.now(UTC)
            job["lease_expires_at"] = (now + timedelta(seconds=self.lease_seconds)).isoformat()
            job["expires_at"] = (job["offered_at"] + timedelta(seconds=self.job_seconds)).isoformat()
            return 200, {key: value for key, value in job.items() if key != "offered_at"}
        if self.clock:
            job["lease_expires_at"] = (self.clock + timedelta(seconds=15)).isoformat()
        return 200, {key: value for key, value in job.items() if key != "offered_at"}

    def _queued(self, anew: bool = False) -> dict[str, Any] | None:
        states = ("queued", "claimed") if anew else ("queued",)
        return next((job for job in self.jobs.values() if job["state"] in states), None)

    def _action(self, name: str, action: str, body: dict[str, Any]) -> tuple[int, dict[str, Any] | None]:
        job = self.jobs.get(name)
        if job is None:
            return 404, {"code": "not-found", "title": "No such job"}
        outcome = body.get("outcome")
        repeated = body["lease"] == job["lease"] and job["state"] == (outcome or "started")
        before = {"started": ("claimed",), "outcome": ("claimed", "started")}[action]
        if not repeated and (body["lease"] != job["lease"] or job["state"] not in before):
            return 409, {"code": "print-job-conflict", "title": f"The job is {job['state']}"}
        self.before_answering.pop(action, _nothing)()
        job["state"] = outcome or "started"
        job["outcome_detail"] = body.get("detail")
        job["reason"] = body.get("reason")
        return 200, {key: value for key, value in job.items() if key != "offered_at"}


def _nothing() -> None:
    """What happens before most answers."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: Any) -> None:
        """An agent that was stopped hangs up in the middle of its claim; other errors are the test's to see."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(*_)


class _Call(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def __init__(self, api: PrintJobsApi, *given: Any) -> None:
        self.api = api
        super().__init__(*given)

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        sent = self.rfile.read(length)
        if self.api.down or len(sent) < length:  # or an agent that was stopped in the middle of its call
            self.close_connection = True
            return
        body = json.loads(sent)
        token = self.headers["Authorization"].removeprefix("Bearer ")
        if self.api.revoked or token not in (TOKEN, SECOND_TOKEN):
            self._send(401, {"code": "unauthenticated", "title": "This token is not known"})
            return
        status, answer = self.api.answer(self.path, body, token, self._gone)
        if self.api.loses_the_answer_to(self.path):
            self.close_connection = True
            return
        self._send(status, answer)

    def _gone(self) -> bool:
        """Whether the agent has hung up: it asks one thing at a time, so nothing else can be there to read."""
        return bool(select.select([self.connection], [], [], 0)[0])

    def _send(self, status: int, answer: dict[str, Any] | None) -> None:
        body = json.dumps(answer).encode() if answer is not None else b""
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def date_time_string(self, timestamp: float | None = None) -> str:
        """What the answers give as the time."""
        return super().date_time_string(self.api.clock.timestamp() if self.api.clock else timestamp)

    def log_message(self, *_: object) -> None:
        """Nothing: a test says what it wants to know."""

"""The agent's client of the public API: claim, started, outcome, status."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Any, Self

import httpx

from printer.link import Delivery, Outcome, Status
from printer.ticket import BadJob, Job
from printer.unfinished import LeftJob

_CALL_SECONDS = 10.0


class ServerGone(Exception):
    """The server cannot be reached or cannot answer now; the same call may succeed later."""


class Refused(Exception):
    """The server knows this token not, or not as a printer's; no later call will succeed."""


class Conflict(Exception):
    """The job is no longer this agent's: its lease lapsed, or it has an outcome already."""


class Api:
    """The print-job calls of one printer's token. Safe to use from several threads."""

    def __init__(self, server: str, token: str) -> None:
        self.about: dict[str, Any] = {}  # what else is told with the printer's status, where it is not None
        # The server is on the same network: a proxy of the environment would only be in the way.
        self._http = httpx.Client(
            base_url=server.rstrip("/") + "/api/v1",
            headers={"Authorization": f"Bearer {token}"},
            timeout=_CALL_SECONDS,
            trust_env=False,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Closes the connections."""
        self._http.close()

    def claim(self, wait: int) -> Job | None:
        """The next job for this printer, waited for `wait` seconds (25 at most); None when there is none.

        Whoever asks has no job: what an agent before it claimed and did not begin is offered again.

        Raises ServerGone, Refused, BadJob.
        """
        answer = self._post("/print-jobs/claim", {"wait": wait, "job": None}, seconds=wait + _CALL_SECONDS)
        if answer.status_code == 204:
            return None
        try:
            return Job.from_json(answer.json(), _time_there(answer))
        except ValueError as error:  # BadJob is one
            raise error if isinstance(error, BadJob) else BadJob(f"the answer is no JSON: {error}") from error

    def started(self, job: Job) -> None:
        """Says that the job's first byte is about to leave. Raises ServerGone, Refused, Conflict."""
        self._post(f"/print-jobs/{job.id}/started", {"lease": job.lease})

    def outcome(self, job: Job | LeftJob, delivery: Delivery) -> None:
        """Says what became of the job; saying it twice is saying it once. Raises ServerGone, Refused, Conflict."""
        body = {"lease": job.lease, "outcome": delivery.outcome.value, "detail": delivery.detail}
        if delivery.outcome is Outcome.UNKNOWN:
            body["reason"] = "no_proof" if delivery.whole else "not_cut" if delivery.not_cut else "broken"
        self._post(f"/print-jobs/{job.id}/outcome", body)

    def status(self, status: Status, device: str, job: str | None) -> None:
        """Says how the printer is, and which job was started and not ended. Raises ServerGone, Refused, Conflict."""
        body = {
            "online": status.online,
            "paper": status.paper.value,
            "cover_open": status.cover_open,
            "error": status.error,
            "device": device,
            "detail": status.hindrance,
            "job": job,
        }
        told = {name: value for name, value in self.about.items() if value is not None}
        self._post("/printers/status", body | told)

    def _post(self, path: str, body: dict[str, Any], seconds: float = _CALL_SECONDS) -> httpx.Response:
        try:
            answer = self._http.post(path, json=body, timeout=httpx.Timeout(seconds, connect=_CALL_SECONDS))
        except httpx.HTTPError as error:
            raise ServerGone(str(error) or type(error).__name__) from error
        if answer.is_success:
            return answer
        reason = _reason(answer)
        if answer.status_code in (401, 403):
            raise Refused(reason)
        if answer.status_code >= 500 or answer.status_code == 429:
            raise ServerGone(reason)
        raise Conflict(reason)


def _time_there(answer: httpx.Response) -> datetime:
    """The server's time: a kiosk terminal may have no clock of its own. Without a date that makes sense, ours."""
    try:
        told = parsedate_to_datetime(answer.headers.get("Date", ""))
    except ValueError:
        return datetime.now(UTC)
    return told if told.tzinfo else told.replace(tzinfo=UTC)


def _reason(answer: httpx.Response) -> str:
    """The problem's own words (RFC 9457), or the bare status."""
    try:
        problem = answer.json()
        words = problem.get("detail") or problem.get("title") or problem.get("code")
    except (ValueError, AttributeError):
        words = None
    return f"{answer.status_code} {words or answer.reason_phrase}"

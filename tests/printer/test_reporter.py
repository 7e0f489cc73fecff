"""The server hears of a printer when it changes, and every so often that nothing has."""

from __future__ import annotations

from printer.api import Api
from printer.link import Status
from printer.reporter import StatusReporter
from tests.printer.print_jobs_api import TOKEN, PrintJobsApi


def test_a_printer_that_stays_as_it_is_is_still_heard_of() -> None:
    with PrintJobsApi() as server, Api(server.url, TOKEN) as api:
        reporter = StatusReporter(api, "tcp://printer", heartbeat_seconds=0.02)
        reporter.start()
        reporter.offer(Status(online=True, ready=True))
        assert server.wait_for(lambda s: len(s.statuses) >= 3)
        reporter.close()
    assert all(status["online"] for status in server.statuses)


def test_nothing_is_said_of_a_printer_that_nobody_has_looked_at() -> None:
    with PrintJobsApi() as server, Api(server.url, TOKEN) as api:
        reporter = StatusReporter(api, "tcp://printer", heartbeat_seconds=0.01)
        reporter.start()
        assert not server.wait_for(lambda s: bool(s.statuses), within=0.1)
        reporter.close()

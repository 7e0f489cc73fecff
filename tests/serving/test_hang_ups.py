"""Clients cannot fill the log: there is one line for each event and address in a minute, then a count."""

from __future__ import annotations

from structlog.testing import capture_logs

from server.serving.hang_ups import RateLimitedLog


def test_a_thousand_times_the_same_is_one_line_and_one_more_at_the_end_of_the_minute() -> None:
    now = 0.0
    log = RateLimitedLog(clock=lambda: now)
    with capture_logs() as lines:
        for _ in range(1000):
            log.warning("socket_hung_up", "192.0.2.7", reason="messages")
        assert len(lines) == 1 and lines[0]["address"] == "192.0.2.7" and lines[0]["reason"] == "messages"
        now = 60.0
        log.flush()
        assert lines[1:] == [{"event": "socket_hung_up", "log_level": "warning", "address": "192.0.2.7", "again": 999}]
        log.warning("socket_hung_up", "192.0.2.7", reason="bytes")
    assert lines[2]["reason"] == "bytes", "the next minute has its own line"


def test_a_thousand_addresses_are_some_lines_and_a_count() -> None:
    now = 0.0
    log = RateLimitedLog(addresses=3, clock=lambda: now)
    with capture_logs() as lines:
        for number in range(1000):
            log.warning("socket_hung_up", f"2001:db8:0:{number:x}::", reason="messages")
        assert len(lines) == 3
        now = 61.0
        log.flush()
    assert [(line["address"], line["again"]) for line in lines[3:]] == [("others", 997)]

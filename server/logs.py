"""Logs: one line an event on stderr, key=value, no secrets. Levels by GILIRAN_LOG_LEVEL."""

import logging
import os
import sys
from contextlib import suppress

import structlog


class _Lines:
    """Writes to stderr. A line that cannot be written (its disk is full, its pipe is closed) stops no deed."""

    def __init__(self, *_: object) -> None:
        self._file = sys.stderr

    def msg(self, line: str) -> None:
        """Write one line whole."""
        with suppress(OSError):
            self._file.write(f"{line}\n")
            self._file.flush()

    log = debug = info = warning = error = critical = msg


def configure() -> None:
    """Set up structlog and the standard logging of libraries alike."""
    level = getattr(logging, os.environ.get("GILIRAN_LOG_LEVEL", "INFO").upper(), logging.INFO)
    logging.basicConfig(
        level=max(level, logging.WARNING), stream=sys.stderr, format="%(levelname)s %(name)s: %(message)s"
    )
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.LogfmtRenderer(key_order=["timestamp", "level", "event"]),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=_Lines,
        cache_logger_on_first_use=True,
    )

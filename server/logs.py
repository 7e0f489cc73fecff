"""Logs: one line an event on stderr, key=value, no secrets. Levels by GILIRAN_LOG_LEVEL."""

import logging
import os
import sys
from contextlib import suppress
from typing import Any

import structlog

from server.domain.one_line import one_line


class _Lines:
    """Writes to stderr. A line that cannot be written (its disk is full, its pipe is closed) stops no action."""

    def __init__(self, *_: object) -> None:
        self._file = sys.stderr

    def msg(self, line: str) -> None:
        """Write one line whole."""
        with suppress(OSError):
            self._file.write(f"{line}\n")
            self._file.flush()

    log = debug = info = warning = error = critical = msg


class _OneLine(logging.Formatter):
    """Messages of libraries, which may quote what was sent: it cannot begin a line of ours, or drive a terminal.

    Only a traceback has several lines.
    """

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802
        record.message = one_line(record.message)
        return super().formatMessage(record)


def _escaped(_logger: Any, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """The same for ours; an exception's lines are escaped too, so that one event is one line."""
    return {name: one_line(value) if isinstance(value, str) else value for name, value in event.items()}


def configure() -> None:
    """Set up structlog and the standard logging of libraries alike."""
    level = getattr(logging, os.environ.get("GILIRAN_LOG_LEVEL", "INFO").upper(), logging.INFO)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_OneLine("%(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=max(level, logging.WARNING), handlers=[handler])
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            _escaped,
            structlog.processors.LogfmtRenderer(key_order=["timestamp", "level", "event"]),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=_Lines,
        cache_logger_on_first_use=False,
    )

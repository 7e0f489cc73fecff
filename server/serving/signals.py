"""How a serving process is asked to end."""

from __future__ import annotations

import gc
import signal

import gevent
import gevent.event


def wait_for_end() -> None:
    """Wait for SIGTERM or SIGINT.

    What a start leaves behind stays as long as the process, so the garbage collector looks through it once more and
    never again: that held every request and push for a tenth of a second each time.
    """
    gc.collect()
    gc.freeze()
    gc.enable()
    asked = gevent.event.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        gevent.signal_handler(number, asked.set)
    asked.wait()

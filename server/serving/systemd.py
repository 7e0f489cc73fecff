"""What systemd is told of the server: that it serves, that it still answers, that it stops (sd_notify(3))."""

from __future__ import annotations

import http.client
import os
import socket
from collections.abc import Callable, MutableMapping

import gevent
import structlog

log = structlog.get_logger()


class Systemd:
    """Tells systemd, where it has started this process as a service that notifies; else does nothing."""

    def __init__(self, environment: MutableMapping[str, str] = os.environ) -> None:
        """Take the addresses out of the environment: they are for this process, and not for those that it starts."""
        address = environment.pop("NOTIFY_SOCKET", "")
        microseconds = environment.pop("WATCHDOG_USEC", "")
        process = environment.pop("WATCHDOG_PID", "")
        self._address = f"\0{address[1:]}" if address.startswith("@") else address
        expected = address and microseconds.isdecimal() and process in ("", str(os.getpid()))
        self.watchdog_seconds = int(microseconds) / 1e6 if expected else None
        """How long the server may be silent before it is killed; None where nobody waits for it."""

    def notify(self, *states: str) -> None:
        """Send states such as READY=1."""
        if not self._address:
            return
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
            try:
                channel.sendto("\n".join(states).encode(), self._address)
            except OSError as error:
                log.warning("systemd_not_told", states=states, error=str(error))

    def keep_alive(self, answers: Callable[[float], bool]) -> None:
        """Tell again and again that the server lives, whenever it answers; for ever, where systemd waits for it.

        `answers` waits at most so many seconds. It is asked on the loop that serves everybody: a loop that hangs asks
        nothing, one that is too busy gives no answer in time, and a disk that is slow holds up neither.
        """
        seconds = self.watchdog_seconds
        silent = False
        while seconds is not None:
            if answers(seconds / 2):
                self.notify("WATCHDOG=1")
                silent = False
            elif not silent:
                log.warning("server_does_not_answer_itself", killed_after_seconds=seconds)
                silent = True
            gevent.sleep(seconds / 4)


def answers(host: str, port: int, seconds: float) -> bool:
    """Whether the server that listens on an address answers a new client within so many seconds."""
    # where it listens everywhere, it is asked on this machine
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104
    connection = http.client.HTTPConnection(host, port, timeout=seconds)
    try:
        with gevent.Timeout(seconds):
            connection.request("GET", "/healthz", headers={"Connection": "close"})
            return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException, gevent.Timeout):
        return False
    finally:
        connection.close()

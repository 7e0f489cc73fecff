"""Notifications to systemd: the server is ready, still responds, or stops (sd_notify(3))."""

from __future__ import annotations

import http.client
import os
import socket
from collections.abc import Callable, MutableMapping

import gevent
import structlog

log = structlog.get_logger()


class Systemd:
    """Notifies systemd if it has started this process as a notifying service; otherwise does nothing."""

    def __init__(self, environment: MutableMapping[str, str] = os.environ) -> None:
        """Remove the variables from the environment: they are for this process, not for its child processes."""
        address = environment.pop("NOTIFY_SOCKET", "")
        microseconds = environment.pop("WATCHDOG_USEC", "")
        process = environment.pop("WATCHDOG_PID", "")
        self._address = f"\0{address[1:]}" if address.startswith("@") else address
        expected = address and microseconds.isdecimal() and process in ("", str(os.getpid()))
        self.watchdog_seconds = int(microseconds) / 1e6 if expected else None
        """Seconds without a notification until systemd kills the server; None without a watchdog."""

    def notify(self, *states: str) -> None:
        """Send states such as READY=1."""
        if not self._address:
            return
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
            try:
                channel.sendto("\n".join(states).encode(), self._address)
            except OSError as error:
                log.warning("systemd_not_told", states=states, error=str(error))

    def keep_alive(self, responds: Callable[[float], bool]) -> None:
        """Notify the watchdog regularly while the server responds; runs forever if systemd has a watchdog.

        `responds` waits at most so many seconds. It runs on the loop that serves all clients: a hanging loop does not
        call it, an overloaded loop does not answer in time, and a slow disk affects neither.
        """
        seconds = self.watchdog_seconds
        silent = False
        while seconds is not None:
            if responds(seconds / 2):
                self.notify("WATCHDOG=1")
                silent = False
            elif not silent:
                log.warning("server_does_not_answer_itself", killed_after_seconds=seconds)
                silent = True
            gevent.sleep(seconds / 4)


def responds(host: str, port: int, seconds: float) -> bool:
    """Return whether the server at this address answers a new client within so many seconds."""
    # a server on all addresses is reached on the loopback one
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

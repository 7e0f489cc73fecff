"""The demo put together: one server, a virtual printer and a simulated public, started and ended as one."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from flask import redirect, request
from werkzeug.wrappers import Response

from server.app import Application, build
from server.demo.process_supervisor import Child, ProcessSupervisor
from server.demo.seed import STAFF, declaration, seed
from server.demo.welcome import PRINTER_PATH, home_page, on_console
from server.domain.errors import Unavailable
from server.domain.public_address import is_local
from server.serving.http_server import refuse_taken_port
from server.settings import Settings
from server.web.network import network_address


def run(settings: Settings, *, traffic: bool, speed: float, say: Callable[[str], None]) -> None:
    """Serve the demo until SIGTERM or SIGINT. Raises Unavailable where it cannot be served."""
    refuse_taken_port(settings.host, settings.port)
    open_to_network = not is_local(settings.host) or _is_any(settings.host)
    reached = (network_address() or "127.0.0.1") if _is_any(settings.host) else settings.host
    page: dict[str, Any] = {}
    application = build(settings, demo=page)
    if not (settings.data / "demo.json").exists():
        say("Giliran: making a branch to try things on, with a morning behind it …")
    tokens = seed(application.store, settings.data, application.clock(), traffic=traffic)
    page.update(home_page(tokens))
    printer_page = _free_port(settings.host, settings.port + 1 if settings.port else 0)
    _lead_to_printer(application, printer_page)
    address = f"http://{_in_url(reached)}:{application.listen()}"
    say(on_console(address, page))
    if open_to_network:
        say(
            "  OPEN TO THE NETWORK: whoever reaches this address may sign in with these passwords and use\n"
            "  these devices. Leave out --host to keep the demo to this machine.\n"
        )
    else:
        say(
            "  Only this machine reaches these addresses, so tickets have no code for phones.\n"
            "  To try it with phones: --host 0.0.0.0\n"
        )
    say("  Ctrl-C stops all of it.")
    supervisor = ProcessSupervisor()
    supervisor.start(_printer(settings, printer_page, address, tokens, say))
    if traffic:
        supervisor.start(_traffic(settings, address, speed, tokens, say))

    def stop() -> None:
        say("Stopping: the public goes home, the printer ends, the server finishes what was begun.")
        supervisor.end()

    application.run_until_signal(stop)


def _printer(settings: Settings, page: int, address: str, tokens: dict[str, str], say: Callable[[str], None]) -> Child:
    port = _free_port(settings.host, page + 1)
    return Child(
        "virtual printer",
        ["printer"],
        {
            "GILIRAN_SERVER": address,
            "GILIRAN_TOKEN": tokens["printer"],
            "GILIRAN_DEVICE": f"virtual://{settings.host}:{port}?page={page}",
        },
        settings.data / "printer.log",
        say,
    )


def _traffic(
    settings: Settings, address: str, speed: float, tokens: dict[str, str], say: Callable[[str], None]
) -> Child:
    staff = [{"counter": n, "name": name, "token": tokens[f"counter-{n}"]} for n, name in STAFF.items()]
    public = {"branch": declaration().branch.slug, "customers": tokens["customers"], "staff": staff}
    return Child(
        "simulated public",
        ["server.demo.traffic"],
        {"GILIRAN_SERVER": address, "GILIRAN_SPEED": str(speed), "GILIRAN_TRAFFIC": json.dumps(public)},
        settings.data / "traffic.log",
        say,
    )


def _lead_to_printer(application: Application, port: int) -> None:
    @application.flask.get(PRINTER_PATH, endpoint="demo_printer", doc_ui=False)
    def printer_page() -> Response:
        came_by = urlsplit(request.host_url).hostname or "127.0.0.1"
        return redirect(f"http://{_in_url(came_by)}:{port}/")


def _free_port(host: str, wanted: int) -> int:
    """The port wanted, where it is free; else any that is."""
    for port in (wanted, 0):
        try:
            with socket.create_server((host, port)) as probe:
                found: int = probe.getsockname()[1]
                return found
        except (OSError, OverflowError):
            continue  # taken, or past the last port
    raise Unavailable(f"There is no free port on {host}.")


def _is_any(host: str) -> bool:
    return host in ("0.0.0.0", "::")  # noqa: S104


def _in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host

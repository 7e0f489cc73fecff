"""`run` and `demo`: commands that serve until a signal stops them."""

from __future__ import annotations

import faulthandler
import gc
import sys
from contextlib import suppress
from functools import partial
from pathlib import Path

import click
import gevent

from server.cli.options import data_options, option, report_errors
from server.cli.terminal import print_line
from server.domain.public_address import opens_own_machine
from server.serving.systemd import Systemd, responds
from server.settings import Settings

_allowed_hosts = option(
    "--allowed-hosts",
    default="",
    help="Host names to accept besides those that branches declare as public_url: a.example,*.b.example. "
    "IP addresses, names without a dot and .local are always accepted.",
)


def _names(listed: str) -> tuple[str, ...]:
    return tuple(name for part in listed.split(",") if (name := part.strip()))


@click.command()
@option("--host", default="0.0.0.0", show_default=True, help="The address to listen on.")  # noqa: S104
@option("--port", default=8080, show_default=True, type=click.IntRange(0, 65535), help="The port.")
@option("--redis", help="A Redis, for several servers on one PostgreSQL: redis://…")
@option("--base-url", help="The address at which people reach the server.")
@option("--trust-proxy/--no-trust-proxy", default=False, help="Trust the X-Forwarded-… headers of the proxy in front.")
@_allowed_hosts
@data_options
@report_errors
def run(
    host: str,
    port: int,
    redis: str | None,
    base_url: str | None,
    trust_proxy: bool,
    allowed_hosts: str,
    data: Path,
    database: str | None,
) -> None:
    """Migrate and serve. SIGTERM finishes running requests and stops."""
    gc.disable()  # until the server is ready
    with suppress(OSError, RuntimeError):  # standard error is closed, or not a file
        faulthandler.enable()  # prints the stacks of a hanging server when systemd aborts it (SIGABRT)
    systemd = Systemd()
    from server.app import build  # imported late, so that the other programs start fast
    from server.serving.http_server import refuse_taken_port

    settings = Settings(host, port, data, database, redis, base_url, trust_proxy, _names(allowed_hosts))
    refuse_taken_port(settings.host, settings.port)
    application = build(settings)
    bound = application.listen()
    systemd.notify("READY=1")
    watchdog = gevent.spawn(systemd.keep_alive, partial(responds, host, bound))
    shown_host = "127.0.0.1" if host in ("0.0.0.0", "::") else host  # noqa: S104
    print_line(f"Giliran serves at http://{shown_host}:{bound}/ (data in {application.data_in}). Ctrl-C stops.")
    print_line(network_message(base_url, application.web.network_url(), trust_proxy=trust_proxy))
    code = application.web.setup_code()
    if code is not None:
        print_line()
        print_line(f"  A new server. Set it up at http://{shown_host}:{bound}/setup with the code  {code}")
        print_line()
    sys.stdout.flush()

    def stopping() -> None:
        watchdog.kill()
        systemd.notify("STOPPING=1")
        print_line("Stopping: finishing running requests.")

    application.run_until_signal(stopping)


def network_message(base_url: str | None, network_url: str | None, *, trust_proxy: bool) -> str:
    """Return the line with the address for other machines, or the reason why there is none."""
    address = base_url.rstrip("/") if base_url and not opens_own_machine(base_url) else network_url
    if address is not None:
        return f"On other machines, open {address}/"
    if trust_proxy:
        return "Other machines open the address of the proxy."
    return (
        "Other machines cannot reach this address, so tickets get no code for phones: leave out --host to listen on "
        "the network, check that this machine has a network, or set its address with --base-url."
    )


@click.command()
@option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@option("--port", default=8080, show_default=True, type=click.IntRange(0, 65535), help="The port.")
@option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("giliran-demo"),
    show_default=True,
    help="The demo's own data directory.",
)
@option("--no-traffic", is_flag=True, help="No simulated customers and staff.")
@option(
    "--speed",
    default=1.0,
    show_default=True,
    type=click.FloatRange(0.1, 60),
    help="How many times as fast as real ones these act.",
)
@_allowed_hosts
@report_errors
def demo(host: str, port: int, data: Path, no_traffic: bool, speed: float, allowed_hosts: str) -> None:
    """Serve a demo branch with history, a virtual printer, simulated customers and staff."""
    from server.demo import running

    def print_message(message: str) -> None:
        for line in message.split("\n"):
            print_line(line)
        sys.stdout.flush()

    settings = Settings(host, port, data, allowed_hosts=_names(allowed_hosts))
    running.run(settings, traffic=not no_traffic, speed=speed, say=print_message)

"""`run` and `demo`: commands that serve until they are told to stop."""

from __future__ import annotations

import faulthandler
import gc
import sys
from contextlib import suppress
from functools import partial
from pathlib import Path

import click
import gevent

from server.cli.options import honest, option, where
from server.cli.terminal import say
from server.domain.public_address import opens_own_machine
from server.serving.systemd import Systemd, answers
from server.settings import Settings

_allowed_hosts = option(
    "--allowed-hosts",
    default="",
    help="Names to answer under besides those that branches declare as public_url: a.example,*.b.example. "
    "IP addresses, names without a dot and .local are always answered.",
)


def _names(listed: str) -> tuple[str, ...]:
    return tuple(name for part in listed.split(",") if (name := part.strip()))


@click.command()
@option("--host", default="0.0.0.0", show_default=True, help="The address to listen on.")  # noqa: S104
@option("--port", default=8080, show_default=True, type=click.IntRange(0, 65535), help="The port.")
@option("--redis", help="A Redis, for several servers on one PostgreSQL: redis://…")
@option("--base-url", help="The address that people reach the server under.")
@option("--trust-proxy/--no-trust-proxy", default=False, help="Believe X-Forwarded-… of the proxy in front.")
@_allowed_hosts
@where
@honest
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
    """Migrate and serve. SIGTERM finishes what was begun and stops."""
    gc.disable()  # until it serves
    with suppress(OSError, RuntimeError):  # standard error is closed, or no file
        faulthandler.enable()  # what a server that hangs was doing, when systemd ends it (SIGABRT)
    systemd = Systemd()
    from server.app import build, refuse_taken_port  # the programs beside the server need not wait for it

    settings = Settings(host, port, data, database, redis, base_url, trust_proxy, _names(allowed_hosts))
    refuse_taken_port(settings)
    application = build(settings)
    bound = application.listen()
    systemd.notify("READY=1")
    alive = gevent.spawn(systemd.keep_alive, partial(answers, host, bound))
    shown = "127.0.0.1" if host in ("0.0.0.0", "::") else host  # noqa: S104
    say(f"Giliran serves at http://{shown}:{bound}/ (data in {application.data_in}). Ctrl-C stops.")
    say(for_others(base_url, application.web.network_url(), trust_proxy=trust_proxy))
    code = application.web.setup_code()
    if code is not None:
        say()
        say(f"  A new server. Set it up at http://{shown}:{bound}/setup with the code  {code}")
        say()
    sys.stdout.flush()

    def stopping() -> None:
        alive.kill()
        systemd.notify("STOPPING=1")
        say("Stopping: finishing what was begun.")

    application.run_until_signal(stopping)


def for_others(base_url: str | None, network_url: str | None, *, trust_proxy: bool) -> str:
    """The address to open on other machines, or why there is none."""
    address = base_url.rstrip("/") if base_url and not opens_own_machine(base_url) else network_url
    if address is not None:
        return f"On other machines, open {address}/"
    if trust_proxy:
        return "Other machines open the address of the proxy."
    return (
        "Other machines cannot reach this address, so tickets get no code for phones: leave out --host (it listens on "
        "the network then), see whether this machine has a network, or name its address with --base-url."
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
@option("--speed", default=1.0, show_default=True, type=click.FloatRange(0.1, 60), help="How fast these live.")
@_allowed_hosts
@honest
def demo(host: str, port: int, data: Path, no_traffic: bool, speed: float, allowed_hosts: str) -> None:
    """Serve a branch to try things on: with a past, a virtual printer, customers and staff."""
    from server.demo import running

    def tell(what: str) -> None:
        for line in what.split("\n"):
            say(line)
        sys.stdout.flush()

    settings = Settings(host, port, data, allowed_hosts=_names(allowed_hosts))
    running.run(settings, traffic=not no_traffic, speed=speed, say=tell)

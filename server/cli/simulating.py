"""`simulate`: a load to try an installation with, before real customers do."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import click

from server.cli.options import honest, opened, option, where
from server.cli.terminal import say, say_json
from server.domain.errors import Unavailable


@click.command()
@option("--server", "servers", multiple=True, required=True, help="Where the servers, or the proxy before them, are.")
@option("--branches", default=200, show_default=True, type=click.IntRange(1, 5000), help="How many branches.")
@option("--counters", default=10, show_default=True, type=click.IntRange(1, 99), help="Counters in each.")
@option("--displays", default=5, show_default=True, type=click.IntRange(0, 99), help="Displays in each.")
@option("--rate", default=60.0, show_default=True, type=click.FloatRange(0.01), help="Tickets a second, in all.")
@option("--seconds", default=60.0, show_default=True, type=click.FloatRange(1), help="How long.")
@option("--consoles/--no-consoles", default=False, help="Also the counters' pages, which watch the queue.")
@option("--json", "as_json", is_flag=True, help="For programs: one JSON object.")
@where
@honest
def simulate(
    servers: tuple[str, ...],
    branches: int,
    counters: int,
    displays: int,
    rate: float,
    seconds: float,
    consoles: bool,
    as_json: bool,
    data: Path,
    database: str | None,
) -> None:
    """Let simulated customers, staff and displays live on running servers; say how long everything took.

    Makes its branches (sim-001 …) in the database that the servers work on, and refuses one that has others. Exit 0
    when nothing went wrong, 1 otherwise.
    """
    from server.simulation import figures, plan

    size = plan.Size(branches, counters, displays, rate, seconds, consoles)
    with opened(data, database) as store:
        made = plan.prepare(store, size)
    # a process of its own: this one runs on gevent, which costs more than what is measured
    load = subprocess.run(
        [sys.executable, "-P", "-m", "server.simulation"],
        input=json.dumps(plan.as_json(size, list(servers), made)),
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if load.returncode != 0:
        raise Unavailable("The simulation did not come to its end; what it said is above.")
    told = json.loads(load.stdout)
    if as_json:
        say_json(told)
        return
    for line in figures.table(told).split("\n"):
        say(line)
    sys.exit(1 if told["errors"] else 0)

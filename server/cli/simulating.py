"""`simulate`: a load test of an installation before real customers come."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import click

from server.cli.options import data_options, open_store, option, report_errors
from server.cli.terminal import print_json, print_line
from server.domain.errors import Unavailable


@click.command()
@option(
    "--server",
    "servers",
    multiple=True,
    required=True,
    help="The address of a server, or of the proxy in front; may be given several times.",
)
@option("--branches", default=200, show_default=True, type=click.IntRange(1, 5000), help="How many branches.")
@option("--counters", default=10, show_default=True, type=click.IntRange(1, 99), help="Counters in each.")
@option("--displays", default=5, show_default=True, type=click.IntRange(0, 99), help="Displays in each.")
@option("--rate", default=60.0, show_default=True, type=click.FloatRange(0.01), help="Tickets a second, in all.")
@option("--seconds", default=60.0, show_default=True, type=click.FloatRange(1), help="How long.")
@option("--consoles/--no-consoles", default=False, help="Also the counters' pages, which watch the queue.")
@option("--json", "as_json", is_flag=True, help="For programs: one JSON object.")
@data_options
@report_errors
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
    """Run simulated customers, staff and displays against running servers; show how long everything took.

    Creates its branches (sim-001 …) in the servers' database, which must have no others. Exit 0 without errors,
    1 otherwise.
    """
    from server.simulation import figures, plan

    size = plan.Size(branches, counters, displays, rate, seconds, consoles)
    with open_store(data, database) as store:
        prepared = plan.prepare(store, size)
    # a separate process: gevent in this one would cost more than what is measured
    load = subprocess.run(
        [sys.executable, "-P", "-m", "server.simulation"],
        input=json.dumps(plan.as_json(size, list(servers), prepared)),
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if load.returncode != 0:
        raise Unavailable("The simulation failed; its output is above.")
    results = json.loads(load.stdout)
    if as_json:
        print_json(results)
        return
    for line in figures.table(results).split("\n"):
        print_line(line)
    sys.exit(1 if results["errors"] else 0)

"""`clock`: compares the machine's clock with the last events, and confirms that it is right."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import click

from server.actions.branch.opening_changes import confirm_clock, ends_with_confirmation
from server.cli.options import data_options, existing_store, option, report_errors
from server.cli.terminal import print_line
from server.domain.errors import Invalid
from server.domain.people.principal import COMMAND_LINE
from server.domain.queue.retirement import with_count
from server.store.tables import branches


@click.command()
@option(
    "--right",
    is_flag=True,
    help="Confirm that the clock is right; work continues from now, even if that is back in time.",
)
@data_options
@report_errors
def clock(right: bool, data: Path, database: str | None) -> None:
    """Compare the machine's clock with the last event of every branch; exit 1 if they disagree."""
    store = existing_store(data, database)
    try:
        now = store.clock()
        print_line(f"clock: {now:%Y-%m-%d %H:%M:%S} UTC")
        faults = store.read(lambda db: branches.clock_faults(db, now))
        for slug, (fault, last_at) in faults.items():
            print_line(
                f"branch {slug}: the clock is {fault.value}; its last event was at {last_at:%Y-%m-%d %H:%M:%S} UTC"
            )
            ending = store.read(partial(ends_with_confirmation, slug=slug, now=now))
            if ending and not right:
                print_line(f"branch {slug}: {with_count(ending, 'open ticket')} would expire if it were confirmed")
            if right:
                action = partial(confirm_clock, slug=slug, principal=COMMAND_LINE)
                expired = store.write(action, lambda _tx, count: count)
                print_line(f"branch {slug}: goes on from now; {with_count(expired, 'ticket')} of days to come expired")
    finally:
        store.close()
    if not faults:
        print_line("it agrees with what has happened")
    elif not right:
        raise Invalid("Set the clock right, or confirm that it is with `giliran clock --right`.")

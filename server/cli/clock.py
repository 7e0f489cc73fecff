"""`clock`: whether the machine's clock can be believed, and a word that it can."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import click

from server.actions.branch.opening_changes import confirm_clock, ends_with_confirmation
from server.cli.options import existing, honest, option, where
from server.cli.terminal import say
from server.domain.errors import Invalid
from server.domain.people.principal import COMMAND_LINE
from server.domain.queue.retirement import with_count
from server.store.tables import branches


@click.command()
@option("--right", is_flag=True, help="The clock is right as it is: go on from here, also if that is back in time.")
@where
@honest
def clock(right: bool, data: Path, database: str | None) -> None:
    """Compare the machine's clock with the last event of every branch; exit 1 where they disagree."""
    store = existing(data, database)
    try:
        now = store.clock()
        say(f"clock: {now:%Y-%m-%d %H:%M:%S} UTC")
        faults = store.read(lambda db: branches.clock_faults(db, now))
        for slug, (fault, last_at) in faults.items():
            say(f"branch {slug}: the clock is {fault.value}; its last event was at {last_at:%Y-%m-%d %H:%M:%S} UTC")
            ending = store.read(partial(ends_with_confirmation, slug=slug, now=now))
            if ending and not right:
                say(f"branch {slug}: {with_count(ending, 'open ticket')} would expire if it were confirmed")
            if right:
                action = partial(confirm_clock, slug=slug, principal=COMMAND_LINE)
                expired = store.write(action, lambda _tx, count: count)
                say(f"branch {slug}: goes on from now; {with_count(expired, 'ticket')} of days to come expired")
    finally:
        store.close()
    if not faults:
        say("it agrees with what has happened")
    elif not right:
        raise Invalid("Set the clock right, or say that it is with `giliran clock --right`.")

"""What the demo needs before it opens: the branch, its devices and staff, tokens, and a past."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from random import Random

from server.access import credentials
from server.actions.branch import opening_changes
from server.actions.branch.declaring import declare
from server.actions.people import accounts
from server.actions.queue import moving
from server.actions.queue.counters import close_counter
from server.config_file.reading import read_declarations
from server.demo import past
from server.domain.counter import CounterState
from server.domain.declaration import Declaration
from server.domain.errors import Unavailable
from server.domain.people.principal import COMMAND_LINE, Principal, Role
from server.store.engines.store import Db, Store
from server.store.engines.transaction import Transaction
from server.store.tables import access, branches
from server.store.tables.counters import list_active as every_counter
from server.store.tables.tickets import at_counter

PASSWORD = "giliran-demo"  # noqa: S105 - told to everybody who opens the demo
STAFF = {1: "Budi (demo)", 2: "Sari (demo)", 3: "Agus (demo)", 4: "Dewi (demo)"}
"""Counter → who is simulated there. The last counter is left to the visitor."""
VISITORS_COUNTER = 5
_KIOSK, _DISPLAY, _PRINTER = "Kios Lobi", "Layar Lobi", "Printer Lobi"
TOKENS: dict[str, tuple[Role, str]] = {
    "kiosk": (Role.KIOSK, _KIOSK),
    "display": (Role.DISPLAY, _DISPLAY),
    "printer": (Role.PRINTER, _PRINTER),
    "customers": (Role.KIOSK, _KIOSK),
    **{f"counter-{number}": (Role.AGENT, name) for number, name in STAFF.items()},
}
"""Key → role and name of every token that the demo uses."""
_SEED = 20


@cache
def declaration() -> Declaration:
    """The demo's branch, from the file beside this one."""
    (found,) = read_declarations((Path(__file__).parent / "branch.yaml").read_text(encoding="utf-8"))
    return found


def seed(store: Store, data: Path, now: datetime, *, traffic: bool) -> dict[str, str]:
    """Make the demo ready in `data`, or find it as it was left; returns its tokens by the keys of TOKENS.

    A new one gets a past. Without traffic nobody is left at the counters of simulated staff. Raises Unavailable
    where the data are not a demo's: it brings accounts whose passwords everybody knows.
    """
    file = data / "demo.json"
    known: dict[str, str] = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}

    def action(tx: Transaction) -> dict[str, str]:
        there = {b.slug for b in branches.list_all(tx.db)}
        if there and not known:
            raise Unavailable(
                f"{data} holds the branch {min(there)!r}, which is no demo. Choose another directory with --data."
            )
        new = declaration().branch.slug not in there
        # the actions carry their own times, so each has a transaction of its own inside this one
        tokens = _found(tx.db, now, traffic=traffic) if new else known
        present = Transaction(tx.db, now)
        if new:
            declare(present, declaration(), COMMAND_LINE)
            _give_passwords(present)
        else:
            # a demo may have rested for months, and nobody is there to confirm the clock
            opening_changes.confirm_clock(present, declaration().branch.slug, COMMAND_LINE)
        tokens = _live(present, tokens, TOKENS)
        present.finish()
        if not traffic:
            _send_home(tx.db, now, tokens)
        return tokens

    tokens = store.write(action, lambda _tx, made: made)
    if tokens != known:
        _keep(file, tokens)
    return tokens


def _found(db: Db, now: datetime, *, traffic: bool) -> dict[str, str]:
    """A new branch with its past, and the tokens of those who acted in it.

    The printer comes after the past, whose papers nobody would want.
    """
    whole = declaration().branch
    dawn = Transaction(db, past.begins(whole, now))
    declare(dawn, Declaration(whole), COMMAND_LINE)
    tokens = _live(dawn, {}, [key for key, (role, _) in TOKENS.items() if role is Role.AGENT or key == "customers"])
    dawn.finish()
    kiosk = credentials.principal_of_token(db, tokens["customers"])
    staff = {number: credentials.principal_of_token(db, tokens[f"counter-{number}"]) for number in STAFF}
    # somebody sat at the visitor's counter too, and has just left
    staff[VISITORS_COUNTER] = Principal("demo:rani", Role.AGENT, "Rani (demo)", branch_id=kiosk.branch_id)
    branch = branches.get(db, whole.slug)
    rng = Random(_SEED)  # noqa: S311 - the same past at every first start
    past.play(db, branch, past.People(kiosk, staff), now, rng, stay=frozenset(STAFF if traffic else ()))
    return tokens


def _live(tx: Transaction, known: Mapping[str, str], keys: Iterable[str]) -> dict[str, str]:
    """The tokens of those keys; one that was never made, or has been revoked, is made anew."""
    tokens = dict(known)
    for key in keys:
        role, name = TOKENS[key]
        if key in tokens and access.token_by_hash(tx.db, credentials.hash_token(tokens[key])) is not None:
            continue
        tokens[key] = credentials.new_secret(role)
        accounts.create_token(
            tx,
            declaration().branch.slug,
            COMMAND_LINE,
            role=role,
            name=name,
            hashed=credentials.hash_token(tokens[key]),
        )
    return tokens


def _give_passwords(tx: Transaction) -> None:
    # one hash for all: it is one password, which everybody is told, and hashing is slow on purpose
    password_hash = credentials.hash_password(PASSWORD)
    for one in declaration().staff or ():
        accounts.put_user(
            tx,
            COMMAND_LINE,
            name=one.name,
            role=Role(one.role),
            slugs=[declaration().branch.slug],
            password_hash=password_hash,
        )


def _send_home(db: Db, now: datetime, tokens: Mapping[str, str]) -> None:
    """Close the counters that simulated staff still hold; whoever was there waits again, at the old place."""
    branch = branches.get(db, declaration().branch.slug)
    for counter in every_counter(db, branch.id):
        if counter.state is CounterState.CLOSED or counter.agent != STAFF.get(counter.number):
            continue
        who = credentials.principal_of_token(db, tokens[f"counter-{counter.number}"])
        moment = Transaction(db, now)
        if at_counter(db, branch.id, counter.number) is not None:
            moving.put_back(moment, branch.slug, counter.number, who, expected_ticket_id=None)
        close_counter(moment, branch.slug, counter.number, who)
        moment.finish()


def _keep(file: Path, tokens: Mapping[str, str]) -> None:
    """Write the tokens for the next start, whole or not at all, for the owner alone."""
    new = file.with_suffix(".new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as out:
        json.dump(tokens, out, indent=2)
    new.replace(file)

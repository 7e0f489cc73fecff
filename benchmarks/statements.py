"""What an action costs with the hot statements on the driver's cursor, against SQLAlchemy's own execution of them.

One process on SQLite, both ways in turn; processor time, so that neither the disk nor other programs count.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.table import Row
from server.store.sql import compiled_statements
from tests.scene import Scene, a_branch, a_service

TINY = {"rounds": 2, "actions": 2}


def rows(rounds: int = 12, actions: int = 15) -> Iterator[Row]:
    """Milliseconds of an action, issuing and Next: ours, then SQLAlchemy's."""
    took: dict[str, tuple[list[float], list[float]]] = {"issuing": ([], []), "Next": ([], [])}
    with TemporaryDirectory() as folder:
        scene = Scene(Path(folder), a_branch(services=(a_service(last_number=99999),)), printers=["front"])
        scene.open()
        scene.issue()
        try:
            for turn in range(2 * rounds):
                compiled_statements.BY_DRIVER = turn % 2 == 0
                took["issuing"][turn % 2].append(sum(_milliseconds(scene.issue) for _ in range(actions)) / actions)
                total = 0.0
                for _ in range(actions):
                    total += _milliseconds(lambda: scene.call_next(finish=True))
                    scene.start()
                took["Next"][turn % 2].append(total / actions)
        finally:
            compiled_statements.BY_DRIVER = True
            scene.store.close()
    for action, (ours, by_sqlalchemy) in took.items():
        yield Row(f"{action}: against SQLAlchemy's own execution", "ms", ours, by_sqlalchemy)


def _milliseconds(action: Callable[[], object]) -> float:
    began = time.process_time()
    action()
    return (time.process_time() - began) * 1000

"""Remembers how a printer answers, across jobs and restarts of the agent."""

import json
import time
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import structlog

from printer.link.habits import Habits, Proof

_log = structlog.get_logger("printer")
_UNPROVEN = 2
"""Tickets in a row without any answer, after which a printer is taken for one that proves nothing."""
_DOUBTED_SECONDS = 3600.0
"""After that a printer that gave no proof is asked once more: it may have been busy with another program's paper."""


class Memory:
    """The habits of the printer at one address. `path` None remembers in this process only.

    They are forgotten when the printer no longer behaves so, since it may have been exchanged, and by a probe.
    """

    def __init__(self, path: Path | None, clock: Callable[[], float] = time.time) -> None:
        self._path = path
        self._clock = clock
        self._unproven_at: float | None = None
        self._unproven = 0
        self._habits = self._read()

    @property
    def habits(self) -> Habits:
        """What is known now."""
        doubted = self._unproven_at is None or not 0 <= self._clock() - self._unproven_at < _DOUBTED_SECONDS
        if self._habits.proof is Proof.NONE and doubted:
            return replace(self._habits, proof=None)
        return self._habits

    def learn(self, habits: Habits) -> None:
        """These are the printer's habits, as its last job showed them."""
        if habits == self.habits:
            return
        if habits.proof is Proof.NONE and self.habits.proof is not Proof.NONE:
            self._unproven += 1
            if self._unproven < _UNPROVEN:
                habits = replace(habits, proof=None)  # perhaps it was busy with another program's paper
            else:
                self._unproven_at = self._clock()
        elif habits.proof is not None:
            self._unproven = 0
        changed = _kinds(habits) != _kinds(self._habits)
        self._habits = habits
        if changed:
            told = habits.proof.value if habits.proof else "not known"
            _log.debug("printer learned", proof=told, tells=habits.tells, real_time=habits.real_time)
            self._write()

    def settle(self, habits: Habits) -> None:
        """The same, where one observation is enough to take the printer for one that proves nothing."""
        self._unproven = _UNPROVEN
        self.learn(habits)

    def forget(self) -> None:
        """The printer has to show all of it again."""
        self._habits = Habits()
        if self._path:
            try:
                self._path.unlink(missing_ok=True)
            except OSError as error:
                _log.warning("habits not forgotten", file=str(self._path), reason=str(error))

    def _read(self) -> Habits:
        if self._path is None:
            return Habits()
        try:
            kept: dict[str, Any] = json.loads(self._path.read_text(encoding="utf-8"))
            self._unproven_at = kept.pop("unproven_at")
            proof = kept.pop("proof")
            unanswered = tuple(int(number) for number in kept.pop("unanswered"))
            return Habits(proof=Proof(proof) if proof else None, unanswered=unanswered, **kept)
        except FileNotFoundError:
            return Habits()
        except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
            # Written by another release, or damaged: the printer shows it again.
            _log.warning("habits unreadable", file=str(self._path), reason=str(error))
            return Habits()

    def _write(self) -> None:
        if self._path is None:
            return
        draft = self._path.with_name(self._path.name + ".new")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            draft.write_text(json.dumps({**asdict(self._habits), "unproven_at": self._unproven_at}), encoding="utf-8")
            draft.replace(self._path)
        except OSError as error:
            # The ticket matters more than the memory of it.
            _log.warning("habits not remembered", file=str(self._path), reason=str(error))
            self._path = None


def _kinds(habits: Habits) -> tuple[Any, ...]:
    """What is worth a file: all but how fast it is, and what it may still answer."""
    return habits.proof, habits.real_time, habits.tells, habits.off_line, habits.was_ready, habits.unanswered

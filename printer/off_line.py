"""Tells a printer that always says that it is off line from one that is off line now."""

import time
from collections.abc import Callable

from printer.link import Habits, Status

_LOOKS = 3
ADVICE = (
    "press its on-line or feed button; if it prints nevertheless, add proof=none to its address: "
    "its tickets come out then, and each one stays in doubt"
)


class OffLine:
    """Watches the looks at one printer that says it is off line and names no cause.

    Some models always say so, and those that answer DLE EOT alone have no other way to show that they print. One that
    has said nothing else for `seconds`, and has never said that it is on line, is taken for such a model. A printer
    that was seen on line never is: somebody has switched it off line.
    """

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._clock = clock
        self._since: float | None = None
        self._looks = 0

    @property
    def asks_in_order(self) -> bool:
        """Whether the next look asks what only a printer at work answers (GS r).

        At the first look and at the last: who does not know the question keeps a letter of each.
        """
        return self._since is None or self._is_over()

    def always(self, status: Status, habits: Habits) -> bool:
        """Whether the printer, after this look, is taken for one that always says so."""
        if habits.was_ready or not status.off_line_without_cause:
            self._since, self._looks = None, 0
            return False
        over = self._since is not None and self._is_over()
        self._since = self._clock() if self._since is None else self._since
        self._looks += 1
        return over and self._looks >= _LOOKS

    def _is_over(self) -> bool:
        return self._since is not None and self._clock() - self._since >= self._seconds

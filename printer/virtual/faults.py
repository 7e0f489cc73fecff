"""What can be wrong with the virtual printer."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any

from printer.link.status import Paper


class Answers(StrEnum):
    """How much a printer answers, from the best kind down."""

    ALL = "all"  # everything, GS ( H among it
    IN_ORDER = "in_order"  # a small printer: DLE EOT and GS r, neither GS ( H nor DLE DC4 nor GS a
    STATUS = "status"  # DLE EOT alone
    CHANGES = "changes"  # DLE EOT, and GS a: it reports changes by itself, and proves nothing
    SENSOR = "sensor"  # GS r alone
    GARBAGE = "garbage"  # nonsense, whatever it is asked
    NONE = "none"  # nothing


class Cutter(StrEnum):
    """The blade."""

    OK = "ok"
    STUCK = "stuck"  # a person can free it
    BROKEN = "broken"  # only switching the printer off and on ends it


@dataclass(frozen=True)
class Faults:
    """The printer's troubles at one moment; all clear by default.

    On the line: `refuse` closes the port, `refuse_after` for so many seconds after each connection, `alone` while there
    is one; `unreachable` is a cable pulled out, and what was under way goes on when it is back; `adapter` is a box that
    takes all at once and passes on so many bytes a second, `overtakes`: with real-time commands ahead; `drop_after`
    breaks every connection once it has brought so many bytes, with a reset, or with an orderly end when `hang_up` is
    set; `rate` is how many bytes a second it reads; `idle_close` after how many seconds without a byte it hangs up.

    In the printer: `off` is no power, and what was in its memory is gone; `stall` stops reading and answering; `busy`
    answers and prints nothing; `hot` is a print head that has to cool down; `off_line` says always that it is off line,
    and prints; `forgets` loses what it has when the line closes; `letters` prints commands that it does not know as
    letters; `slow` prints twenty times slower; `answers`, `late` (seconds), `noise` (nonsense before each answer) and
    `split` (byte by byte) are about what it says.
    """

    refuse: bool = False
    refuse_after: float | None = None
    alone: bool = False
    adapter: int | None = None
    overtakes: bool = False
    unreachable: bool = False
    drop_after: int | None = None
    hang_up: bool = False
    rate: int | None = None
    idle_close: float | None = None
    off: bool = False
    stall: bool = False
    busy: bool = False
    hot: bool = False
    off_line: bool = False
    forgets: bool = False
    letters: bool = False
    slow: bool = False
    paper: Paper = Paper.OK
    cover_open: bool = False
    cutter: Cutter = Cutter.OK
    answers: Answers = Answers.ALL
    late: float | None = None
    noise: bool = False
    split: bool = False

    @property
    def hindered(self) -> bool:
        """Whether nothing can be printed, though the printer hears and answers."""
        return self.cover_open or self.paper is Paper.OUT or self.cutter is not Cutter.OK or self.hot

    @property
    def deaf(self) -> bool:
        """Whether it neither reads nor answers."""
        return self.stall or self.off or self.unreachable

    @property
    def still(self) -> bool:
        """Whether no paper moves. A cable that was pulled out stops nothing that is in the printer already."""
        return self.hindered or self.busy or self.stall or self.off

    def changed(self, changes: Mapping[str, Any]) -> "Faults":
        """These faults with some changed, as a page or a test names them. Raises ValueError for what makes no sense."""
        checked: dict[str, Any] = {}
        for name, value in changes.items():
            if name not in _CHECKS:
                raise ValueError(f"no fault is called {name!r}")
            checked[name] = _CHECKS[name](name, value)
        return replace(self, **checked)

    def as_json(self) -> dict[str, Any]:
        """The faults as the page reads them."""
        return asdict(self)


def _switch(name: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"{name} is {value!r}, not true or false")
    return value


def _count(name: str, value: Any) -> int | None:
    if value is not None and (not isinstance(value, int) or isinstance(value, bool) or value < 1):
        raise ValueError(f"{name} is {value!r}, not a number of bytes")
    return value


def _seconds(name: str, value: Any) -> float | None:
    if value is not None and (not isinstance(value, int | float) or isinstance(value, bool) or not 0 < value <= 600):
        raise ValueError(f"{name} is {value!r}, not a number of seconds")
    return value


def _one_of(kind: type[StrEnum]) -> Callable[[str, Any], StrEnum]:
    return lambda _, value: kind(value)


_CHECKS: dict[str, Callable[[str, Any], Any]] = {
    **dict.fromkeys(("refuse", "unreachable", "hang_up", "off", "stall", "busy", "slow", "cover_open"), _switch),
    **dict.fromkeys(("noise", "split", "alone", "overtakes", "hot", "off_line", "forgets", "letters"), _switch),
    **dict.fromkeys(("drop_after", "rate", "adapter"), _count),
    **dict.fromkeys(("idle_close", "late", "refuse_after"), _seconds),
    "paper": _one_of(Paper),
    "cutter": _one_of(Cutter),
    "answers": _one_of(Answers),
}

"""What can be wrong with the virtual printer."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from printer.link.status import Paper


@dataclass(frozen=True)
class Faults:
    """The printer's troubles at one moment; all clear by default.

    `refuse` closes the port, `stall` stops reading and answering, `drop_after` breaks every connection once it has
    brought so many bytes, `slow` prints twenty times slower, `no_process_id` makes it a small printer that does not
    know GS ( H.
    """

    refuse: bool = False
    stall: bool = False
    drop_after: int | None = None
    slow: bool = False
    paper: Paper = Paper.OK
    cover_open: bool = False
    no_process_id: bool = False

    @property
    def hindered(self) -> bool:
        """Whether nothing can be printed, though the printer hears and answers."""
        return self.cover_open or self.paper is Paper.OUT

    def changed(self, changes: Mapping[str, Any]) -> "Faults":
        """These faults with some changed, as a page or a test names them. Raises ValueError for what makes no sense."""
        checked: dict[str, Any] = {}
        for name, value in changes.items():
            if name == "paper":
                checked[name] = Paper(value)
            elif name == "drop_after":
                if value is not None and (not isinstance(value, int) or isinstance(value, bool) or value < 1):
                    raise ValueError(f"drop_after is {value!r}, not a number of bytes")
                checked[name] = value
            elif name in ("refuse", "stall", "slow", "cover_open", "no_process_id"):
                if not isinstance(value, bool):
                    raise ValueError(f"{name} is {value!r}, not true or false")
                checked[name] = value
            else:
                raise ValueError(f"no fault is called {name!r}")
        return replace(self, **checked)

    def as_json(self) -> dict[str, Any]:
        """The faults as the page reads them."""
        return asdict(self)

"""What kind of printer the virtual one is: its head, its limits and its habits."""

from dataclasses import dataclass

TEAR_DOTS = 120  # from the head to the edge where a person tears: 15 mm at 203 dots an inch


@dataclass(frozen=True)
class Model:
    """A kind of printer, as a shop sells it. Unlike a fault, it does not change while the printer is on.

    `dots`: the width of the head; what a picture has beyond it is cut off. `raster_rows`, `raster_bytes`: the most that
    one GS v 0 may hold; a larger one is dropped, or with `spills` its data are printed as letters. `swallows`: a GS v 0
    whose number of rows is a multiple of this is lost (POS-5890K: 48, see python-escpos issue 424). `cutter`: without
    one GS V does nothing, and a ticket must be fed out to be torn off. `chinese`: after switching on and after ESC @ a
    byte from 0x80 on is half of a Chinese character, until FS . comes. `name` answers GS I 67.
    """

    dots: int = 576
    name: str = "Virtual printer"
    cutter: bool = True
    raster_rows: int | None = None
    raster_bytes: int | None = None
    spills: bool = False
    swallows: int | None = None
    chinese: bool = False

    def __post_init__(self) -> None:
        if self.dots % 8 or not 0 < self.dots <= 2048:
            raise ValueError(f"a head has a multiple of 8 dots, 2048 at most, not {self.dots}")

    def takes(self, rows: int, row_bytes: int) -> bool:
        """Whether one GS v 0 may be so large."""
        too_tall = self.raster_rows is not None and rows > self.raster_rows
        too_large = self.raster_bytes is not None and rows * row_bytes > self.raster_bytes
        return not (too_tall or too_large)

    def loses(self, rows: int) -> bool:
        """Whether a GS v 0 of so many rows is lost."""
        return bool(self.swallows) and rows % (self.swallows or 1) == 0

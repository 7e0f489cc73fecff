"""python-escpos, imported without what its import does to the process, and what its list knows of printer models."""

import functools
import importlib.util
import json
import logging
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

_NARROWEST_80 = 450  # dots
_FEWEST_LETTERS = 20
# Heads that the list does not name one by one (Epson's technical reference guides of each): 180 dots an inch on 80 mm,
# and the two for 58 mm.
_FAMILIES = {"tmt88": 512, "tmt90": 512, "tmt70": 512, "tmm10": 420, "tmp20": 384}
_NAMED_58 = re.compile("(?<![0-9])58")  # XP-58, POS58, ZJ-5805: clones for narrow paper are named for it


@functools.cache
def escpos() -> ModuleType:
    """The module `escpos.printer`.

    Importing it makes a temporary folder that nobody removes and configures the root logger (python-escpos 3.1,
    capabilities.py). Here the folder is made inside one that is removed, and the logger is put back.
    """
    root = logging.getLogger()
    handlers, folder = list(root.handlers), tempfile.tempdir
    with tempfile.TemporaryDirectory(prefix="escpos-") as scratch:
        tempfile.tempdir = scratch
        try:
            from escpos import printer
        finally:
            tempfile.tempdir = folder
            for handler in [added for added in root.handlers if added not in handlers]:
                root.removeHandler(handler)
    # It reports each opened port at INFO; the agent logs that itself, once.
    logging.getLogger("escpos").setLevel(logging.WARNING)
    module: ModuleType = printer
    return module


@dataclass(frozen=True)
class KnownModel:
    """What is known of one printer model. `key` is its name for `profile=`.

    `dots`: the width of its head, None where the list does not say. `letters`: how many of its own stand in a line.
    `pictures`: whether it takes `GS v 0`.
    """

    key: str
    maker: str
    dots: int | None
    letters: int | None
    cutter: bool
    pictures: bool

    @property
    def paper(self) -> int | None:
        """The roll that it takes, 58 or 80 mm."""
        return None if self.dots is None else paper_for(self.dots)


def paper_for(dots: int) -> int:
    """The roll that a head of so many dots prints on: the widest of 58 mm has 432, the narrowest of 80 mm 504."""
    return 58 if dots < _NARROWEST_80 else 80


def roll_of(model: str) -> int | None:
    """The paper that a printer of this model takes, 58 or 80 mm; None: not known."""
    dots = dots_of(model)
    return None if dots is None else paper_for(dots)


def dots_of(model: str) -> int | None:
    """The width of the head of a model, as the printer names itself (GS I 67), in dots; None: not known."""
    known = find_model(model)
    if known is not None and known.dots is not None:
        return known.dots
    name = _plain(model)
    narrow = 384 if _NAMED_58.search(name) else None
    return next((dots for family, dots in _FAMILIES.items() if name.startswith(family)), narrow)


def find_model(name: str) -> KnownModel | None:
    """The model of that name: its own, or the one that `profile=` takes, in any case and with its maker or without."""
    return _by_name().get(_plain(name))


@functools.cache
def models() -> tuple[KnownModel, ...]:
    """Every ticket printer of python-escpos's list (escpos-printer-db), and not the customer displays in it."""
    return tuple(_model(key, entry) for key, entry in sorted(_profiles().items()) if _prints_tickets(key, entry))


@functools.cache
def _profiles() -> dict[str, dict[str, Any]]:
    """The list as the package brings it: read without importing the package, which takes a second."""
    package = importlib.util.find_spec("escpos")
    assert package is not None and package.submodule_search_locations
    file = Path(package.submodule_search_locations[0], "capabilities.json")
    profiles: dict[str, dict[str, Any]] = json.loads(file.read_text(encoding="utf-8"))["profiles"]
    return profiles


def _prints_tickets(key: str, entry: dict[str, Any]) -> bool:
    prints = any(entry["features"].get(f"bitImage{kind}") for kind in ("Raster", "Column"))
    return prints and key not in ("default", "simple")


@functools.cache
def _by_name() -> dict[str, KnownModel]:
    found: dict[str, KnownModel] = {}
    for model in models():
        label = _profiles()[model.key]["name"]
        for name in (label, model.key):  # where two share a label, the first is meant
            found.setdefault(_plain(name), model)
            found.setdefault(_plain(f"{model.maker} {name}"), model)
    return found


def _model(key: str, entry: dict[str, Any]) -> KnownModel:
    pixels = entry["media"]["width"].get("pixels")
    columns = entry["fonts"]["0"]["columns"]
    features = entry["features"]
    return KnownModel(
        key=key,
        maker=entry["vendor"],
        dots=pixels if isinstance(pixels, int) else None,
        letters=columns if columns >= _FEWEST_LETTERS else None,  # one entry has the size of a letter there
        cutter=bool(features.get("paperFullCut") or features.get("paperPartCut")),
        pictures=bool(features.get("bitImageRaster")),
    )


def _plain(name: str) -> str:
    """A name without what makers and people write differently."""
    return re.sub(r"[^a-z0-9+]", "", name.casefold().removeprefix("epson"))

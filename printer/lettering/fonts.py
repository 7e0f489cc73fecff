"""Which typeface draws a character: the house font first, then the fonts that come along, then any of the system."""

import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import IntEnum
from pathlib import Path

import structlog
import uharfbuzz as hb

from printer.lettering.woff import unwrap

_log = structlog.get_logger(__name__)

HOUSE_FONTS = Path(__file__).resolve().parent.parent / "fonts"
SYSTEM_FONTS = (
    Path("/usr/share/fonts"),
    Path("/usr/local/share/fonts"),
    Path.home() / ".local/share/fonts",
    Path("/System/Library/Fonts"),
    Path("C:/Windows/Fonts"),
)
_EMBOLDEN = 0.025  # of the em
_FONT_SUFFIXES = {".ttf", ".otf", ".ttc", ".woff"}
_HOUSE_FAMILY = "atkinson-hyperlegible-next-"
# Fonts that draw every character as the same sign: a ticket of these says nothing.
_SIGNS_ONLY = re.compile("last.?resort|adobe.?blank|fallback", re.IGNORECASE)


class Weight(IntEnum):
    """How heavy a line is set, as CSS counts it."""

    REGULAR = 400
    BOLD = 700
    HEAVY = 800


@dataclass(frozen=True, eq=False)
class Typeface:
    """One font file at one weight; sizes are applied when it draws. Compared by identity."""

    name: str
    font: hb.Font
    upem: int
    characters: frozenset[int]

    @classmethod
    def from_file(cls, path: Path, *, embolden: bool = False) -> "Typeface":
        """Reads a font file, the first face of a collection; `embolden` thickens the strokes of one that is not bold.

        Raises OSError or ValueError when it cannot be read as a font.
        """
        face = hb.Face(unwrap(path.read_bytes()))
        # Fonts of coloured pictures (most emoji) have characters but no outlines to fill.
        outlines = {"glyf", "CFF ", "CFF2"} & set(face.table_tags)
        characters = frozenset(face.unicodes) if outlines else frozenset()
        font = hb.Font(face)
        if embolden:
            font.synthetic_bold = (_EMBOLDEN, _EMBOLDEN, False)
        return cls(path.name, font, face.upem or 1000, characters)

    def covers(self, text: str) -> bool:
        """Whether every character of the text has a glyph here."""
        return all(ord(character) in self.characters for character in text)


@dataclass
class FontBook:
    """Chooses a typeface for a piece of text, and remembers the choice.

    The house font (Atkinson Hyperlegible Next, made to be told apart by weak eyes) is asked first, then the fonts of
    other scripts that come along (Noto Sans); what these have not is looked for among the system's. A font is read only
    when it is first needed.
    """

    house: Path = HOUSE_FONTS
    system: tuple[Path, ...] = SYSTEM_FONTS
    _house: dict[Path, Typeface] = field(default_factory=dict, init=False)
    _system: dict[tuple[Path, bool], Typeface] = field(default_factory=dict, init=False)
    _chosen: dict[tuple[str, Weight], Typeface | None] = field(default_factory=dict, init=False)

    def face_for(self, cluster: str, weight: Weight) -> Typeface | None:
        """The typeface for one user-perceived character, or None when no font here can draw it."""
        key = (cluster, weight)
        if key not in self._chosen:
            self._chosen[key] = next((face for face in self._candidates(weight) if face.covers(cluster)), None)
        return self._chosen[key]

    def _candidates(self, weight: Weight) -> Iterator[Typeface]:
        for path in _house_files(self.house, weight):
            if path not in self._house:
                self._house[path] = Typeface.from_file(path)
            yield self._house[path]
        bold = weight >= Weight.BOLD
        for path in self._system_files(bold):
            embolden = bold and "bold" not in path.stem.lower()
            if (path, embolden) not in self._system:
                self._system[path, embolden] = _readable(path, embolden)
            yield self._system[path, embolden]

    @functools.lru_cache(maxsize=2)  # noqa: B019 - one book lives as long as its process
    def _system_files(self, bold: bool) -> tuple[Path, ...]:
        files = [
            path
            for folder in self.system
            if folder.is_dir()
            for path in folder.rglob("*")
            if path.suffix.lower() in _FONT_SUFFIXES and not _SIGNS_ONLY.search(path.stem)
        ]
        return tuple(sorted(files, key=lambda path: _system_preference(path, bold)))

    # Two books over the same folders choose alike, so a book may be a cache key by identity.
    __hash__ = object.__hash__


def _readable(path: Path, embolden: bool) -> Typeface:
    """The typeface, or one that covers nothing where the file cannot be read."""
    try:
        return Typeface.from_file(path, embolden=embolden)
    except (OSError, ValueError) as error:
        _log.warning("font unreadable", font=str(path), error=str(error))
        return Typeface(path.name, hb.Font(hb.Face(b"")), 1000, frozenset())


@functools.lru_cache(maxsize=8)
def _house_files(folder: Path, weight: Weight) -> tuple[Path, ...]:
    """The files at that weight, the house font's first; the others have no weight beyond bold."""
    own = folder.glob(f"{_HOUSE_FAMILY}*-{int(weight)}-normal.woff")
    others = folder.glob(f"*-{min(int(weight), int(Weight.BOLD))}-normal.woff")
    return (
        *sorted(own, key=lambda path: len(path.name)),
        *sorted(path for path in others if not path.name.startswith(_HOUSE_FAMILY)),
    )


def _system_preference(path: Path, bold: bool) -> tuple[int, str]:
    """Upright sans of the wanted weight first: what a reader takes for the same voice."""
    name = path.stem.lower()
    odd = sum(
        word in name for word in ("mono", "italic", "oblique", "condensed", "serif", "light", "thin", "black", "math")
    )
    wrong_weight = ("bold" in name) != bold
    return (odd * 4 + wrong_weight * 2 + ("sans" not in name), name)


@functools.cache
def the_font_book() -> FontBook:
    """The book of this process: fonts are read once."""
    return FontBook()

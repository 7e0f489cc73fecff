"""Text to lines of placed glyphs: cleaning, direction, fonts, shaping, breaking.

Lengths are dots of paper; x grows to the right, y grows downwards from a line's baseline.
"""

import functools
import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import uharfbuzz as hb
from bidi import algorithm as bidi
from PIL import Image

from printer.lettering.clusters import clusters, shown
from printer.lettering.coverage import drawable
from printer.lettering.fonts import FontBook, Typeface, Weight, the_font_book

_ELLIPSIS = "…"
_NO_GLYPH = 0  # .notdef, which every font draws as a box
# Marks that turn the direction of what follows: a name must not turn the rest of the ticket around.
_DIRECTION_MARKS = re.compile("[\u202a-\u202e\u2066-\u2069]")
_SPACES = re.compile(r"\s+")
_WORD_ENDS = "\u200b"  # zero width space: where scripts without spaces may break
_THAI = re.compile("[\u0e00-\u0e7f]+")
# Where none of these stands in a text that starts at the left, all of it reads from the left.
_TURNING = frozenset(("R", "AL", "AN", "RLE", "RLO", "RLI", "LRE", "LRO", "LRI", "FSI", "PDF", "PDI"))
_BRACKETS = {"(": ")", "[": "]", "{": "}"}
_WIDE = ("CJK", "HIRAGANA", "KATAKANA", "IDEOGRAPHIC", "FULLWIDTH")


@dataclass(frozen=True)
class Glyph:
    """One shape at its place."""

    face: Typeface
    id: int
    x: float
    y: float
    width: float


@dataclass(frozen=True)
class Line:
    """One set line: its glyphs from left to right, its width, and whether it starts at the right edge."""

    glyphs: tuple[Glyph, ...]
    width: float
    size: float
    right_to_left: bool
    stretch: float = 1.0

    def draw(self, paper: Image.Image, left: float, baseline: float, ink: int = 0) -> None:
        """Draws the line on a greyscale paper; `ink` 0 is black, 255 white (on a black ground)."""
        pen = hb.RasterDraw()
        for glyph in self.glyphs:
            scale = self.size / glyph.face.upem
            pen.transform = (scale * self.stretch, 0, 0, scale, left + glyph.x, -baseline - glyph.y)
            pen.draw_glyph(glyph.face.font, glyph.id)
        picture = pen.render()
        if picture is None or not picture.extents.width or not picture.extents.height:
            return
        extents = picture.extents
        cover = Image.frombytes(
            "L", (extents.width, extents.height), bytes(picture.buffer), "raw", "L", extents.stride, -1
        )
        paper.paste(ink, (extents.x_origin, -extents.y_origin - extents.height), cover)


def clean(text: str) -> str:
    """Text that is only text: one line, no control characters, nothing that turns the ticket around."""
    text = unicodedata.normalize("NFC", _SPACES.sub(" ", text))
    text = _DIRECTION_MARKS.sub("", text)
    return "".join(c for c in text if unicodedata.category(c) not in ("Cc", "Cs", "Cn", "Co")).strip()


def set_line(text: str, size: float, weight: Weight, *, stretch: float = 1.0, book: FontBook | None = None) -> Line:
    """The text on one line, however long it becomes. `stretch` narrows (< 1) or widens every glyph."""
    book = book or the_font_book()
    return _shape(drawable(clean(text), weight, book), size, weight, stretch, book, None)


def set_lines(
    text: str, size: float, weight: Weight, width: float, *, at_most: int = 4, book: FontBook | None = None
) -> list[Line]:
    """The text broken into lines no wider than `width` dots; what exceeds `at_most` lines ends in "…"."""
    book = book or the_font_book()
    text = drawable(clean(text), weight, book)
    base = _base_level(text)
    whole = _shape(text, size, weight, 1.0, book, base)
    if whole.width <= width:
        return [whole] if text else []
    broken = list(_break(text, lambda part: _shape(part, size, weight, 1.0, book, base).width <= width))
    if len(broken) > at_most:
        last = broken[at_most - 1].rstrip()
        while last and _shape(last + _ELLIPSIS, size, weight, 1.0, book, base).width > width:
            last = "".join(clusters(last)[:-1])
        broken = [*broken[: at_most - 1], last.rstrip() + _ELLIPSIS]
    return [_shape(part.strip(), size, weight, 1.0, book, base) for part in broken]


def _break(text: str, fits: Callable[[str], bool]) -> Iterator[str]:
    """Greedy lines; a unit wider than the paper (a long name, Khmer without spaces) breaks between characters."""
    line = ""
    for unit in _units(text):
        if fits((line + unit).rstrip()):
            line += unit
            continue
        if line.strip():
            yield line
        line = unit
        while not fits(line.rstrip()):
            parts = clusters(line)
            if len(parts) == 1:
                break
            low, high = 1, len(parts) - 1
            while low < high:
                middle = (low + high + 1) // 2
                low, high = (middle, high) if fits("".join(parts[:middle])) else (low, middle - 1)
            yield "".join(parts[:low])
            line = "".join(parts[low:])
    if line.strip():
        yield line


def _units(text: str) -> list[str]:
    """Pieces between which a line may break: after spaces and hyphens, around ideographs, between Thai words.

    Lao, Khmer and Burmese have no spaces between words either; they break where a zero width space says so.
    """
    units: list[str] = []
    words, at = _thai_words(text), 0
    for cluster in clusters(text):
        last = units[-1] if units else ""
        breaks = last and (
            last[-1].isspace() or last[-1] in "-–—/" + _WORD_ENDS or _wide(last[-1]) or _wide(cluster) or at in words
        )
        joins = last and not breaks
        at += len(cluster)
        closes = last and (
            cluster.isspace() or (unicodedata.category(cluster[0]) in ("Pe", "Pf", "Po") and not last[-1].isspace())
        )
        if joins or closes:
            units[-1] += cluster
        else:
            units.append(cluster)
    return units


def _wide(character: str) -> bool:
    return unicodedata.name(character[0], "").startswith(_WIDE)


def _thai_words(text: str) -> frozenset[int]:
    """Where a Thai word begins that follows another one; the model is Google's BudouX, of 33 kB."""
    starts = set()
    for run in _THAI.finditer(text):
        at = run.start()
        for word in _thai_parser()(run[0]):
            starts.add(at)
            at += len(word)
    return frozenset(starts)


@functools.cache
def _thai_parser() -> Callable[[str], list[str]]:
    import budoux  # needed for Thai alone

    return budoux.load_default_thai_parser().parse


def _base_level(text: str) -> int:
    return int(bidi.get_base_level(text))


def _levels(text: str, base: int) -> list[int]:
    """The embedding level of every character (Unicode Standard Annex #9); odd reads from right to left."""
    if base == 0 and not any(unicodedata.bidirectional(character) in _TURNING for character in text):
        return [0] * len(text)
    storage = bidi.get_empty_storage()
    storage["base_level"], storage["base_dir"] = base, "LR"[base]
    # The algorithm drops joiners (rule X9); here they keep the level of what they follow.
    kept = [index for index, character in enumerate(text) if unicodedata.bidirectional(character) != "BN"]
    bidi.get_embedding_levels("".join(text[index] for index in kept), storage)
    bidi.explicit_embed_and_overrides(storage)
    bidi.resolve_weak_types(storage)
    _pair_brackets(storage["chars"], base)
    bidi.resolve_neutral_types(storage, False)
    bidi.resolve_implicit_levels(storage, False)
    resolved = {index: int(entry["level"]) for index, entry in zip(kept, storage["chars"], strict=True)}
    levels: list[int] = []
    for index in range(len(text)):
        levels.append(resolved.get(index, levels[-1] if levels else base))
    return levels


def _pair_brackets(characters: list[dict[str, Any]], base: int) -> None:
    """Gives both brackets of a pair one direction (UAX #9, rule N0), which the library leaves out.

    Without it "(VISA) 2026" on an Arabic ticket reads "VISA) 2026)". `characters` are the library's, changed in place.
    """
    own, other = ("R", "L") if base else ("L", "R")
    strong = {"L": "L", "R": "R", "EN": "R", "AN": "R"}
    opened: list[int] = []
    for at, entry in enumerate(characters):
        if entry["ch"] in _BRACKETS:
            opened.append(at)
        elif opened and entry["ch"] == _BRACKETS[characters[opened[-1]]["ch"]]:
            start = opened.pop()
            within = {strong.get(inner["type"]) for inner in characters[start + 1 : at]}
            before = next((strong[e["type"]] for e in reversed(characters[:start]) if e["type"] in strong), own)
            if own in within:
                direction = own
            elif other in within:
                direction = other if before == other else own
            else:
                continue
            characters[start]["type"] = entry["type"] = direction


@dataclass
class _Run:
    """A stretch of text of one level, one face and one script, as HarfBuzz wants it."""

    text: str
    level: int
    face: Typeface | None
    script: str


def _runs(text: str, weight: Weight, book: FontBook, base: int) -> list[_Run]:
    levels = _levels(text, base)
    faces = {book.face_for(character, weight) for character in set(text)} if text.isascii() else set()
    if len(faces) == 1 and None not in faces and not any(levels):
        return [_Run(text, 0, faces.pop(), "LATIN")]
    runs: list[_Run] = []
    at = 0
    for cluster in clusters(text):
        level, script = levels[at], _script(cluster)
        at += len(cluster)
        last = runs[-1] if runs else None
        drawn = shown(cluster)
        face = book.face_for(drawn, weight) if drawn else (last.face if last else None)
        # Spaces and stops stay with the word before them when its face has them: one voice, one shaping.
        if not script and last and last.face and last.level == level and last.face.covers(drawn):
            face = last.face
        joined = (
            last and last.face is face and face and last.level == level and (not script or last.script in ("", script))
        )
        if last and joined:
            last.text += cluster
            last.script = last.script or script
        else:
            runs.append(_Run(cluster, level, face, script))
    return _reordered(runs)


@functools.lru_cache(1024)
def _script(cluster: str) -> str:
    """The script of a letter ("LATIN", "ARABIC"), read from its Unicode name; empty for what all scripts share."""
    if not unicodedata.category(cluster[0]).startswith("L"):
        return ""
    return unicodedata.name(cluster[0], "").split(" ")[0]


def _reordered(runs: list[_Run]) -> list[_Run]:
    """Runs in the order they stand on paper, from left to right (UAX #9, rule L2)."""
    runs = list(runs)
    highest = max((run.level for run in runs), default=0)
    for level in range(highest, 0, -1):
        start = 0
        while start < len(runs):
            end = start
            while end < len(runs) and runs[end].level >= level:
                end += 1
            runs[start:end] = runs[start:end][::-1]
            start = end + 1
    return runs


@functools.lru_cache(512)  # most words of a ticket are those of the one before: branch, service, what to scan
def _shape(text: str, size: float, weight: Weight, stretch: float, book: FontBook, base: int | None) -> Line:
    base = _base_level(text) if base is None else base
    glyphs: list[Glyph] = []
    x = 0.0
    for run in _runs(text, weight, book, base):
        if run.face is None:
            continue  # characters without a shape
        scale = size / run.face.upem
        for glyph, advance in _shaped(run):
            if glyph[0] == _NO_GLYPH:
                continue  # a font that promised more than it has: nothing rather than its box
            placed_x = x + glyph[1] * scale * stretch
            glyphs.append(Glyph(run.face, glyph[0], placed_x, -glyph[2] * scale, advance * scale * stretch))
            x += advance * scale * stretch
    return Line(tuple(glyphs), x, size, base % 2 == 1, stretch)


def _shaped(run: _Run) -> Sequence[tuple[tuple[int, int, int], int]]:
    """((glyph, x offset, y offset), advance) in font units, from left to right."""
    assert run.face is not None
    buffer = hb.Buffer()
    buffer.add_str(run.text)
    buffer.guess_segment_properties()
    buffer.direction = "rtl" if run.level % 2 else "ltr"
    hb.shape(run.face.font, buffer)
    return [
        ((info.codepoint, position.x_offset, position.y_offset), position.x_advance)
        for info, position in zip(buffer.glyph_infos, buffer.glyph_positions, strict=True)
    ]

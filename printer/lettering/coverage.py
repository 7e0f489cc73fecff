"""Letters that no font of this machine can draw: what stands on paper in their place, and what to install.

A ticket never shows a box. A letter without a font is written in Latin letters; a picture (emoji) is left out, and
named in words where nothing else would be left.
"""

import functools
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from anyascii import anyascii

from printer.lettering.clusters import clusters, shown
from printer.lettering.fonts import FontBook, Weight, the_font_book

_SHOWN = 12  # letters of one script that are named
_CJK = ("CJK", "HIRAGANA", "KATAKANA", "HANGUL", "BOPOMOFO", "IDEOGRAPHIC")
_PACKAGES = {**dict.fromkeys(_CJK, "fonts-noto-cjk"), "THAI": "fonts-thai-tlwg"}
_USUAL_PACKAGE = "fonts-noto-core"  # most living scripts
_SYMBOLS_PACKAGE = "fonts-symbola"  # symbols and emoji as outlines; fonts of coloured pictures cannot be printed
_NAMES = {"CJK": "Chinese or Japanese", "HANGUL": "Korean"}


# Scripts without spaces between words, where nothing here knows the words. Thai is not among them.
_UNSPACED = re.compile("[\u0e80-\u0eff\u1000-\u109f\u1780-\u17ff]+")
# A few letters each of the scripts that more than a million people read.
_SAMPLES = (
    *("Łőş", "Жї", "Ωά", "ỗ", "حق", "שלום", "हिन्दी", "বাংলা", "தமிழ்", "తెలుగు", "ಕನ್ನಡ", "മലയാളം", "ગુજરાતી", "ਪੰਜਾਬੀ"),
    *("සිංහල", "ไทย", "ລາວ", "ខ្មែរ", "မြန်မာ", "ქართული", "հայերեն", "አማርኛ", "ꦗꦮ", "中文", "かな", "한국어"),
)
_LONG_WORD = 14  # characters: about half a line


class NoFont(Exception):
    """There is no font here, not even for plain letters; the message says what to do."""


@dataclass(frozen=True, order=True)
class Missing:
    """Letters of one script that no font here can draw. `package`: what has them, on Debian and its kin."""

    script: str
    letters: str
    package: str

    @property
    def advice(self) -> str:
        """What to do, for somebody at this machine."""
        return f"apt install {self.package}"

    def in_words(self) -> str:
        """All of it in one line."""
        return f"{self.script} ({self.letters}): install {self.package}"


def missing(texts: Iterable[str], book: FontBook | None = None) -> tuple[Missing, ...]:
    """What of these texts no font here can draw, script by script."""
    book = book or the_font_book()
    by_script: dict[tuple[str, str], dict[str, None]] = {}
    for text in texts:
        for cluster in _without_font(unicodedata.normalize("NFC", text), book):
            by_script.setdefault(_script(cluster), {})[cluster] = None
    return tuple(
        Missing(script, "".join([*found][:_SHOWN]) + ("…" if len(found) > _SHOWN else ""), package)
        for (script, package), found in sorted(by_script.items())
    )


def lacking(book: FontBook | None = None) -> tuple[Missing, ...]:
    """The scripts, of those that many people read, that no font here can draw."""
    return missing(_SAMPLES, book)


def unspaced(texts: Iterable[str]) -> tuple[str, ...]:
    """Long stretches of Lao, Burmese or Khmer without a space: a line that has to break there breaks inside a word."""
    found = (run[0] for text in texts for run in _UNSPACED.finditer(text))
    return tuple(dict.fromkeys(run for run in found if len(clusters(run)) > _LONG_WORD))


@functools.lru_cache(1024)
def drawable(text: str, weight: Weight, book: FontBook) -> str:
    """The text in characters that some font here can draw. Raises NoFont when there is none for plain letters."""
    written = ""
    replaced = False
    for cluster in clusters(text):
        seen = shown(cluster)
        if not seen or seen.isspace() or book.face_for(seen, weight):
            written += cluster
            continue
        if cluster.isascii():
            raise NoFont("there is no font for plain letters; build the pages (deploy/pages.py), which brings it")
        replaced = True
        written += _instead(seen, weight, book)
    if not replaced:
        return text
    written = " ".join(written.split())
    return written or named(text)


def romanised(cluster: str) -> str:
    """The nearest Latin letters, in ASCII; nothing for a picture."""
    latin = anyascii(cluster)
    return "" if latin.startswith(":") else latin  # it calls pictures :by_their_name:


def named(text: str) -> str:
    """A text of nothing but pictures, as the names of these: better than no word at all."""
    return " ".join(anyascii(text).replace(":", " ").replace("_", " ").split())


def _instead(cluster: str, weight: Weight, book: FontBook) -> str:
    """What stands for a cluster without a font: its letter without marks, Latin letters, or nothing for a picture."""
    plainer = "".join(c for c in unicodedata.normalize("NFKD", cluster) if not unicodedata.combining(c))
    if plainer and book.face_for(plainer, weight):
        return plainer
    return romanised(cluster)


@functools.lru_cache(1024)
def _without_font(text: str, book: FontBook) -> tuple[str, ...]:
    if text.isascii():
        return ()
    unseen = (shown(cluster) for cluster in clusters(text))
    return tuple(c for c in unseen if c.strip() and c.isprintable() and not book.face_for(c, Weight.BOLD))


def _script(cluster: str) -> tuple[str, str]:
    """The script of a cluster, in words, and the package that has a font for it."""
    letter = next((c for c in cluster if unicodedata.category(c)[0] in "LNM"), None)
    if letter is None:
        return "symbols and pictures", _SYMBOLS_PACKAGE
    name = unicodedata.name(letter, "").split(" ")[0].split("-")[0]
    return _NAMES.get(name, name.capitalize() or "unknown"), _PACKAGES.get(name, _USUAL_PACKAGE)

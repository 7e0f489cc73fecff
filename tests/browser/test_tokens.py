"""The colours of the visual language: every pairing that base.css makes can be read in both themes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

TOKENS = Path(__file__).resolve().parents[2] / "server" / "pages" / "shared" / "tokens.css"
THEMES = ("light", "dark")

TEXT_ON_GROUND = [
    (text, ground)
    for text in ("ink", "ink-soft", "leaf", "leaf-strong", "brick", "brick-strong", "indigo")
    for ground in ("ground", "surface")
] + [
    ("ink", "inset"),
    ("ink-soft", "inset"),
    ("on-leaf", "leaf"),
    ("on-leaf", "leaf-strong"),
    ("on-leaf-tint", "leaf-tint"),
    ("on-call", "call"),
    ("on-call-tint", "call-tint"),
    ("on-brick", "brick"),
    ("on-brick-tint", "brick-tint"),
    ("on-indigo-tint", "indigo-tint"),
]
EDGE_ON_GROUND = [(edge, ground) for edge in ("edge", "focus") for ground in ("ground", "surface", "inset")]


def colours(theme: str) -> dict[str, str]:
    """The value of each colour token in a theme, as #rrggbb."""
    css = TOKENS.read_text(encoding="utf-8")
    both = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", css))
    pattern = r"--([\w-]+): var\(--if-light, (#[0-9a-f]{6})\) var\(--if-dark, (#[0-9a-f]{6})\);"
    for name, light, dark in re.findall(pattern, css):
        both[name] = light if theme == "light" else dark
    return both


def luminance(colour: str) -> float:
    """Relative luminance as WCAG 2.2 defines it."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(("text", "ground"), TEXT_ON_GROUND)
def test_text_has_the_contrast_that_aa_asks_for(theme: str, text: str, ground: str) -> None:
    palette = colours(theme)
    assert contrast(palette[text], palette[ground]) >= 4.5


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(("edge", "ground"), EDGE_ON_GROUND)
def test_edges_of_what_can_be_used_stand_out(theme: str, edge: str, ground: str) -> None:
    palette = colours(theme)
    assert contrast(palette[edge], palette[ground]) >= 3


@pytest.mark.parametrize("theme", THEMES)
def test_a_call_and_plain_ink_can_be_read_by_weak_eyes(theme: str) -> None:
    palette = colours(theme)
    assert contrast(palette["on-call"], palette["call"]) >= 7
    assert contrast(palette["ink"], palette["ground"]) >= 7

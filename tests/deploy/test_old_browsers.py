"""What the pages' style sheets ask of a browser, where the linter of `deploy/pages.py --types` cannot tell."""

from __future__ import annotations

import json
import re

from deploy import pages

SHEETS = sorted(path for folder in pages.SOURCES for path in (pages.ROOT / folder).rglob("*.css"))
FUNCTION = re.compile(r"^\s*([\w-]+):.*\b(?:min|max|clamp)\((?!-content)", re.MULTILINE)
GUARDED = re.compile(r"@supports[^{]*\{(?:[^{}]|\{[^{}]*\})*\}")


def test_the_bundles_are_made_and_checked_for_the_same_browser() -> None:
    (browser,) = json.loads((pages.ROOT / "package.json").read_text(encoding="utf-8"))["browserslist"]
    assert browser.replace(" ", "") == pages.BROWSER


def test_before_each_size_that_is_computed_from_several_stands_a_plain_one() -> None:
    """min(), max() and clamp() came with Chrome 79; `@supports` may guard them too."""
    assert SHEETS
    bare = []
    for path in SHEETS:
        text = GUARDED.sub("", re.sub(r"/\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.DOTALL))
        for found in FUNCTION.finditer(text):
            rule = text[text.rindex("{", 0, found.start()) : found.start()]
            if not re.search(rf"^\s*{found[1]}:", rule, re.MULTILINE):
                bare.append(f"{path.name}: {found[0].strip()}")
    assert bare == []

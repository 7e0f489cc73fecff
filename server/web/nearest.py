"""Suggest the most similar API route for an unknown path."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher
from functools import lru_cache

from flask import current_app
from werkzeug.routing import Rule

_EXTENSION = "giliran.routes"
_PARTS = 8
_PART = 40
"""The number of path parts compared, and of characters of each, since strangers send paths of any length."""
_MIN_LIKENESS = 0.65
"""The minimum similarity (difflib ratio, 0…1) of two path parts to count as a typing error."""
_NAME_LIKE = 0.5
_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


class Routes:
    """The documented routes, searched for the one most similar to a path."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        methods: dict[str, set[str]] = {}
        for rule in rules:
            path = rule.rule.replace("<path:", "<").replace("<", "{").replace(">", "}")
            methods.setdefault(path, set()).update(rule.methods or ())
        self._routes = {
            tuple(path.strip("/").split("/")): f"{method_list(methods[path])} {path}" for path in sorted(methods)
        }
        self._nearest = lru_cache(maxsize=256)(self._find)

    def nearest(self, path: str) -> str:
        """Return the methods and path of the most similar route: `GET, POST /api/v1/branches/{slug}/tickets`."""
        return self._nearest(tuple(part[:_PART] for part in path.strip("/").split("/", _PARTS)[:_PARTS]))

    def _find(self, asked: tuple[str, ...]) -> str:
        best = max(self._routes, key=lambda route: _likeness(asked, route))
        return self._routes[best]


def method_list(methods: Iterable[str]) -> str:
    """List the methods other than HEAD and OPTIONS, in their usual order."""
    given = set(methods)
    return ", ".join(method for method in _METHODS if method in given)


def routes() -> Routes:
    """Return the routes of the running application."""
    cached = current_app.extensions.get(_EXTENSION)
    if cached is None:
        rules = (rule for rule in current_app.url_map.iter_rules() if rule.endpoint.startswith("api."))
        cached = current_app.extensions[_EXTENSION] = Routes(rules)
    assert isinstance(cached, Routes)
    return cached


def _likeness(asked: Sequence[str], route: Sequence[str]) -> float:
    """Return the similarity of two paths (0…1): the best sum over their parts, in order; parts may be skipped."""
    row = [0.0] * (len(route) + 1)
    for asked_part in asked:
        before = row
        row = [0.0]
        for n, part in enumerate(route):
            row.append(max(row[n], before[n + 1], before[n] + _part_likeness(asked_part, part)))
    return 2 * row[-1] / (len(asked) + len(route))


@lru_cache(maxsize=4096)
def _part_likeness(asked: str, part: str) -> float:
    """Return the similarity of two path parts (0…1); a parameter is somewhat similar to everything."""
    if part[0] == "{" and asked:
        return _NAME_LIKE
    word = asked.lower()
    if word == part:
        return 1.0
    if 2 * min(len(word), len(part)) < _MIN_LIKENESS * (len(word) + len(part)):
        return 0.0  # their lengths rule it out; checked first, since comparing is slow
    matcher = SequenceMatcher(None, word, part, autojunk=False)
    ratio = matcher.ratio() if matcher.quick_ratio() >= _MIN_LIKENESS else 0.0
    return ratio if ratio >= _MIN_LIKENESS else 0.0

"""Which route of the API was probably meant, where a path leads to none."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher
from functools import lru_cache

from flask import current_app
from werkzeug.routing import Rule

_EXTENSION = "giliran.routes"
_PARTS = 8
_PART = 40
"""So many parts of a path are compared, and so many characters of each: strangers send any."""
_LIKE = 0.65
"""How alike two parts of a path are at least, 0…1, to be taken for a slip; as difflib has it."""
_NAME_LIKE = 0.5
_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


class Routes:
    """The documented routes, asked for the one nearest to a path."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        methods: dict[str, set[str]] = {}
        for rule in rules:
            path = rule.rule.replace("<path:", "<").replace("<", "{").replace(">", "}")
            methods.setdefault(path, set()).update(rule.methods or ())
        self._routes = {
            tuple(path.strip("/").split("/")): f"{in_words(methods[path])} {path}" for path in sorted(methods)
        }
        self._nearest = lru_cache(maxsize=256)(self._find)

    def nearest(self, path: str) -> str:
        """The methods and the path of the route most like `path`: `GET, POST /api/v1/branches/{slug}/tickets`."""
        return self._nearest(tuple(part[:_PART] for part in path.strip("/").split("/", _PARTS)[:_PARTS]))

    def _find(self, asked: tuple[str, ...]) -> str:
        best = max(self._routes, key=lambda route: _likeness(asked, route))
        return self._routes[best]


def in_words(methods: Iterable[str]) -> str:
    """The methods that do something, in their usual order."""
    known = set(methods)
    return ", ".join(method for method in _METHODS if method in known)


def routes() -> Routes:
    """The routes of the running application."""
    found = current_app.extensions.get(_EXTENSION)
    if found is None:
        rules = (rule for rule in current_app.url_map.iter_rules() if rule.endpoint.startswith("api."))
        found = current_app.extensions[_EXTENSION] = Routes(rules)
    assert isinstance(found, Routes)
    return found


def _likeness(asked: Sequence[str], route: Sequence[str]) -> float:
    """How alike two paths are, 0…1: the best sum of what their parts have in common, in order, some left out."""
    row = [0.0] * (len(route) + 1)
    for one in asked:
        before = row
        row = [0.0]
        for n, part in enumerate(route):
            row.append(max(row[n], before[n + 1], before[n] + _part_likeness(one, part)))
    return 2 * row[-1] / (len(asked) + len(route))


@lru_cache(maxsize=4096)
def _part_likeness(asked: str, part: str) -> float:
    """The same of two parts; what stands for a name is somewhat like everything."""
    if part[0] == "{" and asked:
        return _NAME_LIKE
    word = asked.lower()
    if word == part:
        return 1.0
    if 2 * min(len(word), len(part)) < _LIKE * (len(word) + len(part)):
        return 0.0  # however alike, they cannot be as much; asked first, since comparing is what takes time
    matcher = SequenceMatcher(None, word, part, autojunk=False)
    found = matcher.ratio() if matcher.quick_ratio() >= _LIKE else 0.0
    return found if found >= _LIKE else 0.0

"""A safe YAML loader: each name at most once, a bound on size, and every fault with its line in plain words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

LONGEST = 1_000_000
"""Characters of a file; a branch with a hundred counters takes some twenty thousand."""
MOST_PARTS = 100_000
"""Values of a file with all its aliases written out: an alias of aliases can stand for billions."""
_TAG = "tag:yaml.org,2002:"
_KINDS = {"bool": "true or false", "int": "a number", "float": "a number", "timestamp": "a date", "null": "nothing"}
"""YAML 1.1's type of a word without quotes → the same in words."""
_PROBLEMS = {
    "mapping values are not allowed": 'there is a ":" too many here: a text with ": " in it needs quotes',
    "found character '\\t'": "a tab: indent with spaces",
    "that cannot start any token": "a text that begins with this character needs quotes",
    "could not find expected ':'": 'there is no ":" behind this name',
    "expected <block end>": "this line is indented in another way than those that belong to it",
    "expected ',' or": 'a "," or a closing bracket is missing before this',
    "undefined alias": "a text that begins with * needs quotes; without, it is another name for a part marked with &",
    "unexpected end of stream": "a quotation mark is opened and never closed",
    "2002:value": "a = that stands alone needs quotes",
    "could not determine a constructor": "a text that begins with ! needs quotes",
}
"""What PyYAML reports → the same in words; its own words are shown for everything else."""


@dataclass(frozen=True)
class Document:
    """The value of a document, and the lines of its parts."""

    value: Any
    _root: Node

    def line(self, place: Sequence[int | str]) -> int | None:
        """Return the line of the part at a place (names and positions), or of its nearest parent; None for the root."""
        node = self._find(place)
        return None if node is self._root else node.start_mark.line + 1

    def misread(self, place: Sequence[int | str]) -> str | None:
        """Return why the part at a place is no text though it may look like one; None where it is none."""
        node = self._find(place)
        kind = _KINDS.get(node.tag.removeprefix(_TAG))
        if not isinstance(node, ScalarNode) or node.style is not None or kind is None:
            return None
        if node.value == "":
            return "there is nothing behind its colon"
        return f'YAML reads {node.value[:40]} without quotes as {kind}: write "{node.value[:40]}" in quotes'

    def _find(self, place: Sequence[int | str]) -> Node:
        node = self._root
        for part in place:
            if isinstance(node, SequenceNode) and isinstance(part, int) and part < len(node.value):
                node = node.value[part]
                continue
            pairs = node.value if isinstance(node, MappingNode) else ()
            pair = next(((key, value) for key, value in pairs if part in (key.value, _truth(key))), None)
            if pair is None:
                break
            node = pair[0] if place[-1] == "[key]" and part == place[-2] else pair[1]
        return node


def _truth(key: Node) -> bool | None:
    """Return what YAML makes of a name such as no; pydantic gives its place as 0, which equals False."""
    return yaml.SafeLoader.bool_values.get(key.value.lower()) if key.tag == f"{_TAG}bool" else None


class _Fault(yaml.MarkedYAMLError):
    """A fault that is already in plain words."""

    def __init__(self, words: str, node: Node) -> None:
        super().__init__(None, None, words, node.start_mark)


class _Loader(yaml.SafeLoader):
    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._parts = 0
        self._sizes: dict[int, int] = {}

    def compose_node(self, parent: Node | None, index: int) -> Node | None:
        before, is_alias = self._parts, self.check_event(yaml.AliasEvent)
        node: Any = super().compose_node(parent, index)
        if is_alias and id(node) not in self._sizes:
            raise _Fault("it holds itself", node)
        self._parts += self._sizes[id(node)] if is_alias else 1
        if self._parts > MOST_PARTS:
            raise _Fault(f"with its aliases written out it has more than {MOST_PARTS} parts", node)
        self._sizes.setdefault(id(node), self._parts - before)
        return node  # type: ignore[no-any-return]

    def construct_mapping(self, node: MappingNode, deep: bool = False) -> dict[Any, Any]:
        names = set()
        for key, _ in node.value:
            if not isinstance(key, ScalarNode):
                raise _Fault("a name must be a text", key)
            if key.value in names:
                raise _Fault(f"{key.value!r} is there twice", key)
            names.add(key.value)
        return super().construct_mapping(node, deep=deep)

    def construct_object(self, node: Node, deep: bool = False) -> Any:
        shown = str(node.value)[:40]
        if isinstance(node, ScalarNode) and node.tag in (f"{_TAG}int", f"{_TAG}float"):
            if ":" in node.value:
                return node.value  # 12:30, which YAML 1.1 reads as 750 (base 60)
            if re.fullmatch(r"[-+]?0[0-7_]+", node.value):
                raise _Fault(
                    f"YAML reads {shown} without quotes as a number in base 8: write a number without the leading 0, "
                    f'and a text in quotes: "{shown}"',
                    node,
                )
        try:
            return super().construct_object(node, deep=deep)
        except (ValueError, KeyError, AttributeError) as error:
            if "int_max_str_digits" in str(error):
                raise _Fault("the number is too long", node) from None
            raise _Fault(f'{shown} is no such date, number or truth; a text needs quotes: "{shown}"', node) from None


def documents(text: str) -> list[Document]:
    """Return every document that is not empty. Raises ValueError with the place in words."""
    if len(text) > LONGEST:
        raise ValueError(f"it is longer than {LONGEST} characters")
    try:
        loader, found = _Loader(text), []
        while loader.check_node():
            node = loader.get_node()
            value = loader.construct_document(node)
            if node is not None and value is not None:
                found.append(Document(value, node))
    except RecursionError:
        raise ValueError("it is nested too deep") from None
    except yaml.reader.ReaderError as error:
        before = text[: error.position].split("\n")
        raise ValueError(f"line {len(before)}, column {len(before[-1]) + 1}: a control character") from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
        problem = str(error.problem or error.context)
        raise ValueError(where + next((_PROBLEMS[known] for known in _PROBLEMS if known in problem), problem)) from None
    return found

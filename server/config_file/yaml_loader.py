"""YAML as people write it, and nothing of what else it can be: no doubles, no bombs, every fault with its line."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import yaml
from yaml.nodes import CollectionNode, MappingNode, Node, ScalarNode, SequenceNode

LONGEST = 1_000_000
"""Characters of a file; a branch with a hundred counters takes some twenty thousand."""
MOST_PARTS = 100_000
"""Values of a document with all its aliases written out: an alias of aliases can stand for billions."""
_TAG = "tag:yaml.org,2002:"
_IN_BASE_60 = re.compile(r"[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?")
_IN_BASE_8 = re.compile(r"[-+]?0[0-7_]+")
_KINDS = {"bool": "true or false", "int": "a number", "float": "a number", "timestamp": "a date", "null": "nothing"}
"""What YAML takes a word for that has no quotes (tag → in words)."""
_PROBLEMS = (
    ("mapping values are not allowed", 'there is a ":" too many here: a text with ": " in it needs quotes'),
    ("that cannot start any token", "a text that begins with this character needs quotes"),
    ("could not find expected ':'", 'there is no ":" behind this name'),
    ("expected <block end>", "this line is indented in another way than those that belong to it"),
    ("expected ',' or", 'a "," or a closing bracket is missing before this'),
    ("expected the node content", "a value is missing before this"),
    ("undefined alias", "a text that begins with * needs quotes; without, it is another name for a part marked with &"),
    ("unexpected end of stream", "a quotation mark is opened and never closed"),
    ("document separator", "a quotation mark is opened and never closed"),
    ("2002:value", "a = that stands alone needs quotes"),
    ("could not determine a constructor", "a text that begins with ! needs quotes"),
    ("unhashable key", "a name must be a text"),
    ("mapping keys are not allowed", "a text that begins with ? needs quotes"),
    ("second occurrence", "two parts are marked with the same &name"),
    ("for merging", "what << refers to must be a group of names and values"),
    ("unknown escape character", "a \\ between \"…\" begins a special character; write '…' instead, or \\\\"),
    ("expected alphabetic or numeric", "a text that begins with & or * needs quotes"),
)
"""What the library says → the same in words."""


@dataclass(frozen=True)
class Document:
    """What a document says, and where."""

    value: Any
    _root: Node

    def line(self, place: Sequence[int | str]) -> int | None:
        """The line, from one, of the part at a place (names and positions); of what it is in, where it is missing.

        None for the whole document.
        """
        found = self._find(place)
        return None if found is self._root else found.start_mark.line + 1

    def misread(self, place: Sequence[int | str]) -> str | None:
        """Why the part at a place is no text though it may look like one; None where it is what it looks like."""
        node = self._find(place)
        if not isinstance(node, ScalarNode) or node.style is not None:
            return None
        kind = _KINDS.get(str(node.tag).removeprefix(_TAG))
        if kind is None:
            return None
        if node.value == "":
            return "there is nothing behind its colon"
        shown = node.value[:40]
        return f'YAML reads {shown} without quotes as {kind}: write "{shown}" in quotes'

    def _find(self, place: Sequence[int | str]) -> Node:
        node = self._root
        for part in place:
            if isinstance(node, SequenceNode) and isinstance(part, int) and part < len(node.value):
                node = node.value[part]
            elif isinstance(node, MappingNode):
                pair = next((p for p in node.value if _is_called(p[0], part)), None)
                if pair is None:
                    break
                node = pair[0] if place[-1] == "[key]" and part == place[-2] else pair[1]
            else:
                break
        return node


def _is_called(key: Node, part: int | str) -> bool:
    if key.value == part:
        return True
    # pydantic tells a name that is no text by what it is: no → False
    truth = yaml.SafeLoader.bool_values.get(str(key.value).lower()) if key.tag == f"{_TAG}bool" else None
    return truth is not None and part in (str(truth), int(truth), str(truth).lower())


class _Fault(yaml.constructor.ConstructorError):
    """What we refuse ourselves, in our own words."""

    def __init__(self, what: str, node: Node) -> None:
        super().__init__(None, None, what, node.start_mark)


class _Loader(yaml.SafeLoader):
    parts = 0

    def compose_node(self, parent: Node | None, index: int) -> Node | None:
        # counted while they are made: a million characters can be half a million values, each of a kilobyte
        self.parts += 1
        if self.parts > MOST_PARTS:
            raise ValueError(f"it has more than {MOST_PARTS} parts")
        found: Node | None = super().compose_node(parent, index)
        return found

    def construct_object(self, node: Node, deep: bool = False) -> Any:
        try:
            return super().construct_object(node, deep=deep)
        except (ValueError, KeyError, AttributeError) as error:
            # a date or a number that is none, perhaps since a tag (!!bool) says that it is one
            if "int_max_str_digits" in str(error):
                raise _Fault("the number is too long", node) from None
            shown = str(node.value)[:40]
            raise _Fault(f'{shown} is no such date, number or truth; a text needs quotes: "{shown}"', node) from None

    def construct_mapping(self, node: MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen = set()
        for key, _ in node.value:
            if key.value.__hash__ and key.value in seen:
                raise _Fault(f"{key.value!r} is there twice", key)
            seen.add(key.value if key.value.__hash__ else id(key))
        return super().construct_mapping(node, deep=deep)

    def number(self, node: ScalarNode) -> Any:
        """A number as it is written. YAML 1.1 takes 12:30 for 750 (base 60), and 012 for 10 (base 8)."""
        if _IN_BASE_60.fullmatch(node.value):
            return node.value
        if _IN_BASE_8.fullmatch(node.value):
            shown = node.value[:40]
            raise _Fault(
                f"YAML reads {shown} without quotes as a number in base 8: write a number without the leading 0, and "
                f'a text in quotes: "{shown}"',
                node,
            )
        whole = node.tag == f"{_TAG}int"
        return self.construct_yaml_int(node) if whole else self.construct_yaml_float(node)


for _kind in ("int", "float"):
    _Loader.add_constructor(f"{_TAG}{_kind}", _Loader.number)


def documents(text: str) -> list[Document]:
    """Every document that says something. Raises ValueError with the place in words."""
    if len(text) > LONGEST:
        raise ValueError(f"it is longer than {LONGEST} characters")
    bad = yaml.reader.Reader.NON_PRINTABLE.search(text)
    if bad is not None:
        line, start = text.count("\n", 0, bad.start()) + 1, text.rfind("\n", 0, bad.start())
        raise ValueError(f"line {line}, column {bad.start() - start}: a control character")
    try:
        loader = _Loader(text)
        found = []
        while loader.check_node():
            node = loader.get_node()
            if _parts(node, {}) > MOST_PARTS:
                raise ValueError(f"with its aliases written out it has more than {MOST_PARTS} parts")
            document = loader.construct_document(node)
            if node is not None and document is not None:
                found.append(Document(document, node))
    except RecursionError:
        raise ValueError("it is nested too deep") from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
        raise ValueError(f"{where}{_in_words(error)}") from None
    return found


def _in_words(error: yaml.MarkedYAMLError) -> str:
    problem = str(error.problem or error.context or "")
    if isinstance(error, _Fault):
        return problem
    if "'\\t'" in problem:
        return "a tab: indent with spaces"
    words = next((words for known, words in _PROBLEMS if known in problem), "this cannot be read as YAML")
    named = re.search(r"alias '([^']{1,40})'", problem)
    return words + (f" (*{named[1]})" if named else "")


def _parts(node: Node | None, known: dict[int, int | None]) -> int:
    """How many values a node stands for. Raises ValueError for one that holds itself."""
    if not isinstance(node, CollectionNode):
        return 1
    if id(node) not in known:
        known[id(node)] = None
        children = [n for pair in node.value for n in pair] if isinstance(node, MappingNode) else node.value
        known[id(node)] = 1 + sum(_parts(child, known) for child in children)
    parts = known[id(node)]
    if parts is None:
        raise ValueError(f"line {node.start_mark.line + 1}: it holds itself")
    return parts

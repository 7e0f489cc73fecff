"""YAML as people write it, and nothing of what else it can be: no doubles, no bombs, every fault with its line."""

from __future__ import annotations

from typing import Any

import yaml
from yaml.nodes import CollectionNode, MappingNode, Node

LONGEST = 1_000_000
"""Characters of a file; a branch with a hundred counters takes some twenty thousand."""
MOST_PARTS = 100_000
"""Values of a document with all its aliases written out: an alias of aliases can stand for billions."""


class _Loader(yaml.SafeLoader):
    def construct_object(self, node: Node, deep: bool = False) -> Any:
        try:
            return super().construct_object(node, deep=deep)
        except ValueError as error:  # a date or a number that is none: the library says what, and not where
            what = "the number is too long" if "int_max_str_digits" in str(error) else str(error)
            raise yaml.constructor.ConstructorError(None, None, what, node.start_mark) from None

    def construct_mapping(self, node: MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen = set()
        for key, _ in node.value:
            if key.value.__hash__ and key.value in seen:
                message = f"{key.value!r} is there twice"
                raise yaml.constructor.ConstructorError(None, None, message, key.start_mark)
            seen.add(key.value if key.value.__hash__ else id(key))
        return super().construct_mapping(node, deep=deep)


def documents(text: str) -> list[Any]:
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
            if document is not None:
                found.append(document)
    except RecursionError:
        raise ValueError("it is nested too deep") from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
        raise ValueError(f"{where}{error.problem or error.context}") from None
    return found


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

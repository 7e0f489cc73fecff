"""Compares two OpenAPI documents: what would break a client that was written for the earlier one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal, TypeAlias

Direction: TypeAlias = Literal["request", "answer"]
"""A request may become more generous, an answer more precise."""
Schema: TypeAlias = dict[str, Any]

UPPER_BOUNDS = ("maxLength", "maxItems", "maxProperties", "maximum", "exclusiveMaximum")
LOWER_BOUNDS = ("minLength", "minItems", "minProperties", "minimum", "exclusiveMinimum")


def breaking_changes(old: Schema, new: Schema) -> list[str]:
    """Return one sentence for each thing that clients of the old document lose."""
    return list(_Comparison(old, new).all())


class _Comparison:
    def __init__(self, old: Schema, new: Schema) -> None:
        self.old, self.new = old, new
        self.compared: set[tuple[str, str, Direction]] = set()

    def all(self) -> Iterator[str]:
        for path, methods in self.old["paths"].items():
            for method, operation in methods.items():
                route = f"{method.upper()} {path}"
                now = self.new["paths"].get(path, {}).get(method)
                if now is None:
                    yield f"{route}: the route is gone"
                else:
                    yield from self._route(route, operation, now)
        yield from self._feed(self.old.get("x-feed", {}), self.new.get("x-feed", {}))

    def _route(self, route: str, old: Schema, new: Schema) -> Iterator[str]:
        yield from _gone(f"{route}: role", old.get("x-roles", ()), new.get("x-roles", ()))
        yield from self._parameters(route, old, new)
        if (body := new.get("requestBody")) is not None:
            earlier = old.get("requestBody")
            if body.get("required") and not (earlier or {}).get("required"):
                yield f"{route}: a body is required now"
            if earlier is not None:
                yield from self._contents(f"{route} request", earlier, body, "request")
        elif "requestBody" in old:
            yield f"{route}: the body is gone"
        for status, answer in old["responses"].items():
            if status not in new["responses"]:
                yield f"{route}: the answer {status} is gone"
            else:
                yield from self._contents(f"{route} {status}", answer, new["responses"][status], "answer")

    def _parameters(self, route: str, old: Schema, new: Schema) -> Iterator[str]:
        before, after = (
            {(one["in"], one["name"]): one for one in operation.get("parameters", ())} for operation in (old, new)
        )
        for place, parameter in before.items():
            if place not in after:
                yield f"{route}: the parameter {place[1]} is gone"
            else:
                where = f"{route} {place[1]}"
                yield from self._schema(where, parameter["schema"], after[place]["schema"], "request")
        for place, parameter in after.items():
            if parameter.get("required") and not before.get(place, {}).get("required"):
                yield f"{route}: the parameter {place[1]} is required now"

    def _contents(self, where: str, old: Schema, new: Schema, direction: Direction) -> Iterator[str]:
        for kind, content in old.get("content", {}).items():
            if kind not in new.get("content", {}):
                yield f"{where}: {kind} is gone"
            elif "schema" in content:
                yield from self._schema(where, content["schema"], new["content"][kind]["schema"], direction)

    def _feed(self, old: Schema, new: Schema) -> Iterator[str]:
        for view, told in old.get("views", {}).items():
            if view not in new.get("views", {}):
                yield f"feed: the view {view} is gone"
            else:
                yield from _gone(f"feed {view}: role", told["x-roles"], new["views"][view]["x-roles"])
        if "message" in old:
            yield from self._schema("feed", old["message"], new.get("message", {}), "answer")

    def _schema(self, where: str, old: Schema, new: Schema, direction: Direction) -> Iterator[str]:
        names = (str(old.get("$ref", "")), str(new.get("$ref", "")), direction)
        if names[0] and names[1]:  # shapes refer to one another, also in circles
            if names in self.compared:
                return
            self.compared.add(names)
            where = names[0].rpartition("/")[2]
        shared = [one for one in old.get("anyOf", ()) if "$ref" in one and one in new.get("anyOf", ())]
        for one in shared:
            yield from self._schema(where, one, one, direction)
        old, new = (
            {**each, "anyOf": [o for o in each["anyOf"] if o not in shared]} if shared else each for each in (old, new)
        )
        before, after = list(_alternatives(self.old, old)), list(_alternatives(self.new, new))
        for one in before:
            found = [list(self._alternative(where, one, other, direction)) for other in after if _same_kind(one, other)]
            if found:
                yield from min(found, key=len)
            elif direction == "request" or one.get("type") != "null":
                yield f"{where}: {one.get('type', 'a value')} is gone"
        if direction == "answer":
            for other in after:
                if not any(_same_kind(one, other) for one in before):
                    yield f"{where}: may be {other.get('type', 'anything')} now"

    def _alternative(self, where: str, old: Schema, new: Schema, direction: Direction) -> Iterator[str]:
        for kind in ("enum", "x-extensible-enum"):
            if kind in old and (kind in new or direction == "answer"):
                yield from _gone(f"{where}:", old[kind], new.get(kind, old[kind] if kind == "enum" else ()))
        if direction == "request":
            yield from _narrower(where, old, new)
        yield from self._fields(where, old, new, direction)
        for part in ("items", "additionalProperties"):
            if isinstance(old.get(part), dict) and isinstance(new.get(part), dict):
                yield from self._schema(f"{where}[]", old[part], new[part], direction)

    def _fields(self, where: str, old: Schema, new: Schema, direction: Direction) -> Iterator[str]:
        was_required, is_required = set(old.get("required", ())), set(new.get("required", ()))
        for name, field in old.get("properties", {}).items():
            if name not in new.get("properties", {}):
                yield f"{where}.{name} is gone"
                continue
            if direction == "answer" and name in was_required - is_required:
                yield f"{where}.{name} may be left out now"
            yield from self._schema(f"{where}.{name}", field, new["properties"][name], direction)
        if direction == "request":
            yield from (f"{where}.{name} is required now" for name in sorted(is_required - was_required))


def _alternatives(document: Schema, schema: Schema) -> Iterator[Schema]:
    """Yield what a value may be, with references followed: one schema, or those of its `anyOf`."""
    if "$ref" in schema:
        target: Any = document
        for part in schema["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        yield from _alternatives(document, target)
    elif "anyOf" in schema:
        for one in schema["anyOf"]:
            yield from _alternatives(document, one)
    else:
        yield schema


def _same_kind(old: Schema, new: Schema) -> bool:
    return old.get("type") == new.get("type") or not old.get("type") or not new.get("type")


def _gone(where: str, old: Any, new: Any) -> Iterator[str]:
    yield from (f"{where} {value} is gone" for value in sorted(set(old) - set(new)))


def _narrower(where: str, old: Schema, new: Schema) -> Iterator[str]:
    if "enum" in new and "enum" not in old:
        yield f"{where}: only {new['enum']} now"
    for bound in UPPER_BOUNDS:
        if bound in new and new[bound] < old.get(bound, float("inf")):
            yield f"{where}: {bound} is {new[bound]} now"
    for bound in LOWER_BOUNDS:
        if bound in new and new[bound] > old.get(bound, 0 if bound.startswith("min") and bound != "minimum" else -1e18):
            yield f"{where}: {bound} is {new[bound]} now"
    if "pattern" in new and new["pattern"] != old.get("pattern"):
        yield f"{where}: another pattern"
    if new.get("additionalProperties") is False and old.get("additionalProperties") is not False:
        yield f"{where}: unknown fields are refused now"

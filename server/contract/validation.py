"""Plain-language messages for invalid input, each with its place."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

MAX_ERRORS = 20
"""The maximum number of reported errors; after mending these, the user sees the rest."""
PATTERNS = {
    r"^[a-z0-9-]{1,64}$": "must be 1 to 64 small letters, digits and dashes",
    r"^[A-Z]{1,2}$": "must be one or two capital letters",
    r"^[a-z]{2,3}$": "must be a language code such as id or en",
    r"^[a-z][a-z0-9_-]{0,31}$": "must be small letters, digits, - and _, beginning with a letter, at most 32",
    r"^([01]?\d|2[0-3]):[0-5]\d$": 'must be a time such as "08:30"',
}
_MOMENT = "must be a time such as 2026-12-31T08:30:00Z"
_UNKNOWN = "has the wrong format"
_MESSAGES: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "missing": lambda _: "is missing",
    "extra_forbidden": lambda _: "is not known here",
    "invalid_key": lambda _: "must have a text as its name",
    "string_type": lambda _: "must be a text",
    "string_unicode": lambda _: "must be a text of whole characters",
    "int_type": lambda _: "must be a whole number",
    "int_parsing": lambda _: "must be a whole number",
    "int_parsing_size": lambda _: "must be a smaller whole number",
    "int_from_float": lambda _: "must be a whole number",
    "float_type": lambda _: "must be a number",
    "float_parsing": lambda _: "must be a number",
    "finite_number": lambda _: "must be finite",
    "bool_type": lambda _: "must be true or false",
    "bool_parsing": lambda _: "must be true or false",
    "list_type": lambda _: "must be a list",
    "dict_type": lambda _: "must be a group of names and values",
    "model_type": lambda _: "must be a group of names and values",
    "model_attributes_type": lambda _: "must be a group of names and values",
    "string_too_short": lambda c: f"must have at least {_characters(c['min_length'])}",
    "string_too_long": lambda c: f"must have at most {_characters(c['max_length'])}",
    "too_short": lambda c: f"must have at least {c['min_length']}",
    "too_long": lambda c: f"must have at most {c['max_length']}",
    "greater_than": lambda c: f"must be more than {_plain(c['gt'])}",
    "greater_than_equal": lambda c: f"must be at least {_plain(c['ge'])}",
    "less_than": lambda c: f"must be less than {_plain(c['lt'])}",
    "less_than_equal": lambda c: f"must be at most {_plain(c['le'])}",
    "literal_error": lambda c: f"must be {c['expected']}",
    "enum": lambda c: f"must be {c['expected']}",
    "datetime_type": lambda _: _MOMENT,
    "datetime_parsing": lambda _: _MOMENT,
    "datetime_from_date_parsing": lambda _: _MOMENT,
    "datetime_object_invalid": lambda _: _MOMENT,
    "timezone_aware": lambda _: f"{_MOMENT}, with its zone (Z, or +07:00)",
    "json_invalid": lambda _: "is not valid JSON",
    "json_type": lambda _: "is not valid JSON",
    "recursion_loop": lambda _: "contains itself",
    "date_type": lambda _: "must be a date such as 2026-12-31",
    "date_parsing": lambda _: "must be a date such as 2026-12-31",
    "date_from_datetime_parsing": lambda _: "must be a date such as 2026-12-31",
    "date_from_datetime_inexact": lambda _: "must be a date such as 2026-12-31",
    "string_pattern_mismatch": lambda c: PATTERNS.get(c["pattern"], _UNKNOWN),
    "value_error": lambda c: str(c["error"]),
    "time_zone": lambda c: str(c["refusal"]),
}


def validation_messages(
    error: ValidationError,
    model: type[BaseModel] | None = None,
    remark: Callable[[str, tuple[int | str, ...]], str] | None = None,
) -> list[tuple[str, str]]:
    """Return (place, message) of each error; never the value, which may be a secret.

    With the `model` of a file that a person wrote, entries count from one, and unknown names are reported with the
    known ones. `remark(type, place)` returns further advice, which is appended to the message.
    """
    messages = []
    for fault in error.errors(include_url=False, include_input=False)[: MAX_ERRORS + 1]:
        message = _MESSAGES.get(fault["type"])
        what = message(fault.get("ctx", {})) if message else _UNKNOWN
        if model is not None and fault["type"] == "extra_forbidden":
            known_names = _names(model, fault["loc"][:-1])
            what += f"; known are {', '.join(known_names)}" if known_names else ""
        if remark is not None:
            what += remark(fault["type"], fault["loc"])
        messages.append((".".join(_readable(part, first=1 if model else 0) for part in _place(fault["loc"])), what))
    if len(messages) > MAX_ERRORS:
        messages[MAX_ERRORS:] = [("", f"and {error.error_count() - MAX_ERRORS} more")]
    return messages


def details(error: ValidationError) -> list[dict[str, Any]]:
    """Return the messages for programs: `where`, `what`, and for a time zone the `nearest` names."""
    messages: list[dict[str, Any]] = [{"where": where, "what": what} for where, what in validation_messages(error)]
    for fault, detail in zip(error.errors(include_url=False, include_input=False), messages, strict=False):
        if fault["type"] == "time_zone" and detail["where"]:
            detail["nearest"] = list(fault["ctx"]["nearest"])
    return messages


def _place(location: tuple[int | str, ...]) -> tuple[int | str, ...]:
    # pydantic reports a key that is not a text as a number or as its text; report the place of its mapping.
    return location[:-2] if location[-1:] == ("[key]",) and isinstance(location[-2], int) else location


def _readable(part: int | str, *, first: int) -> str:
    # A name from outside can have any length and characters.
    return str(part + first) if isinstance(part, int) else part[:40].encode("unicode_escape").decode()


def _characters(count: int) -> str:
    return f"{count} character" + ("s" if count != 1 else "")


def _plain(bound: float) -> str:
    return f"{bound:g}" if bound < 1e6 else str(int(bound))


def _names(model: Any, place: tuple[int | str, ...]) -> list[str]:
    """The field names of a part of the model."""
    for part in place:
        if not isinstance(part, int):
            field = getattr(model, "model_fields", {}).get(part)
            model = field.annotation if field else None
        while model is not None and not hasattr(model, "model_fields"):
            model = next(iter(get_args(model)), None)
    return sorted(getattr(model, "model_fields", {}))

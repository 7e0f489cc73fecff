"""Types of human-written text: one definition for validation, the API document and error messages."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from server.contract.keys import MOST_LANGUAGES

# Control characters control printers and terminals; the others reverse or break the text beside them.
_NEVER = r"\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069"
_NOT_IN_A_LINE = rf"\t\n{_NEVER}"
_TEXT = rf"^[^{_NEVER}]*$"
_LINE = rf"^[^{_NOT_IN_A_LINE}]*[^\s{_NOT_IN_A_LINE}][^{_NOT_IN_A_LINE}]*$"


def _text(value: str) -> str:
    if not re.fullmatch(_TEXT[1:-1], value):
        raise ValueError("may not have control characters, or characters that change the direction of writing")
    return value.strip()


def _line(value: str) -> str:
    if not value.strip():
        raise ValueError("may not be empty")
    if not re.fullmatch(_LINE[1:-1], value):
        raise ValueError(
            "must be one line without control characters, or characters that change the direction of writing"
        )
    return value.strip()


def _not_empty(value: str) -> str:
    if not value:
        raise ValueError("may not be empty")
    return value


def _length(longest: int) -> Any:
    return Field(min_length=1, max_length=longest, json_schema_extra={"pattern": _LINE})


Text = Annotated[str, Field(max_length=500, json_schema_extra={"pattern": _TEXT}), AfterValidator(_text)]
"""Free text of several lines, possibly empty."""
ShortText = Annotated[str, _length(64), AfterValidator(_line)]
"""A short text on one line."""
Name = Annotated[str, _length(100), AfterValidator(_line)]
DeviceName = Annotated[str, _length(64), AfterValidator(_line)]
"""The name of a device or an account."""
Language = Annotated[str, Field(pattern=r"^[a-z]{2,3}$")]
SLUG_PATTERN = r"^[a-z0-9-]{1,64}$"
Slug = Annotated[str, Field(pattern=SLUG_PATTERN)]
Code = Annotated[str, Field(pattern=r"^[A-Z]{1,2}$")]
Names = Annotated[
    dict[Language, Name],
    Field(
        min_length=1,
        max_length=MOST_LANGUAGES,
        json_schema_extra={"additionalProperties": {"type": "string", "maxLength": 100, "pattern": _LINE}},
    ),
]
"""Language → name."""
Notice = Annotated[
    dict[Language, Annotated[Text, AfterValidator(_not_empty)]],
    Field(max_length=MOST_LANGUAGES, json_schema_extra={"additionalProperties": {"type": "string", "maxLength": 500}}),
]
"""Language → text below the calls on the wall displays."""

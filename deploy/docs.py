"""Write the pages of docs/ that are made of the code: `python deploy/docs.py`, which `make docs` calls.

docs/apply-file.md has every key of the apply file from the models that check it, so that it cannot say anything else.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel

from server.config_file.yaml_loader import LONGEST, MOST_PARTS
from server.contract import declared_hours, keys, validation
from server.contract.declaration import (
    BranchDeclared,
    ClassDeclared,
    CounterDeclared,
    DisplayDeclared,
    KioskDeclared,
    NoShowDeclared,
    PauseReasonDeclared,
    PrinterDeclared,
    ServiceDeclared,
    StaffDeclared,
)
from server.contract.keys import Key

PAGE = Path(__file__).parents[1] / "docs" / "apply-file.md"

PARTS: dict[str, type[BaseModel]] = {
    "branch": BranchDeclared,
    "branch.priority_classes": ClassDeclared,
    "branch.pause_reasons": PauseReasonDeclared,
    "branch.no_show_after": NoShowDeclared,
    "services": ServiceDeclared,
    "counters": CounterDeclared,
    "kiosks": KioskDeclared,
    "printers": PrinterDeclared,
    "displays": DisplayDeclared,
    "staff": StaffDeclared,
}
"""Where a part stands in the file → its model."""

_BEGINNING = """\
# The apply file

<!-- Made by `make docs` from server/contract/declaration.py: change it there. -->

`giliran apply FILE` makes branches as a file declares them, as often as you like, also while the server runs.
`giliran declared -o FILE` writes the file of a branch as it is now. Several branches are several YAML documents with
`---` between them: all are changed, or none. What a file leaves out is retired ([retiring.md](retiring.md)); its
history stays. A key that is left out has its default.

```
giliran apply branch.yaml --dry-run     # say what would change, and whom it touches; change nothing
giliran apply branch.yaml               # do it; what takes away what people use now is listed, and not done: exit 1
giliran apply branch.yaml --yes         # do it all the same
```

Every key, with an example of each:

"""

_NOTICE = """\
## Who has the last word on the notice

A file declares the notice, and supervisors change it on their page. `apply` never drops what is newer without a word:

| the file | the page | `apply` |
|---|---|---|
| has no `notice:` | – | leaves the notice as it is |
| says a new one | has not been used since the last file | shows the file's at once |
| says what was shown before | shows another one since | leaves the page's, and says so: `as it was: …` |
| says a new one | shows another one since | asks: nothing is changed without `--yes`, which shows the file's |

"Newer" is what the audit says, not the date of the file. `giliran declared` writes the notice that is shown now.
"""

_VALUES = """\
## How values are written

- **Text that looks like something else needs quotes.** YAML reads `NO`, `yes` and `off` as true or false,
  `2026-12-25` as a date, `1.0` as a number, `~` and `null` as nothing. Where a text is wanted, `apply` refuses them,
  names the line and says what to put in quotes. `012` is refused everywhere: YAML would read it as 10. `12:30` is
  read as it is written.
- **Names** are one text a language: `{en: Accounts, id: Rekening}`. What has no name in a language is shown in English,
  else in the first one given.
- **Languages** other than `id` and `en` have no voice: calls are shown in them and not spoken, unless all recordings
  of a call are there (`clips/LANGUAGE/` in the data directory). `apply` says so.
- **Time zones** have the names of the IANA database. `WIB` is refused with the names that are near it.
- **`public_url`** is scheme, host and port. A path, a query, a `#`, a name or password before an `@` are refused:
  Giliran's pages stand at the top of an address. A host in other letters is kept as the name system has it (`xn--…`).
"""


def apply_file_page() -> str:
    """The text of docs/apply-file.md."""
    parts = [_BEGINNING, "```yaml\n", _example(), "```\n"]
    for place, model in PARTS.items():
        parts.append(f"\n## `{place}`\n\n{(model.__doc__ or '').strip()}\n\n")
        parts += _table(model)
    parts += ["\n", _NOTICE, "\n", _VALUES, "\n", _bounds()]
    return "".join(parts)


def _example() -> str:
    document: dict[str, Any] = {}
    for place, model in PARTS.items():
        one = {name: key.example for name, key in keys_of(model).items()}
        if place == "branch":
            document["branch"] = one
        elif place.startswith("branch."):
            name = place.removeprefix("branch.")
            document["branch"][name] = [one] if isinstance(document["branch"][name], list) else one
        else:
            document[place] = [one]
    document["services"].append({"code": "B", "name": {"en": "Loans", "id": "Pinjaman"}})
    text: str = yaml.safe_dump(document, allow_unicode=True, sort_keys=False, width=120)
    return text


def keys_of(model: type[BaseModel]) -> dict[str, Key]:
    """What is said of each key of a part. Raises LookupError for a key of which nothing is said."""
    found = {}
    for name, info in model.model_fields.items():
        key = next((each for each in info.metadata if isinstance(each, Key)), None)
        if key is None:
            raise LookupError(f"{model.__name__}.{name} has no Key beside it: say what it is, and when a change holds")
        found[name] = key
    return found


def _table(model: type[BaseModel]) -> list[str]:
    schema = model.model_json_schema()
    lines = ["| key | what it is | value | default | a change holds |\n|---|---|---|---|---|\n"]
    for name, key in keys_of(model).items():
        one = schema["properties"][name]
        default = "required" if name in schema.get("required", ()) else _shown(one.get("default"))
        holds = f"{key.holds}. {key.more}" if key.more else f"{key.holds}"
        lines.append(f"| `{name}` | {key.what} | {_value(one)} | {default} | {holds} |\n")
    return lines


def _shown(default: Any) -> str:
    return (
        "–" if default in (None, [], {}) else f"`{yaml.safe_dump(default, default_flow_style=True).split(chr(10))[0]}`"
    )


def _value(schema: dict[str, Any]) -> str:
    """The kind and the bounds of a value, in words."""
    if "$ref" in schema:
        return "group, see below"
    if "anyOf" in schema:
        return " or ".join(_value(each) for each in schema["anyOf"] if each.get("type") != "null")
    if "enum" in schema:
        return ", ".join(f"`{value}`" for value in schema["enum"])
    if "pattern" in schema and schema["pattern"] in validation.PATTERNS:
        return validation.PATTERNS[schema["pattern"]].removeprefix("must be ")
    match schema.get("type"):
        case "integer":
            return f"whole number{_range(schema)}"
        case "number":
            return f"number{_range(schema)}"
        case "boolean":
            return "`true` or `false`"
        case "array":
            items = schema["items"]
            of = "entries, see below" if "$ref" in items else _value(items)
            return f"list of {of}{_at_most(schema, 'maxItems')}"
        case "object":
            named = schema.get("additionalProperties")
            if isinstance(named, dict):
                return f"language: text of up to {named['maxLength']} characters{_at_most(schema, 'maxProperties')}"
            return f"group{_at_most(schema, 'maxProperties')}"
        case _:
            return "text" + (f" of up to {schema['maxLength']} characters" if "maxLength" in schema else "")


def _range(schema: dict[str, Any]) -> str:
    low = f"more than {schema['exclusiveMinimum']:g}" if "exclusiveMinimum" in schema else f"{schema['minimum']:g}"
    high = f"less than {schema['exclusiveMaximum']:g}" if "exclusiveMaximum" in schema else f"{schema['maximum']:.0f}"
    return f", {low} to {high}"


def _at_most(schema: dict[str, Any], bound: str) -> str:
    return f", at most {schema[bound]}" if bound in schema else ""


def _bounds() -> str:
    rows = {
        "a file": f"{LONGEST} characters, {MOST_PARTS} values with all aliases written out",
        "languages of a branch, of a name, of the notice": str(keys.MOST_LANGUAGES),
        "the notice in one language": "500 characters; the same on the supervisor's page",
        "a name in one language": "100 characters",
        "the name of a device or an account": "64 characters",
        "services": str(keys.MOST_SERVICES),
        "counters": str(keys.MOST_COUNTERS),
        "priority classes": str(keys.MOST_CLASSES),
        "pause reasons": str(keys.MOST_PAUSE_REASONS),
        "kiosks, printers, displays": f"{keys.MOST_DEVICES} of each",
        "staff of a branch": str(keys.MOST_STAFF),
        "entries of `hours`, spans of a day": f"{keys.MOST_DAYS}, {declared_hours.MOST_SPANS}",
        "special days": str(keys.MOST_SPECIAL_DAYS),
    }
    lines = "".join(f"| {what} | {most} |\n" for what, most in rows.items())
    return (
        "## How much there may be\n\nWhatever is declared is pushed to screens, so all of it is bounded; what is "
        f"more is refused.\n\n| what | at most |\n|---|---|\n{lines}"
    )


def main() -> int:
    """Write the pages."""
    PAGE.write_text(apply_file_page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())

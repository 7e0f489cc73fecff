"""Reads apply files: YAML text in, declarations of branches out, every fault with its line."""

from __future__ import annotations

from functools import partial

from pydantic import ValidationError

from server.config_file import yaml_loader
from server.contract import validation
from server.contract.declaration import TEXT_WANTED, ApplyDocument
from server.domain.declaration import Declaration
from server.domain.errors import Invalid


def read_declarations(text: str) -> list[Declaration]:
    """Every branch of an apply file. Raises Invalid with every fault found, one a line, each with where it is."""
    try:
        documents = yaml_loader.documents(text)
    except (ValueError, RecursionError) as error:
        raise Invalid(f"This is not YAML that can be read: {error}") from None
    if not documents:
        raise Invalid("The file declares no branch.")
    found, wrong = [], []
    for position, document in enumerate(documents, start=1):
        try:
            found.append(ApplyDocument.model_validate(document.value).declaration())
        except ValidationError as error:
            for where, what in validation.validation_messages(error, ApplyDocument, partial(_where, document)):
                wrong.append(f"document {position}{', ' if where else ''}{where}: {what}")
        except Invalid as error:
            # it begins with the key of the branch that it is about
            line = document.line(("branch", error.detail.partition(":")[0]))
            wrong.append(f"document {position}: {error.detail}{_on_line(line)}")
    slugs = [d.branch.slug for d in found]
    wrong += [f"branch {s}: declared twice" for s in sorted({s for s in slugs if slugs.count(s) > 1})]
    if wrong:
        raise Invalid("\n".join(line[:300] for line in wrong[: validation.MAX_ERRORS + 1]))
    return found


def _where(document: yaml_loader.Document, fault: str, place: tuple[int | str, ...]) -> str:
    """What the file tells of a fault: that a word needs quotes, and the line."""
    misread = document.misread(place) if fault in TEXT_WANTED or place[-1:] == ("[key]",) else None
    return (f"; {misread}" if misread else "") + _on_line(document.line(place))


def _on_line(line: int | None) -> str:
    return "" if line is None else f" (line {line})"

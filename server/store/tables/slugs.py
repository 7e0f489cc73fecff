"""The slugs that branches had before they were renamed: a page that is bookmarked or open under one still works."""

from __future__ import annotations

import json

from sqlalchemy import Connection, bindparam, delete, insert, select

from server.store.sql.compiled_statements import CompiledStatement
from server.store.sql.schema import branch, meta

_PREFIX = "former_slugs:"
_FORMER = CompiledStatement(select(meta.c.key, meta.c.value).where(meta.c.key.startswith(_PREFIX)))
_SLUG = CompiledStatement(select(branch.c.slug).where(branch.c.id == bindparam("id")))


def present(db: Connection, slug: str) -> str | None:
    """The slug that the branch has now which was once called `slug`; None where no branch was.

    Asked where no branch has the slug now, which is rare.
    """
    for branch_id, former in _former(db).items():
        if slug in former:
            found: str | None = _SLUG.scalar(db, id=branch_id)
            return found
    return None


def add_former(db: Connection, branch_id: int, slug: str) -> None:
    """Remember that the branch was called so."""
    _put(db, branch_id, [*_former(db).get(branch_id, []), slug])


def forget_former(db: Connection, slug: str) -> None:
    """The slug is another branch's from now on, and leads to no earlier one any more."""
    for branch_id, former in _former(db).items():
        if slug in former:
            _put(db, branch_id, [one for one in former if one != slug])


def _former(db: Connection) -> dict[int, list[str]]:
    """Branch id → its former slugs, the oldest first."""
    return {int(row.key.removeprefix(_PREFIX)): json.loads(row.value) for row in _FORMER.rows(db)}


def _put(db: Connection, branch_id: int, former: list[str]) -> None:
    key = f"{_PREFIX}{branch_id}"
    db.execute(delete(meta).where(meta.c.key == key))
    if former:
        db.execute(insert(meta).values(key=key, value=json.dumps(former)))

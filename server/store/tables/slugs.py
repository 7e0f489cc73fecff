"""Former slugs of renamed branches, so that bookmarks and open pages under an old slug still work."""

from __future__ import annotations

import json

from sqlalchemy import Connection, bindparam, delete, insert, select

from server.store.sql.compiled_statements import CompiledStatement
from server.store.sql.schema import branch, meta

_PREFIX = "former_slugs:"
_FORMER = CompiledStatement(select(meta.c.key, meta.c.value).where(meta.c.key.startswith(_PREFIX)))
_SLUG = CompiledStatement(select(branch.c.slug).where(branch.c.id == bindparam("id")))


def current_slug(db: Connection, slug: str) -> str | None:
    """Return the present slug of the branch that formerly had `slug`; None if no branch had it.

    Callers look for a branch with this slug first, so this query is rare.
    """
    for branch_id, former in _former(db).items():
        if slug in former:
            current: str | None = _SLUG.scalar(db, id=branch_id)
            return current
    return None


def add_former(db: Connection, branch_id: int, slug: str) -> None:
    """Record a former slug of the branch."""
    _put(db, branch_id, [*_former(db).get(branch_id, []), slug])


def forget_former(db: Connection, slug: str) -> None:
    """Remove the slug from all branches' former slugs, since another branch gets it."""
    for branch_id, former in _former(db).items():
        if slug in former:
            _put(db, branch_id, [other for other in former if other != slug])


def _former(db: Connection) -> dict[int, list[str]]:
    """Return each branch's former slugs, oldest first, by branch id."""
    return {int(row.key.removeprefix(_PREFIX)): json.loads(row.value) for row in _FORMER.rows(db)}


def _put(db: Connection, branch_id: int, former: list[str]) -> None:
    key = f"{_PREFIX}{branch_id}"
    db.execute(delete(meta).where(meta.c.key == key))
    if former:
        db.execute(insert(meta).values(key=key, value=json.dumps(former)))

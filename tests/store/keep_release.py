"""Keeps the database of the release that this code is: `python -m tests.store.keep_release`.

Do it before a migration is added: it writes `releases/REVISION.sql`, which every later release is tested to migrate.
The first line tells, as a comment, what the people and devices of that server were told (test tokens, no real ones).
"""

from __future__ import annotations

import json
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

from tests.store.rich import Rich

RELEASES = Path(__file__).parent / "releases"


def keep() -> Path:
    """Write the file of this code's revision; where it is."""
    with tempfile.TemporaryDirectory() as place:
        rich = Rich(Path(place))
        rich.close()
        with closing(sqlite3.connect(Path(place) / "giliran.db")) as db:
            (revision,) = db.execute("SELECT version_num FROM alembic_version").fetchone()
            lines = [f"-- {json.dumps(rich.told)}", *db.iterdump()]
    RELEASES.mkdir(exist_ok=True)
    file = RELEASES / f"{revision}.sql"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file


if __name__ == "__main__":
    print(keep())

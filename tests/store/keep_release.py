"""Stores the database of the present release: `python -m tests.store.keep_release`.

Run it before a migration is added: it writes `releases/REVISION.sql`, and tests migrate that file with every later
release. Its first line is a comment with what the server issued (test tokens, not real ones).
"""

from __future__ import annotations

import json
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

from tests.store.sample_server import SampleServer

RELEASES = Path(__file__).parent / "releases"


def keep() -> Path:
    """Write the file of this code's revision; return its path."""
    with tempfile.TemporaryDirectory() as folder:
        server = SampleServer(Path(folder))
        server.close()
        with closing(sqlite3.connect(Path(folder) / "giliran.db")) as db:
            (revision,) = db.execute("SELECT version_num FROM alembic_version").fetchone()
            lines = [f"-- {json.dumps(server.issued)}", *db.iterdump()]
    RELEASES.mkdir(exist_ok=True)
    file = RELEASES / f"{revision}.sql"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file


if __name__ == "__main__":
    print(keep())

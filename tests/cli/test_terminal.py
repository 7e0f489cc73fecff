"""In the output of every command, foreign text cannot control a terminal or look like a line of ours."""

from __future__ import annotations

import json
import os
import pty
import re
import shutil
import subprocess
import sys
import unicodedata
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import JSON, String, Text, inspect, update

from server.cli import giliran
from server.domain.one_line import one_line
from server.store.engines.store import Store, sqlite_url
from server.store.sql.schema import metadata
from tests.clock import HandClock
from tests.store.sample_server import SampleServer

pytestmark = pytest.mark.sqlite

ROOT = Path(__file__).parents[2]
EVIL = "x\x1b[2J\x1b]0;t\x07\r\nok       data: giliran.db is whole\u202e\x9b31m\u2028\x00"
ALLOWED = {"\n"}
LEFT = {
    # keys, and words that programs compare: another one is another row, or none
    "alembic_version", "meta", "branch.slug", "branch.timezone", "branch.day_start", "branch.hours",
    "branch.special_days", "branch.languages", "branch.last_turn", "service.code", "priority_class.code",
    "counter.services", "counter.helps_out_with", "counter.state", "number_series", "ticket.service", "ticket.priority",
    "ticket.state", "ticket.channel", "ticket.business_day", "leg.service", "leg.business_day", "leg.outcome",
    "event.type", "event.service", "device.role", "device.printer", "device.sends_to", "token.role", "token.hash",
    "user_account.password_hash", "membership.role", "session", "known_browser", "print_job.state",
    "print_job.resolution", "idempotency", "branch.expired_to", "branch.erased_to",
}  # fmt: skip


def poisoned(value: Any) -> Any:
    """Return the value with control characters in every text."""
    if isinstance(value, dict):
        return {key: poisoned(one) for key, one in value.items()} | {"evil": EVIL}
    if isinstance(value, list):
        return [poisoned(one) for one in value]
    return f"{value}{EVIL}" if isinstance(value, str) else value


@pytest.fixture(scope="module")
def evil(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data of a server with control characters in every text."""
    data = tmp_path_factory.mktemp("evil")
    rich = SampleServer(data)
    poison(rich.store)
    rich.close()
    return data


def poison(store: Store) -> None:
    def work(tx: Any) -> None:
        for table in metadata.sorted_tables:
            if table.name in LEFT:
                continue
            texts = [
                c
                for c in table.columns
                if isinstance(c.type, String | Text | JSON) and f"{table.name}.{c.name}" not in LEFT
            ]
            if not texts:
                continue
            key = list(inspect(table).primary_key)
            for row in tx.db.execute(table.select()).all():
                values = {c.name: poisoned(getattr(row, c.name)) for c in texts}
                tx.db.execute(update(table).where(*(c == getattr(row, c.name) for c in key)).values(values))

    store.write(work, lambda _tx, _none: None)


COMMANDS = {
    "doctor": ["doctor"],
    "doctor --deep": ["doctor", "--deep"],
    "doctor --json": ["doctor", "--deep", "--json"],
    "doctor --head": ["doctor", "--head", EVIL.replace("\x00", "")],
    "clock": ["clock"],
    "backup": ["backup", "{place}/b.zip"],
    "apply": ["apply", "{place}/less.yaml"],
    "apply --yes": ["apply", "--yes", "{place}/less.yaml"],
    "apply, evil itself": ["apply", "{place}/evil.yaml"],
    "migrate": ["migrate"],
    "branch rename": ["branch", "rename", "central", "north"],
    "branch retire": ["branch", "retire", "--yes", "central"],
    "user add": ["user", "add", EVIL.replace("\x00", ""), "--role", "agent"],
    "user add, an evil branch": ["user", "add", "rani", "--role", "agent", "--branch", EVIL.replace("\x00", "")],
    "token create": ["token", "create", "--role", "kiosk", "--branch", "central", "--name", EVIL.replace("\x00", "")],
    "apply, no such file": ["apply", f"{{place}}/{EVIL}".replace("\x00", "")],
    "token create, no such role": ["token", "create", "--branch", "central", "--role", EVIL.replace("\x00", "")],
    "no such option": ["doctor", f"--{EVIL}".replace("\x00", "")],
    "no such command": [EVIL.replace("\x00", "")],
    "restore": ["restore", "{place}/evil\x1b[2J.zip"],
    "export to a file": ["export", "all", "--output", "{place}/out\x1b[2J"],
}  # fmt: skip


@pytest.mark.parametrize("name", COMMANDS)
def test_nothing_evil_reaches_the_terminal(name: str, evil: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    shutil.copytree(evil, data)
    (tmp_path / "less.yaml").write_text(
        "branch: {slug: central, name: {en: C}, timezone: Asia/Jakarta, languages: [en]}\n"
        "services: [{code: A, name: {en: A}}]\ncounters: [{number: 1, name: {en: '1'}, services: [A]}]\n"
    )
    (tmp_path / "evil.yaml").write_text(
        json.dumps({"branch": {"slug": "new", "name": {"en": "N"}, "timezone": EVIL, "languages": [EVIL]}})
    )
    words = [word.format(place=tmp_path) for word in COMMANDS[name]]
    result = CliRunner().invoke(giliran, [*words, "--data", str(data)], input="a long password\n")
    assert isinstance(result.exception, SystemExit | None), result.exception
    looks_harmless(result.output)
    if "--json" in words:
        json.loads(result.stdout)


def looks_harmless(output: str) -> None:
    bad = {c for c in output if c not in ALLOWED and unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp")}
    assert bad <= {"\u00ad", "\u200b", "\u200c", "\u200d"}, output
    assert [line for line in output.splitlines() if line.startswith("ok       data: giliran.db is whole\\u202e")] == []


def test_the_doctor_reports_evil_text_on_one_line(evil: Path) -> None:
    result = CliRunner().invoke(giliran, ["doctor", "--deep", "--data", str(evil)])
    assert "\\x1b[2J" in result.output, "a part of it was shown"
    for line in result.output.splitlines():
        assert re.match(
            r"^(ok|warning|problem) |^ {9}→ |^$|^\d+ problems?, |^no problem|^Add --data |^giliran: ", line
        ), line


@pytest.mark.parametrize("words", [["declared"], ["export", "tickets"]], ids=" ".join)
def test_documents_and_rows_are_harmless_on_a_terminal(words: list[str], evil: Path) -> None:
    ours, theirs = pty.openpty()
    with os.fdopen(ours, "rb", buffering=0) as terminal:
        # on the terminal's own disk, as it were: what is written is read meanwhile
        process = subprocess.Popen(
            [sys.executable, "-m", "server", *words, "--data", str(evil)], cwd=ROOT, stdout=theirs, stderr=theirs
        )
        os.close(theirs)
        content = b""
        with suppress(OSError):  # how a terminal says that its last program has ended
            while part := terminal.read(65536):
                content += part
        process.wait(60)
    looks_harmless(content.decode().replace("\r\n", "\n"))
    if "export" in words:
        assert b"\\x1b[2J" in content


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Loket 1 – काठमाडौँ", "Loket 1 – काठमाडौँ"),
        ("क्\u200dष می\u200cخواهم 👩\u200d⚕️", "क्\u200dष می\u200cخواهم 👩\u200d⚕️"),
        ("a\tb\nc\r\x1b[0m", "a\\tb\\nc\\r\\x1b[0m"),
        ("\u202eabc\u2066\u2028\x9b", "\\u202eabc\\u2066\\u2028\\x9b"),
        ("\udcff", "\\udcff"),
    ],
)
def test_texts_stay_readable(text: str, told: str) -> None:
    assert one_line(text) == told


def test_every_command_prints_through_the_one_place() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in sorted((ROOT / "server/cli").glob("*.py"))
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if re.search(r"\bclick\.(echo|secho)\(|\bprint\(", line) and path.name != "terminal.py"
    ]
    allowed = [one for one in found if one.startswith("server/cli/export.py")]
    assert found == allowed, "print with server.cli.terminal, which escapes what came from outside"


def test_the_store_of_the_evil_server_can_be_opened(evil: Path) -> None:
    store = Store(sqlite_url(evil), HandClock())
    store.close()

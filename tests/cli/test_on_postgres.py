"""An operator on PostgreSQL: an empty database, two servers, every command, a backup with PostgreSQL's programs."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner

from server.cli import giliran
from tests.journeys.giliran import Giliran, plain_environment
from tests.journeys.test_whole_visit import SLUG, the_branch
from tests.postgres import UNSAFE, Postgres, a_postgres, programs

SECRET = "s3cret/of:all"
pytestmark = [pytest.mark.sqlite, pytest.mark.timeout(300)]  # brings its database itself


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    with a_postgres(*UNSAFE) as server:
        yield server


def with_password(url: str) -> str:
    return url.replace("giliran@", "giliran:s3cret%2Fof%3Aall@")


def command_in(message: str) -> str:
    """Return the command that a refusal names instead."""
    return next(line.strip() for line in message.splitlines() if line.strip().startswith("pg_"))


@pytest.mark.torture  # a dozen processes
def test_two_servers_begin_on_an_empty_database_and_everything_is_done_by_commands(
    postgres: Postgres, tmp_path: Path
) -> None:
    servers = [Giliran(tmp_path / f"server-{n}") for n in (1, 2)]
    one, two = servers
    with ExitStack() as stack:
        for server in servers:
            server.database = with_password(postgres.url("empty"))
        postgres.create("empty")
        for server in servers:
            server.launch()
            stack.callback(server.kill)
        for server in servers:
            server.wait_until_ready()
        assert one.apply(the_branch())
        kiosk = one.done("token", "create", "--role", "kiosk", "--branch", SLUG)
        one.done("user", "add", "wulan", "--role", "admin", "--password-stdin", stdin="a long enough password\n")
        numbers = [issue(server, kiosk) for server in (one, two, one)]
        assert numbers == ["A001", "A002", "A003"]

        looked = one.command("doctor", "--json")
        about = {f["about"]: f["level"] for f in json.loads(looked.stdout)["findings"]}
        assert (about["data"], about["schema"], about["log"]) == ("ok", "ok", "ok"), looked.stdout
        assert about["servers"] == "warning", "they are not joined by a Redis"
        assert len(one.done("export", "tickets").splitlines()) == 1 + len(numbers)
        assert "nothing to do" in one.done("migrate")

        refused = one.command("backup", str(tmp_path / "backup.zip"))
        assert refused.returncode == 1
        use(command_in(refused.stderr), tmp_path)
    told = [server.log.read_text() for server in servers] + [looked.stdout, refused.stderr]
    assert [text for text in told if SECRET in text or "s3cret" in text] == []

    restored = Giliran(tmp_path / "restored")
    restored.database = with_password(postgres.create("restored"))
    use(command_in(restored.command("restore", "giliran.dump").stderr), tmp_path)
    restored.start()
    try:
        assert issue(restored, kiosk) == "A004"
    finally:
        restored.stop()


def issue(server: Giliran, kiosk: str) -> str:
    answer = httpx.post(
        f"{server.url}/api/v1/branches/{SLUG}/tickets",
        headers={"Authorization": f"Bearer {kiosk}"},
        json={"service": "A"},
        timeout=60,
        trust_env=False,
    )
    assert answer.status_code == 201, answer.text
    return str(answer.json()["number"])


def use(line: str, folder: Path) -> None:
    """Run the command unchanged."""
    place = programs()
    if not (place / "pg_restore").exists():
        pytest.skip("needs pg_dump and pg_restore")
    path = f"{place}:{os.environ.get('PATH', os.defpath)}"
    done = subprocess.run(
        line,
        shell=True,
        cwd=folder,
        env=plain_environment() | {"PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{line}: {done.stderr}"


def test_an_address_that_leads_nowhere_is_told_in_one_line_without_its_password(
    postgres: Postgres, tmp_path: Path
) -> None:
    for wrong, word in {
        with_password(postgres.url("nowhere")): "nowhere",
        "postgresql://giliran:s3cret%2Fof%3Aall@127.0.0.1:9/giliran": "127.0.0.1",
        f"postgresql://giliran:{SECRET}@host:port/giliran": "%2F",
    }.items():
        for command in ("migrate", "doctor"):
            said = CliRunner().invoke(giliran, [command, "--data", str(tmp_path), "--database", wrong])
            assert said.exit_code == 1
            assert len(said.stderr.strip().splitlines()) == 1, said.stderr
            assert word in said.stderr
            assert "s3cret" not in said.output

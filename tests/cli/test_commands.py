"""The commands: one clear line when they fail, and nothing created by mistake."""

from __future__ import annotations

import socket
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from server.cli import giliran
from server.cli.serving import network_message
from server.doctor import branch as branch_checks
from server.doctor.branch import address
from server.doctor.findings import Level
from server.store.engines.store import DATABASE_FILE
from server.store.maintenance import data_directory
from server.store.maintenance.data_directory import Owner
from tests.scene import a_branch
from tests.store.releases_kept import KEPT, put


def run(*words: str, stdin: str = "") -> Result:
    return CliRunner().invoke(giliran, list(words), input=stdin)


def test_a_token_for_missing_data_is_refused_and_creates_none(tmp_path: Path) -> None:
    result = run("token", "create", "--role", "kiosk", "--branch", "central", "--data", str(tmp_path / "typo"))
    assert result.exit_code == 1
    assert "--data DIR" in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_apply_begins_with_new_data_and_says_nothing_to_change_the_second_time(tmp_path: Path) -> None:
    file = tmp_path / "branch.yaml"
    file.write_text("branch: {slug: central, name: {en: Central}, timezone: Asia/Jakarta}\n")
    data = ("--data", str(tmp_path / "data"))
    assert run("apply", str(file), *data).output == "branch central: added\n"
    assert run("apply", str(file), *data).output == "nothing to change\n"
    created = run("token", "create", "--role", "display", "--branch", "central", *data)
    assert created.exit_code == 0
    assert created.output.startswith("gl_display_")


def test_a_service_without_a_counter_is_declared_and_reported_each_time(tmp_path: Path) -> None:
    file = tmp_path / "branch.yaml"
    services = ", ".join(f"{{code: {code}, name: {{en: Service {code}}}}}" for code in "ABC")
    file.write_text(
        f"branch: {{slug: central, name: {{en: Central}}, timezone: Asia/Jakarta}}\nservices: [{services}]\n"
        "counters: [{number: 1, name: {en: Counter 1}, services: [A], helps_out_with: [B]}]\n"
    )
    for changed in ("branch central: added\n", "nothing to change\n"):
        result = run("apply", str(file), "--data", str(tmp_path / "data"))
        assert (result.exit_code, result.stdout) == (0, changed)
        assert result.stderr.startswith("giliran: branch central: no counter takes C: ")
        assert result.stderr.count("\n") == 1


def test_a_bad_file_changes_nothing_and_every_fault_is_named(tmp_path: Path) -> None:
    file = tmp_path / "branch.yaml"
    file.write_text("branch: {slug: Central, name: {en: C}, timezone: Moon/Base, langauges: [en]}\n")
    result = run("apply", str(file), "--data", str(tmp_path / "data"))
    assert result.exit_code == 1
    for fault in ("branch.slug", "Moon/Base", "branch.langauges"):
        assert fault in result.stderr
    assert not (tmp_path / "data").exists()


def test_a_short_password_is_refused(tmp_path: Path) -> None:
    result = run("user", "add", "rani", "--role", "agent", "--password-stdin", "--data", str(tmp_path), stdin="short\n")
    assert (result.exit_code, "8 characters" in result.stderr) == (1, True)


def test_without_a_terminal_the_password_is_required_on_standard_input(tmp_path: Path) -> None:
    put(KEPT[-1], tmp_path)
    result = run("user", "add", "dewi", "--role", "agent", "--data", str(tmp_path))
    assert result.exit_code == 1
    assert "--password-stdin" in result.stderr


def test_wrong_usage_exits_with_two() -> None:
    assert run("token", "create", "--role", "king", "--branch", "central").exit_code == 2


def test_a_device_created_by_a_mistyped_name_is_reported_on_stderr_only(tmp_path: Path) -> None:
    file = tmp_path / "branch.yaml"
    file.write_text("branch: {slug: central, name: {en: C}, timezone: Asia/Jakarta}\nkiosks: [{name: Lobby}]\n")
    data = ("--data", str(tmp_path / "data"))
    assert run("apply", str(file), *data).exit_code == 0
    words = ("token", "create", "--role", "kiosk", "--branch", "central", *data)
    exact, mistyped = run(*words, "--name", "Lobby"), run(*words, "--name", "Loby")
    assert (exact.exit_code, exact.stderr) == (0, "")
    assert mistyped.exit_code == 0
    assert mistyped.stdout.strip().startswith("gl_kiosk_") and len(mistyped.stdout.split()) == 1
    assert "'Loby'" in mistyped.stderr and "Lobby" in mistyped.stderr


def test_a_taken_port_is_refused_before_anything_is_migrated(tmp_path: Path) -> None:
    put(KEPT[0], tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        result = run("run", "--host", "127.0.0.1", "--port", str(port), "--data", str(tmp_path))
    assert result.exit_code == 1
    assert f"Cannot listen on 127.0.0.1:{port}" in result.stderr
    assert schema(tmp_path) == KEPT[0].stem


def schema(data: Path) -> str:
    with closing(sqlite3.connect(data / DATABASE_FILE)) as db:
        return str(db.execute("SELECT version_num FROM alembic_version").fetchone()[0])


def test_beside_a_running_server_of_another_release_commands_change_nothing_and_say_what_to_do(tmp_path: Path) -> None:
    data = tmp_path / "data"
    put(KEPT[0], data)
    file = tmp_path / "branch.yaml"
    file.write_text("branch: {slug: north, name: {en: N}, timezone: Asia/Jakarta}\n")
    where = ("--data", str(data))
    commands = (
        ("apply", str(file), *where),
        ("token", "create", "--role", "kiosk", "--branch", "central", *where),
        ("user", "add", "siti", "--role", "agent", "--password-stdin", *where),
    )
    with data_directory.locked(data, data_directory.SERVER):
        for command in commands:
            result = run(*command, stdin="a good password\n")
            assert result.exit_code == 1
            assert "server of another release" in result.stderr
        refused = run("migrate", *where)
        assert (refused.exit_code, "server already uses" in refused.stderr) == (1, True)
    assert schema(data) == KEPT[0].stem
    # without a server, the command migrates the data
    assert run(*commands[0]).output == "branch north: added\n"
    assert schema(data) != KEPT[0].stem


def test_data_of_a_newer_release_are_left_alone(tmp_path: Path) -> None:
    put(KEPT[0], tmp_path)
    with closing(sqlite3.connect(tmp_path / DATABASE_FILE)) as db, db:
        db.execute("UPDATE alembic_version SET version_num = '9999'")
    for command in (("migrate",), ("token", "create", "--role", "kiosk", "--branch", "central"), ("export",)):
        for where in (("--data", str(tmp_path)), ("--database", f"sqlite:{tmp_path}")):
            result = run(*command, *where)
            assert result.exit_code == 1
            assert "newer release" in result.stderr
    assert schema(tmp_path) == "9999"


def test_a_file_that_is_no_database_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / DATABASE_FILE).write_bytes(b"not a database" * 1000)
    for command in (("migrate",), ("export",), ("backup", str(tmp_path / "x.zip"))):
        result = run(*command, "--data", str(tmp_path))
        assert result.exit_code == 1
        assert len(result.stderr.strip().splitlines()) == 1 and "not a database" in result.stderr


def test_on_a_database_server_backup_names_the_command_to_use_without_the_password(tmp_path: Path) -> None:
    url = "postgresql+psycopg://giliran:hush@db.local:5433/queue"
    result = run("backup", str(tmp_path / "x.zip"), "--database", url)
    assert result.exit_code == 1
    assert "pg_dump --format=custom --file=giliran.dump postgresql://giliran@db.local:5433/queue\n" in result.stderr
    assert "hush" not in result.stderr


def test_an_address_of_the_machine_itself_is_applied_and_reported_each_time(tmp_path: Path) -> None:
    file = tmp_path / "branch.yaml"
    file.write_text(
        "branch: {slug: central, name: {en: Central}, timezone: Asia/Jakarta, public_url: 'http://127.0.0.1:8080'}\n"
    )
    for changed in ("branch central: added\n", "nothing to change\n"):
        result = run("apply", str(file), "--data", str(tmp_path / "data"))
        assert (result.exit_code, result.stdout) == (0, changed)
        assert "public_url http://127.0.0.1:8080 leads each phone to itself" in result.stderr
        assert result.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("public_url", "owner", "level", "words"),
    [
        ("http://127.0.0.1:8080", None, Level.WARNING, "leads each phone to itself"),
        ("http://0.0.0.0:8080", None, Level.WARNING, "leads each phone to itself"),
        ("http://localhost", None, Level.WARNING, "leads each phone to itself"),
        ("http://nowhere.invalid", None, Level.WARNING, "does not find nowhere.invalid"),
        ("http://192.168.1.10/queue", None, Level.WARNING, "has a path (/queue)"),
        ("http://203.0.113.9:8080", None, Level.OK, "leads to http://203.0.113.9:8080 (public_url)"),
        (None, Owner("the server", 1, "127.0.0.1", 8080), Level.WARNING, "tickets get no code"),
        (None, Owner("the server", 1, "192.168.1.10", 8080), Level.OK, "to http://192.168.1.10:8080"),
        (None, Owner("the server", 1, "127.0.0.1", 8080, None, True), Level.OK, "under which its kiosk opens"),
        (None, Owner("the server", 1, "127.0.0.1", 8080, "http://[::1]"), Level.WARNING, "--base-url"),
        (None, None, Level.OK, "No public_url is declared"),
    ],
)
def test_doctor_says_where_the_codes_lead(
    public_url: str | None, owner: Owner | None, level: Level, words: str
) -> None:
    (finding,) = address(a_branch(public_url=public_url), owner)
    assert (finding.level, words in finding.detail) == (level, True), finding
    assert (finding.advice is None) == (level is Level.OK)


def test_doctor_compares_a_declared_address_with_where_the_server_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(branch_checks, "network_address", lambda: "192.168.1.10")
    owner = Owner("the server", 1, "0.0.0.0", 8080)
    (port,) = address(a_branch(public_url="http://192.168.1.10"), owner)
    assert port.level is Level.WARNING and "answers at http://192.168.1.10:8080" in port.detail
    (scheme,) = address(a_branch(public_url="https://192.168.1.10:8080"), owner)
    assert scheme.level is Level.WARNING
    (right,) = address(a_branch(public_url="http://192.168.1.10:8080"), owner)
    assert right.level is Level.OK


@pytest.mark.parametrize(
    ("base_url", "network", "proxied", "words"),
    [
        (None, "http://192.168.1.10:8080", False, "On other machines, open http://192.168.1.10:8080/"),
        ("https://queue.example/", None, True, "On other machines, open https://queue.example/"),
        (None, None, True, "the address of the proxy"),
        (None, None, False, "tickets get no code"),
        ("http://localhost:8080", None, False, "tickets get no code"),
    ],
)
def test_a_starting_server_shows_the_address_for_other_machines(
    base_url: str | None, network: str | None, proxied: bool, words: str
) -> None:
    assert words in network_message(base_url, network, trust_proxy=proxied)

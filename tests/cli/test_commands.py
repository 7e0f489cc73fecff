"""The commands: one clear line when they fail, and nothing made by mistake."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner, Result

from server.cli import giliran


def run(*words: str, stdin: str = "") -> Result:
    return CliRunner().invoke(giliran, list(words), input=stdin)


def test_a_token_for_data_that_is_not_there_is_refused_and_makes_none(tmp_path: Path) -> None:
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
    made = run("token", "create", "--role", "display", "--branch", "central", *data)
    assert made.exit_code == 0
    assert made.output.startswith("gl_display_")


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


def test_without_anybody_to_ask_the_password_is_wanted_on_standard_input(tmp_path: Path) -> None:
    result = run("user", "add", "rani", "--role", "agent", "--data", str(tmp_path))
    assert result.exit_code == 1
    assert "--password-stdin" in result.stderr


def test_wrong_usage_is_two() -> None:
    assert run("token", "create", "--role", "king", "--branch", "central").exit_code == 2

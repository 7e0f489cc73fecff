"""`apply` asks before it removes what people use; `declared` writes what `apply` reads; `branch` closes and renames."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from server.access import credentials
from server.actions import issuing
from server.actions.branch import notices
from server.actions.people import accounts
from server.actions.queue import calling, counters
from server.cli import giliran
from server.clock import system_clock
from server.domain.people.principal import COMMAND_LINE, Principal, Role
from server.store.engines.store import Store
from server.store.engines.transaction import Transaction
from server.store.tables import access, branches
from server.store.tables import accounts as store_accounts
from tests.databases import database_of, dump, url_of

BRANCH = """
branch: {slug: central, name: {en: Central}, timezone: Asia/Jakarta}
"""
WHOLE = f"""{BRANCH}
services: [{{code: A, name: {{en: Accounts}}}}, {{code: B, name: {{en: Loans}}}}]
counters:
  - {{number: 1, name: {{en: Counter 1}}, services: [A]}}
  - {{number: 2, name: {{en: Counter 2}}, services: [B]}}
kiosks: [{{name: Lobby}}]
displays: [{{name: Hall}}]
staff: [{{name: rani}}]
"""
WITHOUT_2 = WHOLE.replace("  - {number: 2, name: {en: Counter 2}, services: [B]}\n", "").replace(
    "services: [A]}", "services: [A, B]}"
)
OTHER = "---\nbranch: {slug: north, name: {en: North}, timezone: Asia/Jakarta}\n"


class CommandLine:
    """A data directory with the branch, and the commands."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "branch.yaml"
        data = folder / "data"
        url = database_of(data)
        self.where = ("--database", url) if url else ("--data", str(data))
        if not url:
            url_of(data)
        self.store = Store(url_of(data), system_clock)
        assert self.apply(WHOLE).exit_code == 0

    def run(self, *words: str) -> Result:
        return CliRunner().invoke(giliran, [*words, *self.where])

    def apply(self, text: str, *options: str) -> Result:
        self.file.write_text(text, encoding="utf-8")
        return self.run("apply", str(self.file), *options)

    def do(self, action: object) -> object:
        return self.store.write(action, lambda _tx, done: done)  # type: ignore[arg-type]

    def token_of(self, role: Role, name: str) -> Principal:
        """Create a token of the device; return its principal."""
        secret = credentials.new_secret(role.value)

        def make(tx: Transaction) -> int:
            return accounts.create_token(
                tx, "central", COMMAND_LINE, role=role, name=name, hashed=credentials.hash_token(secret)
            )

        self.do(make)
        return self.store.read(lambda db: credentials.principal_of_token(db, secret))

    def issue(self, service: str = "A", principal: Principal = COMMAND_LINE) -> None:
        self.do(
            lambda tx: issuing.issue_ticket(
                tx,
                "central",
                principal,
                service=service,
                priority=None,
                language=None,
                address=lambda _b, i: f"http://x/{i}",
            )
        )

    def open(self, number: int) -> None:
        self.do(lambda tx: counters.open_counter(tx, "central", number, COMMAND_LINE))

    def call(self, number: int) -> None:
        self.do(lambda tx: calling.call_next(tx, "central", number, COMMAND_LINE))


@pytest.fixture
def cli(tmp_path: Path) -> Iterator[CommandLine]:
    one = CommandLine(tmp_path)
    yield one
    one.store.close()


def is_refused(result: Result, cli: CommandLine, before: str, *words: str) -> None:
    assert result.exit_code == 1
    assert "--yes" in result.stdout
    for word in words:
        assert word in result.stdout
    assert len(result.stderr.strip().splitlines()) == 1
    assert dump(cli.store) == before, "a refused apply changed something"


def test_unused_parts_are_removed_without_a_question(cli: CommandLine) -> None:
    cli.token_of(Role.KIOSK, "Lobby")  # made, and never used
    result = cli.apply(BRANCH)
    assert result.exit_code == 0
    for gone in ("service A: retired", "counter 2: retired", "kiosk Lobby: retired, its tokens revoked"):
        assert gone in result.stdout


def test_an_open_counter_an_open_ticket_and_who_waits_are_asked_about(cli: CommandLine) -> None:
    cli.open(2)
    cli.issue("B")
    cli.issue("B")
    cli.call(2)
    is_refused(cli.apply(WITHOUT_2), cli, dump(cli.store), "counter 2 is open", "counter 2 holds B001 (called)")
    result = cli.apply(BRANCH)
    is_refused(result, cli, dump(cli.store), "service B has 2 open tickets (B001, B002)", "no counter would call")
    done = cli.apply(WITHOUT_2, "--yes")
    assert done.exit_code == 0
    assert "counter 2: retired" in done.stdout


def test_a_device_used_within_seven_days_is_asked_about(cli: CommandLine) -> None:
    cli.issue("A", cli.token_of(Role.KIOSK, "Lobby"))
    display = cli.token_of(Role.DISPLAY, "Hall")
    assert display.token_id is not None
    used = {display.token_id}
    cli.do(lambda tx: access.mark_screens_seen(tx.db, used, tx.now))
    text = WHOLE.replace("kiosks: [{name: Lobby}]", "").replace("displays: [{name: Hall}]", "")
    is_refused(cli.apply(text), cli, dump(cli.store), "kiosk Lobby is in use", "display Hall is in use")
    assert cli.apply(text, "--yes").exit_code == 0


def test_an_account_that_is_signed_in_is_asked_about(cli: CommandLine) -> None:
    def sign_in(tx: Transaction) -> None:
        user = store_accounts.by_name(tx.db, "rani")
        assert user is not None
        credentials.open_session(tx, user)

    cli.do(sign_in)
    is_refused(cli.apply(WHOLE.replace("staff: [{name: rani}]", "")), cli, dump(cli.store), "staff rani")


def test_a_dry_run_shows_what_would_change_and_changes_nothing(cli: CommandLine) -> None:
    cli.open(2)
    before = dump(cli.store)
    result = cli.apply(WITHOUT_2, "--dry-run")
    assert result.exit_code == 0
    assert "would change: counter 2: retired" in result.stdout
    assert "touches: branch central: counter 2 is open" in result.stdout
    assert dump(cli.store) == before
    assert cli.apply(WHOLE, "--dry-run").stdout == "nothing to change\n"


@pytest.mark.sqlite
def test_a_dry_run_without_data_makes_none(tmp_path: Path) -> None:
    file = tmp_path / "branch.yaml"
    file.write_text(WHOLE)
    result = CliRunner().invoke(giliran, ["apply", str(file), "--dry-run", "--data", str(tmp_path / "data")])
    added = ("branch central", "kiosk Lobby", "display Hall", "staff rani")
    assert result.exit_code == 0
    assert result.stdout == "".join(f"would change: {one}: added\n" for one in added)
    assert [one.name for one in tmp_path.iterdir()] == ["branch.yaml"]


def test_several_branches_in_one_file_are_all_changed_or_none(cli: CommandLine) -> None:
    cli.open(2)
    is_refused(cli.apply(WITHOUT_2 + OTHER), cli, dump(cli.store))
    assert cli.apply(WITHOUT_2 + OTHER, "--yes").stdout.count("added") == 1


def test_a_corrected_slug_is_asked_about_and_names_the_command(cli: CommandLine) -> None:
    corrected = WHOLE.replace("slug: central", "slug: pusat")
    is_refused(cli.apply(corrected), cli, dump(cli.store), "giliran branch rename central pusat")
    assert cli.run("branch", "rename", "central", "pusat").stdout == "branch central: renamed pusat\n"
    assert cli.apply(corrected).stdout == "nothing to change\n"
    is_refused(cli.apply(WHOLE), cli, dump(cli.store), "branch central is called pusat now")
    assert "branch central: added" in cli.apply(WHOLE.replace("rani", "budi"), "--yes").stdout


def test_declared_writes_the_file_that_changes_nothing(cli: CommandLine, tmp_path: Path) -> None:
    written = cli.run("declared")
    assert written.exit_code == 0
    assert cli.apply(written.stdout).stdout == "nothing to change\n"
    assert cli.run("declared").stdout == written.stdout
    assert cli.run("declared", "--branch", "central", "-o", str(tmp_path / "out.yaml")).stdout == ""
    assert (tmp_path / "out.yaml").read_text() == written.stdout
    assert "password" not in written.stdout
    assert cli.run("declared", "--branch", "nowhere").exit_code == 1


def test_retiring_a_branch_needs_yes_without_a_terminal(cli: CommandLine) -> None:
    cli.issue()
    result = cli.run("branch", "retire", "central")
    is_refused(result, cli, dump(cli.store), "1 open ticket (A001) would end", "closed for good")
    done = cli.run("branch", "retire", "central", "--yes")
    assert (done.exit_code, done.stdout.splitlines()[0]) == (0, "branch central: retired")
    again = cli.apply(WHOLE, "--yes")
    assert (again.exit_code, "closed for good" in again.stderr) == (1, True)
    exported = cli.run("export")
    assert (exported.exit_code, "A001" in exported.stdout) == (0, True)


@pytest.mark.parametrize("new", ["Central", "", "x" * 65, "../x"])
def test_an_invalid_slug_is_refused(cli: CommandLine, new: str) -> None:
    before = dump(cli.store)
    result = cli.run("branch", "rename", "central", new)
    assert (result.exit_code, len(result.stderr.splitlines())) == (1, 1)
    assert dump(cli.store) == before


SARI = Principal("user:7", Role.SUPERVISOR, "sari")


def with_notice(text: str) -> str:
    return WHOLE.replace("timezone: Asia/Jakarta}", f"timezone: Asia/Jakarta, notice: {text}}}")


def shown(cli: CommandLine) -> dict[str, str] | None:
    return cli.store.read(lambda db: branches.get(db, "central").notice)


def on_the_page(cli: CommandLine, notice: dict[str, str] | None) -> None:
    cli.do(lambda tx: notices.set_notice(tx, "central", SARI, notice))


def test_an_edited_notice_holds_at_once_and_a_file_without_one_leaves_it(cli: CommandLine) -> None:
    assert cli.apply(with_notice("{en: Welcome}")).stdout == "branch central: notice changed\n"
    cli.issue()
    assert cli.apply(with_notice("{en: Closed on Friday}")).stdout == "branch central: notice changed\n"
    assert shown(cli) == {"en": "Closed on Friday"}
    assert cli.apply(WHOLE).stdout == "nothing to change\n"
    assert shown(cli) == {"en": "Closed on Friday"}
    assert cli.apply(with_notice("")).stdout == "branch central: notice changed\n"
    assert shown(cli) is None


def test_an_unchanged_file_does_not_put_an_old_notice_back_and_says_so(cli: CommandLine) -> None:
    cli.apply(with_notice("{en: Welcome}"))
    for newer in ({"en": "Lift is broken"}, {"en": "Lift works"}, None):
        on_the_page(cli, newer)
        for more in ((), ("--yes",), ("--dry-run",)):
            again = cli.apply(with_notice("{en: Welcome}"), *more)
            assert (again.exit_code, shown(cli)) == (0, newer)
            assert "as it was: branch central: the notice stays" in again.stdout
            assert "by sari at" in again.stdout and "nothing to change" in again.stdout


def test_a_notice_that_is_new_in_the_file_and_on_the_page_is_asked_about(cli: CommandLine) -> None:
    cli.apply(with_notice("{en: Welcome}"))
    on_the_page(cli, {"en": "Lift is broken"})
    edited = with_notice("{en: Closed on Friday}")
    is_refused(cli.apply(edited), cli, dump(cli.store), "the notice was set on the page by sari")
    assert "touches: branch central: the notice was set" in cli.apply(edited, "--dry-run").stdout
    assert cli.apply(edited, "--yes").exit_code == 0
    assert shown(cli) == {"en": "Closed on Friday"}
    assert cli.apply(with_notice("{en: Open again}")).exit_code == 0, "the file has had the last word"
    assert shown(cli) == {"en": "Open again"}


def test_what_declared_wrote_may_be_edited_and_applied(cli: CommandLine) -> None:
    on_the_page(cli, {"en": "Lift is broken"})
    written = cli.run("declared").stdout
    assert cli.apply(written).stdout == "nothing to change\n"
    on_the_page(cli, {"en": "Lift works"})
    assert "the notice stays" in cli.apply(written).stdout
    assert shown(cli) == {"en": "Lift works"}


def test_a_branch_that_gives_up_a_language_gives_up_the_notice_in_it(cli: CommandLine) -> None:
    on_the_page(cli, {"en": "Lift is broken", "id": "Lift rusak"})
    fewer = WHOLE.replace("timezone: Asia/Jakarta", "timezone: Asia/Jakarta, languages: [en]")
    assert "notice changed" in cli.apply(fewer).stdout
    assert shown(cli) == {"en": "Lift is broken"}
    assert cli.apply(cli.run("declared").stdout).stdout == "nothing to change\n"


def test_a_language_without_a_voice_is_reported_with_the_changes(cli: CommandLine) -> None:
    spoken = WHOLE.replace("timezone: Asia/Jakarta", "timezone: Asia/Jakarta, languages: [id, su, en]")
    for more in (("--dry-run",), (), ()):
        said = [line for line in cli.apply(spoken, *more).stdout.splitlines() if line.startswith("warning: ")]
        assert len(said) == 1
        assert "branch central: language su has no voice" in said[0] and "clips/su/" in said[0]
    assert "warning" not in cli.apply(WHOLE).output


def test_an_address_with_a_path_is_refused_and_one_in_other_letters_is_kept_as_the_network_has_it(
    cli: CommandLine,
) -> None:
    def at(url: str) -> Result:
        return cli.apply(WHOLE.replace("timezone: Asia/Jakarta", f"timezone: Asia/Jakarta, public_url: '{url}'"))

    before = dump(cli.store)
    refused = at("http://192.168.1.10/antrean")
    assert (refused.exit_code, dump(cli.store)) == (1, before)
    assert "has a path (/antrean)" in refused.stderr and "(line 2)" in refused.stderr
    assert at("https://Bücher.example/").exit_code == 0
    written = cli.run("declared").stdout
    assert "public_url: https://xn--bcher-kva.example\n" in written
    assert cli.apply(written).stdout == "nothing to change\n"

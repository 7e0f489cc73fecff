"""The command, as its own process."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from click.testing import CliRunner

from printer.cli import _escaped
from printer.cli import printer as command
from printer.layout import draw
from printer.virtual import Moment, VirtualPrinter
from tests.printer.builders import a_content
from tests.printer.print_jobs_api import TOKEN, PrintJobsApi

ROOT = Path(__file__).resolve().parents[2]


@contextmanager
def a_process(*arguments: str, **environment: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "printer", *arguments],
        cwd=ROOT,
        env={**os.environ, **environment},
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def test_the_agent_runs_from_its_environment_prints_and_ends_on_sigterm_without_a_secret_in_its_log(
    tmp_path: Path,
) -> None:
    with PrintJobsApi() as server, VirtualPrinter(pace=None) as paper:
        settings = {
            "GILIRAN_SERVER": server.url,
            "GILIRAN_TOKEN": TOKEN,
            "GILIRAN_DEVICE": f"network://127.0.0.1:{paper.port}",
            "XDG_STATE_HOME": str(tmp_path),
        }
        with a_process(**settings) as process:
            job = server.offer(url="http://server/t/a-customers-secret")
            server.wait_for_state(job, "printed")
            process.send_signal(signal.SIGTERM)
            _, log = process.communicate(timeout=60)
        assert process.returncode == 0
        assert TOKEN not in log
        assert "secret" not in log
        assert re.findall(r'event="(.*?)"', log) == ["agent started", "job printed", "agent stopped"]


def test_after_an_agent_was_killed_in_the_middle_of_a_ticket_the_next_ticket_is_whole(tmp_path: Path) -> None:
    with PrintJobsApi() as server, VirtualPrinter(pace=None, buffer_bytes=16_384) as paper:
        settings = {
            "GILIRAN_SERVER": server.url,
            "GILIRAN_TOKEN": TOKEN,
            "GILIRAN_DEVICE": f"network://127.0.0.1:{paper.port}",
            "XDG_STATE_HOME": str(tmp_path),
        }
        with a_process(**settings) as killed:
            paper.when(Moment.ROW, 100, killed.kill)
            broken = server.offer(number="A001")
            killed.wait(60)
        next_one = server.offer(number="A002")
        with a_process(**settings) as process:
            server.wait_for_state(next_one, "printed")
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=60)
        assert server.state(broken) == "unknown", "the next agent tells of the paper that the killed one has left"
        assert paper.tickets[-1].picture.tobytes() == draw(a_content(number="A002"), 80).tobytes()
        assert list((tmp_path / "giliran").glob("*.unfinished")) == []


def test_a_refused_token_ends_it_with_one_clear_line() -> None:
    with PrintJobsApi() as server, VirtualPrinter(pace=None) as paper:
        device = f"network://127.0.0.1:{paper.port}"
        with a_process("--server", server.url, "--token", "wrong", "--device", device) as process:
            _, log = process.communicate(timeout=60)
        assert process.returncode == 1
        assert log.splitlines()[-1] == "Error: the server refuses this token: 401 This token is not known"


def test_the_probe_is_a_command_in_the_operators_language_and_fails_with_one_line() -> None:
    with VirtualPrinter(pace=None) as paper:
        device = f"network://127.0.0.1:{paper.port}"
        said = CliRunner().invoke(command, ["--device", device, "--probe"], env={"LC_ALL": "id_ID.UTF-8"})
        assert said.exit_code == 0
        assert "Giliran Virtual printer, firmware 1.0" in said.output
        assert "setiap tiket" in said.output
        paper.set_faults(refuse=True)
        refused = CliRunner().invoke(command, ["--device", device, "--probe", "--language", "en"])
        assert refused.exit_code == 1
        assert refused.output.startswith("Error: The printer cannot be reached: no connection")
        assert "connection refused" in refused.output
        assert refused.output.count("\n") == 1


def test_a_mistake_in_the_command_is_exit_code_two_and_says_what_to_write() -> None:
    for arguments, words in (
        (["--device", "lpt1", "--probe"], "network://192.168.1.50:9100"),
        (["--device", "network://h"], "GILIRAN_SERVER"),
        ([], "--device"),
    ):
        said = CliRunner().invoke(command, arguments, env={"GILIRAN_SERVER": "", "GILIRAN_TOKEN": ""})
        assert said.exit_code == 2
        assert words in said.output


def test_a_taken_port_for_the_virtual_printer_is_one_clear_line() -> None:
    with VirtualPrinter() as there:
        said = CliRunner().invoke(command, ["--device", f"virtual://127.0.0.1:{there.port}", "--probe"])
        assert said.exit_code == 1
        assert "address already in use" in said.output


def test_the_help_names_every_option_of_a_device() -> None:
    said = CliRunner().invoke(command, ["--help"])
    for name in (
        "cut=yes|no",
        "mode=picture|text",
        "proof=",
        "profile=",
        "dots=",
        "band=",
        "baud=",
        "docs/printers.md",
    ):
        assert name in said.output


def test_what_a_printer_answers_stays_in_its_line_of_the_log() -> None:
    """Its model, for example, is whatever it says."""
    told = _escaped(None, "info", {"event": "printer known", "model": "TM\x1b[2J\nok\x9b\u202e", "paper": 80})
    assert told == {"event": "printer known", "model": r"TM\x1b[2J\nok\x9b\u202e", "paper": 80}

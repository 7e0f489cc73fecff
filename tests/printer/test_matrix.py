"""What becomes of a ticket when its printer fails: every fault, at every moment, for every kind of printer.

A row says what goes wrong and when, and then three things: what the job says in the end, what came out on paper, and
what the agent has told of the printer. Three promises hold in every row: `printed` is exactly one whole ticket,
`not_sent` is no ink at all, and the next ticket comes out whole and alone whatever happened to the one before.
"""

from __future__ import annotations

import functools
from pathlib import Path

import pytest
import usb.core

from printer.devices.serial import SerialPrinter
from printer.devices.usb import UsbPrinter
from printer.virtual import VirtualPrinter
from tests.printer.devices.fake_libusb1 import PRODUCT, VENDOR, FakeBackend, UsbTwin
from tests.printer.devices.twins import SerialTwin
from tests.printer.matrix import ROWS, named, on_a_wire
from tests.printer.print_jobs_api import PrintJobsApi
from tests.printer.stage import ROLL, SOME, Row, Stage, print_one, print_the_next


def play(row: Row, stage: Stage, memory: Path) -> None:
    """Prints a ticket while the row's fault happens, puts everything right, prints the next, and looks at the paper."""
    server = stage.server
    outcome, _, detail = row.says.partition(": ")
    said = print_one(stage, row, memory)
    assert (said, detail in (server.jobs[stage.job]["outcome_detail"] or "")) == (outcome, True), server.jobs
    came = print_the_next(stage, row, memory)
    assert came == row.paper or row.paper == SOME


@pytest.mark.parametrize("row", ROWS, ids=named)
def test_the_job_says_what_is_on_paper_and_the_next_ticket_is_whole(row: Row, tmp_path: Path) -> None:
    with (
        PrintJobsApi() as server,
        VirtualPrinter(paper=ROLL, pace=None, buffer_bytes=row.buffer) as printer,
    ):
        play(row, Stage(server, printer), tmp_path / "unfinished")


@pytest.mark.parametrize("row", on_a_wire("the serial line is gone"))
def test_a_serial_line_keeps_the_same_promises(row: Row, tmp_path: Path) -> None:
    port = tmp_path / "ttyUSB0"
    with PrintJobsApi() as server, SerialTwin(port, ROLL) as printer:
        device = SerialPrinter("serial", str(port), 115_200, flow="none")
        play(row, Stage(server, printer, device), tmp_path / "unfinished")


@pytest.mark.parametrize("row", on_a_wire("the USB printer is gone"))
def test_a_usb_cable_keeps_the_same_promises(row: Row, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with PrintJobsApi() as server, UsbTwin(ROLL) as printer:
        monkeypatch.setattr("usb.core.find", functools.partial(usb.core.find, backend=FakeBackend(printer)))
        play(row, Stage(server, printer, UsbPrinter("usb", VENDOR, PRODUCT)), tmp_path / "unfinished")

"""A printer on a serial line: a pseudo-terminal with the virtual printer's machine at its other end."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from printer.devices import Address
from printer.devices.serial import SerialPrinter
from printer.encoding import encode_text
from printer.link import LinkGone, Outcome, deliver
from printer.link.survey import look, survey
from tests.printer.builders import HASTY, a_content
from tests.printer.devices.twins import SerialTwin
from tests.printer.print_jobs_api import PrintJobsApi
from tests.printer.test_agent import an_agent


@contextmanager
def a_serial_printer(folder: Path) -> Iterator[tuple[SerialPrinter, SerialTwin]]:
    port = folder / "ttyUSB0"
    with SerialTwin(port, 80) as twin:
        yield SerialPrinter("serial", str(port), 9600, flow="none"), twin


def test_a_ticket_in_letters_is_printed_with_proof_over_a_serial_line(tmp_path: Path) -> None:
    with a_serial_printer(tmp_path) as (device, twin):
        delivery = deliver(
            device, lambda: encode_text(a_content(), 80), identifier=b"0001", on_start=lambda: None, patience=HASTY
        )
        assert delivery.outcome is Outcome.PRINTED
        assert len(twin.tickets) == 1
        assert twin.tickets[0].picture.height > 400


def test_a_serial_printer_can_be_surveyed(tmp_path: Path) -> None:
    with a_serial_printer(tmp_path) as (device, _):
        assert survey(device, HASTY).model == "Virtual printer"


def test_a_port_that_has_no_room_holds_nobody_up(tmp_path: Path) -> None:
    """pyserial 3.5 would try for ever."""
    with a_serial_printer(tmp_path) as (device, twin):
        twin.set_faults(stall=True)
        line = device.connect()
        data = memoryview(b"x" * 4096)
        for _ in range(40):
            if not line.exchange(data, 0)[0]:
                break
        else:
            pytest.fail("the port took more than any port holds")
        line.close()


def test_a_port_that_another_agent_has_open_is_refused(tmp_path: Path) -> None:
    with a_serial_printer(tmp_path) as (device, _):
        line = device.connect()
        with pytest.raises(LinkGone, match="cannot be opened"):
            device.connect()
        line.close()
        assert look(device, HASTY).hindrance is None


def test_an_adapter_that_is_not_there_may_be_plugged_in_later(tmp_path: Path) -> None:
    with a_serial_printer(tmp_path) as (device, twin):
        twin.unplug()
        with pytest.raises(LinkGone, match="cannot be opened"):
            device.connect()
        with PrintJobsApi() as server, an_agent(server, Address(device, text=True)):
            assert server.wait_for(lambda s: bool(s.statuses) and s.statuses[-1]["online"] is False)
            job = server.offer()
            twin.plug()
            server.wait_for_state(job, "printed")
            assert len(twin.tickets) == 1

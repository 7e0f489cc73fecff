"""A printer on a serial line: a pseudo-terminal with the virtual printer's machine at its other end."""

import os
import threading
import tty
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from printer.devices.serial import SerialPrinter
from printer.encoding import encode_text
from printer.link import LinkGone, Outcome, deliver
from printer.link.survey import look, survey
from printer.virtual import Ticket
from printer.virtual.machine import Machine
from tests.printer.builders import HASTY, a_content


@contextmanager
def a_serial_printer() -> Iterator[tuple[SerialPrinter, list[Ticket], Machine]]:
    host, line = os.openpty()
    tty.setraw(host)
    tty.setraw(line)
    tickets: list[Ticket] = []

    def say(reply: bytes) -> None:
        os.write(host, reply)

    machine = Machine(80, say, tickets.append, pace=None)

    def receive() -> None:
        while True:
            try:
                data = os.read(host, 256)
            except OSError:
                return
            machine.receive(data)

    machine.start()
    threading.Thread(target=receive, daemon=True).start()
    try:
        yield SerialPrinter("serial", os.ttyname(line), 9600, flow="none"), tickets, machine
    finally:
        machine.close()
        os.close(line)
        os.close(host)


def test_a_ticket_in_letters_is_printed_with_proof_over_a_serial_line() -> None:
    with a_serial_printer() as (device, tickets, _):
        delivery = deliver(
            device, lambda: encode_text(a_content(), 80), identifier=b"0001", on_start=lambda: None, patience=HASTY
        )
        assert delivery.outcome is Outcome.PRINTED
        assert len(tickets) == 1
        assert tickets[0].picture.height > 400


def test_a_serial_printer_without_paper_gets_nothing() -> None:
    with a_serial_printer() as (device, tickets, machine):
        machine.set_faults(machine.faults.changed({"paper": "out"}))
        assert look(device, HASTY).hindrance == "the paper is out"
        delivery = deliver(
            device, lambda: [b"x"], identifier=b"0001", on_start=lambda: None, patience=HASTY, start_within=0
        )
        assert (delivery.outcome, tickets) == (Outcome.NOT_SENT, [])


def test_a_serial_printer_can_be_surveyed() -> None:
    with a_serial_printer() as (device, _, _):
        assert survey(device, HASTY).model == "Virtual printer"


def test_a_port_that_is_not_there_is_a_link_that_is_gone() -> None:
    with pytest.raises(LinkGone, match="cannot be opened"):
        SerialPrinter("serial", "/dev/no-such-port").connect()

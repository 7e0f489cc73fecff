"""Printing into a file, and to a device node."""

import os
import resource
import threading
import tty
from pathlib import Path

import pytest

from printer.devices.file import FilePrinter
from printer.encoding import commands, encode_picture
from printer.layout import draw
from printer.link import LinkGone, Outcome, deliver
from printer.link.survey import look
from tests.printer.builders import HASTY, a_content

TICKET = encode_picture(draw(a_content(), 58))


def test_a_file_keeps_every_ticket_one_after_the_other(tmp_path: Path) -> None:
    device = FilePrinter("file", tmp_path / "tickets.bin")
    for _ in range(2):
        delivery = deliver(device, lambda: TICKET, identifier=b"0001", on_start=lambda: None)
        assert (delivery.outcome, delivery.sent) == (Outcome.PRINTED, len(b"".join(TICKET)))
    assert device.path.read_bytes() == b"".join(TICKET) * 2
    assert look(device).hindrance is None


def test_a_file_that_cannot_be_opened_is_not_sent(tmp_path: Path) -> None:
    device = FilePrinter("file", tmp_path / "no" / "folder")
    delivery = deliver(device, lambda: TICKET, identifier=b"0001", on_start=lambda: None)
    assert delivery.outcome is Outcome.NOT_SENT
    assert "no such file" in delivery.detail


def test_a_full_disk_is_unknown_or_not_sent_and_never_printed() -> None:
    # Linux's own full disk: every write fails. A node, so it is spoken to as a line.
    device = FilePrinter("file", Path("/dev/full"))
    delivery = deliver(device, lambda: TICKET, identifier=b"0001", on_start=lambda: None, patience=HASTY)
    assert delivery.outcome is Outcome.NOT_SENT


def test_a_disk_that_fills_in_the_middle_is_unknown_and_the_next_ticket_begins_anew(tmp_path: Path) -> None:
    device = FilePrinter("file", tmp_path / "tickets.bin")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, hard))  # from here on the file cannot grow: a full disk
    try:
        delivery = deliver(device, lambda: TICKET, identifier=b"0001", on_start=lambda: None)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert (delivery.outcome, delivery.sent) == (Outcome.UNKNOWN, 20_000)
    assert "file too large" in delivery.detail
    recovery = commands.recovery(48 * commands.BAND_ROWS, cut=True)
    again = deliver(device, lambda: TICKET, identifier=b"0002", on_start=lambda: None, recovery=recovery)
    assert again.outcome is Outcome.PRINTED
    assert device.path.read_bytes()[20_000:] == recovery + b"".join(TICKET)


def test_a_file_that_was_deleted_while_it_was_written_is_not_printed(tmp_path: Path) -> None:
    device = FilePrinter("file", tmp_path / "tickets.bin")
    delivery = deliver(device, lambda: TICKET, identifier=b"0001", on_start=device.path.unlink)
    assert delivery.outcome is Outcome.UNKNOWN
    assert "deleted" in delivery.detail


def test_a_device_node_is_spoken_to_and_answers() -> None:
    host, node = os.openpty()
    tty.setraw(host)
    tty.setraw(node)

    def answer() -> None:
        while True:
            try:
                asked = os.read(host, 4096)
            except OSError:
                return
            os.write(host, b"\x12" * asked.count(b"\x10\x04"))

    thread = threading.Thread(target=answer, daemon=True)
    thread.start()
    device = FilePrinter("file", Path(os.ttyname(node)))
    assert not device.keeps
    assert look(device, HASTY).online
    os.close(node)
    os.close(host)


def test_a_node_that_went_is_a_link_that_is_gone() -> None:
    host, node = os.openpty()
    device = FilePrinter("file", Path(os.ttyname(node)))
    os.close(node)
    line = device.connect()
    os.close(host)
    with pytest.raises(LinkGone, match="gone"):
        line.exchange(memoryview(b"x"), 0.1)
    line.close()
    line.close()

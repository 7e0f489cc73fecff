"""The USB line: python-escpos and pyusb as they are, over a bus made by hand. No test machine has a USB printer."""

from __future__ import annotations

import functools
from collections.abc import Iterator

import pytest
import usb.core
from usb.core import USBError, USBTimeoutError

from printer.devices import Address
from printer.devices.usb import UsbPrinter
from printer.link import LinkGone
from printer.link.survey import look, survey
from tests.printer.builders import HASTY
from tests.printer.devices.fake_libusb1 import IN, OUT, PRODUCT, VENDOR, FakeBackend, UsbTwin
from tests.printer.print_jobs_api import PrintJobsApi
from tests.printer.test_agent import an_agent

DEVICE = UsbPrinter("usb", VENDOR, PRODUCT)


@pytest.fixture
def printer(monkeypatch: pytest.MonkeyPatch) -> Iterator[UsbTwin]:
    with UsbTwin(80) as printer:
        monkeypatch.setattr("usb.core.find", functools.partial(usb.core.find, backend=FakeBackend(printer)))
        yield printer


def test_the_bus_made_by_hand_is_one_to_pyusb(printer: UsbTwin) -> None:
    """A fake that is wrong makes every test with it wrong: these are pyusb's own words for each case."""
    device = usb.core.find(idVendor=VENDOR, idProduct=PRODUCT)
    assert device.write(OUT, b"\x10\x04\x01", 100) == 3
    assert bytes(device.read(IN, 64, 1000)) == b"\x12"
    with pytest.raises(USBTimeoutError):
        device.read(IN, 64, 1)
    printer.set_faults(stall=True)
    with pytest.raises(USBTimeoutError):
        device.write(OUT, b"x", 1)
    printer.unplug()
    with pytest.raises(USBError, match="No such device"):
        device.write(OUT, b"x", 100)
    assert usb.core.find(idVendor=VENDOR, idProduct=PRODUCT) is None
    usb.util.dispose_resources(device)


def test_what_the_printer_takes_of_a_transfer_is_counted(printer: UsbTwin) -> None:
    line = DEVICE.connect()
    data = memoryview(b"x" * 100_000)
    taken = 0
    while taken < 65_536:
        taken += line.exchange(data[taken:], 0.05)[0]
    printer.set_faults(busy=True, paper="out")
    line.exchange(data, 0.05)
    line.close()
    line.close()


def test_a_printer_that_is_not_there_may_be_plugged_in_later(printer: UsbTwin) -> None:
    printer.unplug()
    with pytest.raises(LinkGone, match="not found or cable not plugged in"):
        DEVICE.connect()
    with PrintJobsApi() as server, an_agent(server, Address(DEVICE)):
        assert server.wait_for(lambda s: bool(s.statuses) and s.statuses[-1]["online"] is False)
        job = server.offer()
        printer.plug()
        server.wait_for_state(job, "printed")
        assert len(printer.tickets) == 1


def test_a_printer_that_one_may_not_open_says_so(printer: UsbTwin) -> None:
    printer.allowed = False
    assert "Access denied (insufficient permissions)" in (look(DEVICE, HASTY).hindrance or "")


def test_no_look_leaves_the_printer_open(monkeypatch: pytest.MonkeyPatch) -> None:
    with UsbTwin(80) as printer:
        bus = FakeBackend(printer)
        monkeypatch.setattr("usb.core.find", functools.partial(usb.core.find, backend=bus))
        for _ in range(3):
            assert look(DEVICE, HASTY).hindrance is None
        assert bus.open_handles == 0


def test_a_usb_printer_can_be_surveyed(printer: UsbTwin) -> None:
    assert survey(DEVICE, HASTY).model == "Virtual printer"

"""The USB line over python-escpos: what libusb says, as delivery understands it.

There is no USB printer on a test machine; a device that behaves as pyusb's does stands in for it at that seam.
"""

from collections.abc import Callable
from types import SimpleNamespace

import pytest
from usb.core import USBError, USBTimeoutError

from printer.devices.usb import UsbPrinter, UsbTransport
from printer.link import LinkGone


class Endpoints:
    """pyusb's device: `write` returns what was taken, `read` what was said; both raise on a timeout."""

    def __init__(self, takes: int = 64, says: bytes = b"") -> None:
        self.taken = bytearray()
        self.takes, self.says = takes, says
        self.broken: Callable[[], Exception] | None = None

    def write(self, endpoint: int, data: bytes, timeout: int) -> int:
        self._check(endpoint == 1 and timeout > 0)
        if not self.takes:
            raise USBTimeoutError("Operation timed out")
        self.taken += data[: self.takes]
        return min(len(data), self.takes)

    def read(self, endpoint: int, size: int, timeout: int) -> bytes:
        self._check(endpoint == 0x82 and timeout > 0)
        if not self.says:
            raise USBTimeoutError("Operation timed out")
        said, self.says = self.says[:size], self.says[size:]
        return said

    def _check(self, right: bool) -> None:
        assert right
        if self.broken:
            raise self.broken()


def a_line(endpoints: Endpoints) -> UsbTransport:
    return UsbTransport(SimpleNamespace(device=endpoints, in_ep=0x82, out_ep=1, close=lambda: None))


def test_what_the_printer_takes_of_a_transfer_is_counted() -> None:
    endpoints = Endpoints(takes=64, says=b"\x12")
    assert a_line(endpoints).exchange(memoryview(b"x" * 100), 0.1) == (64, b"\x12")
    assert len(endpoints.taken) == 64


def test_a_printer_that_takes_and_says_nothing_is_no_error() -> None:
    assert a_line(Endpoints(takes=0)).exchange(memoryview(b"x"), 0.1) == (0, b"")


def test_a_printer_that_was_unplugged_is_a_link_that_is_gone() -> None:
    endpoints = Endpoints()
    endpoints.broken = lambda: USBError("No such device")
    with pytest.raises(LinkGone, match="No such device"):
        a_line(endpoints).exchange(memoryview(b"x"), 0.1)


def test_a_printer_that_is_not_there_is_a_link_that_is_gone() -> None:
    with pytest.raises(LinkGone, match="dead:beef"):
        UsbPrinter("usb", 0xDEAD, 0xBEEF).connect()

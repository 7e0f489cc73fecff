"""libusb as pyusb sees it, made by hand: one bus with at most one printer, which can be unplugged and be forbidden.

Under it is a twin of the virtual printer; above it pyusb and python-escpos are the real ones. The module's name ends as
that of pyusb's own backend does, since python-escpos looks at it before it asks for a kernel driver.
"""

from __future__ import annotations

import errno
import time
from array import array
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

from usb.backend import IBackend
from usb.core import USBError, USBTimeoutError

from tests.printer.devices.twins import Twin

VENDOR, PRODUCT = 0x04B8, 0x0202
OUT, IN = 0x01, 0x82
_PACKET = 64


class UsbTwin(Twin):
    """A printer at a USB cable. `allowed` False: its device node belongs to somebody else."""

    def __init__(self, paper: int, buffer_bytes: int = 65_536) -> None:
        self.allowed = True
        self.said = bytearray()
        super().__init__(paper, buffer_bytes)

    def plug(self) -> None:
        self.said.clear()
        self.plugged = True

    def unplug(self) -> None:
        self.plugged = False
        self._tell()

    def _answer(self, reply: bytes) -> None:
        with self._changed:
            self.said += reply
            self._changed.notify_all()

    def take(self, data: bytes, seconds: float) -> int:
        """What it takes of a transfer within that time, packet by packet."""
        taken, deadline = 0, time.monotonic() + seconds
        while taken < len(data) and self.plugged:
            if self.faults.off or self._machine.room(max(0.0, deadline - time.monotonic())):
                piece = data[taken : taken + self._machine.appetite(_PACKET)]
                if not self.faults.off:
                    self._machine.receive(piece)
                taken += len(piece)
            elif time.monotonic() >= deadline:
                break
        return taken

    def hear(self, size: int, seconds: float) -> bytes:
        """What it says within that time."""
        self.wait_for(lambda _: bool(self.said) or not self.plugged, seconds)
        with self._changed:
            said = bytes(self.said[:size])
            del self.said[:size]
        return said


class FakeBackend(IBackend):  # type: ignore[misc]
    """The bus. `open_handles` counts what was opened and not closed."""

    def __init__(self, printer: UsbTwin) -> None:
        self.printer = printer
        self.open_handles = 0

    def enumerate_devices(self) -> Iterator[UsbTwin]:
        if self.printer.plugged:
            yield self.printer

    def get_device_descriptor(self, _: UsbTwin) -> SimpleNamespace:
        names = "bcdUSB bDeviceClass bDeviceSubClass bDeviceProtocol bcdDevice iManufacturer iProduct iSerialNumber"
        return SimpleNamespace(
            **dict.fromkeys(names.split(), 0),
            bLength=18,
            bDescriptorType=1,
            bMaxPacketSize0=64,
            bNumConfigurations=1,
            idVendor=VENDOR,
            idProduct=PRODUCT,
            address=2,
            bus=1,
            port_number=1,
            port_numbers=(1,),
            speed=2,
        )

    def get_configuration_descriptor(self, _: UsbTwin, configuration: int) -> SimpleNamespace:
        if configuration:
            raise IndexError
        return SimpleNamespace(
            bLength=9,
            bDescriptorType=2,
            wTotalLength=32,
            bNumInterfaces=1,
            bConfigurationValue=1,
            iConfiguration=0,
            bmAttributes=0xC0,
            bMaxPower=1,
            extra_descriptors=[],
        )

    def get_interface_descriptor(self, _: UsbTwin, interface: int, alternate: int, __: int) -> SimpleNamespace:
        if interface or alternate:
            raise IndexError
        return SimpleNamespace(
            bLength=9,
            bDescriptorType=4,
            bInterfaceNumber=0,
            bAlternateSetting=0,
            bNumEndpoints=2,
            bInterfaceClass=7,
            bInterfaceSubClass=1,
            bInterfaceProtocol=2,
            iInterface=0,
            extra_descriptors=[],
        )

    def get_endpoint_descriptor(self, _: UsbTwin, endpoint: int, *__: int) -> SimpleNamespace:
        return SimpleNamespace(
            bLength=7,
            bDescriptorType=5,
            bEndpointAddress=(OUT, IN)[endpoint],
            bmAttributes=2,
            wMaxPacketSize=_PACKET,
            bInterval=0,
            bRefresh=0,
            bSynchAddress=0,
            extra_descriptors=[],
        )

    def open_device(self, printer: UsbTwin) -> UsbTwin:
        self._there()
        if not printer.allowed:
            raise USBError("Access denied (insufficient permissions)", -3, errno.EACCES)
        self.open_handles += 1
        return printer

    def close_device(self, _: UsbTwin) -> None:
        self.open_handles -= 1

    def set_configuration(self, *_: Any) -> None:
        self._there()

    def get_configuration(self, _: UsbTwin) -> int:
        return 1

    def claim_interface(self, *_: Any) -> None:
        self._there()

    def release_interface(self, *_: Any) -> None:
        self._there()

    def is_kernel_driver_active(self, *_: Any) -> bool:
        return False

    def reset_device(self, _: UsbTwin) -> None:
        self._there()

    def bulk_write(self, printer: UsbTwin, endpoint: int, _: int, data: array[int], timeout: int) -> int:
        self._there()
        assert endpoint == OUT
        taken = printer.take(bytes(data), timeout / 1000)
        self._there()
        if not taken:
            raise USBTimeoutError("Operation timed out", -7, errno.ETIMEDOUT)
        return taken

    def bulk_read(self, printer: UsbTwin, endpoint: int, _: int, buffer: array[int], timeout: int) -> int:
        self._there()
        assert endpoint == IN
        said = printer.hear(len(buffer), timeout / 1000)
        self._there()
        if not said:
            raise USBTimeoutError("Operation timed out", -7, errno.ETIMEDOUT)
        buffer[: len(said)] = array("B", said)
        return len(said)

    def _there(self) -> None:
        if not self.printer.plugged:
            raise USBError("No such device (it may have been disconnected)", -4, errno.ENODEV)

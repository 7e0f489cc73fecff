"""Printers on USB, opened by python-escpos."""

from dataclasses import dataclass
from typing import Any

from printer.encoding.library import escpos
from printer.link.transport import LinkGone

_CHUNK = 4096
_READ_SIZE = 64


@dataclass(frozen=True)
class UsbPrinter:
    """A printer by its vendor and product number, and its two bulk endpoints."""

    address: str
    vendor: int
    product: int
    in_endpoint: int = 0x82
    out_endpoint: int = 0x01
    keeps: bool = False

    def connect(self) -> "UsbTransport":
        """Claims the printer. Raises LinkGone."""
        line = escpos().Usb(self.vendor, self.product, in_ep=self.in_endpoint, out_ep=self.out_endpoint)
        try:
            line.open()
        except Exception as error:  # python-escpos and libusb each raise their own kinds
            # pyusb's NoBackendError: the system has no libusb, which no printer and no cable can mend.
            if "backend" in str(error).lower():
                raise LinkGone(
                    "USB cannot be used: the system library libusb is missing; install it (Debian: "
                    "apt install libusb-1.0-0) and start the agent again"
                ) from error
            reason = str(error).strip().splitlines()[-1]
            raise LinkGone(f"USB printer {self.vendor:04x}:{self.product:04x} cannot be opened: {reason}") from error
        return UsbTransport(line)


class UsbTransport:
    """A claimed printer. Endpoints have no readiness to ask for, so each is tried for a moment."""

    def __init__(self, line: Any) -> None:
        self._line = line

    def exchange(self, out: memoryview, wait: float) -> tuple[int, bytes]:
        """As the protocol says; while it writes, it waits a millisecond for an answer."""
        taken = (
            self._try(lambda: int(self._line.device.write(self._line.out_ep, bytes(out[:_CHUNK]), _ms(wait))), 0)
            if out
            else 0
        )
        patience = 0.001 if taken else wait
        heard = self._try(lambda: bytes(self._line.device.read(self._line.in_ep, _READ_SIZE, _ms(patience))), b"")
        return taken, heard

    def _try(self, transfer: Any, nothing: Any) -> Any:
        from usb.core import USBError, USBTimeoutError

        try:
            return transfer()
        except USBTimeoutError:
            return nothing  # not ready; what was transferred before a timeout is returned, not raised
        except USBError as error:
            raise LinkGone(f"the USB printer is gone: {error}") from error

    def pending(self) -> int:
        """Nothing: a transfer that returned has arrived."""
        return 0

    def end_of_data(self) -> None:
        """USB has no end to tell: a transfer that returned has arrived."""

    def close(self) -> None:
        """Gives the printer back."""
        from usb.core import USBError

        try:
            self._line.close()
        except USBError:
            return  # unplugged: there is nothing left to give back


def _ms(seconds: float) -> int:
    return max(1, round(seconds * 1000))

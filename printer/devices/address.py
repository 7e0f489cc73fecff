"""Device addresses: what an operator writes after `--device`."""

import difflib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar
from urllib.parse import parse_qsl, unquote, urlsplit

from printer.devices.file import FilePrinter
from printer.devices.network import NetworkPrinter
from printer.devices.serial import SerialPrinter
from printer.devices.usb import UsbPrinter
from printer.encoding.library import KnownModel, find_model, models
from printer.layout import MAXIMUM_DOTS, MINIMUM_DOTS
from printer.link.delivery import Proof
from printer.link.transport import Device

_SLOW_BAUD = 19_200  # below it a picture takes longer than a customer waits
_BANDS = (8, 255)  # rows of one picture command
_UNLISTED = ("default", "simple")  # of python-escpos: printers of which nothing is known
_EXAMPLES = "network://192.168.1.50:9100, usb://04b8:0202, serial:///dev/ttyUSB0?baud=9600, file:///tmp/tickets.bin, virtual://:9100"
_T = TypeVar("_T")


class BadAddress(ValueError):
    """The device address cannot be read; the message says which part and how to write it."""


@dataclass(frozen=True)
class Virtual:
    """The virtual printer that the agent runs itself: where it listens, where its page is, how it shows itself."""

    host: str
    port: int
    page: int
    keep: Path | None
    language: str


@dataclass(frozen=True)
class Address:
    """A device and how to use it.

    `proof`: how it shows that it printed. `cut`: whether it has a cutter, None where nobody said so. `text`: letters
    instead of pictures. `profile`: its name in python-escpos's list, and `model` what that list knows of it. `dots`:
    the width of its head, as the operator says. `band`: the rows of one picture command, None for the usual number.
    `virtual`: set when the agent is to run the printer too.
    """

    device: Device
    proof: Proof = Proof.AUTO
    cut: bool | None = True
    text: bool = False
    profile: str = "default"
    virtual: Virtual | None = None
    dots: int | None = None
    band: int | None = None
    model: KnownModel | None = None

    def cuts(self, paper: int) -> bool | None:
        """Whether it has a cutter, as `finish` takes it: on 80 mm paper most have one, on 58 mm most have none."""
        return True if self.cut is None and paper == 80 else self.cut


def parse(url: str) -> Address:
    """Reads a device address. Raises BadAddress.

    All kinds take `proof=auto|process-id|sensor|none`, `cut=yes|no`, `mode=picture|text`, `profile=NAME`, `dots=WIDTH`
    and `band=ROWS` after a `?`; serial lines take `baud`, `bits`, `parity`, `stop` and
    `flow=dsrdtr|rtscts|xonxoff|none`; USB takes `in` and `out` endpoints; the virtual printer takes `page`, `keep` (a
    folder) and `language`.
    """
    parts = urlsplit(url)
    options = _Options(url, dict(parse_qsl(parts.query, keep_blank_values=True)))
    proof = options.take("proof", Proof, Proof.AUTO, "one of auto, process-id, sensor, none")
    cut = options.take("cut", _yes_no, None, "yes or no")
    mode = options.take("mode", _one_of("picture", "text"), None, "picture or text")
    dots = options.take("dots", _between(MINIMUM_DOTS, MAXIMUM_DOTS), None, f"{MINIMUM_DOTS} to {MAXIMUM_DOTS}")
    band = options.take("band", _between(*_BANDS), None, f"{_BANDS[0]} to {_BANDS[1]} rows")
    profile = options.take("profile", str, "default", "a printer's name")
    model = _model(profile, url)
    if model is not None:
        profile = model.key
        cut = model.cutter if cut is None else cut
    device: Device
    virtual: Virtual | None = None
    text = mode == "text" or (mode is None and model is not None and not model.pictures)
    match parts.scheme:
        case "network":
            device = NetworkPrinter(url, _host(parts.hostname, url), _port(url, 9100))
        case "usb":
            vendor, product = _usb_ids(parts.netloc, url)
            device = UsbPrinter(
                url,
                vendor,
                product,
                options.take("in", _number, 0x82, "an endpoint such as 0x82"),
                options.take("out", _number, 0x01, "an endpoint such as 0x01"),
            )
        case "serial":
            baud = options.take("baud", int, 9600, "a number such as 9600")
            device = SerialPrinter(
                url,
                _path(parts.netloc, parts.path, url),
                baud,
                options.take("bits", int, 8, "7 or 8"),
                options.take("parity", _one_of("N", "E", "O"), "N", "N, E or O"),
                options.take("stop", int, 1, "1 or 2"),
                options.take(
                    "flow", _one_of("dsrdtr", "rtscts", "xonxoff", "none"), "dsrdtr", "dsrdtr, rtscts, xonxoff or none"
                ),
            )
            text = text or (mode is None and baud < _SLOW_BAUD)
        case "file":
            device = FilePrinter(url, Path(_path(parts.netloc, parts.path, url)))
        case "virtual":
            host, port = parts.hostname or "127.0.0.1", _port(url, 9100)
            page = options.take("page", _port_number, min(port + 1, 65535), "a port for its page")
            keep = options.take("keep", Path, None, "a folder")
            language = options.take("language", _one_of("en", "id"), "en", "en or id")
            # Listening on every address, it is reached on this one.
            reached = "127.0.0.1" if host == "0.0.0.0" else host  # noqa: S104
            device, virtual = NetworkPrinter(url, reached, port), Virtual(host, port, page, keep, language)
        case _:
            raise BadAddress(f"{url!r} is no device address; write for example {_EXAMPLES}")
    options.none_left()
    return Address(device, proof, cut, text, profile, virtual, dots, band, model)


class _Options:
    """The part of an address after the question mark, taken one by one."""

    def __init__(self, url: str, values: dict[str, str]) -> None:
        self._url = url
        self._values = values

    def take(self, name: str, read: Callable[[str], _T], otherwise: _T, wanted: str) -> _T:
        value = self._values.pop(name, None)
        if value is None:
            return otherwise
        try:
            return read(value)
        except ValueError as error:
            raise BadAddress(f"{name}={value} in {self._url!r}: it must be {wanted}") from error

    def none_left(self) -> None:
        if self._values:
            raise BadAddress(
                f"{', '.join(sorted(self._values))} in {self._url!r}: this kind of device has no such option"
            )


def _yes_no(value: str) -> bool:
    return _one_of("yes", "no")(value) == "yes"


def _one_of(*choices: str) -> Callable[[str], str]:
    def read(value: str) -> str:
        if value not in choices:
            raise ValueError(value)
        return value

    return read


def _model(profile: str, url: str) -> KnownModel | None:
    """The model that `profile=` names; None for the two that stand for printers of which nothing is known."""
    model = find_model(profile)
    if model is None and profile not in _UNLISTED:
        near = difflib.get_close_matches(profile, [known.key for known in models()], 3, 0.5)
        advice = f"did you mean {' or '.join(near)}?" if near else "leave it out; dots=, cut= and mode= say the same"
        raise BadAddress(f"profile={profile} in {url!r}: python-escpos lists no such printer; {advice}")
    return model


def _between(least: int, most: int) -> Callable[[str], int]:
    def read(value: str) -> int:
        number = int(value)
        if not least <= number <= most:
            raise ValueError(value)
        return number

    return read


def _number(value: str) -> int:
    return int(value, 0)


def _port_number(value: str) -> int:
    port = int(value)
    if not 1 <= port <= 65535:
        raise ValueError(value)
    return port


def _host(host: str | None, url: str) -> str:
    if not host:
        raise BadAddress(f"{url!r} names no host; write network://192.168.1.50:9100")
    return host


def _port(url: str, otherwise: int) -> int:
    try:
        port = urlsplit(url).port
    except ValueError as error:
        raise BadAddress(f"{url!r}: the port must be a number from 1 to 65535") from error
    if port == 0:
        raise BadAddress(f"{url!r}: the port must be a number from 1 to 65535")
    return otherwise if port is None else port


def _path(netloc: str, path: str, url: str) -> str:
    # file://tickets.bin and serial://COM3 put the name where a host would stand.
    whole = unquote(netloc + path)
    if not whole or whole == "/":
        raise BadAddress(f"{url!r} names no path; write for example {urlsplit(url).scheme}:///path")
    return whole


def _usb_ids(netloc: str, url: str) -> tuple[int, int]:
    try:
        vendor, product = (int(part, 16) for part in netloc.split(":"))
    except ValueError as error:
        raise BadAddress(f"{url!r}: write the vendor and product as lsusb shows them, usb://04b8:0202") from error
    return vendor, product

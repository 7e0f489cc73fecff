"""Device addresses: what an operator may write, and what a mistake is answered with."""

from pathlib import Path

import pytest

from printer.devices import BadAddress, parse
from printer.devices.file import FilePrinter
from printer.devices.network import NetworkPrinter
from printer.devices.serial import SerialPrinter
from printer.devices.usb import UsbPrinter
from printer.link import Proof


def test_a_network_printer_is_on_port_9100_unless_told_otherwise() -> None:
    for url, port in (("network://10.0.0.5", 9100), ("network://10.0.0.5:9101", 9101)):
        device = parse(url).device
        assert isinstance(device, NetworkPrinter)
        assert (device.host, device.port) == ("10.0.0.5", port)


def test_a_usb_printer_is_named_as_lsusb_names_it() -> None:
    device = parse("usb://04b8:0e15?in=0x81&out=0x02").device
    assert isinstance(device, UsbPrinter)
    assert (device.vendor, device.product, device.in_endpoint, device.out_endpoint) == (0x04B8, 0x0E15, 0x81, 2)


def test_a_slow_serial_line_prints_letters_and_a_fast_one_pictures() -> None:
    slow, fast = parse("serial:///dev/ttyUSB0"), parse("serial:///dev/ttyUSB0?baud=115200&parity=E&flow=rtscts")
    assert (slow.text, fast.text) == (True, False)
    assert isinstance(fast.device, SerialPrinter)
    assert (fast.device.port, fast.device.baud, fast.device.parity, fast.device.flow) == (
        "/dev/ttyUSB0",
        115200,
        "E",
        "rtscts",
    )
    assert parse("serial:///dev/ttyUSB0?mode=picture").text is False


def test_a_file_is_a_path() -> None:
    device = parse("file:///tmp/tickets%20here.bin").device
    assert isinstance(device, FilePrinter)
    assert device.path == Path("/tmp/tickets here.bin")


def test_the_virtual_printer_has_its_page_on_the_next_port_unless_told_otherwise() -> None:
    plain = parse("virtual://:9100").virtual
    assert plain is not None
    assert (plain.host, plain.port, plain.page, plain.language) == ("127.0.0.1", 9100, 9101, "en")
    told = parse("virtual://0.0.0.0:9110?page=9180&keep=/tmp/t&language=id")
    assert told.virtual is not None
    assert (told.virtual.host, told.virtual.page, told.virtual.keep) == ("0.0.0.0", 9180, Path("/tmp/t"))
    assert isinstance(told.device, NetworkPrinter)
    assert told.device.host == "127.0.0.1"


def test_a_cutter_is_taken_for_granted_on_wide_paper_alone() -> None:
    assert (parse("network://h").cuts(80), parse("network://h").cuts(58)) == (True, None)
    assert [parse(f"network://h?cut={cut}").cuts(paper) for cut in ("yes", "no") for paper in (80, 58)] == [
        *(True, True),
        *(False, False),
    ]


def test_a_profile_brings_what_is_known_of_the_model() -> None:
    narrow, dots, impact = (parse(f"network://h?profile={name}") for name in ("pos-5890", "TM-T88V", "TM-U220"))
    assert (narrow.profile, narrow.cut, narrow.text) == ("POS-5890", False, False)
    assert dots.model is not None
    assert (dots.model.dots, dots.cut) == (512, True)
    assert (impact.text, parse("network://h?profile=TM-U220&mode=picture").text) == (True, False)
    assert parse("network://h?profile=POS-5890&cut=yes").cut is True


def test_the_head_and_the_bands_can_be_told() -> None:
    address = parse("network://h?dots=512&band=24")
    assert (address.dots, address.band) == (512, 24)


def test_every_kind_can_be_told_how_it_proves_and_whether_it_cuts() -> None:
    address = parse("network://h?proof=sensor&cut=no&mode=text&profile=TM-T88V")
    assert (address.proof, address.cut, address.text, address.profile) == (Proof.SENSOR, False, True, "TM-T88V")


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("lpt1", "no device address"),
        ("ftp://h", "no device address"),
        ("network://", "names no host"),
        ("network://h:99999", "port"),
        ("network://h:x", "port"),
        ("network://h:0", "port"),
        ("usb://04b8", "lsusb"),
        ("usb://zzzz:0001", "lsusb"),
        ("serial://", "names no path"),
        ("serial:///dev/ttyUSB0?baud=fast", "baud=fast"),
        ("file://", "names no path"),
        ("virtual://:9100?page=0", "page=0"),
        ("virtual://:9100?language=fr", "language=fr"),
        ("network://h?proof=maybe", "auto, process-id, sensor, none"),
        ("network://h?baud=9600", "no such option"),
        ("network://h?dots=100", "dots=100.*256 to 1280"),
        ("network://h?dots=wide", "dots=wide"),
        ("network://h?band=0", "band=0.*8 to 255"),
        ("network://h?profile=TM-T88X", "lists no such printer; did you mean TM-T88"),
        ("network://h?profile=zzz", "lists no such printer; leave it out"),
    ],
)
def test_a_mistake_is_answered_with_what_to_write(url: str, words: str) -> None:
    with pytest.raises(BadAddress, match=words):
        parse(url)

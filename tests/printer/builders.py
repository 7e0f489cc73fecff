"""Tickets, jobs and printers for the tests, with everything that a test does not care about filled in."""

from typing import Any

from printer.devices import Address
from printer.devices.network import NetworkPrinter
from printer.encoding import encode_picture
from printer.layout import draw
from printer.link import Delivery, Patience, deliver
from printer.ticket import Content
from printer.virtual import VirtualPrinter

INDONESIAN: dict[str, Any] = {
    "language": "id",
    "branch": "Mal Pelayanan Publik",
    "label": "Nomor antrean",
    "number": "A001",
    "service": "Paspor dan Keimigrasian",
    "priority": "Lansia",
    "ahead": "3 orang di depan Anda",
    "wait": "sekitar 10–20 menit",
    "issued": "21 November 2026 08.12",
    "url": "http://192.168.1.10:8080/t/Zk3v9QpX7rT2mN8sLwYc4A",
    "scan": "Pindai untuk melihat giliran Anda",
    "note": None,
    "reprint": None,
}
ENGLISH: dict[str, Any] = {
    **INDONESIAN,
    "language": "en",
    "branch": "Public Service Mall",
    "label": "Queue number",
    "number": "B27",
    "service": "Passport and immigration",
    "priority": None,
    "ahead": "3 people before you",
    "wait": "about 10–20 minutes",
    "scan": "Scan to follow your turn on your phone",
    "note": "Please wait until your number is called",
}

# The waits of a delivery: short where a test waits for one to run out, long where only a slow machine would reach it.
FAST = {"owed": 1.0, "retry": 0.02, "retry_last": 0.1, "slowest": 1e7, "printing": 0.05, "printing_rate": 1e8}
HASTY = Patience(
    answer=2.0,
    settle=0.5,
    poll=0.02,
    away=0.2,
    silence=20,
    again=0.3,
    proof=2.0,
    first=2.0,
    grace=0.1,
    quiet=0.2,
    hindered=20,
    **FAST,
)
CALM = Patience(
    answer=30,
    settle=30,
    poll=0.05,
    away=30,
    silence=30,
    again=0.3,
    proof=30,
    first=30,
    grace=0.1,
    quiet=0.2,
    hindered=30,
    **FAST,
)


def a_content(**changes: Any) -> Content:
    """The words of a ticket, in Indonesian unless told otherwise."""
    return Content.from_json({**INDONESIAN, **changes})


def the_line_to(printer: VirtualPrinter) -> NetworkPrinter:
    """A device for a virtual printer, over its real TCP port."""
    return NetworkPrinter(f"network://127.0.0.1:{printer.port}", "127.0.0.1", printer.port, connect_within=1.0)


def the_address_of(printer: VirtualPrinter) -> Address:
    """The same, as the agent is given it."""
    return Address(the_line_to(printer))


def a_delivery_to(printer: VirtualPrinter, content: Content | None = None, **options: Any) -> Delivery:
    """Delivers a ticket to a virtual printer, hastily."""
    picture = draw(content or a_content(), printer.paper)
    given = {"identifier": b"0001", "on_start": lambda: None, "start_within": 0.0, "patience": HASTY, **options}
    return deliver(the_line_to(printer), lambda: encode_picture(picture), **given)

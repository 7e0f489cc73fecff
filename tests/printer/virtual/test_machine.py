"""The virtual printer believes the bytes, not the sender: what it is told in ESC/POS is what comes out."""

import itertools
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from printer.devices.network import SocketTransport
from printer.encoding import commands, encode_picture, encode_text
from printer.layout import draw
from printer.link import LinkGone
from printer.virtual import Faults, Moment, VirtualPrinter
from printer.virtual.machine import Machine
from tests.printer.builders import a_content, the_line_to


@contextmanager
def a_printer_that_was_sent(*pieces: bytes, paper: int = 80) -> Iterator[tuple[VirtualPrinter, bytes]]:
    """A printer after it has read these pieces and a last request, and all it answered."""
    with VirtualPrinter(paper=paper, pace=None) as printer:
        line = the_line_to(printer).connect()
        heard = b""
        for piece in (*pieces, commands.when_printed(b"ends")):
            out = memoryview(piece)
            while out:
                taken, said = line.exchange(out, 60)
                out, heard = out[taken:], heard + said
        while not heard.endswith(b"ends\0"):
            heard += line.exchange(memoryview(b""), 60)[1]
        line.end_of_data()
        line.close()
        yield printer, heard.removesuffix(b"\x37\x22ends\0")


@settings(max_examples=12, deadline=None)
@given(st.lists(st.integers(1, 40_000), max_size=6))
def test_a_picture_is_the_same_however_the_line_cuts_it(cuts: list[int]) -> None:
    picture = draw(a_content(), 58)
    data = b"".join(encode_picture(picture))
    edges = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
    pieces = [data[start:end] for start, end in itertools.pairwise(edges)]
    with a_printer_that_was_sent(*pieces, paper=58) as (printer, _):
        assert [ticket.picture.tobytes() for ticket in printer.tickets] == [picture.tobytes()]


def test_letters_are_drawn_and_a_code_too() -> None:
    with a_printer_that_was_sent(*encode_text(a_content(), 80)) as (printer, _):
        (ticket,) = printer.tickets
    assert ticket.picture.height > 500
    assert sum(ticket.picture.convert("L").histogram()[:1]) > 8_000


@pytest.mark.parametrize(
    ("question", "faults", "answer"),
    [
        (b"\x10\x04\x01", {}, b"\x12"),
        (b"\x10\x04\x01", {"cover_open": True}, b"\x1a"),
        (b"\x10\x04\x02", {"cover_open": True}, b"\x16"),
        (b"\x10\x04\x02", {"paper": "out"}, b"\x32"),
        (b"\x10\x04\x04", {"paper": "near_end"}, b"\x1e"),
        (b"\x10\x04\x04", {"paper": "out"}, b"\x7e"),
        (b"\x10\x04\x02", {"cutter": "stuck"}, b"\x52"),
        (b"\x10\x04\x03", {"cutter": "stuck"}, b"\x1a"),
        (b"\x10\x04\x03", {"cutter": "broken"}, b"\x32"),
        (b"\x10\x04\x01", {"answers": "status"}, b"\x12"),
        (b"\x10\x04\x01", {"noise": True}, b"\xc1\x91A\x00\xf5\x12"),
    ],
)
def test_status_questions_are_answered_as_the_reference_says(
    question: bytes, faults: dict[str, object], answer: bytes
) -> None:
    with VirtualPrinter(pace=None) as printer:
        printer.set_faults(**faults)
        line = the_line_to(printer).connect()
        line.exchange(memoryview(question), 60)
        assert line.exchange(memoryview(b""), 60)[1] == answer
        line.close()


def test_it_says_its_name_and_its_sensor_in_order() -> None:
    with a_printer_that_was_sent(commands.MAKER + commands.SENSOR_IN_ORDER) as (_, heard):
        assert heard == b"\x5fGiliran\0\x00"


def test_a_real_time_command_in_a_picture_is_obeyed_and_spoils_it() -> None:
    """What real printers do, and why the encoder leaves no such bytes in a picture."""
    raster = b"\x1dv0\x00\x48\x00\x01\x00" + b"\xff" * 30 + b"\x10\x04\x01" + b"\xff" * 39
    with a_printer_that_was_sent(raster + b"\xff" * 3 + b"\n" * 2 + commands.finish(cut=True)) as (printer, heard):
        assert heard == b"\x12"
        assert printer.tickets[0].picture.getpixel((0, 0)) == 0


def test_a_cleared_buffer_is_answered_and_nothing_of_it_comes_out() -> None:
    with VirtualPrinter(paper=58, pace=None) as printer:
        printer.set_faults(paper="out")
        line = the_line_to(printer).connect()
        out = memoryview(b"".join(encode_picture(draw(a_content(), 58))) + commands.CLEAR_BUFFER)
        heard = b""
        while out or not heard:
            taken, said = line.exchange(out, 60)
            out, heard = out[taken:], heard + said
        assert heard == b"\x37\x25\x00"
        printer.set_faults(paper="ok")
        line.exchange(memoryview(commands.finish(cut=True) + commands.when_printed(b"done")), 60)
        assert line.exchange(memoryview(b""), 60)[1] == b"\x37\x22done\0"
        line.close()
        assert printer.tickets == []


def test_a_host_that_asked_is_told_when_the_paper_runs_out() -> None:
    with VirtualPrinter(pace=None) as printer:
        line = the_line_to(printer).connect()
        line.exchange(memoryview(commands.TELL_CHANGES), 60)
        assert line.exchange(memoryview(b""), 60)[1] == b"\x10\x00\x00\x00"
        printer.set_faults(paper="out")
        assert line.exchange(memoryview(b""), 60)[1] == b"\x18\x00\x0f\x00"
        line.close()


@pytest.mark.parametrize(
    "nonsense",
    [
        {"paper": "wet"},
        {"drop_after": 0},
        {"drop_after": True},
        {"stall": 1},
        {"fire": True},
        {"late": 0},
        {"rate": -1},
    ],
)
def test_a_fault_that_makes_no_sense_is_refused_and_changes_nothing(nonsense: dict[str, object]) -> None:
    with VirtualPrinter(pace=None) as printer:
        with pytest.raises(ValueError, match=next(iter(nonsense)) if nonsense != {"paper": "wet"} else "wet"):
            printer.set_faults(**nonsense)
        assert printer.faults == Faults()


def heard_from(line: SocketTransport, count: int) -> bytes:
    heard = b""
    while len(heard) < count:
        heard += line.exchange(memoryview(b""), 60)[1]
    return heard


def listen_until_it_breaks(line: SocketTransport) -> None:
    while True:
        line.exchange(memoryview(b""), 60)


def test_a_small_printer_takes_for_letters_what_it_does_not_know_and_answers_the_rest() -> None:
    with VirtualPrinter(pace=None) as printer:
        printer.set_faults(answers="in_order")
        line = the_line_to(printer).connect()
        asked = commands.CLEAR_BUFFER + commands.when_printed(b"0001") + commands.SENSOR_IN_ORDER
        line.exchange(memoryview(asked + b"\n" + commands.finish(cut=True)), 60)
        assert heard_from(line, 1) == b"\x00"
        assert printer.wait_for(lambda p: len(p.tickets) == 1)  # its letters
        line.close()


def test_without_power_it_forgets_what_it_had_and_keeps_the_paper_that_hangs_out() -> None:
    picture = draw(a_content(), 58)
    with VirtualPrinter(paper=58, pace=None) as printer:
        printer.when(Moment.ROW, 300, lambda: printer.set_faults(off=True))
        line = the_line_to(printer).connect()
        out = memoryview(b"".join(encode_picture(picture)))
        while out and not printer.faults.off:
            out = out[line.exchange(out, 0.05)[0] :]
        assert printer.wait_for(lambda p: p.faults.off)
        with pytest.raises(LinkGone, match="timed out"):
            replace(the_line_to(printer), connect_within=0.3).connect()
        printer.set_faults(off=False)
        with pytest.raises(LinkGone, match="broke"):
            listen_until_it_breaks(line)
        line.close()
        hanging = printer.hanging
        assert hanging is not None
        assert hanging == picture.crop((0, 0, picture.width, 300))
        assert printer.tickets == []


def test_a_cable_pulled_out_keeps_what_is_on_the_way_until_it_is_back() -> None:
    with VirtualPrinter(pace=None) as printer:
        line = the_line_to(printer).connect()
        line.exchange(memoryview(commands.PRINTER_STATUS), 60)
        assert heard_from(line, 1) == b"\x12"
        printer.set_faults(unreachable=True)
        line.exchange(memoryview(commands.PRINTER_STATUS), 60)
        printer.say(b"\x1a")
        assert line.exchange(memoryview(b""), 0.2) == (0, b"")
        printer.set_faults(unreachable=False)
        assert sorted(heard_from(line, 2)) == sorted(b"\x1a\x12")
        line.close()


@pytest.mark.parametrize(("reset", "words"), [(True, "broke"), (False, "closed the connection")])
def test_a_connection_is_broken_at_the_byte_that_was_planned(reset: bool, words: str) -> None:
    with VirtualPrinter(pace=None) as printer:
        printer.when(Moment.BYTE, 5, lambda: printer.drop(reset=reset))
        line = the_line_to(printer).connect()
        line.exchange(memoryview(b"abcd"), 60)
        assert line.exchange(memoryview(b""), 0.1) == (0, b"")
        line.exchange(memoryview(b"ef"), 60)
        with pytest.raises(LinkGone, match=words):
            listen_until_it_breaks(line)
        line.close()


def test_whoever_has_heard_an_answer_knows_that_its_question_was_counted() -> None:
    """Else a break planned after the answer would come some bytes early, now and then, on a busy machine."""
    happened: list[str] = []
    machine = Machine(80, lambda reply: machine.when(Moment.BYTE, 1, lambda: happened.append("too early")), print)
    machine.receive(commands.PRINTER_STATUS)
    assert happened == []


def test_answers_come_late_and_in_pieces_when_they_are_to() -> None:
    with VirtualPrinter(pace=None) as printer:
        printer.set_faults(late=0.3, split=True)
        line = the_line_to(printer).connect()
        asked_at = time.monotonic()
        line.exchange(memoryview(commands.MODEL), 60)
        pieces = [line.exchange(memoryview(b""), 60)[1]]
        assert time.monotonic() - asked_at >= 0.3
        while not pieces[-1].endswith(b"\0"):
            pieces.append(line.exchange(memoryview(b""), 60)[1])
        assert b"".join(pieces) == b"\x5fVirtual printer\0"
        line.close()


def test_an_idle_connection_is_hung_up() -> None:
    with VirtualPrinter(pace=None) as printer:
        printer.set_faults(idle_close=0.1)
        line = the_line_to(printer).connect()
        with pytest.raises(LinkGone, match="closed the connection"):
            listen_until_it_breaks(line)
        line.close()


def test_tickets_are_kept_as_pictures_in_a_folder(tmp_path: Path) -> None:
    folder = tmp_path / "tray"
    with VirtualPrinter(pace=None, keep=folder) as printer:
        line = the_line_to(printer).connect()
        line.exchange(memoryview(b"Hello\n" + commands.finish(cut=True)), 60)
        assert printer.wait_for(lambda p: len(p.tickets) == 1)
        line.close()
        assert [path.suffix for path in folder.iterdir()] == [".png"]

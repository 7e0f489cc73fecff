"""Every outcome of a delivery, over a real TCP port, from a printer that fails on command."""

import socket
import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from printer.devices.network import NetworkPrinter
from printer.encoding import commands, encode_picture
from printer.layout import draw
from printer.link import LinkGone, Outcome, Paper, Proof, Status, deliver
from printer.virtual import VirtualPrinter
from tests.printer.builders import HASTY, a_content, a_delivery_to, the_line_to


@pytest.fixture
def printer() -> Iterator[VirtualPrinter]:
    with VirtualPrinter(pace=None) as printer:
        yield printer


def runs_out_of_paper(printer: VirtualPrinter) -> None:
    printer.set_faults(paper="out")


def stalls(printer: VirtualPrinter) -> None:
    printer.set_faults(stall=True)


def test_a_ticket_is_printed_when_the_printer_says_so_and_it_is_the_ticket(printer: VirtualPrinter) -> None:
    delivery = a_delivery_to(printer, a_content(number="C042"))
    assert (delivery.outcome, delivery.proof) == (Outcome.PRINTED, Proof.PROCESS_ID)
    (ticket,) = printer.tickets
    assert ticket.picture.tobytes() == draw(a_content(number="C042"), 80).tobytes()


def test_the_server_is_told_before_the_first_byte_and_after_the_printer_is_ready(printer: VirtualPrinter) -> None:
    seen: list[int] = []
    a_delivery_to(printer, on_start=lambda: seen.extend([printer.connections, len(printer.tickets)]))
    assert seen == [1, 0]


def test_when_the_start_is_refused_nothing_is_sent(printer: VirtualPrinter) -> None:
    class LeaseLost(Exception):
        pass

    def refuse() -> None:
        raise LeaseLost

    with pytest.raises(LeaseLost):
        a_delivery_to(printer, on_start=refuse)
    assert a_delivery_to(printer, identifier=b"0002").outcome is Outcome.PRINTED
    assert len(printer.tickets) == 1


def test_a_printer_without_process_ids_proves_by_its_sensor_after_the_cut(printer: VirtualPrinter) -> None:
    printer.set_faults(answers="in_order")
    delivery = a_delivery_to(printer)
    assert (delivery.outcome, delivery.proof, len(printer.tickets)) == (Outcome.PRINTED, Proof.SENSOR, 1)


def test_process_ids_alone_are_no_proof_from_a_printer_that_has_none(printer: VirtualPrinter) -> None:
    printer.set_faults(answers="in_order")
    delivery = a_delivery_to(printer, proof=Proof.PROCESS_ID)
    assert delivery.outcome is Outcome.UNKNOWN
    assert "did not confirm" in delivery.detail


def test_without_any_proof_to_give_the_outcome_is_unknown_and_the_ticket_comes_out(printer: VirtualPrinter) -> None:
    delivery = a_delivery_to(printer, proof=Proof.NONE)
    assert delivery.outcome is Outcome.UNKNOWN
    assert printer.wait_for(lambda p: len(p.tickets) == 1)


def test_a_refused_connection_is_not_sent(printer: VirtualPrinter) -> None:
    printer.set_faults(refuse=True)
    delivery = a_delivery_to(printer)
    assert (delivery.outcome, delivery.sent) == (Outcome.NOT_SENT, 0)
    assert "refused" in delivery.detail


def test_a_printer_that_accepts_and_says_nothing_is_not_sent_to(printer: VirtualPrinter) -> None:
    printer.set_faults(stall=True)
    started: list[str] = []
    delivery = a_delivery_to(printer, on_start=lambda: started.append("started"))
    assert (delivery.outcome, delivery.sent, started) == (Outcome.NOT_SENT, 0, [])
    assert "does not answer" in delivery.detail


@pytest.mark.parametrize(
    ("fault", "words"), [({"paper": "out"}, "paper is out"), ({"cover_open": True}, "cover is open")]
)
def test_a_printer_that_is_not_ready_gets_no_byte(printer: VirtualPrinter, fault: dict[str, Any], words: str) -> None:
    printer.set_faults(**fault)
    delivery = a_delivery_to(printer)
    assert (delivery.outcome, delivery.sent) == (Outcome.NOT_SENT, 0)
    assert words in delivery.detail


def test_a_printer_that_becomes_ready_in_time_is_waited_for(printer: VirtualPrinter) -> None:
    printer.set_faults(cover_open=True)

    def close_the_cover(status: Status) -> None:
        if status.cover_open:
            threading.Thread(target=lambda: printer.set_faults(cover_open=False)).start()

    delivery = a_delivery_to(printer, start_within=5.0, on_status=close_the_cover)
    assert delivery.outcome is Outcome.PRINTED


@pytest.mark.parametrize("after", [10, 500, 20_000, 60_000])
def test_a_connection_that_breaks_once_bytes_have_left_is_unknown(printer: VirtualPrinter, after: int) -> None:
    # The three status questions are nine bytes: ten is the first byte of the job.
    printer.set_faults(drop_after=after)
    delivery = a_delivery_to(printer)
    assert delivery.outcome is Outcome.UNKNOWN
    assert delivery.sent > 0


def test_a_connection_that_breaks_before_any_byte_of_the_job_is_not_sent(printer: VirtualPrinter) -> None:
    printer.set_faults(drop_after=3)
    assert a_delivery_to(printer).outcome is Outcome.NOT_SENT


@pytest.mark.parametrize("paper", [80, 58])
def test_paper_that_runs_out_in_the_middle_is_waited_for_and_the_ticket_comes_once(paper: int) -> None:
    """The buffer is smaller than the ticket: the printer cannot even read our questions while it waits."""
    heard: list[Paper] = []
    with VirtualPrinter(paper=paper, pace=None, buffer_bytes=16_384) as printer:

        def load_paper(status: Status) -> None:
            if heard[-1:] != [status.paper]:
                heard.append(status.paper)
            if status.paper is Paper.OUT:
                threading.Thread(target=lambda: printer.set_faults(paper="ok")).start()

        delivery = a_delivery_to(printer, on_start=lambda: runs_out_of_paper(printer), on_status=load_paper)
        assert delivery.outcome is Outcome.PRINTED
        assert heard == [Paper.OK, Paper.OUT, Paper.OK]
        assert len(printer.tickets) == 1


def test_paper_that_never_comes_back_is_unknown_and_the_ticket_is_taken_back() -> None:
    with VirtualPrinter(paper=58, pace=None) as printer:
        delivery = a_delivery_to(printer, on_start=lambda: runs_out_of_paper(printer))
        assert delivery.outcome is Outcome.UNKNOWN
        assert delivery.detail == "the paper is out; what was left of it is cancelled"
        printer.set_faults(paper="ok")
        assert a_delivery_to(printer, a_content(number="A002"), identifier=b"0002").outcome is Outcome.PRINTED
        (ticket,) = printer.tickets
        assert ticket.picture.tobytes() == draw(a_content(number="A002"), 58).tobytes()


def test_a_ticket_that_could_not_be_taken_back_is_cleared_before_the_next() -> None:
    """Its end was still in the line, unread, when we gave up: it must not come out when the paper is back."""
    with VirtualPrinter(pace=None, buffer_bytes=16_384) as printer:
        delivery = a_delivery_to(printer, on_start=lambda: runs_out_of_paper(printer))
        assert delivery.outcome is Outcome.UNKNOWN
        assert "not cancelled" in delivery.detail
        assert a_delivery_to(printer, recovery=commands.recovery(72 * 128, cut=True)).outcome is Outcome.NOT_SENT
        printer.set_faults(paper="ok")
        assert a_delivery_to(printer, a_content(number="A002"), identifier=b"0002").outcome is Outcome.PRINTED
        (ticket,) = printer.tickets
        assert ticket.picture.tobytes()[-4000:] == draw(a_content(number="A002"), 80).tobytes()[-4000:]


def test_a_printer_that_stalls_in_the_middle_is_unknown(printer: VirtualPrinter) -> None:
    delivery = a_delivery_to(printer, on_start=lambda: stalls(printer))
    assert delivery.outcome is Outcome.UNKNOWN
    assert "silent" in delivery.detail or "no more data" in delivery.detail


@pytest.mark.parametrize("after", [40, 3_000, 40_000])
def test_after_a_broken_ticket_the_next_one_is_whole(printer: VirtualPrinter, after: int) -> None:
    printer.set_faults(drop_after=after)
    assert a_delivery_to(printer).outcome is Outcome.UNKNOWN
    printer.set_faults(drop_after=None)
    picture = draw(a_content(number="A002"), 80)
    given: dict[str, Any] = {
        "identifier": b"0002",
        "on_start": lambda: None,
        "patience": HASTY,
        "recovery": commands.recovery(72 * 128, cut=True),
    }
    delivery = deliver(the_line_to(printer), lambda: encode_picture(picture), **given)
    assert delivery.outcome is Outcome.PRINTED
    assert printer.tickets[-1].picture.tobytes() == picture.tobytes()
    # What came out before it is at most the head of the broken one, cut off.
    assert len(printer.tickets) <= 2


def test_a_slow_printer_is_waited_for() -> None:
    with VirtualPrinter(pace=40_000) as printer:
        printer.set_faults(slow=True)
        assert a_delivery_to(printer, patience=replace(HASTY, proof=20.0)).outcome is Outcome.PRINTED


def test_answers_of_another_job_prove_nothing(printer: VirtualPrinter) -> None:
    printer.set_faults(answers="in_order")
    printer.say(b"\x37\x229999\0")
    assert a_delivery_to(printer, proof=Proof.PROCESS_ID, identifier=b"0007").outcome is Outcome.UNKNOWN


def test_near_end_is_told_and_does_not_stop_the_printing(printer: VirtualPrinter) -> None:
    printer.set_faults(paper="near_end")
    told: list[Status] = []
    assert a_delivery_to(printer, on_status=told.append).outcome is Outcome.PRINTED
    assert [status.paper for status in told] == [Paper.NEAR_END]


def test_the_last_answer_is_read_before_the_connection_closes() -> None:
    """A close with an unread answer resets the line and throws away what the printer has not read yet."""
    listener = socket.create_server(("127.0.0.1", 0))
    reset: list[OSError] = []

    def serve() -> None:
        connection, _ = listener.accept()
        with connection:
            try:
                while connection.recv(4096):
                    connection.sendall(b"\x12" * 3)
            except OSError as error:
                reset.append(error)

    thread = threading.Thread(target=serve)
    thread.start()
    with listener:
        line = NetworkPrinter("test", "127.0.0.1", listener.getsockname()[1]).connect()
        line.exchange(memoryview(b"hello"), 1.0)
        line.end_of_data()
        line.close()
        thread.join(5)
    assert reset == []


def test_a_host_that_does_not_exist_is_a_link_that_is_gone() -> None:
    with pytest.raises(LinkGone, match="no connection"):
        NetworkPrinter("test", "127.0.0.1", 1).connect()

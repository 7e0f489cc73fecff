"""Every outcome of a delivery, over a real TCP port, from a printer that fails on command."""

import socket
import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest

from printer.devices.network import NetworkPrinter
from printer.layout import draw
from printer.link import LinkGone, Outcome, Paper, Proof, Status
from printer.virtual import VirtualPrinter
from tests.printer.builders import HASTY, a_content, a_delivery_to


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


def test_a_printer_declared_to_have_process_ids_that_has_none_falls_back_and_says_so(printer: VirtualPrinter) -> None:
    printer.set_faults(answers="in_order")
    delivery = a_delivery_to(printer, proof=Proof.PROCESS_ID)
    assert (delivery.outcome, delivery.proof) == (Outcome.PRINTED, Proof.SENSOR)
    assert "write proof=sensor" in delivery.detail


def test_a_ticket_that_a_known_printer_prints_too_late_is_taken_back() -> None:
    with VirtualPrinter(paper=58, pace=None) as printer:
        known = a_delivery_to(printer).habits
        printer.set_faults(busy=True)
        patient = replace(HASTY, proof=0.4, answer=30.0, slowest=1e6)
        delivery = a_delivery_to(printer, identifier=b"0002", habits=known, patience=patient)
        assert delivery.outcome is Outcome.UNKNOWN
        assert "did not confirm the ticket; what was left of it is cancelled" in delivery.detail
        printer.set_faults(busy=False)
        assert a_delivery_to(printer, identifier=b"0003", recovery=b"").outcome is Outcome.PRINTED
        assert len(printer.tickets) == 2


def test_without_any_proof_to_give_the_outcome_is_unknown_and_the_ticket_comes_out(printer: VirtualPrinter) -> None:
    delivery = a_delivery_to(printer, proof=Proof.NONE)
    assert delivery.outcome is Outcome.UNKNOWN
    assert printer.wait_for(lambda p: len(p.tickets) == 1)


def test_a_printer_that_accepts_and_says_nothing_is_not_sent_to(printer: VirtualPrinter) -> None:
    printer.set_faults(stall=True)
    started: list[str] = []
    delivery = a_delivery_to(printer, on_start=lambda: started.append("started"))
    assert (delivery.outcome, delivery.sent, started) == (Outcome.NOT_SENT, 0, [])
    assert "does not answer" in delivery.detail


def test_a_printer_that_becomes_ready_in_time_is_waited_for(printer: VirtualPrinter) -> None:
    printer.set_faults(cover_open=True)

    def close_the_cover(status: Status) -> None:
        if status.cover_open:
            threading.Thread(target=lambda: printer.set_faults(cover_open=False)).start()

    delivery = a_delivery_to(printer, start_within=5.0, on_status=close_the_cover)
    assert delivery.outcome is Outcome.PRINTED


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


def test_a_slow_printer_is_waited_for() -> None:
    with VirtualPrinter(pace=40_000) as printer:
        printer.set_faults(slow=True)
        assert a_delivery_to(printer, patience=replace(HASTY, proof=20.0)).outcome is Outcome.PRINTED


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
        line.exchange(memoryview(b"hello"), 60)
        line.end_of_data()
        line.close()
        thread.join(60)
    assert reset == []


def test_a_host_that_does_not_exist_is_a_link_that_is_gone() -> None:
    with pytest.raises(LinkGone, match="no connection"):
        NetworkPrinter("test", "127.0.0.1", 1).connect()

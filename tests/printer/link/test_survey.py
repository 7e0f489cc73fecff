"""Asking a printer what it is and can do."""

import socket
import threading

import pytest

from printer.devices.network import NetworkPrinter
from printer.link import LinkGone, Paper, Proof
from printer.link.survey import look, survey
from printer.virtual import VirtualPrinter
from tests.printer.builders import HASTY, the_line_to


@pytest.mark.parametrize(
    ("answers", "proof", "model"),
    [
        ("all", Proof.PROCESS_ID, "Virtual printer"),
        ("in_order", Proof.SENSOR, "Virtual printer"),
        ("status", None, None),
    ],
)
def test_a_survey_finds_the_best_proof_a_printer_can_give(answers: str, proof: Proof | None, model: str | None) -> None:
    with VirtualPrinter(pace=None) as printer:
        printer.set_faults(answers=answers)
        found = survey(the_line_to(printer), HASTY)
        assert (found.proof, found.model) == (proof, model)
        assert found.tells_changes == {"all": True, "in_order": False, "status": None}[answers]
        assert found.firmware == ("1.0" if model else None)
        assert printer.tickets == []


def test_a_look_says_what_hinders_and_never_raises() -> None:
    with VirtualPrinter(pace=None) as printer:
        line = the_line_to(printer)
        assert look(line, HASTY).hindrance is None
        printer.set_faults(paper="near_end")
        assert (look(line, HASTY).paper, look(line, HASTY).hindrance) == (Paper.NEAR_END, None)
        printer.set_faults(cover_open=True)
        assert look(line, HASTY).hindrance == "the cover is open"
        printer.set_faults(refuse=True)
        assert "refused" in (look(line, HASTY).hindrance or "")
        with pytest.raises(LinkGone):
            survey(line, HASTY)


def test_a_printer_that_does_not_know_a_question_is_not_misread() -> None:
    """Its answer about the paper, taken for one about the cover, would stop it for nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        asked: list[bytes] = []

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                while question := connection.recv(64):
                    asked.append(question)
                    connection.sendall({b"\x10\x04\x01": b"\x12", b"\x10\x04\x04": b"\x1e"}.get(question, b""))

        thread = threading.Thread(target=serve)
        thread.start()
        status = look(NetworkPrinter("small", "127.0.0.1", listener.getsockname()[1]), HASTY)
        thread.join(60)
    assert (status.paper, status.hindrance) == (Paper.NEAR_END, None)
    assert asked == [b"\x10\x04\x01", b"\x10\x04\x04", b"\x10\x04\x02"]

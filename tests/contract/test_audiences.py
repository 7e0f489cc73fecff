"""The fields of tickets and print jobs that strangers may read, listed so that each new one is a decision."""

from __future__ import annotations

from server.contract import papers, shapes

HOLDER = {"staffing", "without_counter", "branch_retired",
    "id", "number", "branch", "branch_name", "timezone", "service", "service_name", "priority", "priority_name",
    "state", "language", "languages", "issued_at", "called_at", "started_at", "ended_at", "counter", "counter_name",
    "for_counter", "legs", "ahead", "estimate",
}  # fmt: skip
PAPER = {
    "id", "state", "ticket", "number", "branch", "printer", "reprint", "printable", "created_at", "expires_at",
    "lease_expires_at", "started_at", "ended_at", "resolution", "resolved_at",
}  # fmt: skip


def test_a_holder_reads_these_fields_of_a_ticket_and_no_other() -> None:
    assert set(shapes.Ticket.model_fields) == HOLDER
    assert set(shapes.HolderTicket.model_fields) == HOLDER | {"now", "seq"}
    assert set(shapes.IssuedTicket.model_fields) == HOLDER | {"token", "url", "qr_url", "print_job"}
    assert set(shapes.Leg.model_fields) == {
        "service", "counter", "queued_at", "called_at", "started_at", "ended_at", "outcome", "recalls",
    }  # fmt: skip


def test_a_device_reads_these_fields_of_a_paper_and_no_other() -> None:
    assert set(papers.PrintJob.model_fields) == PAPER


def test_what_staff_write_is_in_the_staffs_shapes() -> None:
    assert set(shapes.StaffTicket.model_fields) - HOLDER == {"note"}
    assert set(papers.StaffPrintJob.model_fields) - PAPER == {"outcome_detail", "reason", "resolved_by"}

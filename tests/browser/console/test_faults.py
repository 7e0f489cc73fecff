"""The console says in its own language what a printer's fault is."""

from __future__ import annotations

from deploy import pages
from printer.link.status import Status


def test_every_fault_that_the_print_agent_tells_has_words_of_the_console() -> None:
    console = (pages.ROOT / "server/pages/staff/printers.ts").read_text()
    silent = Status()
    told = {silent.after_error_cause(1 << bit).error for bit in range(8)}
    told |= {silent.after_automatic(bytes([0x10, 1 << bit, 0, 0])).error for bit in range(8)}
    told |= {silent.after_offline_cause(0x40).error}
    assert len(told) == 5, "four faults, and none"
    assert [error for error in told if error and f'"{error}": "console.printer_fault_' not in console] == []

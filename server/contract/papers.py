"""What the server answers and pushes about printers and papers."""

from typing import Literal

from pydantic import Field, RootModel

from server.contract.base import Shape, Time


class PrinterState(Shape):
    """What a printer last said of itself."""

    online: bool
    paper: Literal["ok", "near_end", "out", "unknown"]
    cover_open: bool | None
    error: str | None
    device: str
    detail: str | None
    paper_mm: int | None = Field(
        None, description="The roll in it, where its agent knows; `paper_mm` of the printer is what is declared."
    )
    undrawn: str | None = Field(None, description="Letters for which its agent's machine has no font.")


class Printer(Shape):
    """A printer of the branch."""

    id: str
    name: str
    paper_mm: int | None
    connected: bool = Field(description="Whether its agent has been heard within the last 40 seconds.")
    status: PrinterState | None
    status_at: Time | None
    ready: bool = Field(description="Whether it would print now, as far as it says.")
    held: bool = Field(description="A supervisor holds it: it is offered nothing, others print its jobs.")
    sends_to: str | None = Field(description="The printer that gets its jobs.")
    trusted: bool = Field(description="It can prove nothing: papers that lack nothing but proof count as printed.")
    waiting: int = Field(description="Jobs that it is offered, or that wait for it, and that no printer has begun.")
    unresolved: int = Field(description="Papers of today of which nobody knows whether they came out.")
    unresolved_numbers: list[str] = Field(description="The numbers of those papers, the latest of them.")


UnknownReason = Literal["no_proof", "not_cut", "broken"]
"""Why an outcome is unknown. `not_cut`: at most a torn-off piece is out there."""


class Doubt(Shape):
    """A paper of today of which nobody knows whether it came out: a word, or a later paper, settles it."""

    job: str
    number: str
    printer: str | None
    at: Time = Field(description="When it was begun.")
    reprint: bool
    reason: UnknownReason | None


class PaperContent(Shape):
    """The ticket in words, as the printer draws it."""

    language: str
    branch: str
    label: str
    number: str
    service: str
    priority: str | None
    ahead: str
    wait: str | None
    issued: str
    url: str | None = Field(description="What the code holds; null where that would lead each phone to itself.")
    scan: str
    note: str | None
    reprint: str | None


class PrintJob(Shape):
    """A paper and what is known of it, as devices and programs get it.

    What staff or agents write about it belongs in `StaffPrintJob`.
    """

    id: str
    state: Literal["queued", "claimed", "started", "printed", "not_sent", "unknown", "expired"]
    ticket: str
    number: str
    branch: str
    printer: str | None
    reprint: bool
    printable: bool = Field(description="Whether a printer that it is offered to, or that has begun it, prints now.")
    created_at: Time
    expires_at: Time
    lease_expires_at: Time | None = Field(description="A status of the printer lengthens the lease of what it started.")
    started_at: Time | None
    ended_at: Time | None
    resolution: Literal["printed", "lost"] | None = Field(
        description="What somebody, or the branch's policy for a trusted printer, has taken an unknown paper for."
    )
    resolved_at: Time | None


class StaffPrintJob(PrintJob):
    """A paper with the agent's words about it, and who settled it."""

    outcome_detail: str | None
    reason: UnknownReason | None = Field(
        description="Of an unknown paper, as far as its agent can tell. `no_proof`: only the confirmation is missing. "
        "`not_cut`: it was never cut off, so a torn-off piece is the most that came out. `broken`: anything else."
    )
    resolved_by: str | None


class PrintJobs(Shape):
    """Papers of today, newest first; ask again with `before=` the last id."""

    print_jobs: list[StaffPrintJob]


class Kiosk(Shape):
    """What a kiosk is told of itself."""

    name: str
    branch: str
    printer: str | None
    prints: bool | None = Field(
        description="Whether its tickets would be printed now; null: the branch has no printer."
    )
    codes: bool = Field(description="Whether its tickets carry a code for phones: not where phones cannot reach it.")


class ClaimedJob(PrintJob):
    """A job under a lease, with what is to be drawn."""

    lease: str
    paper: int
    content: PaperContent


class AnyPrintJob(RootModel[StaffPrintJob | PrintJob]):
    """A paper as the one who asks may see it."""

"""Responses and pushes about printers and print jobs."""

from typing import Literal

from pydantic import Field, RootModel

from server.contract.base import Shape, Time


class PrinterState(Shape):
    """The last reported status of a printer."""

    online: bool
    paper: Literal["ok", "near_end", "out", "unknown"]
    cover_open: bool | None
    error: str | None
    device: str
    detail: str | None
    paper_mm: int | None = Field(
        None,
        description="The width of its roll, if its agent knows it; `paper_mm` of the printer is the declared width.",
    )
    undrawn: str | None = Field(None, description="Letters without a font on its agent's machine.")


class Printer(Shape):
    """A printer of the branch."""

    id: str
    name: str
    paper_mm: int | None
    connected: bool = Field(description="Whether its agent has contacted the server within the last 40 seconds.")
    status: PrinterState | None
    status_at: Time | None
    ready: bool = Field(description="Whether it would print now, according to its status.")
    held: bool = Field(description="Whether a supervisor holds it: it gets no jobs, and others print its jobs.")
    sends_to: str | None = Field(description="The printer that gets its jobs.")
    trusted: bool = Field(description="It cannot prove its papers: those that lack only the proof count as printed.")
    waiting: int = Field(description="Jobs that it is offered, or that wait for it, and that no printer has started.")
    unresolved: int = Field(description="Unresolved papers of today: it is unknown whether they came out.")
    unresolved_numbers: list[str] = Field(description="The numbers of those papers, the latest of them.")


UnknownReason = Literal["no_proof", "not_cut", "broken"]
"""Why an outcome is unknown. `not_cut`: at most a torn-off piece of paper came out."""


class Doubt(Shape):
    """An unresolved paper of today: it is unknown whether it came out, until a person or a later paper resolves it."""

    job: str
    number: str
    printer: str | None
    at: Time = Field(description="When it was started.")
    reprint: bool
    reason: UnknownReason | None


class PaperContent(Shape):
    """The texts of a ticket, as the printer draws them."""

    language: str
    branch: str
    label: str
    number: str
    service: str
    priority: str | None
    ahead: str
    wait: str | None
    issued: str
    url: str | None = Field(description="The URL in the code; null if it would lead each phone to itself.")
    scan: str
    note: str | None
    reprint: str | None


class PrintJob(Shape):
    """A print job and its state, for devices and programs.

    Texts of staff or agents about it belong in `StaffPrintJob`.
    """

    id: str
    state: Literal["queued", "claimed", "started", "printed", "not_sent", "unknown", "expired"]
    ticket: str
    number: str
    branch: str
    printer: str | None
    reprint: bool
    printable: bool = Field(description="Whether a printer that it is offered to, or that has started it, prints now.")
    created_at: Time
    expires_at: Time
    lease_expires_at: Time | None = Field(
        description="A status of the printer extends the lease of the job that it has started."
    )
    started_at: Time | None
    ended_at: Time | None
    resolution: Literal["printed", "lost"] | None = Field(
        description="How a person, or the branch's policy for a trusted printer, has resolved an unknown paper."
    )
    resolved_at: Time | None


class StaffPrintJob(PrintJob):
    """A print job with the agent's remarks, and who resolved it."""

    outcome_detail: str | None
    reason: UnknownReason | None = Field(
        description="Of an unknown paper, as reported by its agent. `no_proof`: only the confirmation is missing. "
        "`not_cut`: it was never cut off, so at most a torn-off piece came out. `broken`: anything else."
    )
    resolved_by: str | None


class PrintJobs(Shape):
    """Print jobs of today, newest first; for the next page, send `before=` the last id."""

    print_jobs: list[StaffPrintJob]


class Kiosk(Shape):
    """A kiosk's own data."""

    name: str
    branch: str
    printer: str | None
    prints: bool | None = Field(
        description="Whether its tickets would be printed now; null: the branch has no printer."
    )
    codes: bool = Field(
        description="Whether its tickets carry a code for phones: not if phones cannot reach the server."
    )


class ClaimedJob(PrintJob):
    """A leased job, with the texts to draw."""

    lease: str
    paper: int
    content: PaperContent


class AnyPrintJob(RootModel[StaffPrintJob | PrintJob]):
    """A print job in the shape for the requesting principal."""

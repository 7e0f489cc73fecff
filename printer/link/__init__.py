"""Delivery with proof: a ticket counts as printed when the printer said so."""

from printer.link.delivery import deliver
from printer.link.habits import Habits, Proof
from printer.link.line import Line
from printer.link.outcome import Delivery, Outcome
from printer.link.patience import Patience
from printer.link.status import Paper, Status
from printer.link.transport import Device, LinkGone, Transport

__all__ = [
    "Delivery",
    "Device",
    "Habits",
    "Line",
    "LinkGone",
    "Outcome",
    "Paper",
    "Patience",
    "Proof",
    "Status",
    "Transport",
    "deliver",
]

"""Delivery with proof: a ticket counts as printed when the printer said so."""

from printer.link.delivery import Delivery, Outcome, Patience, Proof, deliver
from printer.link.status import Paper, Status
from printer.link.transport import Device, LinkGone, Transport

__all__ = ["Delivery", "Device", "LinkGone", "Outcome", "Paper", "Patience", "Proof", "Status", "Transport", "deliver"]

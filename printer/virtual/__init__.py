"""A printer made of software: real TCP, real ESC/POS, tickets as pictures, and faults on command."""

from printer.virtual.faults import Answers, Cutter, Faults
from printer.virtual.machine import Moment, Ticket
from printer.virtual.model import Model
from printer.virtual.server import VirtualPrinter

__all__ = ["Answers", "Cutter", "Faults", "Model", "Moment", "Ticket", "VirtualPrinter"]

"""A printer made of software: real TCP, real ESC/POS, tickets as pictures, and faults on command."""

from printer.virtual.faults import Faults
from printer.virtual.machine import Ticket
from printer.virtual.server import VirtualPrinter

__all__ = ["Faults", "Ticket", "VirtualPrinter"]

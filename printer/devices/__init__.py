"""The lines to printers: network, USB, serial, file, and the virtual printer."""

from printer.devices.address import Address, BadAddress, parse

__all__ = ["Address", "BadAddress", "parse"]

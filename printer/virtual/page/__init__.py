"""The virtual printer's page: its tickets coming out like paper, and its faults as switches."""

from printer.virtual.page.server import Page

__all__ = ["Page"]

"""What delivery needs from a line to a printer, whatever the line is."""

from typing import Protocol


class LinkGone(Exception):
    """The line to the printer is not there (any more); the message says what happened, in plain words."""


class HungUp(LinkGone):
    """The printer ended the connection in order."""


class Transport(Protocol):
    """One open line. Every method may raise LinkGone."""

    def exchange(self, out: memoryview, wait: float) -> tuple[int, bytes]:
        """Sends what the printer takes of `out` and reads what it says, in either order.

        Returns (bytes taken, bytes read) as soon as either is not nothing, or after `wait` seconds. An empty
        `out` only listens.
        """
        ...

    def pending(self) -> int:
        """How many of the bytes taken are known to wait, here or on the line, for the printer to take them."""
        ...

    def end_of_data(self) -> None:
        """Tells the printer that no more comes, and reads until it has said everything (at most two seconds)."""
        ...

    def close(self) -> None:
        """Lets go of the line. Never raises, may be called twice."""
        ...


class Device(Protocol):
    """A printer that can be connected to, as named by a device address."""

    @property
    def address(self) -> str:
        """The address as the operator wrote it."""
        ...

    @property
    def keeps(self) -> bool:
        """Whether taking the bytes is the proof: a plain file keeps what it was given, and answers nothing."""
        ...

    def connect(self) -> Transport:
        """Opens the line. Raises LinkGone."""
        ...

"""The ESC/POS commands that the agent sends, by their names in Epson's reference.

python-escpos encodes text; these few are written out because what they answer and when decides whether a
ticket counts as printed, and because its `cut` emits nothing for some printers.
"""

INITIALISE = b"\x1b@"  # ESC @

PRINTER_STATUS = b"\x10\x04\x01"  # DLE EOT 1: on line?
OFFLINE_CAUSE = b"\x10\x04\x02"  # DLE EOT 2: cover, paper, error
ERROR_CAUSE = b"\x10\x04\x03"  # DLE EOT 3: cutter, unrecoverable, too hot
PAPER_SENSOR = b"\x10\x04\x04"  # DLE EOT 4: near end, out
# GS a: tell by yourself when you go off line, meet an error or run out of paper. A printer whose buffer is full reads
# no questions, and would seem to have died.
TELL_CHANGES = b"\x1da\x0e"
TELL_NOTHING = b"\x1da\x00"
SENSOR_IN_ORDER = b"\x1dr\x01"  # GS r 1: answered when what was sent before it is processed

FIRMWARE = b"\x1dI\x41"  # GS I 65
MAKER = b"\x1dI\x42"  # GS I 66
MODEL = b"\x1dI\x43"  # GS I 67

# DLE DC4 fn 8: throw away all that is received and not printed.
CLEAR_BUFFER = b"\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08"

PROCESS_ID = range(32, 127)  # the characters an id is made of
CLEARED = b"\x25"  # what a block answers to CLEAR_BUFFER
DONE = b"\x22"  # what a block that carries a process id starts with


def process_id(number: int) -> bytes:
    """Four digits that name a job at the printer, from its running number."""
    return b"%04d" % (number % 10_000)


def when_printed(identifier: bytes) -> bytes:
    """GS ( H, function 48: answer with these four characters when everything before this is printed."""
    if len(identifier) != 4 or not all(byte in PROCESS_ID for byte in identifier):
        raise ValueError(f"a process id is four printable characters, not {identifier!r}")
    return b"\x1d(H\x06\x00\x30\x30" + identifier


def finish(cut: bool) -> bytes:
    """Moves the ticket out: to the blade and through it, or far enough to tear it by hand."""
    # GS V 66 feeds by itself to where the blade is; ESC d counts lines of about 4 mm.
    return b"\x1dVB\x00" if cut else b"\x1bd\x05"


def recovery(longest: int, cut: bool) -> bytes:
    """What precedes a ticket after a broken one.

    The printer may still wait for the rest of a command, of `longest` bytes at most: as many NULs end it as blank
    paper, and mean nothing otherwise. Then the half ticket is moved out, so that it is not the head of the next.
    """
    return bytes(longest) + INITIALISE + b"\x1bd\x02" + finish(cut)


LONGEST_TEXT = 1024  # bytes that one command of a ticket in letters can ask for: those of its code
BAND_ROWS = 128  # rows in one GS v 0: the buffers of small printers hold no more

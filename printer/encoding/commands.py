"""The ESC/POS commands that the agent sends, by their names in Epson's reference.

python-escpos encodes text; these few are written out because what they answer and when decides whether a
ticket counts as printed, and because its `cut` emits nothing for some printers.
"""

INITIALISE = b"\x1b@"  # ESC @
LEAVE_CHINESE = b"\x1c."  # FS .

PRINTER_STATUS = b"\x10\x04\x01"  # DLE EOT 1: on line?
OFFLINE_CAUSE = b"\x10\x04\x02"  # DLE EOT 2: cover, paper, error
ERROR_CAUSE = b"\x10\x04\x03"  # DLE EOT 3: cutter, unrecoverable, too hot
PAPER_SENSOR = b"\x10\x04\x04"  # DLE EOT 4: near end, out
# GS a: tell by yourself when you go off line, meet an error or run out of paper. A printer whose buffer is full reads
# no questions, and would seem to have died.
TELL_CHANGES = b"\x1da\x0e"
TELL_NOTHING = b"\x1da\x00"
SENSOR_IN_ORDER = b"\x1dr\x01"  # GS r 1: answered when what was sent before it is processed

MODEL_NUMBER = b"\x1dI\x01"  # GS I 1: one byte
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


def finish(cut: bool | None) -> bytes:
    """Moves the ticket out: to the blade and through it, or far enough to tear it by hand.

    `cut` None: whether there is a blade is not known. Then it is fed out far enough to tear, and cut there.
    """
    # GS V 66 feeds by itself to where the blade is, and does nothing where there is none; ESC d counts lines of about
    # 4 mm, and from the head to the edge where paper is torn there are 10 to 18 mm.
    return b"\x1dVB\x00" if cut else b"\x1bd\x05" if cut is False else b"\x1bd\x05\x1dV\x01"


def recovery(longest: int, cut: bool | None) -> bytes:
    """What precedes a ticket after a broken one.

    The printer may still wait for the rest of a command, of `longest` bytes at most: as many NULs end it as blank
    paper, and mean nothing otherwise. Then the half ticket is moved out, so that it is not the head of the next.
    """
    return bytes(longest) + INITIALISE + b"\x1bd\x02" + finish(cut)


LONGEST_TEXT = 1024  # bytes that one command of a ticket in letters can ask for: those of its code
BAND_ROWS = 127  # rows in one GS v 0 at most; some printers read their number from its lower byte alone
BAND_BYTES = 4096  # of one GS v 0, its head with it: the buffers of small printers hold no more
_BAND_HEAD = 8


def band_rows(row_bytes: int, at_most: int | None = None) -> int:
    """The rows of the tallest GS v 0 whose rows have so many bytes; `at_most`: what the operator has set instead.

    It is odd. Printers of several makers lose a picture, or hang after it, when its height is a multiple of 24 or 48
    or a power of two (python-escpos issue 424, escpos-coffee issue 92).
    """
    rows = at_most or min(BAND_ROWS, (BAND_BYTES - _BAND_HEAD) // row_bytes)
    return max(1, rows - 1 + rows % 2)


def longest_band(dots: int, at_most: int | None = None) -> int:
    """The bytes that one GS v 0 asks for after its head, for a head of so many dots."""
    return dots // 8 * band_rows(dots // 8, at_most)

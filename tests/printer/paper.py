"""What came out of a printer, piece by piece."""

from collections.abc import Iterable

from PIL import Image


def whole_and_scraps(pieces: Iterable[Image.Image], ticket: Image.Image) -> tuple[int, int]:
    """How many pieces of paper are that whole ticket, and how many others have ink on them.

    Blank paper after the last line is still the ticket; anything before it, or more ink, is not.
    """
    whole = scraps = 0
    for piece in pieces:
        rest = piece.crop((0, ticket.height, piece.width, max(piece.height, ticket.height)))
        head = piece.crop((0, 0, piece.width, ticket.height))
        blank = rest.height == 0 or rest.convert("L").getextrema() == (255, 255)
        if piece.height >= ticket.height and head.tobytes() == ticket.tobytes() and blank:
            whole += 1
        else:
            scraps += 1
    return whole, scraps

"""Comparing a drawn ticket with the picture of it that is kept."""

from pathlib import Path

from PIL import Image, ImageChops, ImageFilter

KEPT = Path(__file__).parent / "pictures"


def differences(drawn: Image.Image, kept: Image.Image) -> int:
    """How many dots differ in more than an edge.

    Another version of the rasteriser may round an outline to the other side of a dot, which makes lines one dot thin
    along edges; those do not count. A dot counts when all eight around it differ too: a letter moved, missing or other.
    """
    difference = ImageChops.difference(drawn.convert("L"), kept.convert("L"))
    solid = difference.filter(ImageFilter.MinFilter(3))
    return sum(solid.histogram()[1:])


def kept_picture(name: str, drawn: Image.Image) -> Image.Image:
    """The picture kept under this name; when there is none, what was drawn is put there for a person to look at."""
    path = KEPT / f"{name}.png"
    if not path.exists():
        drawn.save(path, optimize=True)
        raise AssertionError(f"{path} was not there and has been drawn: look at it, and keep it if it is right")
    return Image.open(path)

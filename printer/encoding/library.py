"""python-escpos, imported without what its import does to the process."""

import functools
import importlib
import logging
import tempfile
from types import ModuleType


@functools.cache
def escpos() -> ModuleType:
    """The module `escpos.printer`.

    Importing it makes a temporary folder that nobody removes and configures the root logger (python-escpos 3.1,
    capabilities.py). Here the folder is made inside one that is removed, and the logger is put back.
    """
    root = logging.getLogger()
    handlers, folder = list(root.handlers), tempfile.tempdir
    with tempfile.TemporaryDirectory(prefix="escpos-") as scratch:
        tempfile.tempdir = scratch
        try:
            from escpos import printer
        finally:
            tempfile.tempdir = folder
            for handler in [added for added in root.handlers if added not in handlers]:
                root.removeHandler(handler)
    # It reports each opened port at INFO; the agent logs that itself, once.
    logging.getLogger("escpos").setLevel(logging.WARNING)
    module: ModuleType = printer
    return module


def roll_of(model: str) -> int | None:
    """The paper that a printer of this model takes, 58 or 80 mm, as python-escpos's list has it; None: not listed."""
    escpos()  # imported in its own way, and that brings the list
    capabilities = importlib.import_module("escpos.capabilities")
    for profile in capabilities.CAPABILITIES["profiles"].values():
        width = profile["media"]["width"].get("mm")
        if profile["name"].casefold() == model.casefold() and isinstance(width, int | float):
            return 58 if width < 60 else 80
    return None

"""Run a module that ends when its parent process ends: `python -m server.demo.parent_watchdog MODULE ARGUMENTS…`.

The parent holds the other end of standard input and never writes: when the input ends, the parent is gone, even where
nothing could tell (SIGKILL, out of memory).
"""

import os
import runpy
import sys
import threading


def _end_with_parent() -> None:
    while os.read(0, 1):
        continue
    os._exit(1)


def main() -> None:
    """Become the module named first, with the arguments after it."""
    threading.Thread(target=_end_with_parent, name="parent-watchdog", daemon=True).start()
    module, *arguments = sys.argv[1:]
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()

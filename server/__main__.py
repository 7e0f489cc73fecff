"""`giliran`, `python -m server`: the commands, on gevent from the first import on."""

import gc

gc.disable()  # until the command is there: nothing that is imported is garbage, and looking for it takes a while

from gevent import monkey  # noqa: E402

monkey.patch_all()


def main() -> None:
    """Run the command line."""
    # imported after the patch, so that every library sees cooperative sockets
    from server.cli import giliran

    giliran()


if __name__ == "__main__":
    main()

"""`giliran`, `python -m server`: the commands, on gevent from the first import on."""

from gevent import monkey

monkey.patch_all()


def main() -> None:
    """Run the command line."""
    # imported after the patch, so that every library sees cooperative sockets
    from server.cli import giliran

    giliran()


if __name__ == "__main__":
    main()

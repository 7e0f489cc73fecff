"""Clients of a PostgreSQL as greenlets: `python -m benchmarks.postgres_clients ROUNDS REQUESTS CLIENTS…`."""

from gevent import monkey

monkey.patch_all()


def main() -> None:
    """Measure, and print what was found."""
    import sys

    # imported after the patch, so that the driver lets others go on while it waits
    from benchmarks.postgres import measure

    measure(*map(int, sys.argv[1:]))


if __name__ == "__main__":
    main()

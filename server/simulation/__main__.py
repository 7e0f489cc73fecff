"""The load: reads its plan (JSON) from standard input, writes what was measured (JSON) to standard output."""

from __future__ import annotations

import asyncio
import json
import resource
import sys

from server.simulation.figures import Figures
from server.simulation.load_test import LoadTest


def main() -> None:
    """Live through the plan."""
    told = json.load(sys.stdin)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, hard), hard))
    figures = Figures()

    async def live() -> None:
        await LoadTest(told, figures, seed=told.get("seed", 1)).live()

    asyncio.run(live())
    json.dump(figures.told(), sys.stdout)


if __name__ == "__main__":
    main()

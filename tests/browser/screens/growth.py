"""What a page holds in its memory, counted when nothing is left to throw away."""

from __future__ import annotations

from dataclasses import dataclass

from playwright.sync_api import Page

MEGABYTE = 1_000_000


@dataclass(frozen=True)
class Held:
    """Bytes of live script objects; DOM nodes and listeners, detached ones included."""

    heap: int
    nodes: int
    listeners: int

    def is_hardly_more_than(self, before: Held, *, heap: float = MEGABYTE, things: int = 60) -> bool:
        """Whether nothing was added for each of the many things that happened in between; compiled code and caches
        may settle."""
        return (
            self.heap - before.heap < heap
            and self.nodes - before.nodes < things
            and self.listeners - before.listeners < things
        )


def held_by(page: Page) -> Held:
    """Collects garbage first, more than once: what one round sets free may have held more."""
    session = page.context.new_cdp_session(page)
    for _ in range(3):
        session.send("HeapProfiler.collectGarbage")
    counters = session.send("Memory.getDOMCounters")
    heap = session.send("Runtime.getHeapUsage")["usedSize"]
    session.detach()
    return Held(round(heap), counters["nodes"], counters["jsEventListeners"])

"""What a page holds in its memory, counted when nothing is left to throw away."""

from __future__ import annotations

from dataclasses import dataclass

from playwright.sync_api import Page

from tests.browser.screens.lobby import Lobby

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


CUSTOMERS = """async (customers) => {
    const seen = [];
    const until = async (selector) => {
        for (;;) {
            const found = document.querySelector(selector);
            if (found) return found;
            await new Promise((later) => setTimeout(later, 4));
        }
    };
    for (let customer = 0; customer < customers; customer++) {
        await until(".service");
        document.querySelectorAll(".service")[customer % 4].click();
        seen.push((await until(".slip__number")).textContent);
        (await until(".quiet__restart")).click();
    }
    await until(".service");
    return seen;
}"""

SERVED = """async (customers) => {
    const until = async (isSo) => {
        while (!isSo()) await new Promise((later) => setTimeout(later, 4));
    };
    const ready = () => !document.querySelector(".actions__main[aria-disabled=true]");
    const at = (state) => document.querySelector(`.current--${state}`) !== null;
    for (let customer = 0; customer < customers; customer++) {
        for (const [key, done] of [
            ["n", () => at("called")], ["s", () => at("serving")], ["f", () => !at("called") && !at("serving")],
        ]) {
            await until(ready);
            document.body.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
            await until(done);
        }
    }
}"""


def serve(lobby: Lobby, customers: int) -> None:
    """Each is called by a key of the clerk, announced by the wall, and served."""
    for _ in range(customers):
        lobby.branch.issue()
    lobby.desk.evaluate(SERVED, customers)
    lobby.are_true()


def check_growth(lobby: Lobby, early: int, late: int) -> None:
    """Serves so many customers twice, and compares what each page holds after the first and after all of them."""
    since = lobby.branch.queue["seq"]
    serve(lobby, early)
    before = {page: held_by(page) for page in (lobby.wall, lobby.desk, lobby.phone)}
    serve(lobby, late)
    # This clerk may have served a customer before the wall came to say the call, which it then rightly leaves out.
    calls = [event["seq"] for event in lobby.branch.events("called") if event["seq"] > since]
    said = list(dict.fromkeys(lobby.all_that_was_said()))  # each language says it
    assert said == [call for call in calls if call in said], "each once and in order"
    assert len(said) > 0.9 * len(calls), f"{len(said)} of {len(calls)} calls were said"
    for page, held in before.items():
        after = held_by(page)
        print(f"\n{page.url.split('#')[0]}: after {early} customers {held}, after {late} more {after}")
        assert after.is_hardly_more_than(held), (page.url, held, after)
    assert lobby.wall.evaluate("[urls, players]") == [0, 1], "one player, and every sound was let go of"

"""Everybody at once: customers who take numbers, counters that serve them, displays that show it, and what it took."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict, deque
from random import Random
from typing import Any

from server.simulation.clients import ApiClient, Endpoint, Watcher
from server.simulation.figures import Figures

WALK = (2.0, 6.0)
SERVICE = (8.0, 20.0)
NO_SHOW, RECALL = 0.03, 0.1
CONNECTING = 50
"""So many connect at the same time: a morning, and no attack."""
HEAL = 20.0
"""Seconds that displays have at the end to show the last action."""


class Screen:
    """What one display has been told, compared with what was done."""

    def __init__(self, figures: Figures) -> None:
        self._figures = figures
        self._lately: deque[tuple[int, float]] = deque(maxlen=64)
        self._due: deque[tuple[int, float]] = deque()
        self.seq = 0

    def told(self, seq: int, at: float) -> None:
        """A state has come."""
        if seq <= self.seq:
            self._figures.error("a state that is not newer was pushed")
        self.seq = seq
        self._figures.pushes += 1
        self._lately.append((seq, at))
        while self._due and self._due[0][0] <= seq:
            self._figures.lag(at - self._due.popleft()[1])

    def done(self, seq: int, asked_at: float) -> None:
        """An action of this seq was acknowledged; the display shows it now, or will."""
        if self.seq < seq:
            self._due.append((seq, asked_at))
            return
        shown = next((at for known, at in self._lately if known >= seq), self._lately[0][1])
        self._figures.lag(max(0.0, shown - asked_at))

    @property
    def owed(self) -> int:
        """How many actions it has never shown."""
        return len(self._due)


class LoadTest:
    """All branches and who lives there."""

    def __init__(self, told: dict[str, Any], figures: Figures, seed: int) -> None:
        self._size = told["size"]
        self._servers = told["servers"]
        self._branches = told["branches"]
        self._figures = figures
        self._random = Random(seed)  # noqa: S311 - people are no secret
        self._over = asyncio.Event()
        self._door = asyncio.Semaphore(CONNECTING)
        self._screens: dict[str, list[Screen]] = defaultdict(list)
        self._waiting = {branch["slug"]: asyncio.Semaphore(0) for branch in self._branches}
        self._watchers: list[Watcher] = []
        self._ended = False

    async def live(self) -> None:
        """Come in, work for the seconds wanted, and see that every display has shown the last action."""
        watching = await self._come_in()
        counters = [
            (ApiClient(Endpoint.of(self._server(number), number), branch["agent"]), branch["slug"], counter)
            for number, branch in enumerate(self._branches)
            for counter in range(1, self._size["counters"] + 1)
        ]
        await asyncio.gather(*(self._open(*counter) for counter in counters))
        self._figures.begin()
        working = [asyncio.create_task(self._work(*counter)) for counter in counters]
        beat = asyncio.create_task(self._beat())
        await self._customers_come()
        self._figures.end()
        self._over.set()
        for line in self._waiting.values():
            for _ in range(self._size["counters"]):
                line.release()
        await asyncio.gather(*working)
        beat.cancel()
        await self._heal()
        self._ended = True
        for watcher in self._watchers:
            watcher.close()
        await asyncio.gather(*watching, return_exceptions=True)

    def _server(self, number: int) -> str:
        url: str = self._servers[number % len(self._servers)]
        return url

    async def _come_in(self) -> list[asyncio.Task[None]]:
        watching, ready = [], []
        for number, branch in enumerate(self._branches):
            place = Endpoint.of(self._server(number), number)
            views = [("board", branch["display"])] * self._size["displays"]
            if self._size["consoles"]:
                views += [("queue", branch["agent"])] * self._size["counters"]
            for view, token in views:
                watcher = Watcher(place, token, branch["slug"], view)
                self._watchers.append(watcher)
                seen = asyncio.Event()
                ready.append(seen.wait())
                watching.append(asyncio.create_task(self._watch(watcher, branch["slug"], view, seen)))
        await asyncio.wait_for(asyncio.gather(*ready), 120)
        return watching

    async def _watch(self, watcher: Watcher, slug: str, view: str, ready: asyncio.Event) -> None:
        screen = Screen(self._figures)
        if view == "board":
            self._screens[slug].append(screen)
        await self._door.acquire()

        def subscribed() -> None:
            ready.set()
            self._door.release()

        try:
            await watcher.watch(screen.told, subscribed)
        except (OSError, EOFError) as error:
            if not self._ended:
                self._figures.error(f"a {view} was put out: {str(error) or type(error).__name__}")
        finally:
            if not ready.is_set():
                subscribed()

    # what people do

    async def _open(self, client: ApiClient, slug: str, number: int) -> None:
        path = f"/counters/{slug}/{number}"
        async with self._door:
            opened = await self._do(client, slug, f"{path}/open", {})
            if opened and opened["ticket"]:  # of an earlier simulation
                await self._do(client, slug, f"{path}/put-back", {"ticket": opened["ticket"]["id"]})

    async def _work(self, client: ApiClient, slug: str, number: int) -> None:
        path = f"/counters/{slug}/{number}"
        while True:
            # who works there sees that somebody waits, and presses Next then
            await self._waiting[slug].acquire()
            if self._over.is_set():
                break
            called = await self._do(client, slug, f"{path}/call-next", {}, besides=("queue-empty",))
            if called is not None:
                await self._serve(client, slug, path, {"ticket": called["id"]})
        client.close()

    async def _serve(self, client: ApiClient, slug: str, path: str, ticket: dict[str, str]) -> None:
        """From the call on; where it is over, the customer is left there."""
        if await self._is_over_within(*WALK):
            return
        if self._random.random() < RECALL:
            await self._do(client, slug, f"{path}/recall", ticket)
        if self._random.random() < NO_SHOW:
            await self._do(client, slug, f"{path}/no-show", ticket)
            return
        await self._do(client, slug, f"{path}/start", ticket)
        if not await self._is_over_within(*SERVICE):
            await self._do(client, slug, f"{path}/finish", ticket)

    async def _customers_come(self) -> None:
        """At random moments, whoever is being served: as many as wanted come also where nobody keeps up."""
        kiosks: dict[str, list[ApiClient]] = defaultdict(list)
        taking: set[asyncio.Task[None]] = set()
        due, end = time.monotonic(), time.monotonic() + self._size["seconds"]
        while True:
            due += self._random.expovariate(self._size["rate"])
            if due >= end:
                break
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            number = self._random.randrange(len(self._branches))
            task = asyncio.create_task(self._take(kiosks, number))
            taking.add(task)
            task.add_done_callback(taking.discard)
        await asyncio.gather(*taking)
        for callers in kiosks.values():
            for client in callers:
                client.close()

    async def _take(self, kiosks: dict[str, list[ApiClient]], number: int) -> None:
        branch = self._branches[number]
        slug, free = branch["slug"], kiosks[branch["slug"]]
        client = free.pop() if free else ApiClient(Endpoint.of(self._server(number), number), branch["kiosk"])
        wish = {"service": self._random.choice("AAABB")}
        if self._random.random() < 0.1:
            wish["priority"] = "senior"
        if await self._do(client, slug, f"/branches/{slug}/tickets", wish) is not None:
            self._waiting[slug].release()
        free.append(client)

    async def _do(
        self, client: ApiClient, slug: str, path: str, body: dict[str, Any], besides: tuple[str, ...] = ()
    ) -> dict[str, Any] | None:
        """The answer to a call; None for a refusal that may be (`besides`), and for an error, which is counted."""
        verb = "issue" if path.endswith("/tickets") else path.rpartition("/")[2]
        asked_at = time.monotonic()
        try:
            status, told = await client.post(path, body, f"{self._random.getrandbits(96):x}")
        except (OSError, EOFError) as error:
            self._figures.error(f"{verb}: {str(error) or type(error).__name__}")
            return None
        if status < 300:
            self._figures.took(verb, time.monotonic() - asked_at)
            if "seq" in told:
                for screen in self._screens[slug]:
                    screen.done(told["seq"], asked_at)
            return told
        if told.get("code") not in besides:
            self._figures.error(f"{verb}: {status} {told.get('code')}")
        else:
            self._figures.took("(nobody waits)", time.monotonic() - asked_at)
        return None

    async def _is_over_within(self, least: float, most: float) -> bool:
        """Wait for some time between these; whether it was over before."""
        try:
            await asyncio.wait_for(self._over.wait(), self._random.uniform(least, most))
        except TimeoutError:
            return False
        return True

    async def _beat(self) -> None:
        """How late this process itself is: what it measures cannot be truer than that."""
        while True:
            before = time.monotonic()
            await asyncio.sleep(0.05)
            self._figures.own_delay(time.monotonic() - before - 0.05)

    async def _heal(self) -> None:
        deadline = time.monotonic() + HEAL
        while owed := sum(screen.owed for screens in self._screens.values() for screen in screens):
            if time.monotonic() > deadline:
                self._figures.error("a display never showed an action", owed)
                return
            await asyncio.sleep(0.1)

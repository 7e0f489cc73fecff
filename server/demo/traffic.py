"""Simulated customers and staff: a process of its own, which knows the server by its public API alone.

It reads GILIRAN_SERVER, GILIRAN_SPEED and GILIRAN_TRAFFIC (JSON: branch, customers' token, staff by counter). Every act
begins with a look at how things are, so that it goes on after a restart of either side, and never works at a counter
that a person has taken.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import Coroutine
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random
from time import monotonic
from typing import Any, TypeAlias
from uuid import uuid4

import httpx

from server.demo import pace
from server.demo.pace import Ending
from server.domain.one_line import one_line

Json: TypeAlias = dict[str, Any]

MEAN_GAP = 12.0
"""Seconds between two customers while few wait."""
COMFORTABLE, CROWDED = 8, 24
"""Up to how many waiting people customers come freely; from how many on nobody joins the line."""
KEPT_FOR_VISITORS = 900
"""Past this number of a service only few more simulated customers come, so that a visitor always gets a number."""
_LOOKS_AGAIN = 4.0
_REST_SHARE = 0.02


class Admission(Exception):
    """The server no longer knows one of the tokens."""


@dataclass
class Server:
    """The public API as the simulation uses it. While the server is away, every call waits for its return."""

    http: httpx.AsyncClient
    tries_again: float = 2.0
    """Seconds between two tries while the server is away."""
    _away: bool = False

    async def get(self, path: str, token: str) -> Json:
        """The answer. Raises Admission, or httpx.HTTPStatusError for what should never happen."""
        response = await self._send("GET", path, token, None, None)
        response.raise_for_status()
        found: Json = response.json()
        return found

    async def post(self, path: str, token: str | None, **body: Any) -> Json | None:
        """The answer; None where the rules refuse it: things have changed since they were looked at."""
        response = await self._send("POST", path, token, body, str(uuid4()))
        if response.status_code in (404, 409, 422):
            return None
        response.raise_for_status()
        found: Json = response.json()
        return found

    async def _send(
        self, method: str, path: str, token: str | None, body: Json | None, key: str | None
    ) -> httpx.Response:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        if key:
            headers["Idempotency-Key"] = key
        while True:
            try:
                response = await self.http.request(method, f"/api/v1{path}", headers=headers, json=body)
            except httpx.TransportError as error:
                self._note(str(error) or type(error).__name__)
            else:
                if response.status_code in (401, 403):
                    raise Admission(response.text)
                if response.status_code not in (429, 502, 503, 504):
                    self._note(None)
                    return response
                self._note(f"status {response.status_code}")
            await asyncio.sleep(self.tries_again)

    def _note(self, trouble: str | None) -> None:
        """Say once that the server is away, and once that it is back."""
        if (trouble is not None) != self._away:
            self._away = trouble is not None
            say(f"the server does not answer: {trouble}" if trouble else "the server answers again")


@dataclass
class World:
    """What customers and staff share."""

    server: Server
    branch: str
    rng: Random
    speed: float

    async def sleep(self, seconds: float) -> None:
        """Let the time pass, at the demo's speed."""
        await asyncio.sleep(seconds / self.speed)


async def customers(world: World, token: str) -> None:
    """Customers take numbers at the kiosk, the fewer the longer the line is; a few give up waiting."""
    last: dict[str, int] = {}
    leaving: set[asyncio.Task[None]] = set()
    while True:
        branch = await world.server.get(f"/branches/{world.branch}", token)
        waiting = sum(service["waiting"] for service in branch["services"])
        slower = 1 + max(0, waiting - COMFORTABLE) / COMFORTABLE
        await world.sleep(pace.until_next_customer(world.rng, MEAN_GAP * slower))
        wish = pace.customer(world.rng)
        plenty = last.get(wish.service, 0) < KEPT_FOR_VISITORS or world.rng.random() < 0.02
        if waiting >= CROWDED or not plenty:
            continue
        ticket = await world.server.post(
            f"/branches/{world.branch}/tickets",
            token,
            service=wish.service,
            priority=wish.priority,
            language=wish.language,
        )
        if ticket is None:
            continue
        last[wish.service] = int(ticket["number"].removeprefix(wish.service))
        if world.rng.random() < pace.GIVES_UP:
            task = asyncio.create_task(_give_up(world, ticket["token"]))
            leaving.add(task)
            task.add_done_callback(leaving.discard)


async def _give_up(world: World, ticket_token: str) -> None:
    """Leave the line after a while, unless called before."""
    await world.sleep(pace.patience(world.rng))
    ticket = await world.server.get(f"/tickets/{ticket_token}", "")
    if ticket["state"] == "waiting":
        await world.server.post(f"/tickets/{ticket_token}/cancel", None)


@dataclass
class Clerk:
    """A simulated member of staff, at one counter."""

    world: World
    number: int
    name: str
    token: str
    parked: dict[str, float] = field(default_factory=dict)
    """Ticket id → when its customer will be back."""

    async def work(self) -> None:
        """Serve whoever is next, day and night."""
        while True:
            await self.world.sleep(await self._turn(await self._look()))

    async def _look(self) -> Json:
        return await self.world.server.get(f"/counters/{self.world.branch}/{self.number}", self.token)

    async def _say(self, verb: str, **body: Any) -> Json | None:
        return await self.world.server.post(f"/counters/{self.world.branch}/{self.number}/{verb}", self.token, **body)

    async def _act(self, verb: str, ticket: Json, **body: Any) -> bool:
        """Do it if the counter is still ours and holds this ticket: a person may have taken over meanwhile."""
        now = await self._look()
        ours = now["state"] == "open" and now["agent"] == self.name
        if not ours or now["ticket"] is None or now["ticket"]["id"] != ticket["id"]:
            return False
        return await self._say(verb, ticket=int(ticket["id"]), **body) is not None

    async def _turn(self, counter: Json) -> float:
        """One turn of work; returns the seconds until the next."""
        if counter["state"] == "closed":
            await self._say("open")
            return 1
        if counter["agent"] != self.name:
            return _LOOKS_AGAIN  # a person is there
        if counter["state"] == "paused":
            await self._say("open")
            return 1
        ticket = counter["ticket"] or await self._call()
        if ticket is None:
            return _LOOKS_AGAIN
        await self._attend(ticket)
        if self.world.rng.random() < _REST_SHARE and await self._say("pause", reason="Istirahat sebentar") is not None:
            return self.world.rng.uniform(30, 60)
        return self.world.rng.uniform(2, 6)

    async def _call(self) -> Json | None:
        """Whoever is back from an errand, else the next in line."""
        now = monotonic()
        queue = await self.world.server.get(f"/branches/{self.world.branch}/queue", self.token) if self.parked else None
        for away in queue["parked"] if queue else []:
            if away["id"] in self.parked and self.parked[away["id"]] <= now:
                del self.parked[away["id"]]
                return await self._say("call", number=away["number"], reason="Kembali membawa berkas")
        return await self._say("call-next")

    async def _attend(self, ticket: Json) -> None:
        """One customer, from wherever things stand to the end of the stay."""
        world = self.world
        if ticket["state"] == "called":
            await world.sleep(pace.walk(world.rng))
            if not pace.comes(world.rng):
                # called again, some come after all
                await world.sleep(8)
                if not await self._act("recall", ticket):
                    return
                await world.sleep(15)
                if world.rng.random() < 0.7:
                    await self._act("no-show", ticket)
                    return
            if not await self._act("start", ticket):
                return
        await world.sleep(pace.service_time(world.rng, ticket["service"]))
        match pace.ending(world.rng):
            case Ending.PARKED:
                if await self._act("park", ticket, reason="Melengkapi fotokopi berkas"):
                    self.parked[ticket["id"]] = monotonic() + pace.errand(world.rng) / world.speed
            case Ending.TRANSFERRED:
                onward = pace.another_service(world.rng, ticket["service"])
                await self._act("transfer", ticket, service=onward, keep_place=True)
            case Ending.FINISHED:
                await self._act("finish", ticket)


async def simulate(address: str, speed: float, traffic: Json) -> None:
    """Let customers and staff live until SIGTERM or SIGINT."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    # straight to the server, whatever proxy the machine has for the world outside
    async with httpx.AsyncClient(base_url=address, timeout=15, trust_env=False) as http:
        world = World(Server(http), traffic["branch"], Random(), speed)  # noqa: S311 - a play, no secret
        lives: list[Coroutine[Any, Any, None]] = [customers(world, traffic["customers"])]
        for one in traffic["staff"]:
            lives.append(Clerk(world, one["counter"], one["name"], one["token"]).work())
        tasks = [asyncio.create_task(life) for life in lives]
        ended = asyncio.create_task(stop.wait())
        await asyncio.wait([ended, *tasks], return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            if task.done():
                task.result()  # raises what went wrong: lives never end by themselves
            task.cancel()
        for task in tasks:
            with contextlib.suppress(asyncio.CancelledError):
                await task


def say(what: str) -> None:
    """One line for the log."""
    sys.stderr.write(f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ} {one_line(what)}\n")
    sys.stderr.flush()


def main() -> None:
    """Simulate as the environment says."""
    try:
        asyncio.run(
            simulate(
                os.environ["GILIRAN_SERVER"],
                float(os.environ["GILIRAN_SPEED"]),
                json.loads(os.environ["GILIRAN_TRAFFIC"]),
            )
        )
    except Admission as refused:
        sys.exit(f"the server refuses a token of the demo: {refused}")


if __name__ == "__main__":
    main()

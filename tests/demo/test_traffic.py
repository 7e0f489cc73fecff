"""Simulated staff and customers keep to their place: a counter that a person has taken is left alone."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from math import exp
from random import Random
from typing import Any, TypeVar

import httpx
import pytest

from server.demo.traffic import CROWDED, Admission, Clerk, Json, Server, World, customers

NAME = "Budi (demo)"
R = TypeVar("R")
OFTEN = 5


def in_a_loop(turn: Coroutine[Any, Any, R]) -> R:
    """Run it in a loop of its own, on a thread of its own: a browser's may be running on this one."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, turn).result()


class House:
    """A server as far as the simulation asks: one counter, one line, and every action that was asked of it."""

    def __init__(self, counter: Json | None = None, waiting: int = 0) -> None:
        self.counter: Json = {"state": "open", "agent": NAME, "ticket": None} | (counter or {})
        self.waiting = waiting
        self.parked: list[Json] = []
        self.actions: list[tuple[str, Json]] = []
        self.keys: list[str] = []
        self.looks = 0
        self.looked_often = asyncio.Event()
        self.failing: list[httpx.Response | httpx.TransportError] = []
        """What the next requests come to before the server is itself again."""
        self.once_started: Json = {}
        """What the counter becomes when a customer has been started: somebody else's doing."""

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.keys += request.headers.get_list("Idempotency-Key")
        if self.failing:
            trouble = self.failing.pop(0)
            if isinstance(trouble, httpx.TransportError):
                raise trouble
            return trouble
        return httpx.Response(200, json=self._post(request) if request.method == "POST" else self._get(request))

    def _get(self, request: httpx.Request) -> Json:
        self.looks += 1
        if self.looks == OFTEN:
            self.looked_often.set()
        if "/counters/" in request.url.path:
            return self.counter
        if request.url.path.endswith("/queue"):
            return {"parked": self.parked}
        return {"services": [{"waiting": self.waiting}]}

    def _post(self, request: httpx.Request) -> Json:
        verb = request.url.path.rsplit("/", 1)[-1]
        body: Json = json.loads(request.content)
        self.actions.append((verb, body))
        if verb == "tickets":
            return {"number": f"{body['service']}001", "token": "x"}
        if verb in ("call-next", "call"):
            self.counter["ticket"] = a_ticket()
        if verb == "start":
            self.counter |= self.once_started
        ticket: Json = self.counter["ticket"] or {}
        return ticket

    @property
    def verbs(self) -> list[str]:
        return [verb for verb, _ in self.actions]


class Quick(World):
    """A world in which no time passes."""

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(0)


class Chances(Random):
    """Chance that always falls on the same side."""

    def __init__(self, always: float) -> None:
        super().__init__(1)
        self._always = always

    def random(self) -> float:
        return self._always

    def lognormvariate(self, mu: float = 0.0, sigma: float = 1.0) -> float:
        return exp(mu)


LIKELY = 0.5
"""Everybody comes and is finished; nobody takes a rest."""


def a_ticket(**more: Any) -> Json:
    return {"id": "7", "number": "A007", "state": "called", "service": "A"} | more


def a_world(house: House, chance: float = LIKELY) -> World:
    http = httpx.AsyncClient(base_url="http://house", transport=httpx.MockTransport(house))
    return Quick(Server(http, tries_again=0), "mpp", Chances(chance), 1.0)


def one_turn(house: House, chance: float = LIKELY) -> Clerk:
    """Let the clerk of the counter do what there is to do once."""
    clerk = Clerk(a_world(house, chance), 1, NAME, "token")
    in_a_loop(clerk._turn(dict(house.counter)))
    return clerk


def test_a_clerk_serves_a_customer_from_call_to_finish() -> None:
    house = House()
    one_turn(house)
    assert house.verbs == ["call-next", "start", "finish"]
    assert house.actions[1:] == [("start", {"ticket": 7}), ("finish", {"ticket": 7})]


def test_a_clerk_goes_on_with_the_customer_that_a_restart_left_at_the_counter() -> None:
    house = House({"ticket": a_ticket(state="serving")})
    one_turn(house)
    assert house.verbs == ["finish"]


@pytest.mark.parametrize("state", ["open", "paused"])
def test_a_clerk_leaves_a_counter_that_a_person_has_taken(state: str) -> None:
    house = House({"state": state, "agent": "rani", "ticket": a_ticket()})
    one_turn(house)
    assert house.verbs == []


def test_a_clerk_lays_down_a_customer_when_a_person_takes_over_in_the_middle() -> None:
    house = House()
    house.once_started = {"agent": "rani"}
    one_turn(house)
    assert house.verbs == ["call-next", "start"]


def test_a_clerk_does_nothing_to_another_customer_than_the_one_meant() -> None:
    house = House()
    house.once_started = {"ticket": a_ticket(id="8")}
    one_turn(house)
    assert house.verbs == ["call-next", "start"]


def test_a_clerk_opens_a_counter_that_is_closed_and_its_own_after_a_rest() -> None:
    for counter in ({"state": "closed", "agent": None}, {"state": "paused"}):
        house = House(counter)
        one_turn(house)
        assert house.verbs == ["open"]


def test_a_clerk_rests_only_between_customers() -> None:
    house = House({"ticket": a_ticket(state="serving")})
    one_turn(house, chance=0.0)
    assert house.verbs == ["finish", "pause"]


def test_a_parked_customer_is_called_back_by_the_one_who_parked_it() -> None:
    house = House()
    clerk = one_turn(house, chance=0.95)
    assert house.verbs == ["call-next", "start", "park"]
    house.counter["ticket"] = None
    house.parked = [a_ticket(id="7", state="parked"), a_ticket(id="9", number="B009", state="parked")]
    clerk.parked = dict.fromkeys(clerk.parked, 0.0)
    in_a_loop(clerk._turn(dict(house.counter)))
    assert house.actions[3] == ("call", {"number": "A007", "reason": "Kembali membawa berkas"})


def test_nobody_joins_a_line_that_is_long_already() -> None:
    assert "tickets" in _actions_of_customers(House(waiting=CROWDED - 1))
    assert "tickets" not in _actions_of_customers(House(waiting=CROWDED))


def test_a_press_is_repeated_under_its_key_until_the_server_is_back(capsys: pytest.CaptureFixture[str]) -> None:
    house = House()
    house.failing = [httpx.ConnectError("refused"), httpx.ReadTimeout("slow"), httpx.Response(503)]
    in_a_loop(a_world(house).server.post("/branches/mpp/tickets", "token", service="A"))
    assert house.verbs == ["tickets"]
    assert len(house.keys) == 4 and len(set(house.keys)) == 1
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 2, "said once when it goes, and once when it returns"


def test_a_refusal_of_the_rules_is_no_trouble_and_one_of_the_door_is() -> None:
    house = House()
    server = a_world(house).server
    house.failing = [httpx.Response(409)]
    assert in_a_loop(server.post("/counters/mpp/1/call-next", "token")) is None
    house.failing = [httpx.Response(401)]
    with pytest.raises(Admission):
        in_a_loop(server.get("/counters/mpp/1", "token"))


def _actions_of_customers(house: House) -> list[str]:
    async def some() -> None:
        task = asyncio.create_task(customers(a_world(house), "token"))
        await house.looked_often.wait()
        task.cancel()

    in_a_loop(some())
    return house.verbs

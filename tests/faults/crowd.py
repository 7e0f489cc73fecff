"""Kiosks and counters that work as fast as they are answered, and write down what was acknowledged.

Every action carries a key. An action that the power cut left without an answer is asked again with its key afterwards.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections import Counter as Tally
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from random import Random
from typing import Any, Self

import httpx

from tests.journeys.client import Api, problem

SLUG = "listrik"
EVENT_OF = {"finish": "finished", "no-show": "no_show", "park": "parked", "put-back": "put_back", "recall": "recalled"}
KIOSKS = 2
COUNTERS = 3


@dataclass(frozen=True)
class Asked:
    """One press: its path and body, under its key."""

    path: str
    body: dict[str, Any]
    key: str = field(default_factory=secrets.token_urlsafe)

    @property
    def verb(self) -> str:
        return self.path.rpartition("/")[2]


class Calling(Api):
    """A caller that hangs up at the end."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()
        self._all.remove(self)


class Stopping(Exception):
    """The server has said that it does nothing any more."""


class Client:
    """One caller that does one action after the other until the server is gone."""

    def __init__(self, token: str, seed: int) -> None:
        self.token = token
        self.random = Random(seed)
        self.unanswered: Asked | None = None
        self.acknowledged = 0
        self.events: Tally[str] = Tally()
        """How often each type of event must be in the log, by what was acknowledged."""

    def work(self, url: str, begun: threading.Event) -> None:
        """Until a call is not answered."""
        with Calling(url, self.token) as api:
            try:
                while True:
                    self.unanswered = self.next()
                    self.ask(api)
                    begun.set()
            except (httpx.TransportError, Stopping):
                return

    def retry(self, url: str) -> None:
        """Ask again, with the same key, what was not answered."""
        if self.unanswered is not None:
            with Calling(url, self.token) as api:
                self.ask(api)

    def ask(self, api: Api) -> None:
        asked = self.unanswered
        assert asked is not None
        answer = self.press(api, asked, asked.body)
        if answer.is_success:
            self.acknowledged += 1
            self.done(asked, answer.json())
            self.unanswered = None
            if self.random.random() < 0.1:
                self.again(api, asked, answer.json()["id"])
        else:
            assert asked.verb == "call-next" and problem(answer)["code"] == "queue-empty", answer.text
            self.unanswered = None
            time.sleep(0.002)  # a clerk's glance: one who asks without a breath would leave the kiosks no turn

    def press(self, api: Api, asked: Asked, body: dict[str, Any]) -> httpx.Response:
        """The answer; a server that stops gives none."""
        answer = api.post(asked.path, body, key=asked.key)
        if answer.status_code == 503:
            raise Stopping
        return answer

    def again(self, api: Api, asked: Asked, ticket: str) -> None:
        """The same press again is the same action; its key for another request is refused."""
        second = self.press(api, asked, asked.body)
        assert second.is_success and second.json()["id"] == ticket, second.text
        another = {"language": "en"} if asked.verb == "tickets" else {"ticket": "999999999"}
        other = self.press(api, asked, asked.body | another)
        assert problem(other)["code"] == "idempotency-conflict", other.text

    def next(self) -> Asked:
        raise NotImplementedError

    def done(self, asked: Asked, answer: dict[str, Any]) -> None:
        raise NotImplementedError


class Kiosk(Client):
    """Gives out numbers."""

    def __init__(self, token: str, seed: int) -> None:
        super().__init__(token, seed)
        self.issued: dict[str, str] = {}

    def next(self) -> Asked:
        return Asked(f"/branches/{SLUG}/tickets", {"service": "A"})

    def done(self, asked: Asked, answer: dict[str, Any]) -> None:
        assert answer["id"] not in self.issued, "one number to two customers"
        self.issued[answer["id"]] = answer["number"]
        self.events["issued"] += 1


class Desk(Client):
    """A counter whose clerk calls, calls again, sets aside and finishes; it knows the ticket it holds."""

    def __init__(self, token: str, seed: int, number: int) -> None:
        super().__init__(token, seed)
        self.path = f"/counters/{SLUG}/{number}"
        self.held: tuple[str, str] | None = None

    def next(self) -> Asked:
        verb = self.random.choice(["call-next"] * 6 + ["finish", "finish", "recall", "no-show", "put-back", "park"])
        if self.held is None or verb == "call-next":
            return Asked(f"{self.path}/call-next", {"finish": self.held is not None})
        return Asked(f"{self.path}/{verb}", {"ticket": self.held[0]})

    def done(self, asked: Asked, answer: dict[str, Any]) -> None:
        if asked.verb == "call-next":
            self.events["called"] += 1
            self.events["finished"] += asked.body["finish"]
        else:
            self.events[EVENT_OF[asked.verb]] += 1
        held = answer["state"] in ("called", "serving") and asked.verb in ("call-next", "recall")
        self.held = (answer["id"], answer["state"]) if held else None


class Crowd:
    """All of them."""

    def __init__(self, kiosk: str, agent: str, random: Random) -> None:
        self.kiosks = [Kiosk(kiosk, random.randrange(1 << 32)) for _ in range(KIOSKS)]
        self.desks = [Desk(agent, random.randrange(1 << 32), n + 1) for n in range(COUNTERS)]
        self.clients: list[Client] = [*self.kiosks, *self.desks]

    def open(self, url: str) -> None:
        """All counters open."""
        for desk in self.desks:
            with Calling(url, desk.token) as api:
                assert api.post(f"{desk.path}/open", {}).is_success

    def work_until(self, url: str, cut: Callable[[threading.Event], None]) -> None:
        """They work until the server is gone; `cut(begun)` ends it."""
        begun = threading.Event()
        with ThreadPoolExecutor(len(self.clients)) as pool:
            working = [pool.submit(client.work, url, begun) for client in self.clients]
            cut(begun)
            for one in working:
                one.result(60)

    @property
    def acknowledged(self) -> int:
        return sum(client.acknowledged for client in self.clients)

    @property
    def issued(self) -> dict[str, str]:
        return {ticket: number for kiosk in self.kiosks for ticket, number in kiosk.issued.items()}

    @property
    def events(self) -> Tally[str]:
        """What the log must hold of tickets, by all that was acknowledged."""
        return sum((client.events for client in self.clients), Tally())

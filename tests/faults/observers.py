"""Clients of a branch that write down what they ask and what they are shown, for the history checker.

A kiosk takes numbers, a desk works at one counter, a printer takes papers, a watcher holds a socket. Each goes to any
of the servers, and asks again with its key, perhaps at another one, while it is not answered; now and then it gives up.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from random import Random
from typing import Any, Self

import httpx
from socketio.exceptions import SocketIOError

from tests.faults.history import Action, Effect, History, Push, Read
from tests.faults.replay import essence
from tests.journeys.client import eventually
from tests.journeys.screen import LIVE, InOrder

PATIENCE = 60
ANSWER_WITHIN = 4.0
"""Seconds after which a client no longer waits for an answer and asks again."""
JOINED_WITHIN = 8
"""Seconds after which a socket that was not let in, or not answered, comes again."""
LONG_LINE = 12
"""A kiosk takes no more numbers while so many wait: what is compared at each seq is then small."""
JSON = dict[str, Any]


class Client(threading.Thread):
    """One client, at work until `over` is set."""

    def __init__(self, name: str, slug: str, token: str, urls: Sequence[str], seed: int, history: History) -> None:
        super().__init__(daemon=True, name=name)
        self.slug, self.random, self.history = slug, Random(seed), history
        self.over = threading.Event()
        self.error: BaseException | None = None
        self._https = [
            httpx.Client(
                base_url=f"{url}/api/v1",
                headers={"Authorization": f"Bearer {token}"},
                timeout=ANSWER_WITHIN,
                trust_env=False,
            )
            for url in urls
        ]
        self._http = self.random.choice(self._https)

    def run(self) -> None:
        """Work; what fails is kept for `finish`."""
        try:
            while not self.over.is_set():
                self.step()
        except BaseException as error:  # noqa: BLE001 - told by `finish`
            self.error = error
        finally:
            for http in self._https:
                http.close()

    def finish(self) -> None:
        """End the work, and raise what it failed with."""
        self.over.set()
        self.join(PATIENCE)
        assert not self.is_alive(), f"{self.name} does not end"
        if self.error is not None:
            raise self.error

    def step(self) -> None:
        """Do one thing."""
        raise NotImplementedError

    # asking

    def act(self, what: str, path: str, body: JSON, *effects: Effect, optional: bool = False) -> JSON | None:
        """Ask for something until it is answered, and write it down; the answer, None where there is none."""
        keyed = self.random.random() < 0.9
        headers = {"Idempotency-Key": secrets.token_urlsafe(12)} if keyed else {}
        action = Action(self.name, what, effects, time.monotonic(), optional=optional)
        tries, unanswered = 0, 0
        while True:
            tries += 1
            answer = self._send("POST", path, json=body, headers=headers)
            if answer is not None and answer.is_success:
                told: JSON = answer.json()
                self.history.actions.append(self._acknowledged(action, told, exact=tries == 1))
                return told
            if answer is not None and not unanswered:
                code = answer.json()["code"]
                assert answer.status_code in (404, 409), f"{action} -> {answer.status_code} {answer.text}"
                self.history.actions.append(replace(action, answered=time.monotonic(), refused=code))
                return None
            unanswered += 1
            # a refusal after a try that was not answered says nothing of that try
            if answer is not None or not keyed or self.over.wait(0.05) or self.random.random() < 0.1:
                self.history.actions.append(action)
                return None

    def _acknowledged(self, action: Action, told: JSON, *, exact: bool) -> Action:
        effects, seq, is_ticket = action.effects, told.get("seq"), "legs" in told
        ticket = int(told["id"]) if is_ticket else None
        if is_ticket:
            effects = (*effects[:-1], replace(effects[-1], ticket=ticket))
        return replace(
            action,
            effects=effects,
            answered=time.monotonic(),
            seq=seq,
            exact=exact and seq is not None and not action.optional,
            ticket=ticket,
            state=told["state"] if is_ticket else None,
        )

    def read(self, view: str, path: str, about: Any = None) -> JSON | None:
        """Look at a view, and write down what it shows; None where nothing is shown."""
        asked = time.monotonic()
        answer = self._send("GET", path)
        if answer is None or not answer.is_success:
            return None
        shown: JSON = answer.json()
        content = essence(view, shown)
        self.history.reads.append(Read(self.name, asked, time.monotonic(), shown["seq"], view, content, about))
        return shown

    def _send(self, method: str, path: str, **how: Any) -> httpx.Response | None:
        """The answer of some server; None where there is none, or none that says what was done."""
        if self.random.random() < 0.2:
            self._http = self.random.choice(self._https)
        try:
            answer = self._http.request(method, path, **how)
        except httpx.TransportError:
            answer = None
        if answer is None or answer.status_code in (502, 503, 504):
            self._http = self.random.choice(self._https)
            self.over.wait(0.05)
            return None
        assert answer.status_code < 500, f"{method} {path} -> {answer.status_code} {answer.text}"
        return answer


class Kiosk(Client):
    """Gives out numbers, looks at the board, and now and then a customer looks at a ticket, or leaves."""

    _last: JSON | None = None

    def __init__(self, *given: Any, services: str) -> None:
        super().__init__(*given)
        self._services = services

    def step(self) -> None:
        """Look at the board, and take a number where the line is not long."""
        board = self.read("board", f"/branches/{self.slug}/board")
        if board is None or sum(board["waiting"].values()) < LONG_LINE:
            body = {"service": self.random.choice(self._services)}
            if self.random.random() < 0.2:
                body["priority"] = "senior"
            self._last = self.act(f"issue {body}", f"/branches/{self.slug}/tickets", body, Effect("issued"))
        if self._last is not None and self.random.random() < 0.5:
            self.read("ticket", f"/tickets/{self._last['token']}", int(self._last["id"]))
        if self._last is not None and self.random.random() < 0.1:
            number, ticket = self._last["number"], int(self._last["id"])
            self.act(f"cancel {number}", f"/tickets/{self._last['token']}/cancel", {}, Effect("cancelled", ticket))
            self._last = None  # cancelled again, nothing happens
        self.over.wait(self.random.uniform(0, 0.03))


class Desk(Client):
    """A counter whose clerk does whatever can be done there, always to the ticket that is thought to be there."""

    def __init__(self, *given: Any, services: str, number: int, counters: int) -> None:
        super().__init__(*given)
        self.number, self._counters, self._services = number, counters, services
        self._path = f"/counters/{self.slug}/{number}"

    def step(self) -> None:
        """Look, and then go on from answer to answer until one is missing."""
        here = self.read("counter", self._path, self.number)
        if here is None:
            return
        if here["state"] != "open":
            opened = Effect("counter_opened", counter=self.number)
            self.act("open", f"{self._path}/open", {}, opened, optional=True)
            return
        held = here["ticket"]
        for _ in range(self.random.randint(1, 8)):
            if self.over.is_set():
                return
            answer = self._idle() if held is None else self._with(held)
            if answer is None:
                return
            at_counter = answer["state"] in ("called", "serving") and answer["counter"] == self.number
            held = answer if at_counter else None

    def _idle(self) -> JSON | None:
        chance = self.random.random()
        if chance < 0.1:
            return self._do("undo", {}, Effect("undone", counter=self.number))
        if chance < 0.2:
            queue = self.read("queue", f"/branches/{self.slug}/queue")
            parked = queue["parked"] if queue else []
            if parked:
                back = self.random.choice(parked)
                called = Effect("called", int(back["id"]), self.number)
                return self._do("call", {"number": back["number"], "reason": "back"}, called)
        if chance < 0.22:
            self._do("pause", {"reason": "tea"}, Effect("counter_paused", counter=self.number))
            return None
        self.over.wait(0.005)
        return self._do("call-next", {}, Effect("called", counter=self.number))

    def _with(self, held: JSON) -> JSON | None:
        verb = self.random.choice(
            ["call-next"] * 4 + ["finish"] * 3 + ["recall", "start", "no-show", "park", "put-back", "transfer", "undo"]
        )
        ticket, expected = int(held["id"]), {"ticket": held["id"]}
        if verb == "call-next":
            finished = Effect("finished", ticket, self.number)
            return self._do(verb, expected | {"finish": True}, finished, Effect("called", counter=self.number))
        if verb == "transfer":
            where: JSON = {"service": self.random.choice(self._services), "keep_place": self.random.random() < 0.5}
            if self.random.random() < 0.3:
                where["counter"] = self.random.randint(1, self._counters)
            return self._do(verb, expected | where, Effect("transferred", ticket, self.number))
        past = {
            "finish": "finished", "recall": "recalled", "start": "started", "no-show": "no_show", "park": "parked",
            "put-back": "put_back", "undo": "undone",
        }  # fmt: skip
        return self._do(verb, expected, Effect(past[verb], ticket, self.number))

    def _do(self, verb: str, body: JSON, *effects: Effect) -> JSON | None:
        return self.act(f"{verb} {body}", f"{self._path}/{verb}", body, *effects)


class Printer(Client):
    """A print agent that prints whatever it may; a second one may have the same token."""

    def step(self) -> None:
        """One paper."""
        answer = self._send("POST", "/print-jobs/claim", json={"wait": 0.5})
        if answer is None or answer.status_code != 200:
            return
        job, lease = answer.json()["id"], {"lease": answer.json()["lease"]}
        started = Effect("print_started", job=int(job))
        if self.act(f"start paper {job}", f"/print-jobs/{job}/started", lease, started) is not None:
            printed = Effect("print_printed", job=int(job))
            self.act(f"paper {job} printed", f"/print-jobs/{job}/outcome", lease | {"outcome": "printed"}, printed)


class Watcher(threading.Thread):
    """A screen that writes down every state that it is sent, and comes back with a new socket when one has ended."""

    def __init__(self, name: str, slug: str, view: str, token: str, url: str, history: History) -> None:
        super().__init__(daemon=True, name=name)
        self.seen = 0
        self.over = threading.Event()
        self._view, self._history, self._url, self._token = view, history, url, token
        self._wish = {"branch": slug, "view": view}
        self._connection = 0

    def run(self) -> None:
        """Watch."""
        while not self.over.is_set():
            self._connection += 1
            self._watch(InOrder(reconnection=False))
            self.over.wait(0.1)

    def _watch(self, client: InOrder) -> None:
        """One connection, from its beginning to its end."""
        gone = threading.Event()
        client.on("state", self._keep, namespace=LIVE)
        client.on("disconnect", lambda *_: gone.set(), namespace=LIVE)
        try:
            client.connect(self._url, auth={"token": self._token}, namespaces=[LIVE], wait_timeout=JOINED_WITHIN)
            answer = client.call("subscribe", self._wish, namespace=LIVE, timeout=JOINED_WITHIN)
            if "error" not in answer:  # where nothing could be read, it asks again
                self._keep(answer, snapshot=True)
                while not self.over.is_set() and not gone.wait(0.1):
                    pass
        except SocketIOError:
            pass  # the server is away, or does not answer
        finally:
            lines = [line for line in (client.eio.ws, client.eio.http) if line is not None]
            client.disconnect()
            for line in lines:  # the library forgets a connection that the server cuts, without closing it
                line.close()

    def _keep(self, state: JSON, *, snapshot: bool = False) -> None:
        events = tuple((e["seq"], e["type"], e["number"], e["counter"]) for e in state["events"])
        content = essence(self._view, state[self._view])
        self._history.pushes.append(
            Push(self.name, self._connection, state["seq"], self._view, content, events, snapshot)
        )
        self.seen = max(self.seen, state["seq"])

    def until(self, seq: int) -> None:
        """Come back when it has been shown this state, or a newer one."""
        eventually(lambda: (self.name, self.seen), lambda seen: seen[1] >= seq, PATIENCE)

    def finish(self) -> None:
        """Watch no more."""
        self.over.set()
        self.join(PATIENCE)
        assert not self.is_alive(), f"{self.name} does not end"


class Crew:
    """Two kiosks, some desks, two printers, and on every server a watcher of the board and one of the queue.

    Use as a context: they work in it. `stop` ends the work before its end, and leaves the watchers.
    """

    def __init__(
        self,
        slug: str,
        tokens: dict[str, str],
        urls: Sequence[str],
        random: Random,
        history: History,
        *,
        services: str,
        desks: int,
    ) -> None:
        def given(name: str, role: str) -> tuple[Any, ...]:
            return name, slug, tokens[role], urls, random.randrange(1 << 32), history

        self._clients: list[Client] = [
            *(Kiosk(*given(f"kiosk {n}", "kiosk"), services=services) for n in (1, 2)),
            *(
                Desk(*given(f"desk {n}", "agent"), services=services, number=n, counters=desks)
                for n in range(1, desks + 1)
            ),
            *(Printer(*given(f"printer {n}", "printer")) for n in (1, 2)),
        ]
        self._watchers = [
            Watcher(f"{view} of {url}", slug, view, tokens[role], url, history)
            for url in urls
            for view, role in (("board", "display"), ("queue", "agent"))
        ]
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        for watcher in self._watchers:
            self._stack.callback(watcher.finish)
            watcher.start()
        self._stack.callback(self.stop)
        for client in self._clients:
            client.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._stack.close()

    def stop(self) -> None:
        """End the work; raises what a client failed with."""
        for client in self._clients:
            client.over.set()
        for client in self._clients:
            client.finish()

    def until_all_have_seen(self, seq: int) -> None:
        """Come back when every watcher has been shown this state, or a newer one."""
        for watcher in self._watchers:
            watcher.until(seq)

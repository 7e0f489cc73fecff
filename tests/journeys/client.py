"""Plain clients of the HTTP API, and the words to say what an answer must be."""

import time
from collections.abc import Callable, Iterator
from typing import Any, ClassVar

import httpx

CODES = {
    "ticket-state-conflict", "counter-busy", "counter-closed", "queue-empty", "service-closed", "quota-reached",
    "numbers-exhausted", "idempotency-conflict", "not-found", "validation", "unauthenticated", "forbidden",
    "rate-limited", "unavailable", "print-job-conflict", "already-done", "too-late", "method-not-allowed",
    "ambiguous-number",
}  # fmt: skip
"""The stable codes that the contract names, and those that it leaves to be named."""


class Patient(httpx.Client):
    """A client that waits as long as it is told when it has asked too often."""

    def send(self, request: httpx.Request, **how: Any) -> httpx.Response:
        """The answer, as soon as there is one."""
        while (answer := super().send(request, **how)).status_code == 429:
            time.sleep(float(answer.headers["Retry-After"]))
        return answer


class Api:
    """One caller: a device with its token, a signed-in person, or nobody."""

    _all: ClassVar[list["Api"]] = []

    secrets: ClassVar[set[str]] = set()
    """Everything secret that any caller sent or was told; the house looks for it in the server's log at the end."""

    def __init__(self, url: str, token: str | None = None, *, patient: bool = True) -> None:
        client = Patient if patient else httpx.Client
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self.url, self.token = url, token
        hooks = {"response": [self._keep_secrets]}
        self.http = client(base_url=f"{url}/api/v1", headers=headers, timeout=60, trust_env=False, event_hooks=hooks)
        if token and token.startswith("gl_"):
            self.secrets.add(token)
        self._all.append(self)

    @classmethod
    def _keep_secrets(cls, response: httpx.Response) -> None:
        response.read()
        cls.secrets |= {cookie.value for cookie in response.cookies.jar if cookie.value}
        if response.is_success and response.headers["Content-Type"].startswith("application/json"):
            told = response.json()
            cls.secrets |= {told[name] for name in ("token", "csrf_token", "lease") if told.get(name)}

    @classmethod
    def hang_up(cls, *urls: str) -> None:
        """Close the connections of the callers that there were: of all servers where none is named."""
        for api in [api for api in cls._all if not urls or api.url in urls]:
            cls._all.remove(api)
            api.http.close()

    def get(self, path: str, **params: Any) -> httpx.Response:
        """The answer to a GET."""
        return self.http.get(path, params=params)

    def post(self, path: str, body: Any = None, *, key: str | None = None) -> httpx.Response:
        """The answer to a POST of JSON (no body: none sent), with an idempotency key if one is given."""
        headers = {"Idempotency-Key": key} if key else {}
        if body is None:
            return self.http.post(path, headers=headers)
        return self.http.post(path, json=body, headers=headers)

    def sign_in(self, name: str, password: str) -> dict[str, Any]:
        """Become a signed-in person: keep the cookie and send the CSRF token from now on."""
        session: dict[str, Any] = ok(self.post("/session", {"name": name, "password": password}))
        self.http.headers["X-CSRF-Token"] = session["csrf_token"]
        return session


def ok(response: httpx.Response, status: int = 200) -> Any:
    """The JSON of an answer that must have this status."""
    said = f"{response.request.method} {response.request.url} {response.request.content!r}"
    assert response.status_code == status, f"{said} -> {response.status_code} {response.text}"
    assert response.headers["Content-Type"].startswith("application/json"), said
    return response.json()


def refused(response: httpx.Response, status: int, *codes: str) -> dict[str, Any]:
    """The problem of an answer that must be refused with this status and one of these codes."""
    said = f"{response.request.method} {response.request.url} {response.request.content[:300]!r}"
    assert response.status_code == status, f"{said} -> {response.status_code} {response.text[:600]}"
    found = problem(response)
    assert found["code"] in codes, f"{said} -> {response.text[:600]}"
    return found


def problem(response: httpx.Response) -> dict[str, Any]:
    """The RFC 9457 problem of an answer that must be one."""
    said = f"{response.request.method} {response.request.url} -> {response.status_code} {response.text[:600]}"
    assert response.headers["Content-Type"].startswith("application/problem+json"), said
    found: dict[str, Any] = response.json()
    assert found["status"] == response.status_code, said
    assert isinstance(found["code"], str) and found["title"], said
    return found


class Counter:
    """A counter in the hands of one caller."""

    def __init__(self, api: Api, slug: str, number: int) -> None:
        self.number = number
        self._api = api
        self._path = f"/counters/{slug}/{number}"

    def ask(self, verb: str, **body: Any) -> httpx.Response:
        """The answer to a verb, whatever it is."""
        return self._api.post(f"{self._path}/{verb}", body)

    def do(self, verb: str, **body: Any) -> dict[str, Any]:
        """The ticket (or, for open, pause and close, the counter) after a verb that must succeed."""
        answer: dict[str, Any] = ok(self.ask(verb, **body))
        return answer

    def look(self) -> dict[str, Any]:
        """The counter as it is."""
        answer: dict[str, Any] = ok(self._api.get(self._path))
        return answer


class Branch:
    """A branch, with a caller of every role, each made when it is first needed."""

    def __init__(self, url: str, slug: str, new_token: Callable[[str, str], str]) -> None:
        self.url = url
        self.slug = slug
        self._new_token = new_token
        self._callers: dict[str, Api] = {}
        self._last_counter = 0

    def a_token(self, role: str) -> str:
        """A fresh token of this role."""
        return self._new_token(self.slug, role)

    def by(self, role: str) -> Api:
        """The branch's caller of this role; "none" is anybody without a token."""
        if role not in self._callers:
            self._callers[role] = Api(self.url, None if role == "none" else self.a_token(role))
        return self._callers[role]

    def issue(self, service: str = "A", **more: Any) -> dict[str, Any]:
        """A ticket that the kiosk takes."""
        body = {"service": service} | more
        answer: dict[str, Any] = ok(self.by("kiosk").post(f"/branches/{self.slug}/tickets", body), 201)
        return answer

    def counter(self, number: int, by: str = "agent") -> Counter:
        """A counter in the hands of the branch's agent."""
        return Counter(self.by(by), self.slug, number)

    def an_open_counter(self) -> Counter:
        """The branch's next counter that no test has touched, opened."""
        self._last_counter += 1
        counter = self.counter(self._last_counter)
        counter.do("open")
        return counter

    def ticket(self, ticket: dict[str, Any]) -> dict[str, Any]:
        """The ticket as its holder sees it now."""
        answer: dict[str, Any] = ok(self.by("kiosk").get(f"/tickets/{ticket['token']}"))
        return answer

    def at_desk(self, ticket: dict[str, Any], verb: str, **body: Any) -> httpx.Response:
        """The answer to a verb on one of today's tickets by its number."""
        return self.by("agent").post(f"/branches/{self.slug}/tickets/{ticket['number']}/{verb}", body)

    def events(self, page: int = 1000) -> list[dict[str, Any]]:
        """The whole event log, read page by page."""
        return list(self._pages(page))

    def _pages(self, limit: int) -> Iterator[dict[str, Any]]:
        after = 0
        while True:
            answer = ok(self.by("api").get(f"/branches/{self.slug}/events", after=after, limit=limit))
            if not answer["events"]:
                return
            yield from answer["events"]
            after = answer["events"][-1]["seq"]

    def actions(self) -> int:
        """The seq of the last thing that anybody did; what becomes of papers aside, which takes its own time."""
        return max((event["seq"] for event in self.events() if not event["type"].startswith("print")), default=0)


def eventually(look: Callable[[], Any], holds: Callable[[Any], bool], seconds: float = 60) -> Any:
    """What `look` gives as soon as it holds; for what the contract offers no event to await."""
    deadline = time.monotonic() + seconds
    while not holds(seen := look()):
        assert time.monotonic() < deadline, f"not within {seconds} s; last seen: {seen}"
        time.sleep(0.05)
    return seen

"""A hall to work in: a branch of its own on a real server, with staff, and eyes on what is true there."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect

from deploy import pages
from server.access import credentials
from server.actions.branch.declaring import declare
from server.actions.people import accounts
from server.config_file.reading import read_declarations
from server.domain.people.principal import COMMAND_LINE, Role
from server.settings import Settings
from server.store.engines.store import Store
from server.store.engines.transaction import Transaction
from tests.journeys.branches import MIDDAY_ZONE
from tests.passwords import quick_hash

JSON = dict[str, Any]
PASSWORD = "berdiri-antre-7"

BRANCH = """
branch:
  slug: {slug}
  name: {{id: Mal Pelayanan Mutiara, en: Mutiara Service Mall}}
  timezone: {zone}
  start: {start}
  join_by_phone: {phones}
{more}  priority_classes: [{{code: senior, name: {{en: Senior, id: Lansia}}, head_start_minutes: 20}}]
services:
  - {{code: A, name: {{en: Population records, id: Kependudukan}}, target_wait_minutes: 15}}
  - {{code: B, name: {{en: Passports, id: Paspor}}, target_wait_minutes: 10}}
counters:
  - {{number: 1, name: {{en: Counter 1, id: Loket 1}}, services: [A]}}
  - {{number: 2, name: {{en: Counter 2, id: Loket 2}}, services: [A, B]}}
  - {{number: 3, name: {{en: Counter 3, id: Loket 3}}, services: [B]}}
printers: [{{name: front, paper: 80}}]
"""


@dataclass(frozen=True)
class Server:
    """A server that runs: where, and on which data. `code`: that of the set-up, while it is new."""

    url: str
    data: Path
    code: str | None

    @property
    def port(self) -> int:
        return int(self.url.rsplit(":", 1)[1])


@contextmanager
def running(data: Path, *options: str) -> Iterator[Server]:
    """Runs `giliran run`, with these options besides, on a free port until the block ends."""
    pages.build()
    command = [sys.executable, "-m", "server", "run", "--host", "127.0.0.1", "--port", "0", "--data", str(data)]
    command += options
    with subprocess.Popen(command, cwd=pages.ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        said = ""
        try:
            for line in process.stdout:
                said += line
                code = re.search(r"with the code\s+(\S+)", said)
                if code:
                    break
            url = re.search(r"serves at (http://\S+?)/? ", said)
            assert url and code, said
            yield Server(url[1], data, code[1])
        finally:
            process.terminate()


@dataclass
class Hall:
    """One branch of a running server. Staff: rani and budi (agents), sari (supervisor), tuti (admin)."""

    url: str
    slug: str
    token: str

    def name(self, who: str) -> str:
        """Account names are the server's, not the branch's."""
        return f"{who}-{self.slug}"

    def ask(
        self,
        method: str,
        path: str,
        body: JSON | None = None,
        accept: str = "application/json",
        token: str | None = None,
    ) -> Any:
        """What the API answers to a token, by default an admin's."""
        bearer = token or self.token
        headers = {"Authorization": f"Bearer {bearer}", "Content-Type": "application/json", "Accept": accept}
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}/api/v1{path}", data, headers, method=method)
        with urllib.request.urlopen(request, timeout=60) as response:
            text = response.read().decode()
        if accept != "application/json":
            return text
        return json.loads(text) if text else None

    def issue(self, *services: str, priority: str | None = None) -> list[str]:
        """Takes numbers, in order; tells them."""
        body = {"priority": priority, "language": "en"}
        path = f"/branches/{self.slug}/tickets"
        return [self.ask("POST", path, {"service": each, **body})["number"] for each in services]

    def verb(self, counter: int, verb: str, **body: Any) -> JSON:
        """What another counter does."""
        done: JSON = self.ask("POST", f"/counters/{self.slug}/{counter}/{verb}", body)
        return done

    def a_printer(self, name: str = "front") -> str:
        """The token of a print agent of the branch's; its printer is made where it is new."""
        made = self.ask("POST", f"/branches/{self.slug}/tokens", {"role": "printer", "name": name})
        return str(made["token"])

    def says(self, printer: str, **status: Any) -> None:
        """What a printer says of itself, by its token."""
        self.ask("POST", "/printers/status", {"online": True, "paper": "ok", **status}, token=printer)

    def claim(self, printer: str) -> JSON | None:
        """The paper that a printer is offered; None for none."""
        job: JSON | None = self.ask("POST", "/print-jobs/claim", {}, token=printer)
        return job

    def print_in_doubt(self, printer: str, reason: str | None = None) -> None:
        """Prints the next paper on a printer that cannot tell whether it came out, and why it cannot."""
        job = self.claim(printer)
        assert job is not None
        self.ask("POST", f"/print-jobs/{job['id']}/started", {"lease": job["lease"]}, token=printer)
        outcome = {"lease": job["lease"], "outcome": "unknown", "reason": reason}
        self.ask("POST", f"/print-jobs/{job['id']}/outcome", outcome, token=printer)

    def print(self, printer: str) -> None:
        """Prints the next paper."""
        job = self.claim(printer)
        assert job is not None
        self.ask("POST", f"/print-jobs/{job['id']}/started", {"lease": job["lease"]}, token=printer)
        outcome = {"lease": job["lease"], "outcome": "printed"}
        self.ask("POST", f"/print-jobs/{job['id']}/outcome", outcome, token=printer)

    def papers(self, number: str) -> list[tuple[str, bool]]:
        """The papers of a number, newest first: where each is, and whether it says REPRINT."""
        told = self.ask("GET", f"/branches/{self.slug}/print-jobs?number={number}")["print_jobs"]
        return [(each["state"], each["reprint"]) for each in told]

    @property
    def queue(self) -> JSON:
        """What is true."""
        told: JSON = self.ask("GET", f"/branches/{self.slug}/queue")
        return told

    def at(self, counter: int) -> JSON:
        return next(each for each in self.queue["counters"] if each["number"] == counter)

    def ticket_at(self, counter: int) -> tuple[str, str] | None:
        """Number and state of the ticket that the counter holds."""
        ticket = self.at(counter)["ticket"]
        return ticket and (ticket["number"], ticket["state"])

    @property
    def line(self) -> list[str]:
        return [each["number"] for each in self.queue["waiting"]]

    def called(self) -> list[str]:
        """Every number that was called, in order, by the log."""
        events = self.ask("GET", f"/branches/{self.slug}/events")["events"]
        return [each["number"] for each in events if each["type"] == "called"]


def build_hall(server: Server, slug: str, *, start: str = "explicit", phones: bool = False, more: str = "") -> Hall:
    """Declares a branch with its staff beside the running server, as the commands do; `more`: other keys of it."""
    secret = credentials.new_secret("admin")
    password_hash = quick_hash(PASSWORD)
    (wanted,) = read_declarations(
        BRANCH.format(slug=slug, start=start, zone=MIDDAY_ZONE, phones=str(phones).lower(), more=more)
    )
    hall = Hall(server.url, slug, secret)

    def action(tx: Transaction) -> None:
        declare(tx, wanted, COMMAND_LINE)
        for who, role in (("rani", "agent"), ("budi", "agent"), ("sari", "supervisor"), ("tuti", "admin")):
            accounts.put_user(
                tx, COMMAND_LINE, name=hall.name(who), role=Role(role), slugs=[slug], password_hash=password_hash
            )
        hashed = credentials.hash_token(secret)
        accounts.create_token(tx, slug, COMMAND_LINE, role=Role.ADMIN, name="eyes", hashed=hashed)

    store = Store(Settings(data=server.data).database_url, lambda: datetime.now(UTC))
    store.write(action, lambda _tx, _done: None)
    store.close()
    return hall


@dataclass
class Clerk:
    """A member of staff in front of a browser."""

    page: Page
    hall: Hall
    who: str
    url: str

    def sign_in(self, path: str = "/console", password: str = PASSWORD) -> Clerk:
        self.page.goto(self.url + path)
        self.page.locator("[name=username]").fill(self.hall.name(self.who))
        self.page.locator("[name=password]").fill(password)
        self.page.keyboard.press("Enter")
        return self

    def enter(self, path: str = "/console") -> Clerk:
        """Finds a page that knows who is here: the way through the form costs every test a page more."""
        self._session()
        self.page.goto(self.url + path)
        return self

    def open(self, counter: int) -> Clerk:
        """Finds the page of a counter that was free."""
        self._ask(f"/counters/{self.hall.slug}/{counter}/open", {}, self._session())
        self.page.goto(self.url + "/console")
        expect(self.main).to_be_visible()
        return self

    def _session(self) -> str:
        """Begins a session of this browser; what its changes must show."""
        session = self._ask("/session", {"name": self.hall.name(self.who), "password": PASSWORD})
        return str(session["csrf_token"])

    def _ask(self, path: str, body: JSON, csrf: str = "") -> JSON:
        headers = {"X-CSRF-Token": csrf}
        answer = self.page.context.request.post(f"{self.url}/api/v1{path}", data=body, headers=headers)
        assert answer.ok, answer.text()
        told: JSON = answer.json()
        return told

    def press(self, *keys: str) -> None:
        """Presses keys one after another, each when the page has done with the one before."""
        for key in keys:
            self.page.evaluate("0")  # what the last press has changed is drawn by then
            expect(self.main).not_to_have_attribute("aria-disabled", "true")
            self.page.keyboard.press(key)

    @property
    def main(self) -> Any:
        """The large button."""
        return self.page.locator(".actions__main")

    @property
    def number(self) -> Any:
        """The number of the customer at the counter."""
        return self.page.locator(".current__number")

    @property
    def said(self) -> Any:
        """What became of the last press."""
        return self.page.locator(".saying__text")

    def action_button(self, name: str) -> Any:
        return self.page.locator(f'[data-action="{name}"]')

    def sees(self, number: str, state: str) -> None:
        expect(self.number).to_have_text(number)
        expect(self.page.locator(f".current--{state}")).to_be_visible()

    def sees_nobody(self) -> None:
        expect(self.number).to_have_count(0)

"""A small server with rows in every table: two days of a branch, driven through the public API.

It uses only the API and the apply file, so that it also runs on the code of earlier releases.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

from server.access import credentials
from server.actions.branch.declaring import declare
from server.actions.paper.printing import end_lapsed
from server.actions.people import accounts
from server.actions.queue import day_end
from server.app import Application, build
from server.config_file.reading import read_declarations
from server.domain.people.principal import COMMAND_LINE, Role
from server.settings import Settings
from tests.clock import HandClock
from tests.passwords import quick_hash

PASSWORD = "nomor antrean anda"
DECLARED = """
branch:
  slug: central
  name: {en: Central "Branch", id: Cabang Pusat}
  timezone: Asia/Jakarta
  languages: [id, en]
  hours: {mon-sun: "06:00-22:00"}
  priority_classes: [{code: senior, name: {en: Senior, id: Lansia}, head_start_minutes: 20}]
services:
  - {code: A, name: {en: Accounts, id: Rekening}, daily_quota: 300}
  - {code: B, name: {en: Loans, id: Pinjaman}, first_number: 100, last_number: 899}
counters:
  - {number: 1, name: {en: Counter 1, id: Loket 1}, services: [A], helps_out_with: [B]}
  - {number: 2, name: {en: Counter 2, id: Loket 2}, services: [B]}
  - {number: 3, name: {en: Counter 3, id: Loket 3}, services: [A, B]}
kiosks: [{name: Lobby, printer: front}]
printers: [{name: front, paper: 80}]
displays: [{name: Hall}]
staff: [{name: rani, role: agent}]
---
branch:
  slug: kathmandu
  name: {en: "काठमाडौँ"}
  timezone: Asia/Kathmandu
  languages: [en]
services:
  - {code: Q, name: {en: Questions}}
counters:
  - {number: 1, name: {en: Counter 1}, services: [Q]}
"""


class SampleServer:
    """A server on `data` with history; `issued` has the tokens, numbers and session that it issued, and the time."""

    def __init__(self, data: Path) -> None:
        self.clock = HandClock()
        self.application: Application = build(Settings(data=data), clock=self.clock)
        self.store = self.application.store
        self.issued: dict[str, Any] = {"tokens": {}, "customers": {}}
        declarations = read_declarations(DECLARED)
        self.store.write(
            lambda tx: [line for declaration in declarations for line in declare(tx, declaration, COMMAND_LINE)],
            lambda _tx, _r: None,
        )
        for role in ("kiosk", "printer", "display", "api", "agent", "supervisor", "admin"):
            self.issued["tokens"][role] = self._token(Role(role))
        hashed = quick_hash(PASSWORD)
        for name, role in (("rani", Role.AGENT), ("wulan", Role.ADMIN)):
            self.store.write(
                lambda tx, name=name, role=role: accounts.put_user(  # type: ignore[misc]
                    tx, COMMAND_LINE, name=name, role=role, slugs=["central"], password_hash=hashed
                ),
                lambda _tx, _r: None,
            )
        self._yesterday()
        self._today()
        self.issued["now"] = self.clock.now.isoformat()

    def close(self) -> None:
        """Stop the server."""
        self.application.stop()

    def call(self, role: str, method: str, path: str, body: Any = None, key: str | None = None) -> Any:
        """Call the API with a token of that role; return the answer, which must succeed."""
        headers = {"Authorization": f"Bearer {self.issued['tokens'][role]}"} | ({"Idempotency-Key": key} if key else {})
        client = self.application.flask.test_client()
        answer = client.open(f"/api/v1{path}", method=method, json=body or {}, headers=headers)
        assert answer.status_code < 300, f"{method} {path}: {answer.text}"
        self.clock.forward(seconds=7)
        return answer.json

    def _token(self, role: Role) -> str:
        secret = credentials.new_secret(role.value)
        self.store.write(
            lambda tx: accounts.create_token(
                tx, "central", COMMAND_LINE, role=role, name=None, hashed=credentials.hash_token(secret)
            ),
            lambda _tx, _r: None,
        )
        return secret

    def _issue(self, service: str, **options: Any) -> str:
        key = f"press-{len(self.issued['customers'])}"
        ticket = self.call("kiosk", "POST", "/branches/central/tickets", {"service": service} | options, key)
        self.issued["customers"][ticket["token"]] = ticket["number"]
        return str(ticket["number"])

    def _at(self, counter: int, verb: str, **body: Any) -> None:
        self.call("agent", "POST", f"/counters/central/{counter}/{verb}", body)

    def _print(self, *steps: str) -> None:
        job = self.call("printer", "POST", "/print-jobs/claim")
        for step in steps:
            path, outcome = (
                ("started", {}) if step == "started" else ("outcome", {"outcome": step, "detail": "as told"})
            )
            self.call("printer", "POST", f"/print-jobs/{job['id']}/{path}", {"lease": job["lease"]} | outcome)

    def _yesterday(self) -> None:
        for service in "AAB":
            self._issue(service)
            self._print("started", "printed")
        self._at(1, "open")
        self._at(1, "call-next")
        self.clock.forward(days=1)
        for branch_id in (1, 2):
            self.store.write(lambda tx, b=branch_id: day_end.expire_open(tx, b), lambda _tx, _r: None)  # type: ignore[misc]

    def _today(self) -> None:
        self.call(
            "supervisor", "PUT", "/branches/central/notice", {"notice": {"id": "Tutup pukul 15", "en": "Till 15"}}
        )
        for paper in (("started", "printed"), ("not_sent",), ("started", "unknown")):
            self._issue("A")
            self._print(*paper)
        self._issue("B", priority="senior", language="en")
        self._issue("A", priority="senior")
        self.clock.forward(seconds=90)
        # those two were not printed in time
        self.store.write(end_lapsed, lambda _tx, _r: None)
        self._issue("A")
        cancelled = self._issue("A")
        for number in (1, 2, 3):
            self._at(number, "open")
        for verb in ("call-next", "recall", "start", "finish"):
            self._at(1, verb, **({"outcome": "done"} if verb == "finish" else {}))
        self._at(1, "call-next")
        self._at(1, "no-show")
        self._at(1, "call-next")
        self._at(1, "start")
        self._at(1, "transfer", service="B", note='asks for "form 7"; O\'Hara')
        self._at(1, "call-next")
        self._at(1, "park", reason="fetches a copy")
        self._at(2, "call-next")
        self._at(2, "start")
        self._at(3, "call-next")
        self._at(3, "put-back")
        self._at(3, "pause", reason="prayer")
        self.call("supervisor", "POST", f"/branches/central/tickets/{cancelled}/cancel")
        self._sign_in_and_out()
        for _ in range(4):
            self._issue("A")
        self._at(1, "call-next")
        # one job printed, one started, one claimed, one queued
        self._print("started")
        self._print()
        self.call(
            "printer", "POST", "/printers/status",
            {"online": True, "paper": "near_end", "cover_open": False, "error": None, "device": "network://…"},
        )  # fmt: skip

    def _sign_in_and_out(self) -> None:
        for name in ("rani", "wulan"):
            browser = self.application.flask.test_client()
            for _ in range(3):
                browser.post("/api/v1/session", json={"name": name, "password": "not the one"})
            answer = browser.post("/api/v1/session", json={"name": name, "password": PASSWORD})
            assert answer.status_code == 200 and answer.json is not None
            if name == "rani":
                browser.delete("/api/v1/session", headers={"X-CSRF-Token": answer.json["csrf_token"]})
            else:
                self.issued["session"] = browser.get_cookie("giliran_session").value  # type: ignore[union-attr]
        self.application.tasks.record_failures()  # a serving application does this every second
        self.clock.forward(timedelta(seconds=5).total_seconds())

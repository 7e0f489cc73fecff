"""Every key of the apply file, changed in a branch that people use: at once, from when, or refused, and in which words.

The rows are compared with the keys of the models, and with what docs/apply-file.md says of each.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import BaseModel

from deploy.docs import PARTS, keys_of
from server.access import credentials
from server.actions.branch.declaring import DeclarationResult, declare_all
from server.actions.people import erasing
from server.config_file.reading import read_declarations
from server.contract.keys import Holds
from server.domain.errors import ConfirmationNeeded
from server.domain.people.principal import COMMAND_LINE, Role
from server.store.tables import access
from tests.passwords import quick_hash
from tests.web.app_server import PASSWORD, AppServer

pytestmark = pytest.mark.usefixtures("quick_passwords")

FILE: dict[str, Any] = {
    "branch": {
        "slug": "central",
        "name": {"en": "Central", "id": "Pusat"},
        "timezone": "Asia/Jakarta",
        "languages": ["id", "en"],
        "hours": {"mon-sun": "00:00-24:00"},
        "join_by_phone": True,
        "public_url": "http://192.168.1.10",
        "notice": {"en": "Welcome"},
        "priority_classes": [{"code": "senior", "name": {"en": "Senior"}, "head_start_minutes": 20}],
        "pause_reasons": [{"code": "lunch", "name": {"en": "Lunch"}}],
        "no_show_after": {"recalls": 0, "seconds": 0},
    },
    "services": [{"code": "A", "name": {"en": "Accounts"}}, {"code": "B", "name": {"en": "Loans"}}],
    "counters": [
        {"number": 1, "name": {"en": "Counter 1"}, "services": ["A"]},
        {"number": 2, "name": {"en": "Counter 2"}, "services": ["B"]},
    ],
    "kiosks": [{"name": "Lobby", "printer": "front"}],
    "printers": [{"name": "front"}, {"name": "back"}],
    "displays": [{"name": "Hall"}],
    "staff": [{"name": "rani"}],
}


class Used:
    """A branch out of a file, used: tickets of each state, an open counter, devices, a clerk who is signed in."""

    def __init__(self, folder: Path) -> None:
        self.app = AppServer(folder)
        self.app.boss()
        self.apply(FILE, yes=True)
        self.app.user("rani", Role.AGENT, quick_hash(PASSWORD), "central")
        self.kiosk = self.app.token(Role.KIOSK, name="Lobby")
        self.printers = {name: self.app.token(Role.PRINTER, name=name) for name in ("front", "back")}
        self.display = self.app.token(Role.DISPLAY, name="Hall")
        self.rani, _ = self.app.signed_in("rani")
        self.clerk("POST", "/counters/central/1/open")
        self.clerk("POST", "/counters/central/2/open")
        assert self.issue().json["number"] == "A001"
        self.issue("A", priority="senior")
        self.clerk("POST", "/branches/central/tickets/A002/cancel")
        self.app.clock.forward(minutes=5)
        self.clerk("POST", "/counters/central/1/call-next")
        self.issue("A")  # A003, before a senior who comes later
        self.app.clock.forward(minutes=1)
        self.issue("A", priority="senior")
        seen = {self.principal(self.display).token_id}
        self.write(lambda tx: access.mark_screens_seen(tx.db, seen, tx.now))

    def principal(self, secret: str) -> Any:
        return self.app.store.read(lambda db: credentials.principal_of_token(db, secret))

    def write(self, action: Callable[[Any], Any]) -> Any:
        return self.app.store.write(action, lambda _tx, done: done)

    def apply(self, file: dict[str, Any], *, yes: bool = False) -> DeclarationResult:
        wanted = read_declarations(yaml.safe_dump(file))
        done: DeclarationResult = self.write(lambda tx: declare_all(tx, wanted, COMMAND_LINE, yes=yes))
        return done

    def clerk(self, method: str, path: str, body: Any = None) -> Any:
        return self.app.call(Role.ADMIN, method, path, body)

    def see(self, path: str) -> Any:
        answer = self.clerk("GET", path)
        assert answer.status_code == 200, answer.text
        return answer.json

    def issue(self, service: str = "A", **more: Any) -> Any:
        """Take a number at the kiosk."""
        sent = {"service": service} | more
        headers = {"Authorization": f"Bearer {self.kiosk}"}
        return self.app.client().post("/api/v1/branches/central/tickets", json=sent, headers=headers)

    def by_phone(self) -> Any:
        return self.app.call(None, "POST", "/branches/central/tickets", {"service": "A"}).json

    def paper(self, printer: str) -> Any:
        """The newest paper that a printer gets for a number that is taken now; None for none."""
        number, found, seen = self.issue().json["number"], None, set()
        headers = {"Authorization": f"Bearer {self.printers[printer]}"}
        while True:
            job: Any = self.app.client().post("/api/v1/print-jobs/claim", json={"wait": 0}, headers=headers)
            if job.status_code != 200 or job.json["id"] in seen:  # what was claimed and not begun comes again, as last
                return found
            seen.add(job.json["id"])
            found = job.json if job.json["number"] == number else found


def edited(place: str, value: Any) -> dict[str, Any]:
    """The file with one key changed; of a list, that of its first entry."""
    file = deepcopy(FILE)
    *path, key = place.split(".")
    part: Any = file
    for name in path:
        part = part[name]
        part = part[0] if isinstance(part, list) else part
    part[key] = value
    return file


@dataclass(frozen=True)
class Row:
    """A key's change: from when on it holds, and where that is seen, or which question `apply` asks first."""

    value: Any
    holds: Holds
    seen: Callable[[Used], Any] | None = None
    is_then: Any = None
    asks: str | None = None
    """It is refused without a yes, in these words."""
    alone: bool = False
    """It takes something away for good."""


def board(path: str) -> Callable[[Used], Any]:
    return _within("/branches/central/board", path)


def branch(path: str) -> Callable[[Used], Any]:
    return _within("/branches/central", path)


def queue(path: str) -> Callable[[Used], Any]:
    return _within("/branches/central/queue", path)


def _within(address: str, path: str) -> Callable[[Used], Any]:
    def look(used: Used) -> Any:
        found = used.see(address)
        for part in path.split("."):
            found = found[int(part) if part.isdigit() else part]
        return found

    return look


ROWS = {
    "branch.slug": Row("pusat", Holds.NEW, asks="giliran branch rename central pusat"),
    "branch.name": Row({"en": "Main"}, Holds.AT_ONCE, board("branch_name"), {"en": "Main"}),
    "branch.timezone": Row("Asia/Makassar", Holds.AT_ONCE, board("timezone"), "Asia/Makassar"),
    "branch.languages": Row(["en", "id", "su"], Holds.AT_ONCE, board("languages"), ["en", "id", "su"]),
    "branch.day_start": Row("23:00", Holds.AT_ONCE, asks="today becomes 2026-11-22 (it is 2026-11-23)", alone=True),
    "branch.start": Row("on_call", Holds.AT_ONCE, queue("start_on_call"), True),
    "branch.public_url": Row(
        "https://antre.example/", Holds.NEXT_PAPER, lambda u: u.issue().json["qr_url"].split("/t/")[0],
        "https://antre.example",
    ),
    "branch.hours": Row({"mon-sun": "closed"}, Holds.AT_ONCE, asks="it would be closed now"),
    "branch.special_days": Row({"2026-11-23": "closed"}, Holds.AT_ONCE, asks="it would be closed now"),
    "branch.last_ticket_minutes": Row(
        1000, Holds.AT_ONCE, lambda u: u.issue().json.get("code"), "service-closed"
    ),
    "branch.join_by_phone": Row(False, Holds.AT_ONCE, lambda u: u.by_phone().get("code"), "forbidden"),
    "branch.phone_share": Row(0, Holds.NEXT_NUMBER, lambda u: u.by_phone().get("code"), "quota-reached"),
    "branch.reinstate_within_minutes": Row(
        1, Holds.AT_ONCE, lambda u: _again(u).get("code"), "too-late"
    ),
    "branch.carry_hours": Row(1, Holds.DAY_TURN),
    "branch.retention_days": Row(2, Holds.ERASING),
    "branch.notice": Row({"id": "Jumat tutup"}, Holds.AT_ONCE, board("notice"), {"id": "Jumat tutup"}),
    "branch.priority_classes": Row(
        [*FILE["branch"]["priority_classes"], {"code": "vip", "name": {"en": "VIP"}, "head_start_minutes": 1}],
        Holds.AT_ONCE, branch("priority_classes.1.code"), "vip",
    ),
    "branch.pause_reasons": Row([], Holds.AT_ONCE, queue("pause_reasons"), []),
    "branch.pause_reasons.code": Row("prayer", Holds.NEW, queue("pause_reasons.0.code"), "prayer"),
    "branch.pause_reasons.name": Row(
        {"en": "Midday"}, Holds.AT_ONCE, queue("pause_reasons.0.name"), {"en": "Midday"}
    ),
    "branch.no_show_after": Row({"recalls": 1}, Holds.AT_ONCE, lambda u: _no_show(u)["recalls_missing"], 1),
    "branch.no_show_after.recalls": Row(3, Holds.AT_ONCE, lambda u: _no_show(u)["recalls_missing"], 3),
    "branch.no_show_after.seconds": Row(
        3600, Holds.AT_ONCE, lambda u: _no_show(u)["possible_at"], "2026-11-23T03:05:00.000Z"
    ),
    "branch.priority_classes.code": Row("elder", Holds.NEW, branch("priority_classes.0.code"), "elder"),
    "branch.priority_classes.name": Row(
        {"en": "Elders"}, Holds.AT_ONCE, branch("priority_classes.0.name"), {"en": "Elders"}
    ),
    "branch.priority_classes.head_start_minutes": Row(
        0, Holds.AT_ONCE, lambda u: [t["number"] for t in u.see("/branches/central/queue")["waiting"]][:2],
        ["A003", "A004"],
    ),
    "services.code": Row("C", Holds.NEW),
    "services.name": Row({"en": "Savings"}, Holds.AT_ONCE, branch("services.0.name"), {"en": "Savings"}),
    "services.first_number": Row(500, Holds.NEXT_DAY, lambda u: int(u.issue().json["number"][1:]) < 500, True),
    "services.last_number": Row(9999, Holds.NEXT_NUMBER, lambda u: len(u.issue().json["number"]), 5),
    "services.target_wait_minutes": Row(
        1, Holds.AT_ONCE, lambda u: u.see("/branches/central/statistics?by=service")["rows"][0]["within_target"], 0.0
    ),
    "services.daily_quota": Row(2, Holds.NEXT_NUMBER, asks="service A would give no more numbers today"),
    "counters.number": Row(3, Holds.NEW, asks="counter 1 is open", alone=True),
    "counters.name": Row({"en": "Till"}, Holds.AT_ONCE, board("calls.0.counter_name"), {"en": "Till"}),
    "counters.services": Row(["A", "B"], Holds.AT_ONCE, queue("counters.0.services"), ["A", "B"]),
    "counters.helps_out_with": Row(["B"], Holds.AT_ONCE, queue("counters.0.helps_out_with"), ["B"]),
    "counters.helps_out_after_minutes": Row(0, Holds.AT_ONCE),
    "kiosks.name": Row("Door", Holds.NEW, asks="kiosk Lobby is in use", alone=True),
    "kiosks.printer": Row("back", Holds.NEXT_PAPER, lambda u: u.paper("back") is not None, True),
    "printers.name": Row("side", Holds.NEW, asks="printer front has not printed", alone=True),
    "printers.paper": Row(58, Holds.NEXT_PAPER, lambda u: u.paper("front")["paper"], 58),
    "printers.trusted": Row(True, Holds.NEXT_PAPER, lambda u: _printer(u, "front")["trusted"], True),
    "displays.name": Row("Door", Holds.NEW, asks="display Hall is in use", alone=True),
    "staff.name": Row("budi", Holds.NEW, asks="staff rani is signed in", alone=True),
    "staff.role": Row("supervisor", Holds.AT_ONCE, lambda u: _role_of_rani(u), "supervisor"),
}  # fmt: skip
"""Key → what its change does. A new key belongs here."""


def _again(used: Used) -> Any:
    """A002 was cancelled some minutes ago: take it back."""
    return used.clerk("POST", "/branches/central/tickets/A002/reinstate", {}).json


def _no_show(used: Used) -> Any:
    """A003 was called a minute ago."""
    return used.clerk("POST", "/counters/central/1/no-show", {}).json


def _role_of_rani(used: Used) -> Any:
    session: Any = used.rani.get("/api/v1/session").json
    return session["role"]


def _printer(used: Used, name: str) -> Any:
    return next(p for p in used.see("/branches/central/queue")["printers"] if p["name"] == name)


@pytest.fixture(scope="module")
def quick_passwords() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(credentials, "_dummy_hash", lambda: quick_hash("nobody's"))
        yield


@pytest.fixture
def used(tmp_path: Path) -> Iterator[Used]:
    one = Used(tmp_path)
    yield one
    one.app.application.stop()


SHARED: dict[Path, Used] = {}
"""The branch of all rows that leave it as it was."""


@pytest.fixture
def row_and_branch(place: str, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Row, Used]]:
    row, folder = ROWS[place], tmp_path_factory.getbasetemp() / "used"
    if row.alone:
        one = Used(tmp_path)
        yield row, one
        one.app.application.stop()
        return
    if folder not in SHARED:
        folder.mkdir()
        SHARED[folder] = Used(folder)
    yield row, SHARED[folder]
    SHARED[folder].apply(FILE, yes=True)


@pytest.fixture(scope="module", autouse=True)
def shared_stops() -> Iterator[None]:
    yield
    while SHARED:
        SHARED.popitem()[1].app.application.stop()


def test_every_key_of_the_apply_file_is_tried() -> None:
    effects = {f"{place}.{name}": key.holds for place, model in PARTS.items() for name, key in keys_of(model).items()}
    assert {place: row.holds for place, row in ROWS.items()} == effects


def files(place: str, row: Row) -> dict[str, Any]:
    file = edited(place, row.value)
    if place == "services.code":  # what a counter takes must be there
        file["counters"][0]["services"] = ["C"]
    if place == "printers.name":
        file["kiosks"][0]["printer"] = row.value
    if place == "branch.last_ticket_minutes":  # a branch that never closes has no last number
        file["branch"]["hours"] = {"mon-sun": "06:00-23:00"}
    return file


@pytest.mark.parametrize("place", ROWS)
def test_a_changed_key_takes_effect_as_documented_or_needs_confirmation(
    place: str, row_and_branch: tuple[Row, Used]
) -> None:
    row, used = row_and_branch
    file = files(place, row)
    if row.asks is not None:
        with pytest.raises(ConfirmationNeeded) as asked:
            used.apply(file)
        assert row.asks in "\n".join(asked.value.touches)
        assert used.apply(FILE).changes == [], "what was refused has changed nothing"
    assert used.apply(file, yes=True).changes
    if row.seen is not None:
        assert row.seen(used) == row.is_then
    assert used.apply(file).changes == [], "the same file again changes nothing"


def test_a_changed_service_code_is_a_new_service_and_needs_confirmation(used: Used) -> None:
    file = files("services.code", ROWS["services.code"])
    with pytest.raises(ConfirmationNeeded) as asked:
        used.apply(file)
    assert "service A has 3 open tickets (A001, A003, A004), whom counter 1 would still call" in asked.value.touches[0]


def test_a_first_number_applies_from_the_next_day_and_the_quota_is_unaffected(used: Used) -> None:
    file = edited("services.first_number", 500)
    file["services"][0]["daily_quota"] = 6
    used.apply(file)
    assert used.see("/branches/central")["services"][0]["remaining"] == 2
    assert [used.issue().json.get("number") for _ in range(3)] == ["A005", "A006", None]
    used.app.clock.forward(days=1)
    assert used.issue().json["number"] == "A500"


def test_changed_helping_minutes_apply_at_once(used: Used) -> None:
    used.issue("B")
    for number in ("A003", "A004"):
        used.clerk("POST", f"/branches/central/tickets/{number}/cancel")
    used.clerk("POST", "/counters/central/1/no-show")
    used.app.clock.forward(minutes=3)
    used.issue("A")
    file = edited("counters.helps_out_with", ["B"])
    used.apply(file)
    assert used.see("/counters/central/1")["next"] == {"number": "A005", "why": "earliest"}
    file["counters"][0]["helps_out_after_minutes"] = 2
    used.apply(file)
    assert used.see("/counters/central/1")["next"] == {"number": "B001", "why": "helping_late"}


@pytest.mark.parametrize(("hours", "left"), [(1, 2), (12, 4)])
def test_tickets_are_carried_for_the_hours_declared_at_the_turn(used: Used, hours: int, left: int) -> None:
    used.apply(edited("branch.carry_hours", hours))
    used.app.clock.forward(hours=15, minutes=30)  # 00:36 in Jakarta
    used.issue("B")
    assert len(used.see("/branches/central/queue")["waiting"]) == 3
    used.app.clock.forward(hours=1)
    used.issue("B")
    assert len(used.see("/branches/central/queue")["waiting"]) == left, "A003 and A004 are carried, or not"


@pytest.mark.parametrize(("days", "erased"), [(2, True), (90, False)])
def test_notes_are_erased_by_the_retention_of_that_time(used: Used, days: int, erased: bool) -> None:
    used.clerk("POST", "/counters/central/1/park", {"reason": "forgot the form"})
    used.apply(edited("branch.retention_days", days))
    used.app.clock.forward(days=5)
    branch_id = used.principal(used.display).branch_id
    count = used.write(lambda tx: erasing.erase_personal_data(tx, branch_id))
    assert bool(count) is erased


def test_a_last_number_below_todays_needs_confirmation(used: Used) -> None:
    with pytest.raises(ConfirmationNeeded) as asked:
        used.apply(edited("services.last_number", 3))
    assert "it has come to A004 already" in asked.value.touches[0]


def test_a_key_without_a_description_fails_the_page() -> None:
    class Part(BaseModel):
        new: int

    with pytest.raises(LookupError, match=r"Part\.new has no Key"):
        keys_of(Part)

"""What a kiosk is told in its tests: a branch, its services, tickets; and the page that shows them."""

from __future__ import annotations

from playwright.sync_api import Page

from tests.browser.stage import JSON, Stage

NOW = "2026-11-23T03:00:00Z"
TEN_TO_TWENTY = {"low": 600, "likely": 800, "high": 1200, "as_of": NOW}
SENIOR = {"code": "senior", "name": {"en": "Senior", "id": "Lansia"}, "head_start_minutes": 20}

TALL = {"width": 1080, "height": 1920}
SMALL_TALL = {"width": 800, "height": 1280}
WIDE = {"width": 1280, "height": 800}
SMALL_WIDE = {"width": 1024, "height": 768}
HD = {"width": 1920, "height": 1080}


def a_service(code: str = "A", **more: object) -> JSON:
    names = {
        "A": {"en": "Population Administration", "id": "Administrasi Kependudukan"},
        "B": {"en": "Taxes and Levies", "id": "Pajak dan Retribusi"},
        "C": {"en": "Licences and Permits", "id": "Perizinan Usaha"},
        "D": {"en": "Health Insurance", "id": "Jaminan Kesehatan"},
    }
    service = {
        "code": code, "name": names[code], "waiting": 3, "ahead": 3, "estimate": TEN_TO_TWENTY, "staffing": "open",
        "open": True, "closed_reason": None, "remaining": None, "opens_at": None, "target_wait_minutes": 15,
    }  # fmt: skip
    return {**service, **more}


TOMORROW = "2026-11-24T01:00:00Z"


def closed(code: str, reason: str, opens_at: str | None = TOMORROW) -> JSON:
    remaining = 0 if reason == "quota" else None
    return a_service(code, open=False, closed_reason=reason, estimate=None, remaining=remaining, opens_at=opens_at)


FOUR = [a_service("A"), a_service("B"), a_service("C"), a_service("D")]


def a_board(*services: JSON, **more: object) -> JSON:
    board = {
        "now": NOW, "calls": [], "waiting": {}, "notice": None, "services": list(services or FOUR),
        "branch_name": {"en": "Cempaka Service Mall", "id": "Mal Pelayanan Cempaka"},
        "languages": ["id", "en"], "open": True, "opens_at": None, "closes_at": None, "last_ticket_at": None,
    }  # fmt: skip
    return {**board, **more}


LAST_TICKET = a_board(
    *(closed(code, "last_ticket") for code in "ABCD"),
    opens_at=TOMORROW,
    closes_at="2026-11-23T08:00:00Z",
    last_ticket_at="2026-11-23T07:30:00Z",
)


def a_branch(board: JSON, **more: object) -> JSON:
    branch = {
        "slug": "central", "name": board["branch_name"], "timezone": "Asia/Jakarta",
        "languages": ["id", "en"], "open": board["open"], "opens_at": None, "closes_at": None,
        "services": board["services"], "priority_classes": [], "join_by_phone": False, "now": NOW,
    }  # fmt: skip
    return {**branch, **more}


def an_issued_ticket(**more: object) -> JSON:
    service = a_service()
    ticket = {
        "id": "t1", "number": "A012", "branch": "central", "service": "A", "priority": None,
        "state": "waiting", "language": "id", "issued_at": NOW, "called_at": None, "started_at": None,
        "ended_at": None, "counter": None, "legs": [], "ahead": 3, "estimate": TEN_TO_TWENTY, "staffing": "open",
        "service_name": service["name"], "branch_name": {}, "priority_name": None,
        "counter_name": None, "languages": ["id", "en"],
        "token": "t0k3n", "url": "http://192.168.1.10:8080/t/t0k3n", "qr_url": "http://192.168.1.10:8080/t/t0k3n",
        "print_job": "j1",
    }  # fmt: skip
    return {**ticket, **more}


ISSUE = "POST /branches/central/tickets"


class Kiosk:
    """A kiosk's page on a stage. Change `stage` first, then `open`."""

    def __init__(self, stage: Stage, page: Page) -> None:
        self.stage, self.page = stage, page
        stage.pages["/kiosk/central"] = {
            "page": "kiosk", "build": "one", "language": "id", "languages": ["id", "en"], "branch": "central",
        }  # fmt: skip
        self.shows(a_board())
        stage.answer(ISSUE, (201, an_issued_ticket()))
        self.paper("printed")
        self.prints(True)

    def shows(self, board: JSON, **branch: object) -> None:
        self.stage.state = board
        self.stage.answer("GET /branches/central", (200, a_branch(board, **branch)))

    def paper(self, *states: str, printable: bool = True, resolution: str | None = None) -> None:
        """In which states the print job is, each time it is asked for."""
        more = {"printable": printable, "resolution": resolution}
        self.stage.answer("GET /print-jobs/j1", *[(200, {"id": "j1", "state": state, **more}) for state in states])

    def prints(self, prints: bool | None, *, codes: bool = True) -> None:
        """Whether its printer prints now, and whether its tickets get a code."""
        told = {"name": "Lobby", "branch": "central", "printer": "front", "prints": prints, "codes": codes}
        self.stage.answer("GET /kiosk", (200, told))

    def open(self, token: str = "k1osk") -> Page:
        self.page.goto(f"{self.stage.url}/kiosk/central" + (f"#{token}" if token else ""))
        return self.page

    def take(self, service: str = "Administrasi Kependudukan") -> Page:
        """Opens the page and touches a service."""
        self.open().get_by_role("button", name=service).click()
        return self.page

    def orders(self) -> list[tuple[str, JSON]]:
        """The key and the body of every request for a ticket."""
        asked = [seen for seen in self.stage.seen if seen.method == "POST"]
        return [(seen.headers["Idempotency-Key"], seen.body or {}) for seen in asked]

"""The HTTP table of the public contract: every row, a harmless way to ask it, and who may."""

from dataclasses import dataclass, field
from typing import Any

ROLES = ["none", "kiosk", "display", "printer", "api", "agent", "supervisor", "admin"]
STAFF = frozenset({"agent", "supervisor", "admin"})
EVERYBODY = frozenset(ROLES)


@dataclass(frozen=True)
class Row:
    """One method and path, with a body that a permitted caller may send; `may` are the roles that the table names."""

    method: str
    path: str
    may: frozenset[str]
    body: Any = None
    query: dict[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """How the row is told in a test report."""
        return f"{self.method} {self.path}"


def _rows() -> list[Row]:
    counter = "/counters/{slug}/{number}"
    verbs: dict[str, Any] = {
        "open": {}, "pause": {"reason": "tea"}, "close": {}, "call-next": {}, "call": {"number": "A998", "reason": "x"},
        "recall": {}, "start": {}, "finish": {}, "no-show": {}, "park": {}, "put-back": {},
        "transfer": {"service": "A"}, "undo": {},
    }  # fmt: skip
    admin, supervisor = frozenset({"admin"}), frozenset({"supervisor", "admin"})
    desk = "/branches/{slug}/tickets/{ticket}"
    at_desk: dict[str, Any] = {"cancel": {}, "reinstate": {}, "transfer": {"service": "A"}, "reprint": {}}
    return [
        Row("GET", "/branches/{slug}", EVERYBODY),
        Row("POST", "/branches/{slug}/tickets", STAFF | {"kiosk", "api"}, {"service": "A"}),
        Row("GET", "/tickets/{token}", EVERYBODY),
        Row("POST", "/tickets/{token}/cancel", EVERYBODY, {}),
        *(Row("POST", f"{counter}/{verb}", STAFF, body) for verb, body in verbs.items()),
        *(Row("POST", f"{desk}/{verb}", STAFF, body) for verb, body in at_desk.items()),
        Row("GET", "/branches/{slug}/queue", STAFF),
        Row("GET", "/branches/{slug}/board", STAFF | {"display", "kiosk"}),
        Row("GET", counter, STAFF),
        Row("GET", "/branches/{slug}/events", frozenset({"api", "admin"}), query={"after": 0, "limit": 10}),
        Row("GET", "/branches/{slug}/statistics", frozenset({"supervisor", "admin"}), query={"by": "counter"}),
        Row("POST", "/print-jobs/claim", frozenset({"printer"}), {"wait": 0}),
        Row("POST", "/print-jobs/{job}/started", frozenset({"printer"}), {"lease": "x"}),
        Row(
            "POST", "/print-jobs/{job}/outcome", frozenset({"printer"}),
            {"lease": "x", "outcome": "printed", "detail": "fine"},
        ),
        Row("POST", "/printers/status", frozenset({"printer"}), {"online": True, "paper": "ok"}),
        Row("GET", "/print-jobs/{job}", STAFF | {"kiosk"}),
        Row("GET", "/branches/{slug}/print-jobs", STAFF, query={"state": "unknown", "unresolved": True}),
        Row("POST", "/print-jobs/{job}/resolve", STAFF, {"resolution": "printed"}),
        Row("PUT", "/branches/{slug}/printers/{printer}", frozenset({"supervisor", "admin"}), {"held": False}),
        Row("GET", "/kiosk", frozenset({"kiosk"})),
        Row("GET", "/speech/{slug}/{call}.wav", frozenset({"display"}), query={"language": "id"}),
        Row("GET", "/branches", EVERYBODY),
        Row(
            "POST", "/branches/{slug}/phone-tickets/cancel", supervisor,
            {"from": "2026-01-01T00:00:00Z", "to": "2026-01-01T01:00:00Z", "reason": "x"},
        ),
        Row("PUT", "/branches/{slug}/notice", supervisor, {"notice": None}),
        Row("POST", "/branches/{slug}/clock", supervisor, {}),
        Row("GET", "/branches/{slug}/devices", supervisor),
        Row("POST", "/branches/{slug}/devices/999999/remove", admin, {}),
        Row("GET", "/branches/{slug}/audit", admin),
        Row("GET", "/branches/{slug}/staff", admin),
        Row("GET", "/branches/{slug}/sign-in-failures", supervisor),
        Row("PUT", "/branches/{slug}/staff/dewi", admin, {"role": "agent"}),
        Row("DELETE", "/branches/{slug}/staff/nobody", admin),
        Row("POST", "/branches/{slug}/tokens", admin, {"role": "api", "name": "row"}),
        Row("DELETE", "/branches/{slug}/tokens/999999", admin),
    ]  # fmt: skip


ROWS = _rows()
BY_PERSON = {"POST /session", "GET /session", "DELETE /session", "POST /setup", "POST /me/password"}
"""Who signs in, or sets up, is nobody's token; test_sessions and the set-up's own tests ask these."""

"""Boards for the tests of the wall."""

from __future__ import annotations

from tests.browser.stage import JSON

NOW = "2026-11-21T03:12:00Z"
LONG = {
    "id": "Loket Layanan Prioritas Lansia dan Penyandang Disabilitas 12",
    "en": "Priority Service Counter for Seniors and Disabled Persons 12",
}


def a_call(number: str, counter: int, seq: int, state: str = "called", **more: object) -> JSON:
    call = {
        "id": f"ticket {number}", "seq": seq, "number": number, "counter": counter,
        "counter_name": {"id": f"Loket {counter}", "en": f"Counter {counter}"},
        "service": number[0], "service_name": {"id": "Rekening", "en": "Accounts"},
        "called_at": "2026-11-21T03:11:50Z", "recalls": 0, "state": state,
    }  # fmt: skip
    return {**call, **more}


def a_service(code: str, waiting: int, name: dict[str, str] | None = None) -> JSON:
    return {
        "code": code, "name": name or {"id": "Rekening", "en": "Accounts"}, "waiting": waiting,
        "ahead": waiting, "estimate": None, "staffing": "open", "open": True, "closed_reason": None, "remaining": None,
        "target_wait_minutes": 15,
    }  # fmt: skip


def a_board(*calls: JSON, services: list[JSON] | None = None, **more: object) -> JSON:
    """A board with these calls, newest first whatever their order here."""
    offered = [a_service("A", 12)] if services is None else services
    board = {
        "now": NOW, "branch_name": {"id": "Cabang Mutiara", "en": "Mutiara Branch"}, "timezone": "Asia/Jakarta",
        "languages": ["id", "en"], "open": True, "notice": None, "services": offered,
        "calls": sorted(calls, key=lambda call: -call["seq"]),
        "waiting": {service["code"]: service["waiting"] for service in offered},
    }  # fmt: skip
    return {**board, **more}


def a_crowded_board(**more: object) -> JSON:
    """Everything at once, and as long as operators write it."""
    name = {"id": "Pelayanan Administrasi Kependudukan dan Pencatatan Sipil", "en": "Civil registry and civil records"}
    calls = [a_call(f"AB{1200 + place}", place, 90 - place, counter_name=LONG) for place in range(14)]
    return a_board(
        *calls,
        services=[a_service(code, 1048, name) for code in ("AB", "B", "C", "D", "E", "FG")],
        notice={"id": "Mohon siapkan KTP dan berkas asli sebelum nomor Anda dipanggil ke loket. " * 4},
        branch_name={"id": "Kantor Bersama Pelayanan Terpadu Satu Pintu Kabupaten Kepulauan Seribu"},
        **more,
    )

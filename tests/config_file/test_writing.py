"""A branch written as a file is read as the same branch, whatever people have called things."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from server.actions.branch.declaring import declaration_of, declare
from server.config_file.reading import read_declarations
from server.config_file.writing import write_declarations
from server.contract import declaration as parts
from server.contract.declaration import ApplyDocument
from server.domain.people.principal import COMMAND_LINE
from server.store.tables import branches
from tests.scene import Scene

AWKWARD = [
    "NO", "on", "yes", "null", "~", "08:00", "12:30", "1_000", "0x1F", "1e3", ".inf", "2026-12-25", "=", "<<", "- a",
    "a: b", "#1", "*x", "&x", "!x", "%x", "@x", "`x`", "'", '"', "{}", "[]", "|", ">", "?", "Loket №2", "काउंटर", "柜台",
    "👩🏽‍💼", "\N{ZERO WIDTH JOINER}x", "e\u0301",
]  # fmt: skip
LETTERS = st.characters(categories=["L", "M", "N", "P", "S", "Zs"], exclude_characters="\u2028\u2029")
NAME = (st.sampled_from(AWKWARD) | st.text(LETTERS, min_size=1, max_size=40)).map(str.strip).filter(bool)
NAMES = st.dictionaries(st.sampled_from(["en", "id", "no", "on", "jv"]), NAME, min_size=1, max_size=3)
LINES = st.lists(NAME, min_size=1, max_size=3).map("\n".join)
CODES = ["A", "B", "NO", "ON", "Y", "N"]
CLOCK = st.builds(lambda h, m: f"{h:02d}:{m:02d}", st.integers(0, 23), st.integers(0, 59))
MINUTES = st.floats(0.1, 600, allow_nan=False) | st.integers(1, 600)
SPAN = st.builds(lambda a, b: f"{a}-{b}", CLOCK, CLOCK) | st.just("closed")
DAY = st.dates(date(2026, 1, 1), date(2030, 12, 31))


def some(of: st.SearchStrategy[Any], by: str, most: int = 3) -> st.SearchStrategy[list[Any]]:
    return st.lists(of, max_size=most, unique_by=lambda one: one[by])


BRANCH = st.fixed_dictionaries(
    {
        "slug": st.sampled_from(["no", "on", "08", "1e3", "central", "-", "0x1f"]),
        "name": NAMES,
        "timezone": st.sampled_from(["Asia/Jakarta", "Europe/London"]),
    },
    optional={
        "languages": st.lists(st.sampled_from(["id", "en", "no"]), min_size=1, max_size=3, unique=True),
        "day_start": CLOCK,
        "start": st.sampled_from(["explicit", "on_call"]),
        "public_url": st.sampled_from([None, "http://192.168.1.10:8080", "https://x.example"]),
        "hours": st.none() | st.dictionaries(st.sampled_from(["mon", "tue-fri", "sat", "sun"]), SPAN),
        "special_days": st.none() | st.dictionaries(DAY, SPAN, max_size=3),
        "join_by_phone": st.booleans(),
        "phone_share": st.integers(0, 100).map(lambda percent: percent / 100),
        "reinstate_within_minutes": st.integers(0, 1440),
        "carry_hours": st.integers(0, 24),
        "retention_days": st.integers(1, 3650),
        "pause_reasons": some(
            st.fixed_dictionaries({"code": st.sampled_from(["no", "on", "prayer"]), "name": NAMES}), "code"
        ),
        "no_show_after": st.fixed_dictionaries(
            {}, optional={"recalls": st.integers(0, 20), "seconds": st.integers(0, 3600)}
        ),
        "notice": st.none() | st.dictionaries(st.sampled_from(["en", "no"]), LINES, max_size=2),
        "last_ticket_minutes": st.just(0),
        "priority_classes": some(
            st.fixed_dictionaries(
                {"code": st.sampled_from(["no", "on", "senior"]), "name": NAMES, "head_start_minutes": MINUTES}
            ),
            "code",
        ),
    },
)
SERVICE = st.fixed_dictionaries(
    {"code": st.sampled_from(CODES), "name": NAMES},
    optional={
        "first_number": st.integers(0, 99),
        "last_number": st.integers(100, 99_999),
        "target_wait_minutes": MINUTES,
        "daily_quota": st.none() | st.integers(1, 9999),
    },
)
DEVICE = st.fixed_dictionaries({"name": NAME})
PRINTER = st.fixed_dictionaries({"name": NAME}, optional={"paper": st.sampled_from([58, 80]), "trusted": st.booleans()})
STAFF = st.fixed_dictionaries({"name": NAME, "role": st.sampled_from(["agent", "supervisor", "admin"])})
COVERED = {
    parts.BranchDeclared: {
        "slug", "name", "timezone", "languages", "day_start", "start", "public_url", "hours", "special_days",
        "last_ticket_minutes", "join_by_phone", "phone_share", "reinstate_within_minutes", "carry_hours",
        "retention_days", "notice", "priority_classes", "pause_reasons", "no_show_after",
    },
    parts.ServiceDeclared: {
        "code", "name", "first_number", "last_number", "target_wait_minutes", "daily_quota",
    },
    parts.CounterDeclared: {"number", "name", "services", "helps_out_with", "helps_out_after_minutes"},
    parts.PauseReasonDeclared: {"code", "name"},
    parts.NoShowDeclared: {"recalls", "seconds"},
    parts.ClassDeclared: {"code", "name", "head_start_minutes"},
    parts.KioskDeclared: {"name", "printer"},
    parts.PrinterDeclared: {"name", "paper", "trusted"},
    parts.DisplayDeclared: {"name"},
    parts.StaffDeclared: {"name", "role"},
}  # fmt: skip
"""What the files of these tests may say; a new key belongs here, in the strategies above and in the writer."""


@st.composite
def files(draw: st.DrawFn) -> ApplyDocument:
    """A file, as it is checked."""
    services = draw(some(SERVICE, "code", 4))
    codes = [s["code"] for s in services]
    counters = []
    for number in draw(st.lists(st.integers(1, 9999), max_size=3, unique=True)) if codes else []:
        first = draw(st.lists(st.sampled_from(codes), min_size=1, unique=True))
        others = [code for code in codes if code not in first]
        helps = draw(st.lists(st.sampled_from(others), unique=True)) if others else []
        after = draw(st.none() | MINUTES)
        counters.append(
            {
                "number": number,
                "name": draw(NAMES),
                "services": first,
                "helps_out_with": helps,
                "helps_out_after_minutes": after,
            }
        )
    printers = draw(some(PRINTER, "name", 2))
    kiosks = [
        k | {"printer": draw(st.none() | st.sampled_from([p["name"] for p in printers])) if printers else None}
        for k in draw(some(DEVICE, "name", 2))
    ]
    branch: dict[str, Any] = dict(draw(BRANCH))
    if branch.get("notice"):
        spoken = branch.get("languages", ["id", "en"])
        branch["notice"] = {language: text for language, text in branch["notice"].items() if language in spoken}
    return ApplyDocument.model_validate(
        {
            "branch": branch,
            "services": services,
            "counters": counters,
            "kiosks": kiosks,
            "printers": printers,
            "displays": draw(some(DEVICE, "name", 2)),
            "staff": draw(some(STAFF, "name", 2)),
        }
    )


def test_every_key_of_a_file_is_tried_here() -> None:
    assert {model: set(model.model_fields) for model in COVERED} == COVERED  # type: ignore[attr-defined]


@given(files())
def test_what_is_written_is_read_as_the_same(file: ApplyDocument) -> None:
    wanted = file.declaration()
    text = write_declarations([wanted])
    (again,) = read_declarations(text)
    assert again.branch == wanted.branch
    assert again.devices == wanted.devices
    assert again.staff == wanted.staff
    assert write_declarations([again]) == text


@given(st.lists(files(), min_size=2, max_size=3, unique_by=lambda f: f.branch.slug))
def test_several_branches_are_as_many_documents(several: list[ApplyDocument]) -> None:
    wanted = [one.declaration() for one in several]
    again = read_declarations(write_declarations(wanted))
    assert [one.branch for one in again] == [one.branch for one in wanted]


def test_a_branch_out_of_a_database_is_written_as_the_file_that_changes_nothing(tmp_path: Path) -> None:
    scene = Scene(tmp_path, printers=["NO"])
    text = scene.store.read(lambda db: write_declarations([declaration_of(db, branches.get(db, "central"))]))
    (again,) = read_declarations(text)
    assert scene.store.write(lambda tx: declare(tx, again, COMMAND_LINE), lambda _tx, changes: changes) == []


def test_the_notice_is_part_of_it_and_a_file_without_one_leaves_it(tmp_path: Path) -> None:
    scene = Scene(tmp_path)

    def apply(text: str) -> list[str]:
        (wanted,) = read_declarations(text)
        return scene.store.write(lambda tx: declare(tx, wanted, COMMAND_LINE), lambda _tx, changes: changes)

    def written() -> str:
        return scene.store.read(lambda db: write_declarations([declaration_of(db, branches.get(db, "central"))]))

    plain = written()
    assert apply(plain.replace("timezone:", "notice: {en: 'Closed at noon\n\n      today'}\n  timezone:")) == [
        "branch central: notice changed"
    ]
    assert scene.branch.notice == {"en": "Closed at noon\ntoday"}
    assert apply(plain) == []
    assert apply(written()) == []
    assert apply(plain.replace("timezone:", "notice: null\n  timezone:")) == ["branch central: notice changed"]
    assert scene.branch.notice is None

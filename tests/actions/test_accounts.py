"""Accounts: names that an earlier release allowed, changes at the same moment, and staff that a file declares."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import insert

from server.actions.branch.declaring import declare
from server.actions.people import accounts
from server.doctor import accounts as doctor
from server.domain.declaration import Declaration, DeclaredStaff
from server.domain.errors import Invalid, LastAdministrator
from server.domain.people.account_name import account_key
from server.domain.people.principal import COMMAND_LINE, Role
from server.store.engines.store import Store
from server.store.sql.schema import membership, user
from server.store.tables import accounts as store_accounts
from tests.databases import in_use
from tests.passwords import quick_hash
from tests.scene import Scene, a_branch

A_HASH = quick_hash("a long enough password")


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    """A database with the branches central (id 1) and north (id 2)."""
    one = Scene(tmp_path)
    one.declare(a_branch(slug="north", name={"en": "North"}))
    return one


def put(scene: Scene, name: str, role: Role, *slugs: str, password_hash: str | None = A_HASH) -> None:
    scene.store.write(
        lambda tx: accounts.put_user(tx, COMMAND_LINE, name=name, role=role, slugs=slugs, password_hash=password_hash),
        lambda _tx, _ended: None,
    )


def declared(scene: Scene, slug: str, **staff: str) -> list[str]:
    """Declare this staff; return what changed."""
    declaration = Declaration(
        a_branch(slug=slug, name=scene.branch.name if slug == "central" else {"en": "North"}),
        staff=tuple(DeclaredStaff(name, role) for name, role in staff.items()),
    )
    return scene.store.write(lambda tx: declare(tx, declaration, COMMAND_LINE), lambda _tx, changes: changes)


def roles(scene: Scene, name: str) -> dict[str | None, str]:
    account = scene.store.read(lambda db: store_accounts.by_exact_name(db, name))
    assert account is not None
    return {m.slug: m.role.value for m in account.memberships}


def test_an_account_has_exactly_the_branches_of_its_last_change(scene: Scene) -> None:
    put(scene, "sari", Role.AGENT, "central", "north")
    assert roles(scene, "sari") == {"central": "agent", "north": "agent"}
    put(scene, "sari", Role.SUPERVISOR, "north", password_hash=None)
    assert roles(scene, "sari") == {"north": "supervisor"}
    put(scene, "sari", Role.AGENT, password_hash=None)
    assert roles(scene, "sari") == {None: "agent"}
    scene.store.write(
        lambda tx: accounts.put_member(tx, "north", COMMAND_LINE, name="sari", role=Role.SUPERVISOR),
        lambda _tx, _ended: None,
    )
    assert roles(scene, "sari") == {"central": "agent", "north": "supervisor"}


def test_a_file_changes_the_staff_of_its_own_branch_alone(scene: Scene) -> None:
    put(scene, "Sari", Role.AGENT, "north")
    put(scene, "boss", Role.ADMIN)
    assert declared(scene, "central", sari="supervisor", tono="agent", boss="admin") == [
        "staff Sari: added", "staff tono: added",
    ]  # fmt: skip
    assert roles(scene, "Sari") == {"central": "supervisor", "north": "agent"}
    assert declared(scene, "central", sari="supervisor", tono="agent", boss="admin") == []
    assert declared(scene, "central", sari="agent") == [
        "staff Sari: changed from supervisor to agent", "staff tono: disabled",
    ]  # fmt: skip
    assert declared(scene, "central") == ["staff Sari: works here no more"]
    assert (roles(scene, "Sari"), roles(scene, "boss")) == ({"north": "agent"}, {None: "admin"})
    with pytest.raises(Invalid, match="works in every branch"):
        declared(scene, "central", boss="agent")
    with pytest.raises(Invalid, match="named twice"):
        declared(scene, "central", Budi="agent", budi="agent")


def test_a_file_does_not_leave_a_branch_without_its_last_administrator(scene: Scene) -> None:
    put(scene, "wulan", Role.ADMIN, "central")
    put(scene, "dewi", Role.AGENT, "central")
    for staff in ({}, {"wulan": "agent"}, {"dewi": "agent"}):
        with pytest.raises(LastAdministrator):
            declared(scene, "central", **staff)
    assert declared(scene, "central", wulan="agent", dewi="admin") == [
        "staff wulan: changed from admin to agent", "staff dewi: changed from agent to admin",
    ]  # fmt: skip


def test_the_command_does_not_take_away_the_last_administrator(scene: Scene) -> None:
    put(scene, "boss", Role.ADMIN)
    for role, slugs in ((Role.AGENT, ()), (Role.ADMIN, ("central",)), (Role.SUPERVISOR, ("central", "north"))):
        with pytest.raises(LastAdministrator):
            put(scene, "boss", role, *slugs)
    put(scene, "second", Role.ADMIN, password_hash=None)
    with pytest.raises(LastAdministrator):
        put(scene, "boss", Role.AGENT)  # the second has no password and cannot sign in


def test_two_administrators_do_not_depose_each_other_at_the_same_moment(scene: Scene) -> None:
    put(scene, "one", Role.ADMIN)
    put(scene, "two", Role.ADMIN)
    others = [Store(scene.url, scene.clock) for _ in range(2)]
    for number, store in enumerate(others):
        in_use(type("Used", (), {"store": store, "number": number})())

    def depose(store: Store, slug: str, name: str) -> bool:
        try:
            store.write(
                lambda tx: accounts.put_member(tx, slug, COMMAND_LINE, name=name, role=Role.AGENT),
                lambda _tx, _ended: None,
            )
        except LastAdministrator:
            return False
        return True

    with ThreadPoolExecutor(2) as threads:
        done = list(threads.map(depose, others, ("central", "north"), ("one", "two")))
    assert sorted(done) == [False, True]
    assert None in scene.store.read(store_accounts.branches_with_admin)


def namesakes(scene: Scene) -> None:
    """Create two accounts whose names differ only in case, as an earlier release allowed."""

    def action(tx: object) -> None:
        db = tx.db  # type: ignore[attr-defined]
        for namesake, name in enumerate(("Rani", "rani")):
            values = {"name": name, "folded": account_key(name), "namesake": namesake, "password_hash": A_HASH}
            made = db.execute(insert(user).values(**values, disabled=False).returning(user.c.id)).scalar_one()
            db.execute(insert(membership).values(user_id=made, branch_id=1, role="agent"))

    scene.store.write(action, lambda _tx, _none: None)


def test_two_names_that_differ_only_in_case_are_found_and_no_third_is_created(scene: Scene) -> None:
    namesakes(scene)

    def name_of(name: str) -> str | None:
        account = scene.store.read(lambda db: store_accounts.by_name(db, name))
        return account.name if account else None

    assert (name_of("Rani"), name_of("rani"), name_of("ranie")) == ("Rani", "rani", None)
    with pytest.raises(Invalid, match="Rani, rani"):
        put(scene, "RANI", Role.AGENT, "central")
    (finding,) = [f.detail for f in scene.store.read(doctor.check) if "differ only in spelling" in f.detail]
    assert finding.startswith("The accounts Rani and rani ")
    scene.store.write(lambda tx: accounts.remove_member(tx, "central", COMMAND_LINE, "rani"), lambda _tx, _ended: None)
    assert (name_of("RANI"), name_of("rani")) == ("Rani", "Rani"), "who is disabled is in nobody's way"
    assert not [f for f in scene.store.read(doctor.check) if "differ only in spelling" in f.detail]


@pytest.mark.parametrize(
    ("written", "same"),
    [("Rani", " rANI "), ("Rani  Dewi", "rani\tdewi"), ("ﬁtri", "FITRI"), ("Straße", "STRASSE"), ("Ｒａｎｉ", "rani")],
)
def test_names_are_matched_without_regard_to_case_width_and_blanks(written: str, same: str) -> None:
    assert account_key(written) == account_key(same)
    assert account_key("Rani") != account_key("Rami")

"""Every kind of printer of docs/printers.md, and every model in it, prints a whole ticket with what is set there."""

from __future__ import annotations

import pytest

from printer.encoding.library import KnownModel, models
from printer.layout import draw
from printer.virtual import Model
from tests.printer.builders import a_content
from tests.printer.kinds import KINDS, PAGE, TABLES, Kind, in_page
from tests.printer.paper import whole_and_scraps
from tests.printer.test_roll import the_ticket_of

ALIKE: dict[tuple[object, ...], KnownModel] = {
    (model.dots, model.cutter, model.pictures): model for model in models() if model.dots and model.pictures
}
"""One model of each sort: what `profile=` brings is the same for the others of it."""


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name.replace(" ", "-"))
def test_a_kind_of_printer_prints_a_whole_ticket_with_what_the_page_says(kind: Kind) -> None:
    picture, server = the_ticket_of(kind.model, kind.options, paper=kind.paper, declared=kind.declared)
    if "mode=text" in kind.options:
        plain, _ = the_ticket_of(Model(kind.model.dots), kind.options, declared=kind.declared)
        assert picture.tobytes() == plain.tobytes()
        return
    width = kind.model.dots
    told = server.statuses[-1].get("paper_mm")
    assert told in (None, 58 if width < 450 else 80)
    if told in (None, kind.declared):
        wanted = draw(a_content(), kind.declared, width)
        assert whole_and_scraps([picture], wanted) == (1, 0)
    else:
        assert picture.height > draw(a_content(), told, width).height  # with the line for the staff


@pytest.mark.parametrize("known", ALIKE.values(), ids=lambda known: known.key)
def test_a_model_of_the_list_prints_a_whole_ticket_by_its_profile(known: KnownModel) -> None:
    assert known.dots is not None
    assert known.paper is not None
    head = Model(known.dots // 8 * 8, "Fantasy 3000", cutter=known.cutter)
    picture, _ = the_ticket_of(head, f"?profile={known.key}", declared=known.paper)
    assert whole_and_scraps([picture], draw(a_content(), known.paper, known.dots)) == (1, 0)


@pytest.mark.parametrize("name", TABLES)
def test_the_page_has_the_tables_that_the_tests_are_made_of(name: str) -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert in_page(name, page) == TABLES[name](), "write them anew: python -m tests.printer.kinds"

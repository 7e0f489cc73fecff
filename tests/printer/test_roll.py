"""How wide a ticket is: for the head that prints it, whoever says so."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image
from structlog.testing import capture_logs

from printer.agent import Agent
from printer.api import Api
from printer.devices import Address, parse
from printer.encoding import encode_picture
from printer.encoding.library import dots_of, find_model, paper_for, roll_of
from printer.layout import draw, sheet_for
from printer.probe import texts
from printer.roll import SILENT, RememberedHead, Roll, Widths, choose_roll
from printer.unfinished import Unfinished
from printer.virtual import Model, VirtualPrinter
from tests.printer.builders import CALM, a_content, the_line_to
from tests.printer.paper import whole_and_scraps
from tests.printer.print_jobs_api import TOKEN, PrintJobsApi
from tests.printer.test_agent import BRISK


@contextmanager
def printing(address: Address, server: PrintJobsApi, paper: int | None = None) -> Iterator[None]:
    with Api(server.url, TOKEN) as api:
        agent = Agent(api, address, patience=CALM, pace=BRISK, paper=paper)
        agent.start()
        try:
            yield
        finally:
            agent.stop(60)


def the_ticket_of(
    model: Model, options: str = "", *, paper: int | None = None, declared: int = 80
) -> tuple[Image.Image, PrintJobsApi]:
    """What comes out of a printer of that model for one job, and the server that had it."""
    with PrintJobsApi() as server, VirtualPrinter(pace=None, model=model) as printer:
        address = parse(f"network://127.0.0.1:{printer.port}{options}")
        with printing(replace(address, device=the_line_to(printer)), server, paper):
            server.wait_for_state(server.offer(paper=declared), "printed")
            assert server.wait_for(lambda s: bool(s.statuses))
        (ticket,) = printer.tickets
        return ticket.picture, server


@pytest.mark.parametrize("dots", [256, 360, 384, 420, 432, 504, 512, 546, 576, 640, 832])
def test_a_ticket_is_as_wide_as_the_head_and_keeps_its_margins(dots: int) -> None:
    sheet = sheet_for(80, dots)
    picture = draw(a_content(), 80, dots)
    assert picture.width == sheet.width == dots // 8 * 8
    left, _, right, _ = Image.eval(picture.convert("L"), lambda v: 255 - v).getbbox() or (0, 0, 0, 0)
    assert left >= sheet.margin - 2
    assert right <= picture.width - sheet.margin + 2
    assert right > 0.8 * picture.width


@pytest.mark.parametrize("dots", [255, 1281])
def test_a_head_that_no_ticket_fits_is_refused_in_words(dots: int) -> None:
    with pytest.raises(ValueError, match="256 to 1280 dots"):
        draw(a_content(), 80, dots)


def test_nothing_wider_than_the_head_is_encoded() -> None:
    with pytest.raises(ValueError, match="wider than the head of 512 dots"):
        encode_picture(draw(a_content(), 80), head=512)


@pytest.mark.parametrize(
    ("said", "roll"),
    [
        ({}, Roll(80, 576, known=False)),
        ({"paper": 58}, Roll(58, 384, known=True)),
        ({"dots": 512}, Roll(80, 512, known=True)),
        ({"dots": 360}, Roll(58, 360, known=True)),
        ({"dots": 432, "paper": 80}, Roll(80, 432, known=True)),
        ({"head": 512}, Roll(80, 512, known=True)),
        ({"head": 384}, Roll(58, 384, known=True)),
        ({"head": 512, "paper": 58}, Roll(58, 341, known=True)),
        ({"head": 384, "paper": 80}, Roll(58, 384, known=True)),
        ({"head": 512, "dots": 576}, Roll(80, 576, known=True)),
    ],
)
def test_what_is_said_at_the_printer_wins_over_the_declaration(said: dict[str, int], roll: Roll) -> None:
    assert choose_roll(80, **said) == roll


def test_a_wide_head_behind_a_narrow_declaration_is_drawn_narrow() -> None:
    assert choose_roll(58, head=576) == Roll(58, 384, known=False)


@pytest.mark.parametrize("options", ["?dots=512", "?profile=TM-T88V", "?profile=tm-t88iii", ""])
def test_a_head_of_180_dots_an_inch_gets_the_whole_ticket_however_its_width_is_known(options: str) -> None:
    # Without options the printer is asked for its model.
    picture, _ = the_ticket_of(Model(512, name="TM-T88V"), options)
    assert whole_and_scraps([picture], draw(a_content(), 80, 512)) == (1, 0)


def test_a_model_that_nobody_knows_prints_as_declared() -> None:
    picture, server = the_ticket_of(Model(576, name="Fantasy 3000"))
    assert whole_and_scraps([picture], draw(a_content(), 80)) == (1, 0)
    assert "paper_mm" not in server.statuses[-1]


@pytest.mark.parametrize(
    ("model", "options", "paper"),
    [(Model(384), "", 58), (Model(384), "?dots=384", None), (Model(384, name="POS-5890"), "", None)],
)
def test_a_narrow_roll_behind_a_wide_declaration_is_drawn_narrow_and_said(
    model: Model, options: str, paper: int | None
) -> None:
    with capture_logs() as log:
        picture, server = the_ticket_of(model, options, paper=paper)
    assert (picture.width, picture.height > draw(a_content(), 58).height) == (384, True)
    (said,) = [entry for entry in log if entry["event"] == "roll differs"]
    assert (said["roll"], said["declared"]) == (58, 80)
    assert server.statuses[-1]["paper_mm"] == 58
    notice = "Untuk petugas: lebar kertas printer ini 58 mm, sedangkan di berkas cabang tertulis 80 mm. Mohon perbaiki "
    told = draw(replace(a_content(), notice=notice + "berkasnya."), 58)
    assert whole_and_scraps([picture], told) == (1, 0)


def test_only_the_first_ticket_says_that_the_roll_is_another() -> None:
    with PrintJobsApi() as server, VirtualPrinter(pace=None, paper=58) as printer:
        address = replace(parse("network://h"), device=the_line_to(printer))
        with printing(address, server, paper=58):
            for number in ("A001", "A002"):
                server.wait_for_state(server.offer(paper=80, number=number), "printed")
        plain = [draw(a_content(number=number), 58) for number in ("A001", "A002")]
        pictures = [ticket.picture for ticket in printer.tickets]
        assert whole_and_scraps(pictures[1:], plain[1]) == (1, 0)
        assert whole_and_scraps(pictures[:1], plain[0]) == (0, 1)


def test_a_printer_that_holds_a_broken_ticket_is_not_asked_and_its_width_is_remembered(tmp_path: Path) -> None:
    broken = Unfinished(tmp_path / "printer.unfinished")
    with (
        PrintJobsApi() as server,
        VirtualPrinter(pace=None, model=Model(512, name="TM-T88V")) as printer,
        Api(server.url, TOKEN) as api,
    ):
        for number in ("A001", "A002"):
            agent = Agent(api, Address(the_line_to(printer)), patience=CALM, pace=BRISK, unfinished=broken)
            agent.start()
            server.wait_for_state(server.offer(number=number), "printed")
            assert agent.stop(60)
            broken.begin("another", "lease")  # killed in the middle of the next one
        pictures = [ticket.picture for ticket in printer.tickets]
    assert whole_and_scraps(pictures, draw(a_content(number="A002"), 80, 512)) == (1, 1)
    assert RememberedHead(broken.head_path).read() == 512


def test_a_printer_that_does_not_say_its_model_is_asked_once_and_prints_no_letter_of_the_question(
    tmp_path: Path,
) -> None:
    memory = Unfinished(tmp_path / "printer.unfinished")
    with PrintJobsApi() as server, VirtualPrinter(pace=None) as printer, Api(server.url, TOKEN) as api:
        printer.set_faults(answers="sensor", letters=True)
        widths = Widths(Address(the_line_to(printer)), None, RememberedHead(memory.head_path))
        assert widths.asks_model
        agent = Agent(api, Address(the_line_to(printer)), patience=CALM, pace=BRISK, unfinished=memory)
        agent.start()
        server.wait_for_state(server.offer(), "printed")
        assert agent.stop(60)
        wanted = draw(replace(a_content(), ruler=texts()["id"]["is_the_line_whole"]), 80)
        assert whole_and_scraps([ticket.picture for ticket in printer.tickets], wanted) == (1, 0)
        assert not Widths(Address(the_line_to(printer)), None, RememberedHead(memory.head_path)).asks_model


def test_what_is_remembered_of_the_width_may_be_lost_or_broken(tmp_path: Path) -> None:
    file = tmp_path / "dots"
    head = RememberedHead(file)
    assert head.read() is None
    for nonsense in ("", "wide", "7", "99999"):
        file.write_text(nonsense, encoding="ascii")
        assert head.read() is None
    head.learn(512)
    assert head.read() == 512
    head.learn(SILENT)
    assert head.read() == SILENT
    head.learn(None)
    assert not file.exists()


@pytest.mark.parametrize(
    ("name", "dots"),
    [
        ("TM-T88II", 512),
        ("EPSON TM-T88V", 512),
        ("TM-T88VI", 512),
        ("tm-t20ii", 576),
        ("POS-5890", 384),
        ("XP-58IIH", 384),
        ("TM-m10", 420),
        ("X", None),
        ("ABC1580", None),
    ],
)
def test_the_width_of_a_model_is_known_by_its_name(name: str, dots: int | None) -> None:
    assert dots_of(name) == dots
    assert roll_of(name) == (None if dots is None else paper_for(dots))


def test_a_name_that_two_models_share_is_the_narrower_one() -> None:
    model = find_model("RP-F10")
    assert model is not None
    assert model.dots == 432


@pytest.mark.parametrize("dots", [576, 384])
def test_the_first_wide_ticket_asks_staff_where_nobody_says_which_roll_the_printer_has(
    dots: int, tmp_path: Path
) -> None:
    place = tmp_path / "p.unfinished"
    with ExitStack() as stack, VirtualPrinter(pace=None, model=Model(dots, name="")) as printer:
        for number in ("A001", "A002"):  # a line for each agent, the second of them started anew
            # each agent has a server of its own: the claim of the first may still wait there after it has stopped
            server = stack.enter_context(PrintJobsApi())
            api = stack.enter_context(Api(server.url, TOKEN))
            address = replace(parse("network://h"), device=the_line_to(printer))
            agent = Agent(api, address, patience=CALM, pace=BRISK, unfinished=Unfinished(place))
            agent.start()
            with capture_logs() as log:
                server.wait_for_state(server.offer(paper=80, number=number), "printed")
            assert agent.stop(60)
            asked = [entry["advice"] for entry in log if entry["event"] == "roll not known"]
            assert asked == (["if the right edge is cut off, --paper 58"] if number == "A001" else [])
        first, second = (ticket.picture for ticket in printer.tickets)
    question = texts()["id"]["is_the_line_whole"]
    wanted = draw(replace(a_content(), ruler=question), 80)
    assert whole_and_scraps([first], wanted.crop((0, 0, dots, wanted.height))) == (1, 0)
    assert first.height > second.height


def test_the_question_can_be_read_on_the_narrow_roll_and_its_line_cannot_be_whole_there() -> None:
    plain, asking = draw(a_content(), 80), draw(replace(a_content(), ruler="Untuk petugas: " + "garis " * 14), 80)
    added = asking.crop((0, plain.height, 576, asking.height))
    ink = Image.eval(added.convert("L"), lambda v: 255 - v)
    rows = [ink.crop((0, y, 576, y + 1)).getbbox() for y in range(added.height)]
    widest = [row for row in rows if row and row[2] > 384]
    assert [row for row in widest if row[0] == 0], "the line from edge to edge"
    assert all(row[0] in (0, 28) for row in widest), "words stay within 58 mm"


@pytest.mark.parametrize("options", ["?dots=576", "?profile=TM-T20II"])
def test_nobody_is_asked_where_the_width_is_said(options: str) -> None:
    picture, _ = the_ticket_of(Model(576, name=""), options)
    assert whole_and_scraps([picture], draw(a_content(), 80)) == (1, 0)

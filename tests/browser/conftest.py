"""What the browser tests share: the code under test as a page, and a stage to run it on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Page

from deploy import pages
from tests.browser.boards import a_board
from tests.browser.stage import Stage, stage
from tests.browser.tv import PLAYER, SCREENS, Voice, open_hall
from tests.speech.waves import a_tone, a_wave

HERE = Path(__file__).parent
PAGE_SOURCES = pages.ROOT / "server" / "pages"


def bundle(out: Path, *entries: str) -> Path:
    """Bundles `name=source` entries into `out` as the real build does, and answers `out`."""
    pages.install_packages(types=False)
    (esbuild,) = (pages.MODULES / "@esbuild").glob("*/bin/esbuild")
    options = ("--bundle", "--format=iife", "--external:/static/*", "--log-level=warning")
    pages.run(esbuild, *entries, *options, f"--target={pages.BROWSER}", f"--outdir={out}")
    return out


@pytest.fixture(scope="session")
def probe(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the shared browser code bundled as probe.js."""
    return bundle(tmp_path_factory.mktemp("probe"), f"probe={HERE / 'probe.ts'}")


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the ticket's page and the home page, as they are served."""
    entries = [
        f"{page}={PAGE_SOURCES / page / source}" for page in ("ticket", "home") for source in ("main.tsx", "page.css")
    ]
    out = bundle(tmp_path_factory.mktemp("built"), *entries)
    pages.copy_fonts(out / "fonts", ".woff2")
    pages.make_plain_zeros(out / "fonts")
    return out


@pytest.fixture
def staged() -> Iterator[Callable[..., Stage]]:
    """Starts stages that end with the test."""
    with ExitStack() as stack:
        yield lambda static, **options: stack.enter_context(stage(static, **options))


@pytest.fixture
def lab(staged: Callable[..., Stage], probe: Path, page: Page) -> Stage:
    """A stage whose empty page `/` has the shared code as `window.giliran`, opened in `page`."""
    set_up = staged(probe)
    set_up.pages["/"] = {"page": "probe", "language": "en"}
    page.goto(set_up.url)
    return set_up


@pytest.fixture(scope="session")
def built_wall(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wall as it is served."""
    page = pages.ROOT / "display" / "page"
    out = bundle(tmp_path_factory.mktemp("built"), f"display={page / 'main.tsx'}", f"display={page / 'page.css'}")
    pages.copy_fonts(out / "fonts", ".woff2")
    pages.make_plain_zeros(out / "fonts")
    return out


@pytest.fixture
def lobby(staged: Callable[..., Stage], built_wall: Path) -> Stage:
    """A stage with an empty board, at /display/mal."""
    set_up = staged(built_wall)
    set_up.state = a_board()
    set_up.pages["/display/mal"] = {
        "page": "display", "build": "one", "language": "id", "languages": ["id", "en"], "branch": "mal",
    }  # fmt: skip
    return set_up


@pytest.fixture
def voice() -> Voice:
    return Voice(a_wave(a_tone(seconds=0.1)))


@pytest.fixture
def wall(page: Page, voice: Voice) -> Page:
    """A TV with a player of the tests' own."""
    page.set_viewport_size(SCREENS["1920x1080"])
    page.add_init_script(PLAYER)
    page.route("**/api/v1/speech/**", voice)
    return page


@pytest.fixture(scope="session")
def wall_code(tmp_path_factory: pytest.TempPathFactory) -> str:
    out: Path = bundle(tmp_path_factory.mktemp("wall"), f"wall={HERE / 'display_probe.ts'}")
    return (out / "wall.js").read_text(encoding="utf-8")


@pytest.fixture
def hall(page: Page, wall_code: str) -> Page:
    """A page with an announcer as `show`, which has seen an empty board."""
    page.goto("about:blank")
    page.add_script_tag(content=wall_code)
    open_hall(page)
    return page

"""What the browser tests share: the code under test as a page, and a stage to run it on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Page

from deploy import pages
from tests.browser.stage import Stage, stage

HERE = Path(__file__).parent


@pytest.fixture(scope="session")
def probe(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the shared browser code bundled as probe.js."""
    pages.install_packages(types=False)
    out = tmp_path_factory.mktemp("probe")
    (esbuild,) = (pages.MODULES / "@esbuild").glob("*/bin/esbuild")
    pages.run(
        esbuild,
        HERE / "probe.ts",
        "--bundle",
        "--format=iife",
        f"--target={pages.BROWSER}",
        f"--outdir={out}",
        "--log-level=warning",
    )
    return out


@pytest.fixture
def built() -> Path:
    """The folder of the built pages, up to date with their sources."""
    pages.build()
    return pages.STATIC


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

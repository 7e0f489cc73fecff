"""The build of the pages, and the wheel that carries them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from deploy import pages

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the sources, with nothing built, and the npm packages of this tree."""
    for folder in pages.SOURCES:
        shutil.copytree(ROOT / folder, tmp_path / folder, dirs_exist_ok=True)
    for name in pages.SOURCE_FILES:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    (tmp_path / "node_modules").symlink_to(ROOT / "node_modules")
    monkeypatch.setattr(pages, "ROOT", tmp_path)
    monkeypatch.setattr(pages, "STATIC", tmp_path / "server" / "static")
    monkeypatch.setattr(pages, "PRINTER_FONTS", tmp_path / "printer" / "fonts")
    monkeypatch.setattr(pages, "MODULES", tmp_path / "node_modules")
    return tmp_path


def built(root: Path) -> dict[str, bytes]:
    static = root / "server" / "static"
    return {path.relative_to(static).as_posix(): path.read_bytes() for path in static.rglob("*") if path.is_file()}


def test_the_pages_that_are_served_are_built_from_these_sources() -> None:
    assert pages.read_build() == pages.source_hash()


@pytest.mark.parametrize("page", pages.PAGES)
def test_a_page_with_its_script_and_its_style_sheet_weighs_at_most_60_kilobytes(page: str) -> None:
    document = 1_000  # the document itself, which the server makes
    files = [pages.STATIC / f"{page}.{kind}.gz" for kind in ("js", "css")]
    assert document + sum(file.stat().st_size for file in files) <= 60_000


def test_a_build_has_a_script_and_a_style_sheet_a_page_and_the_font_for_screen_and_paper(
    sources: Path,
) -> None:
    pages.build()
    files = built(sources)
    for page in pages.PAGES:
        assert files[f"{page}.js"]
        assert files[f"{page}.css"]
    for module in pages.MODULES_LATER:
        assert files[f"{module}.js"]
    fonts = [name for name in files if name.endswith(".woff2")]
    plain = [name for name in files if name.startswith("fonts/plain-zero-")]
    assert (len(fonts), len(plain)) == (6, 3)
    for_paper = {path.name for path in (sources / "printer" / "fonts").glob("*.woff")}
    assert {name.removeprefix("fonts/").replace(".woff2", ".woff") for name in fonts} < for_paper
    scripts = sum(map(len, pages.PRINTER_SCRIPTS.values()))
    assert len(for_paper) == 6 + scripts * len(pages.PRINTER_WEIGHTS)


def test_a_build_carries_the_licences_of_what_it_is_made_of(sources: Path) -> None:
    pages.build()
    licences = built(sources)["LICENCES.txt"].decode()
    assert "\npreact " in licences
    assert "\nsocket.io-client " in licences


def test_equal_sources_are_built_to_equal_files(sources: Path) -> None:
    pages.build()
    first = built(sources)
    (sources / "server" / "static" / "build.json").unlink()
    pages.build()
    assert built(sources) == first


def test_sources_that_have_not_changed_are_not_built_again(sources: Path) -> None:
    build = pages.build()
    script = sources / "server" / "static" / "kiosk.js"
    script.write_text("untouched")
    assert pages.build() == build
    assert script.read_text() == "untouched"


def test_a_changed_text_makes_a_new_build(sources: Path) -> None:
    before = pages.source_hash()
    texts = sources / "server" / "texts" / "en.json"
    texts.write_text(texts.read_text().replace("{", "{ ", 1))
    assert pages.source_hash() != before


def test_a_build_that_breaks_says_where_and_leaves_the_last_good_one(
    sources: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    build = pages.build()
    good = built(sources)
    (sources / "kiosk" / "page" / "main.tsx").write_text("const = broken")
    with pytest.raises(pages.BuildError):
        pages.build()
    assert "kiosk/page/main.tsx:1" in capfd.readouterr().err
    assert pages.read_build() == build != pages.source_hash()
    assert built(sources) == good
    assert [path.name for path in (sources / "server").glob("static*")] == ["static"]


def test_a_page_without_an_entry_stops_the_build(sources: Path) -> None:
    (sources / "display" / "page" / "main.tsx").unlink()
    with pytest.raises(pages.BuildError, match=r"no display/page/main\.tsx"):
        pages.build()


def test_the_wheel_runs_anywhere_and_holds_what_is_served_and_no_browser_source(
    tmp_path: Path,
) -> None:
    build = "import sys; from hatchling.build import build_wheel; build_wheel(sys.argv[1])"
    subprocess.run(
        [sys.executable, "-c", build, str(tmp_path)],
        cwd=ROOT,
        check=True,
        capture_output=True,
        env={**os.environ, "PYTHONPATH": ""},
    )
    (wheel,) = tmp_path.glob("*.whl")
    assert wheel.name.endswith("-py3-none-any.whl")
    names = zipfile.ZipFile(wheel).namelist()
    for wanted in ("server/static/kiosk.js", "server/static/build.json", "server/texts/id.json"):
        assert wanted in names
    assert [name for name in names if name.startswith("printer/fonts/")]
    assert [name for name in names if name.startswith("server/store/migrations/versions/")]
    assert [name for name in names if name.endswith((".ts", ".tsx"))] == []

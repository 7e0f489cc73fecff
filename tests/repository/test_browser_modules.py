"""The browser sources have walls too: a page knows what is shared and no other page, and no import goes round."""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath

from tests.repository.test_repository import ROOT, tracked

IMPORT = re.compile(r"""(?:from|import)\s+"(\.[^"]+)\"""")
SHARED = PurePosixPath("server/pages/shared")
STAFF = PurePosixPath("server/pages/staff")
TEXTS = PurePosixPath("server/texts")
OF_STAFF = {"counter", "supervisor", "setup", "admin"}


def imports() -> dict[PurePosixPath, set[PurePosixPath]]:
    """Return module → the modules of the repository that it imports."""
    modules = [path for path in tracked() if path.suffix in {".ts", ".tsx"} and path.parts[0] != "tests"]
    known = {path.with_suffix(""): path for path in modules}
    return {path: set(_imported(path, known)) for path in modules}


def _imported(path: PurePosixPath, known: dict[PurePosixPath, PurePosixPath]) -> list[PurePosixPath]:
    found = IMPORT.findall((ROOT / path).read_text(encoding="utf-8"))
    resolved = [PurePosixPath(Path(ROOT / path.parent / name).resolve().relative_to(ROOT)) for name in found]
    return [known.get(name.with_suffix("") if name.suffix in {".ts", ".tsx"} else name, name) for name in resolved]


def room(path: PurePosixPath) -> PurePosixPath:
    """Return the folder whose walls the module stands in: `kiosk/page`, `server/pages/counter`, `server/texts`."""
    return PurePosixPath(*path.parts[: 3 if path.parts[:2] == ("server", "pages") else 2])


def allowed(own: PurePosixPath) -> set[PurePosixPath]:
    """Return the rooms that a module of this room may import."""
    if own == SHARED:
        return {SHARED, TEXTS}
    return {own, SHARED, TEXTS} | ({STAFF} if own.name in OF_STAFF else set())


def test_a_page_imports_what_is_shared_and_no_other_page() -> None:
    graph = imports()
    assert len(graph) > 100, "the sources were found"
    strays = {
        f"{module} imports {other}"
        for module, others in graph.items()
        for other in others
        if room(other) not in allowed(room(module))
    }
    assert strays == set()


def test_no_import_goes_round() -> None:
    graph = imports()
    while leaves := {module for module, others in graph.items() if not others & graph.keys()}:
        graph = {module: others for module, others in graph.items() if module not in leaves}
    assert sorted(map(str, graph)) == [], "each of these imports itself by way of others"

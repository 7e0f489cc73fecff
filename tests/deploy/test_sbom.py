"""The bill of materials names every package that a server runs with, as it is locked."""

from __future__ import annotations

from cyclonedx.output import make_outputter
from cyclonedx.schema import OutputFormat, SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from deploy import sbom


def test_the_bill_of_materials_is_valid_and_has_every_locked_package_with_its_hashes() -> None:
    lock = sbom.LOCK.read_text(encoding="utf-8")
    made = sbom.python_bom()
    text = make_outputter(made, OutputFormat.JSON, SchemaVersion.V1_6).output_as_string()
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    locked = [line.split(" ")[0].rstrip("\\") for line in lock.splitlines() if line[:1].isalnum()]
    assert sorted(f"{one.name}=={one.version}" for one in made.components) == sorted(locked)
    assert sum(len(one.hashes) for one in made.components) == lock.count("--hash=sha256:")


def test_the_licences_that_ask_something_of_distributors_are_in_the_notice() -> None:
    notice = (sbom.ROOT / "NOTICE").read_text(encoding="utf-8")
    unnamed = [
        one.name
        for one in sbom.python_bom().components
        for licence in one.licenses
        if any(word in str(licence) for word in ("GPL", "Lesser", "MPL", "Mozilla")) and one.name not in notice
    ]
    assert unnamed == []

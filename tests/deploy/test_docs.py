"""The pages of docs/ that are made of the code are as the code is."""

from __future__ import annotations

import yaml

from deploy import docs
from server.config_file.reading import read_declarations


def test_the_page_of_the_apply_file_is_the_one_of_the_models() -> None:
    assert docs.PAGE.read_text(encoding="utf-8") == docs.apply_file_page(), "run `make docs`"


def test_the_example_of_the_page_can_be_applied_and_has_every_key() -> None:
    page = docs.apply_file_page()
    text = page.partition("```yaml\n")[2].partition("```")[0]
    (declared,) = read_declarations(text)
    assert declared.branch.slug == "central"
    document = yaml.safe_load(text)
    for place, model in docs.PARTS.items():
        part = document
        for name in place.split("."):
            part = part[name]
        assert set(model.model_fields) == set(part[0] if isinstance(part, list) else part), place

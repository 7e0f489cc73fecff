"""What the development server watches."""

from __future__ import annotations

from deploy import dev


def test_it_watches_the_sources_and_not_what_is_built_of_them() -> None:
    watched = {path.relative_to(dev.ROOT).as_posix() for path in dev.saved()}
    assert "server/__init__.py" in watched
    assert "server/texts/id.json" in watched
    assert not [name for name in watched if name.startswith("server/static/")]

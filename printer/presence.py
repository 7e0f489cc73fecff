"""Says once that a thing went away, and once that it is back."""

from typing import Any

import structlog

_log = structlog.get_logger("printer")


class Presence:
    """Whether something the agent depends on is there; a line is logged only when that changes."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._away: str | None = None

    @property
    def away(self) -> bool:
        """Whether it was not there when last noted."""
        return self._away is not None

    def note(self, reason: str | None, **more: Any) -> bool:
        """Notes why it is away, or None when it is there. True when it has just come back."""
        was, self._away = self._away, reason
        if reason and not was:
            _log.warning(f"{self._name} away", reason=reason, **more)
        elif was and not reason:
            _log.info(f"{self._name} back", **more)
        return bool(was and not reason)

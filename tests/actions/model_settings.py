"""Hypothesis settings of the model test."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, Phase, settings

EXAMPLES = int(os.environ.get("GILIRAN_MODEL_DAYS", "250"))
"""The number of days of the long form."""


def short(examples: int, steps: int) -> settings:
    """Examples are not shrunk: on a real database that takes minutes, and a time-out would hide the failure."""
    return settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        phases=(Phase.explicit, Phase.reuse, Phase.generate),
        suppress_health_check=list(HealthCheck),
        print_blob=True,
    )

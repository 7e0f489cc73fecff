"""How long the model is lived through."""

from __future__ import annotations

from hypothesis import HealthCheck, Phase, settings


def short(examples: int, steps: int) -> settings:
    """Not shrunk: on a real database that takes minutes, and a time-out would hide what was found."""
    return settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        phases=(Phase.explicit, Phase.reuse, Phase.generate),
        suppress_health_check=list(HealthCheck),
        print_blob=True,
    )

"""Hypothesis strategies of the model: principals, counters, numbers."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import strategies as st

from server.domain.people.principal import Principal, Role
from tests.actions.plain_parts import Counter
from tests.scene import a_clerk

PROGRAM = Principal("token:1", Role.AGENT, "the desks' program", branch_id=1, token_id=1)
CLERKS = (a_clerk(1), a_clerk(2))
PROFILES = (
    Counter(("A",), ("B",)),
    Counter(("B",), ("A",), timedelta(minutes=5)),
    Counter(("A", "B")),
    Counter(("B",)),
)
HEAD_STARTS = {"senior": timedelta(minutes=10)}

WHO = st.sampled_from([PROGRAM, PROGRAM, PROGRAM, PROGRAM, *CLERKS])
COUNTERS = st.integers(1, 4)
SERVICES = st.sampled_from(["A", "B"])
NUMBERS = st.builds(lambda s, n: f"A{n:03d}" if s == "A" else f"B{n}", SERVICES, st.integers(1, 8))
EXPECTED = st.sampled_from([None, None, None, "held", "parked", "any"])
STOPS = ["open", "open", "pause", "pause_later", "close"]
PICK = st.integers(0, 1000)

"""How fast phones may take numbers: a waiting room at once, and no stranger all of them."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field

from server.access.throttle import Throttle
from server.domain.errors import RateLimited

_KEPT = 20_000


@dataclass(frozen=True)
class PhonePace:
    """The pace at which nobody known may take numbers, by network and by branch.

    Phones in the waiting room come from the network of the branch's own devices and staff. They have a measure of
    their own, so that strangers on hundreds of networks elsewhere cannot use it up. Networks elsewhere share a slower
    one; where they have used it up, a network that has taken no number lately still has a chance.
    """

    of_network: Throttle = field(default_factory=lambda: Throttle(burst=120, every=1))
    of_house: Throttle = field(default_factory=lambda: Throttle(burst=300, every=1))
    of_elsewhere: Throttle = field(default_factory=lambda: Throttle(burst=100, every=2))
    of_newcomers: Throttle = field(default_factory=lambda: Throttle(burst=30, every=2))
    of_first: Throttle = field(default_factory=lambda: Throttle(burst=1, every=3600))
    """Whether a network has taken a number within the last hour."""
    _houses: OrderedDict[tuple[str, int | None], None] = field(default_factory=OrderedDict)
    """(network, branch id) of devices and staff that have been heard; branch None: staff of every branch."""

    def heard(self, network: str, branch_id: int | None) -> None:
        """A device or somebody of the staff has asked from this network: it is a branch's own."""
        self._houses[network, branch_id] = None
        self._houses.move_to_end((network, branch_id))
        while len(self._houses) > _KEPT:
            self._houses.popitem(last=False)

    def check(self, network: str, branch_id: int, at: float) -> None:
        """Count one number at `at`, in monotonic seconds. Raises RateLimited with the seconds to wait."""
        self.of_network.check(network, at)
        try:
            self._check_branch(network, str(branch_id), at)
        except RateLimited:
            self.of_network.take_back(network)
            raise

    def _check_branch(self, network: str, branch: str, at: float) -> None:
        if (network, int(branch)) in self._houses or (network, None) in self._houses:
            self.of_house.check(branch, at)
            return
        try:
            self.of_first.check(f"{branch} {network}", at)
            first = True
        except RateLimited:
            first = False
        try:
            self.of_elsewhere.check(branch, at)
        except RateLimited:
            if not first:
                raise
            self._check_newcomer(network, branch, at)

    def _check_newcomer(self, network: str, branch: str, at: float) -> None:
        try:
            self.of_newcomers.check(branch, at)
        except RateLimited:
            self.of_first.take_back(f"{branch} {network}")  # it still has taken none
            raise

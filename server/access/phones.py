"""Rate limits for phone tickets: wide for a waiting room, narrow for strangers."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field

from server.access.throttle import Throttle
from server.domain.errors import RateLimited

_MAX_NETWORKS = 20_000


@dataclass(frozen=True)
class PhonePace:
    """The rate limits of anonymous ticket requests, by network and by branch.

    Phones in the waiting room share the network of the branch's devices and staff. They have a limit of their own, so
    that strangers on hundreds of other networks cannot use it up. Other networks share a lower limit; when it is used
    up, a network that has taken no number recently still has a chance.
    """

    of_network: Throttle = field(default_factory=lambda: Throttle(burst=120, every=1))
    of_branch_network: Throttle = field(default_factory=lambda: Throttle(burst=300, every=1))
    of_elsewhere: Throttle = field(default_factory=lambda: Throttle(burst=100, every=2))
    of_newcomers: Throttle = field(default_factory=lambda: Throttle(burst=30, every=2))
    of_first: Throttle = field(default_factory=lambda: Throttle(burst=1, every=3600))
    """Whether a network has taken a number within the last hour."""
    _branch_networks: OrderedDict[tuple[str, int | None], None] = field(default_factory=OrderedDict)
    """(network, branch id) of active devices and staff; branch None: staff of every branch."""

    def add_branch_network(self, network: str, branch_id: int | None) -> None:
        """Note a request of a device or of staff from this network: it is the branch's own."""
        self._branch_networks[network, branch_id] = None
        self._branch_networks.move_to_end((network, branch_id))
        while len(self._branch_networks) > _MAX_NETWORKS:
            self._branch_networks.popitem(last=False)

    def check(self, network: str, branch_id: int, at: float) -> None:
        """Count one ticket request at `at` (monotonic seconds). Raises RateLimited with the seconds to wait."""
        self.of_network.check(network, at)
        try:
            self._check_branch(network, str(branch_id), at)
        except RateLimited:
            self.of_network.take_back(network)
            raise

    def _check_branch(self, network: str, branch: str, at: float) -> None:
        if (network, int(branch)) in self._branch_networks or (network, None) in self._branch_networks:
            self.of_branch_network.check(branch, at)
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
            self.of_first.take_back(f"{branch} {network}")  # it has not taken a number
            raise

"""Failed sign-ins: rate-limited log lines, and a count for each account for its supervisors."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import structlog

from server.access.throttle import Throttle
from server.domain.errors import RateLimited
from server.domain.people.accounts import User
from server.store.tables.sign_ins import Failures

log = structlog.get_logger()

PERIOD_SECONDS = 60.0
"""After a logged failure, further ones are counted and logged together after this time."""
_PAIRS = 50
"""The number of (account, address) pairs that are counted separately; all others are counted together."""
_OTHERS = ("(several)", "(several)")
SET_UP = "(set-up)"
"""The account name logged for a wrong set-up code."""


@dataclass
class _Period:
    """Failures since `began` (monotonic seconds) that are not logged yet."""

    began: float
    wrong: int = 0
    throttled: int = 0


class FailedSignIns:
    """Collects this server's failures: logs them itself, and hands them to the database writer through `take`.

    Nothing is written before the response is sent: the time it takes would reveal which accounts exist.
    """

    def __init__(self) -> None:
        self._periods: dict[tuple[str, str], _Period] = {}
        self._lines = Throttle(burst=20, every=3)
        self._series: dict[int, Failures] = {}

    def add(
        self, tried: str, account: User | None, address: str, *, throttled: bool, now: datetime, monotonic: float
    ) -> None:
        """Count a failed sign-in as `tried`: a wrong password, or too many attempts (`throttled`)."""
        if account is not None:
            self.give_back({account.id: Failures(1, now, now, address)})
        self._count(logged_name(tried, account), address, "wrong name or password", throttled, monotonic)

    def add_set_up(self, address: str, *, throttled: bool, monotonic: float) -> None:
        """Count a wrong set-up code, or too many attempts (`throttled`). The code itself is not logged."""
        self._count(SET_UP, address, "wrong code", throttled, monotonic)

    def _count(self, account: str, address: str, wrong: str, throttled: bool, monotonic: float) -> None:
        pair = (account, address)
        period = self._periods.get(pair)
        if period is None and len(self._periods) < _PAIRS and self._may_log(monotonic):
            self._periods[pair] = _Period(monotonic)
            log.warning(
                "sign_in_failed", account=account, address=address, reason="too many tries" if throttled else wrong
            )
            return
        if period is None:
            period = self._periods.setdefault(_OTHERS, _Period(monotonic))
        if throttled:
            period.throttled += 1
        else:
            period.wrong += 1

    def _may_log(self, monotonic: float) -> bool:
        try:
            self._lines.check("", monotonic)
        except RateLimited:
            return False
        return True

    def log_counts(self, monotonic: float) -> None:
        """Log the counts of repeated failures, a line per minute for each account and address."""
        for (account, address), period in list(self._periods.items()):
            seconds = monotonic - period.began
            if seconds < PERIOD_SECONDS:
                continue
            if period.wrong or period.throttled:
                log.warning(
                    "sign_ins_failed",
                    account=account,
                    address=address,
                    wrong=period.wrong,
                    throttled=period.throttled,
                    seconds=round(seconds),
                )
                self._periods[account, address] = _Period(monotonic)
            else:
                del self._periods[account, address]

    def take(self) -> dict[int, Failures]:
        """Return and clear the failures since the last call, by account id."""
        series, self._series = self._series, {}
        return series

    def give_back(self, series: dict[int, Failures]) -> None:
        """Keep failures, for example ones that could not be written, until the next `take`."""
        for user_id, failures in series.items():
            before = self._series.get(user_id)
            self._series[user_id] = failures if before is None else before.merge(failures)


def logged_name(tried: str, account: User | None) -> str:
    """Return an account's name for the log. An unknown name is cut short: it may be a password in the wrong field."""
    if account is not None:
        return account.name
    return tried[:3] + "…" if len(tried) > 3 else tried

"""Failed sign-ins: a line in the log within a bound, and a series for each account that supervisors are told of."""

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
"""Failures that follow one that was logged are logged as a count, so many seconds later."""
_PAIRS = 50
"""Accounts and addresses that are counted each for itself; what fails besides is counted together."""
_OTHERS = ("(several)", "(several)")
SET_UP = "(set-up)"
"""Stands in the log for an account where the code of the set-up was wrong."""


@dataclass
class _Period:
    """What has failed since `began`, in monotonic seconds, and is not logged yet."""

    began: float
    wrong: int = 0
    throttled: int = 0


class FailedSignIns:
    """Takes in every failure of this server, and gives them on: to the log by itself, to the database by `take`.

    Nothing is written while somebody waits for the answer: how long that takes would tell which accounts there are.
    """

    def __init__(self) -> None:
        self._periods: dict[tuple[str, str], _Period] = {}
        self._lines = Throttle(burst=20, every=3)
        self._series: dict[int, Failures] = {}

    def add(
        self, tried: str, account: User | None, address: str, *, throttled: bool, now: datetime, monotonic: float
    ) -> None:
        """One sign-in as `tried` has failed: its password was wrong, or there were too many tries (`throttled`)."""
        if account is not None:
            self.give_back({account.id: Failures(1, now, now, address)})
        self._count(shown(tried, account), address, "wrong name or password", throttled, monotonic)

    def add_set_up(self, address: str, *, throttled: bool, monotonic: float) -> None:
        """Somebody has given a wrong code to the set-up, or too many (`throttled`). The code itself is not logged."""
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
        """Log what has failed again and again: a line a minute for each account and address."""
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
        """Account id → what has failed since this was asked last."""
        series, self._series = self._series, {}
        return series

    def give_back(self, series: dict[int, Failures]) -> None:
        """Keep a series, perhaps one that could not be written down, until it is taken."""
        for user_id, one in series.items():
            before = self._series.get(user_id)
            self._series[user_id] = one if before is None else before.and_(one)


def shown(tried: str, account: User | None) -> str:
    """An account's name for the log. A name that nobody has is cut short: it may be a password in the wrong field."""
    if account is not None:
        return account.name
    return tried[:3] + "…" if len(tried) > 3 else tried

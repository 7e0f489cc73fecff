"""The tables. Keys are natural where the field has them (service code, counter number), so history is readable."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Dialect,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    false,
    text,
)

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

metadata = MetaData(naming_convention=NAMING)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def micros(moment: datetime) -> int:
    """Return the microseconds since 1970 UTC, exactly: float seconds would lose the last digits."""
    delta = moment - _EPOCH
    return (delta.days * 86_400 + delta.seconds) * 1_000_000 + delta.microseconds


def _to_micros(moment: datetime | None) -> int | None:
    return None if moment is None else micros(moment)


def _from_micros(value: int | None) -> datetime | None:
    return None if value is None else _EPOCH + timedelta(0, 0, value)  # a keyword argument takes half as long again


class Instant(TypeDecorator[datetime]):
    """An aware UTC datetime, stored as integer microseconds: the same order and precision in every database."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        return _to_micros(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        return _from_micros(value)

    # a branch snapshot has thousands of these; the processors below skip BigInteger's own

    def bind_processor(self, dialect: Dialect) -> Callable[[datetime | None], int | None]:
        return _to_micros

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[int | None], datetime | None]:
        return _from_micros


@lru_cache(maxsize=16)  # nearly all rows of a snapshot are of one day
def _day(value: str | None) -> date | None:
    return None if value is None else date.fromisoformat(value)


class Day(TypeDecorator[date]):
    """A business day, stored as ISO text."""

    impl = String(10)
    cache_ok = True

    def process_bind_param(self, value: date | None, dialect: Dialect) -> str | None:
        return None if value is None else value.isoformat()

    def process_result_value(self, value: str | None, dialect: Dialect) -> date | None:
        return _day(value)

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[str | None], date | None]:
        return _day


def _id() -> Column[Any]:
    # SQLite assigns ids only to INTEGER keys
    return Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True)


def _branch(**options: Any) -> Column[Any]:
    return Column("branch_id", ForeignKey("branch.id"), nullable=False, **options)


meta = Table(
    "meta",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("value", Text, nullable=False),
)

branch = Table(
    "branch",
    metadata,
    _id(),
    Column("slug", String(64), nullable=False, unique=True),
    Column("name", JSON, nullable=False),
    Column("timezone", String(64), nullable=False),
    Column("languages", JSON, nullable=False),
    Column("day_start", String(5), nullable=False),
    Column("start_on_call", Boolean, nullable=False),
    Column("public_url", Text),
    Column("hours", JSON),
    # opening spans by date, for days that differ from their weekday
    Column("special_days", JSON),
    # no numbers are issued in the last minutes before closing
    Column("last_ticket_minutes", Integer, nullable=False, server_default=text("0")),
    Column("join_by_phone", Boolean, nullable=False),
    # the share of each service's numbers that phones may take
    Column("phone_share", Float, nullable=False, server_default=text("0.5")),
    Column("reinstate_minutes", Integer, nullable=False),
    Column("notice", JSON),
    # how long open tickets are kept after the turn of the day, if the branch is open then
    Column("carry_hours", Integer, nullable=False, server_default=text("12")),
    Column("pause_reasons", JSON),  # reasons for pausing a counter: [{code, name}]
    # recalls, and seconds since the call, before a customer counts as a no-show
    Column("no_show_recalls", Integer, nullable=False, server_default=text("0")),
    Column("no_show_seconds", Integer, nullable=False, server_default=text("0")),
    # how long personal text (notes, reasons) is kept
    Column("retention_days", Integer, nullable=False, server_default=text("90")),
    Column("retired", Boolean, nullable=False),
    Column("revision", BigInteger, nullable=False),
    # the order of the branch's events: every action advances seq in its own transaction
    Column("seq", BigInteger, nullable=False),
    Column("last_at", Instant, nullable=False),
    # the digest of the last event; the seq up to which events have no digest
    Column("chain_head", LargeBinary),
    Column("chain_start", BigInteger, nullable=False, server_default=text("0")),
    # the business day up to which open tickets have been expired
    Column("expired_to", Day),
    # while open tickets of another business day are carried: when to check again whether their time is over
    Column("carried_until", Instant),
    # what the last turn of the business day did to open tickets
    Column("last_turn", JSON),
    # the business day before which personal text has been erased
    Column("erased_to", Day),
)

service = Table(
    "service",
    metadata,
    _branch(primary_key=True),
    Column("code", String(2), primary_key=True),
    Column("name", JSON, nullable=False),
    Column("first_number", Integer, nullable=False),
    Column("last_number", Integer, nullable=False),
    Column("target_wait_seconds", Integer, nullable=False),
    Column("daily_quota", Integer),
    Column("position", Integer, nullable=False),
    Column("retired", Boolean, nullable=False),
)

priority_class = Table(
    "priority_class",
    metadata,
    _branch(primary_key=True),
    Column("code", String(32), primary_key=True),
    Column("name", JSON, nullable=False),
    Column("head_start_seconds", Integer, nullable=False),
    Column("position", Integer, nullable=False),
    Column("retired", Boolean, nullable=False),
)

counter = Table(
    "counter",
    metadata,
    _branch(primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("name", JSON, nullable=False),
    Column("services", JSON, nullable=False),
    Column("helps_out_with", JSON, nullable=False),
    Column("helps_out_after_seconds", Integer),
    Column("retired", Boolean, nullable=False),
    # the present state
    Column("state", String(8), nullable=False),
    Column("reason", Text),
    Column("pause_after", Text),  # the reason of a pause that starts when the customer has left
    Column("agent", String(64)),
    Column("holder", String(64)),
    Column("changed_at", Instant),
)

number_series = Table(
    "number_series",
    metadata,
    _branch(primary_key=True),
    Column("service", String(2), primary_key=True),
    Column("business_day", Day, primary_key=True),
    Column("last", Integer, nullable=False),
    # how many of the numbers phones have taken
    Column("phones", Integer, nullable=False, server_default=text("0")),
    # ordinals up to `last` that were skipped, since an open ticket of another day had the number
    Column("left_out", Integer, nullable=False, server_default=text("0")),
)

ticket = Table(
    "ticket",
    metadata,
    _id(),
    _branch(),
    Column("business_day", Day, nullable=False),
    Column("number", String(16), nullable=False),
    Column("service", String(2), nullable=False),
    Column("priority", String(32), nullable=False),
    Column("state", String(10), nullable=False),
    Column("language", String(8), nullable=False),
    Column("issued_at", Instant, nullable=False),
    Column("place_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("counter", Integer),
    Column("for_counter", Integer),
    Column("leg_id", BigInteger),
    Column("note", Text),
    Column("origin", String(64), nullable=False),
    # kiosk, phone, staff or api
    Column("channel", String(8)),
    UniqueConstraint("branch_id", "business_day", "number"),
    ForeignKeyConstraint(["branch_id", "service"], ["service.branch_id", "service.code"]),
    # finds the head of each (service, class) line, for any length of the line or of history; SQLite checks the last two
    # columns again, and here need not read the rows for them
    Index(
        "ix_ticket_line",
        "branch_id",
        "service",
        "priority",
        "place_at",
        "id",
        "state",
        "for_counter",
        sqlite_where=text("state = 'waiting' AND for_counter IS NULL"),
        postgresql_where=text("state = 'waiting' AND for_counter IS NULL"),
    ),
    # the tickets that wait for one counter only
    Index(
        "ix_ticket_moved",
        "branch_id",
        "for_counter",
        "place_at",
        "id",
        sqlite_where=text("state = 'waiting' AND for_counter IS NOT NULL"),
        postgresql_where=text("state = 'waiting' AND for_counter IS NOT NULL"),
    ),
    # two open tickets of a branch never share a number
    Index(
        "uq_ticket_open_number",
        "branch_id",
        "number",
        unique=True,
        sqlite_where=text("state IN ('waiting','called','serving','parked')"),
        postgresql_where=text("state IN ('waiting','called','serving','parked')"),
    ),
    # a counter holds at most one called or serving ticket
    Index(
        "uq_ticket_at_counter",
        "branch_id",
        "counter",
        unique=True,
        sqlite_where=text("state IN ('called','serving')"),
        postgresql_where=text("state IN ('called','serving')"),
    ),
)

leg = Table(
    "leg",
    metadata,
    _id(),
    Column("ticket_id", ForeignKey("ticket.id"), nullable=False, index=True),
    _branch(),
    Column("business_day", Day, nullable=False),
    Column("service", String(2), nullable=False),
    Column("counter", Integer),
    Column("queued_at", Instant, nullable=False),
    Column("called_at", Instant),
    Column("started_at", Instant),
    Column("ended_at", Instant),
    Column("outcome", String(12)),
    Column("recalls", Integer, nullable=False),
    Column("called_seq", BigInteger),
    Index("ix_leg_day", "branch_id", "business_day"),
    Index(
        "ix_leg_called",
        "branch_id",
        "called_seq",
        sqlite_where=text("called_seq IS NOT NULL"),
        postgresql_where=text("called_seq IS NOT NULL"),
    ),
    # finds the last served customers of a service, for any number of no-shows; covers all columns of that query
    Index(
        "ix_leg_served",
        "branch_id",
        "service",
        "ended_at",
        "called_at",
        "outcome",
        sqlite_where=text("outcome = 'served'"),
        postgresql_where=text("outcome = 'served'"),
    ),
)

event = Table(
    "event",
    metadata,
    Column("branch_id", ForeignKey("branch.id"), primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("type", String(20), nullable=False),
    Column("at", Instant, nullable=False),
    Column("ticket_id", BigInteger, index=True),
    Column("number", String(16)),
    Column("service", String(2)),
    Column("counter", Integer),
    Column("data", JSON, nullable=False),
    # the chain over the log: see domain/event_chain
    Column("digest", LargeBinary),
    Column("words", LargeBinary),
    Column("salt", LargeBinary),
    Index(
        "ix_event_counter",
        "branch_id",
        "counter",
        "at",
        sqlite_where=text("counter IS NOT NULL"),
        postgresql_where=text("counter IS NOT NULL"),
    ),
)

device = Table(
    "device",
    metadata,
    _id(),
    _branch(),
    Column("role", String(12), nullable=False),
    Column("name", String(64), nullable=False),
    Column("paper", Integer),
    Column("printer", String(64)),
    Column("status", JSON),
    Column("status_at", Instant),
    Column("seen_at", Instant),
    # printers: held ones get no jobs; `sends_to` gets them instead; unproven papers of trusted ones count as printed
    Column("held", Boolean, nullable=False, server_default=false()),
    Column("sends_to", String(64)),
    Column("trusted", Boolean, nullable=False, server_default=false()),
    Column("retired", Boolean, nullable=False),
    UniqueConstraint("branch_id", "role", "name"),
)

token = Table(
    "token",
    metadata,
    _id(),
    _branch(),
    Column("role", String(12), nullable=False),
    Column("name", String(64), nullable=False),
    Column("hash", String(64), nullable=False, unique=True),
    Column("device_id", ForeignKey("device.id")),
    Column("created_at", Instant, nullable=False),
    Column("revoked_at", Instant),
)

user = Table(
    "user_account",
    metadata,
    _id(),
    Column("name", String(64), nullable=False, unique=True),
    # the name in its folded spelling, for lookups; folding may make it longer
    Column("folded", Text, nullable=False),
    # 0, except if an earlier release made several accounts whose names fold to the same
    Column("namesake", Integer, nullable=False, server_default=text("0")),
    Column("password_hash", Text),
    Column("disabled", Boolean, nullable=False),
    UniqueConstraint("folded", "namesake"),
)

membership = Table(
    "membership",
    metadata,
    _id(),
    Column("user_id", ForeignKey("user_account.id"), nullable=False),
    # None: every branch, including future ones; such an account has no other membership
    Column("branch_id", ForeignKey("branch.id")),
    Column("role", String(12), nullable=False),
    UniqueConstraint("user_id", "branch_id", name="uq_membership_user_id_branch_id"),
    Index(
        "uq_membership_everywhere",
        "user_id",
        unique=True,
        sqlite_where=text("branch_id IS NULL"),
        postgresql_where=text("branch_id IS NULL"),
    ),
)

session = Table(
    "session",
    metadata,
    _id(),
    Column("user_id", ForeignKey("user_account.id"), nullable=False, index=True),
    Column("hash", String(64), nullable=False, unique=True),
    Column("csrf_token", String(64), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("revoked_at", Instant),
)

known_browser = Table(
    "known_browser",
    metadata,
    _id(),
    Column("user_id", ForeignKey("user_account.id"), nullable=False),
    # hash of the secret in the browser's cookie
    Column("hash", String(64), nullable=False, index=True),
    Column("last_used_at", Instant, nullable=False),
    UniqueConstraint("user_id", "hash"),
)

sign_in_failure = Table(
    "sign_in_failure",
    metadata,
    Column("user_id", ForeignKey("user_account.id"), primary_key=True),
    Column("count", Integer, nullable=False),
    Column("first_at", Instant, nullable=False),
    Column("last_at", Instant, nullable=False),
    Column("last_address", String(64), nullable=False),
)

print_job = Table(
    "print_job",
    metadata,
    _id(),
    _branch(),
    Column("ticket_id", ForeignKey("ticket.id"), nullable=False, index=True),
    # None: any printer of the branch
    Column("printer", String(64)),
    Column("issued_by", String(64), nullable=False),
    Column("state", String(10), nullable=False),
    Column("reprint", Boolean, nullable=False),
    Column("content", JSON, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("claimed_by", BigInteger),
    Column("lease", String(43)),
    Column("lease_expires_at", Instant),
    Column("started_at", Instant),
    Column("ended_at", Instant),
    Column("detail", Text),
    Column("unknown_reason", String(10)),  # why the state is unknown, while it is
    # how a person, or the branch's policy, has settled an unknown paper: printed or lost
    Column("resolution", String(10)),
    Column("resolved_by", String(64)),
    Column("resolved_at", Instant),
    Index(
        "ix_print_job_open",
        "branch_id",
        "id",
        sqlite_where=text("state IN ('queued','claimed','started')"),
        postgresql_where=text("state IN ('queued','claimed','started')"),
    ),
)

idempotency = Table(
    "idempotency",
    metadata,
    Column("principal", String(64), primary_key=True),
    Column("key", String(255), primary_key=True),
    Column("fingerprint", String(64), nullable=False),
    Column("deed", JSON, nullable=False),
    Column("at", Instant, nullable=False, index=True),
)

audit = Table(
    "audit",
    metadata,
    _id(),
    Column("at", Instant, nullable=False),
    Column("actor", String(64), nullable=False),
    Column("action", String(64), nullable=False),
    Column("branch_id", ForeignKey("branch.id")),
    Column("data", JSON, nullable=False),
)

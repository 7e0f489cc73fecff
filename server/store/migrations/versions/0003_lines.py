"""Indexes that hold what is asked of them and nothing besides: lines, calls, served customers, events at counters."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_OLD = (("ticket", "ix_ticket_line"), ("leg", "ix_leg_called"), ("leg", "ix_leg_ended"), ("event", "ix_event_counter"))
_NEW = (
    (
        "ticket",
        "ix_ticket_line",
        ("branch_id", "service", "priority", "place_at", "id", "state", "for_counter"),
        "state = 'waiting' AND for_counter IS NULL",
    ),
    (
        "ticket",
        "ix_ticket_moved",
        ("branch_id", "for_counter", "place_at", "id"),
        "state = 'waiting' AND for_counter IS NOT NULL",
    ),
    ("leg", "ix_leg_called", ("branch_id", "called_seq"), "called_seq IS NOT NULL"),
    ("leg", "ix_leg_served", ("branch_id", "service", "ended_at", "called_at", "outcome"), "outcome = 'served'"),
    ("event", "ix_event_counter", ("branch_id", "counter", "at"), "counter IS NOT NULL"),
)


def upgrade() -> None:
    """Make the indexes anew; no row changes."""
    for table, name in _OLD:
        op.drop_index(name, table)
    for table, name, columns, where in _NEW:
        op.create_index(name, table, list(columns), sqlite_where=sa.text(where), postgresql_where=sa.text(where))

"""Tickets that are carried over the turn of the business day."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_OPEN = sa.text("state IN ('waiting','called','serving','parked')")


def upgrade() -> None:
    """Add columns, and make the index of open tickets one of their numbers; every row keeps what it says."""
    for table, column in (
        ("branch", sa.Column("carry_hours", sa.Integer(), nullable=False, server_default=sa.text("12"))),
        ("branch", sa.Column("carried_until", sa.BigInteger())),
        ("branch", sa.Column("last_turn", sa.JSON())),
        ("number_series", sa.Column("left_out", sa.Integer(), nullable=False, server_default=sa.text("0"))),
    ):
        op.add_column(table, column)
    op.drop_index("ix_ticket_open", "ticket")
    op.create_index(
        "uq_ticket_open_number",
        "ticket",
        ["branch_id", "number"],
        unique=True,
        sqlite_where=_OPEN,
        postgresql_where=_OPEN,
    )

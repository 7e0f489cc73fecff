"""What a branch needs when things break: held and redirected printers, settled papers, special days, erasure."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add columns only: every row keeps what it says."""
    for table, columns in {
        "branch": (
            sa.Column("special_days", sa.JSON()),
            sa.Column("last_ticket_minutes", sa.Integer(), nullable=False, server_default=sa.text("0")),
            sa.Column("retention_days", sa.Integer(), nullable=False, server_default=sa.text("90")),
            sa.Column("erased_to", sa.String(length=10)),
        ),
        "device": (
            sa.Column("held", sa.Boolean(), nullable=False, server_default=sa.false()),
            sa.Column("sends_to", sa.String(length=64)),
            sa.Column("trusted", sa.Boolean(), nullable=False, server_default=sa.false()),
        ),
        "print_job": (
            sa.Column("resolution", sa.String(length=10)),
            sa.Column("resolved_by", sa.String(length=64)),
            sa.Column("resolved_at", sa.BigInteger()),
        ),
    }.items():
        for column in columns:
            op.add_column(table, column)

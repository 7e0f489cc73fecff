"""Reasons for a pause, a pause after the customer, and how often and long a customer is waited for."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """No branch has reasons of its own or waits for anybody, and no counter is about to pause."""
    op.add_column("branch", sa.Column("pause_reasons", sa.JSON()))
    for name in ("no_show_recalls", "no_show_seconds"):
        op.add_column("branch", sa.Column(name, sa.Integer(), nullable=False, server_default=sa.text("0")))
    op.add_column("counter", sa.Column("pause_after", sa.Text()))

"""A chain of digests over the event log."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Events that are there stay without a digest; the chain of each branch begins behind them, and says so."""
    op.add_column("branch", sa.Column("chain_head", sa.LargeBinary()))
    op.add_column("branch", sa.Column("chain_start", sa.BigInteger(), nullable=False, server_default=sa.text("0")))
    for name in ("digest", "words", "salt"):
        op.add_column("event", sa.Column(name, sa.LargeBinary()))
    op.execute("UPDATE branch SET chain_start = seq")

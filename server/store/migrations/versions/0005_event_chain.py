"""A chain of digests over the event log, and a column for why a paper is unknown."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


_MOVE_REASONS = {
    "sqlite": """
UPDATE print_job SET
    unknown_reason = CASE state WHEN 'unknown' THEN json_extract(content, '$.unknown_reason') END,
    content = json_remove(content, '$.unknown_reason')
WHERE json_extract(content, '$.unknown_reason') IS NOT NULL
""",
    "postgresql": """
UPDATE print_job SET
    unknown_reason = CASE state WHEN 'unknown' THEN content ->> 'unknown_reason' END,
    content = (content::jsonb - 'unknown_reason')::json
WHERE content ->> 'unknown_reason' IS NOT NULL
""",
}
"""They stood among the words of the paper."""


def upgrade() -> None:
    """Events that are there stay without a digest; the chain of each branch begins behind them, and says so."""
    op.add_column("branch", sa.Column("chain_head", sa.LargeBinary()))
    op.add_column("branch", sa.Column("chain_start", sa.BigInteger(), nullable=False, server_default=sa.text("0")))
    for name in ("digest", "words", "salt"):
        op.add_column("event", sa.Column(name, sa.LargeBinary()))
    op.execute("UPDATE branch SET chain_start = seq")
    op.add_column("print_job", sa.Column("unknown_reason", sa.String(length=10)))
    op.execute(_MOVE_REASONS[op.get_bind().dialect.name])

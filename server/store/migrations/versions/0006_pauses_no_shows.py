"""Reasons for a pause, a pause after the customer, how long a customer is waited for, why a paper is unknown."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
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
    """No branch has reasons of its own or waits for anybody, and no counter is about to pause."""
    op.add_column("branch", sa.Column("pause_reasons", sa.JSON()))
    for name in ("no_show_recalls", "no_show_seconds"):
        op.add_column("branch", sa.Column(name, sa.Integer(), nullable=False, server_default=sa.text("0")))
    op.add_column("counter", sa.Column("pause_after", sa.Text()))
    op.add_column("print_job", sa.Column("unknown_reason", sa.String(length=10)))
    op.execute(_MOVE_REASONS[op.get_bind().dialect.name])

"""How tickets were taken, so that phones leave numbers for the kiosk."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_CHANNELS = """
UPDATE ticket SET channel = CASE
    WHEN origin = 'anonymous' THEN 'phone'
    WHEN origin IN (SELECT 'token:' || id FROM token WHERE role = 'kiosk') THEN 'kiosk'
    WHEN origin IN (SELECT 'token:' || id FROM token WHERE role = 'api') THEN 'api'
    ELSE 'staff'
END
"""
_TAKEN = """
UPDATE number_series SET phones = (
    SELECT count(*) FROM ticket
    WHERE ticket.branch_id = number_series.branch_id AND ticket.business_day = number_series.business_day
        AND ticket.origin = 'anonymous' AND ticket.number LIKE number_series.service || '%'
        AND length(rtrim(ticket.number, '0123456789')) = length(number_series.service)
)
WHERE EXISTS (
    SELECT 1 FROM branch WHERE branch.id = number_series.branch_id AND branch.join_by_phone
)
"""


def upgrade() -> None:
    """Add the columns, and fill them from who took each ticket."""
    op.add_column("branch", sa.Column("phone_share", sa.Float(), nullable=False, server_default=sa.text("0.5")))
    op.add_column("number_series", sa.Column("phones", sa.Integer(), nullable=False, server_default=sa.text("0")))
    op.add_column("ticket", sa.Column("channel", sa.String(length=8)))
    op.execute(_CHANNELS)
    op.execute(_TAKEN)

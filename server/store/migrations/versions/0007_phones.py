"""How tickets were taken, so that phones leave numbers for the kiosk."""

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change nothing yet."""

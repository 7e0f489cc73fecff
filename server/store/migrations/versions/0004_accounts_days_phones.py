"""Accounts in several branches, known browsers, tickets carried over the turn of the day, and numbers by phone."""

import unicodedata
from collections import Counter

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_ACCOUNT = sa.table(
    "user_account", sa.column("id"), sa.column("name"), sa.column("folded"), sa.column("namesake"),
)  # fmt: skip
_OPEN = sa.text("state IN ('waiting','called','serving','parked')")
_CHANNELS = """
UPDATE ticket SET channel = CASE
    WHEN origin = 'anonymous' THEN 'phone'
    WHEN origin IN (SELECT 'token:' || id FROM token WHERE role = 'kiosk') THEN 'kiosk'
    WHEN origin IN (SELECT 'token:' || id FROM token WHERE role = 'api') THEN 'api'
    ELSE 'staff'
END
"""
_TAKEN_BY_PHONE = """
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
    """Every row keeps what it says. Browsers that the release before knew sign in once more to be known again."""
    _remember_sign_ins()
    _give_roles_by_branch()
    _carry_tickets()
    _count_phones()


def _remember_sign_ins() -> None:
    op.create_table(
        "known_browser",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("user_id", _KEY, nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("last_used_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_known_browser_user_id_user_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_known_browser")),
        sa.UniqueConstraint("user_id", "hash", name=op.f("uq_known_browser_user_id_hash")),
    )
    op.create_index(op.f("ix_known_browser_hash"), "known_browser", ["hash"], unique=False)
    op.create_table(
        "sign_in_failure",
        sa.Column("user_id", _KEY, nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("first_at", sa.BigInteger(), nullable=False),
        sa.Column("last_at", sa.BigInteger(), nullable=False),
        sa.Column("last_address", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_sign_in_failure_user_id_user_account")),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_sign_in_failure")),
    )


def _give_roles_by_branch() -> None:
    """Each account keeps the role it had, where it had it. Accounts whose names differ in case alone all stay."""
    op.create_table(
        "membership",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("user_id", _KEY, nullable=False),
        sa.Column("branch_id", _KEY, nullable=True),
        sa.Column("role", sa.String(length=12), nullable=False),
        sa.ForeignKeyConstraint(["branch_id"], ["branch.id"], name=op.f("fk_membership_branch_id_branch")),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_membership_user_id_user_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_membership")),
        sa.UniqueConstraint("user_id", "branch_id", name=op.f("uq_membership_user_id_branch_id")),
    )
    everywhere = sa.text("branch_id IS NULL")
    op.create_index(
        "uq_membership_everywhere", "membership", ["user_id"], unique=True,
        sqlite_where=everywhere, postgresql_where=everywhere,
    )  # fmt: skip
    op.execute(
        "INSERT INTO membership (user_id, branch_id, role) SELECT id, branch_id, role FROM user_account ORDER BY id"
    )
    with op.batch_alter_table("user_account") as table:
        table.add_column(sa.Column("folded", sa.Text(), nullable=True))
        table.add_column(sa.Column("namesake", sa.Integer(), nullable=False, server_default=sa.text("0")))
    _fold_names(op.get_bind())
    with op.batch_alter_table("user_account") as table:
        table.alter_column("folded", existing_type=sa.Text(), nullable=False)
        table.create_unique_constraint(op.f("uq_user_account_folded_namesake"), ["folded", "namesake"])
        table.drop_column("role")
        table.drop_column("branch_id")


def _fold_names(db: sa.Connection) -> None:
    known: Counter[str] = Counter()
    for row in db.execute(sa.select(_ACCOUNT.c.id, _ACCOUNT.c.name).order_by(_ACCOUNT.c.id)).all():
        folded = _folded(row.name)
        db.execute(sa.update(_ACCOUNT).where(_ACCOUNT.c.id == row.id).values(folded=folded, namesake=known[folded]))
        known[folded] += 1


def _folded(name: str) -> str:
    # as the program did it when this was written: what is stored must not change with it
    plain = unicodedata.normalize("NFKC", name).casefold()
    return " ".join(unicodedata.normalize("NFKC", plain).split())


def _carry_tickets() -> None:
    """The index of open tickets becomes one of their numbers: two open tickets never share one."""
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


def _count_phones() -> None:
    """The new columns are filled from who took each ticket."""
    op.add_column("branch", sa.Column("phone_share", sa.Float(), nullable=False, server_default=sa.text("0.5")))
    op.add_column("number_series", sa.Column("phones", sa.Integer(), nullable=False, server_default=sa.text("0")))
    op.add_column("ticket", sa.Column("channel", sa.String(length=8)))
    op.execute(_CHANNELS)
    op.execute(_TAKEN_BY_PHONE)

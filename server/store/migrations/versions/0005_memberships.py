"""A role for each branch in which an account works, and names that are matched without regard to case."""

import unicodedata
from collections import Counter

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_account = sa.table(
    "user_account", sa.column("id"), sa.column("name"), sa.column("folded"), sa.column("namesake"),
)  # fmt: skip


def upgrade() -> None:
    """Each account keeps the role it had, where it had it. Accounts whose names differ in case alone all stay."""
    key = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "membership",
        sa.Column("id", key, nullable=False),
        sa.Column("user_id", key, nullable=False),
        sa.Column("branch_id", key, nullable=True),
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
    for row in db.execute(sa.select(_account.c.id, _account.c.name).order_by(_account.c.id)).all():
        folded = _folded(row.name)
        db.execute(sa.update(_account).where(_account.c.id == row.id).values(folded=folded, namesake=known[folded]))
        known[folded] += 1


def _folded(name: str) -> str:
    # as the program did it when this was written: what is stored must not change with it
    plain = unicodedata.normalize("NFKC", name).casefold()
    return " ".join(unicodedata.normalize("NFKC", plain).split())

"""splits of what an account trades

Revision ID: 0014
Revises: 0013
"""

import sqlalchemy as sa
from alembic import op

from trenddojo.store import types

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("accounts", sa.Column("has_splits", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_table(
        "splits",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("instrument_id", sa.Uuid(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("at", types.Utc(), nullable=False),
        sa.Column("numerator", sa.Integer(), nullable=False),
        sa.Column("denominator", sa.Integer(), nullable=False),
        sa.Column(
            "source",
            sa.Enum("typed", "import", name="splitsource", native_enum=False, create_constraint=True, length=24),
            nullable=False,
        ),
        sa.Column("key", sa.Text(), nullable=True),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("created_at", types.Utc(), nullable=False),
        sa.Column("deleted_at", types.Utc(), nullable=True),
        sa.CheckConstraint("numerator > 0 AND denominator > 0", name=op.f("ck_splits_ratio")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_splits_account_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["created_by"], ["users.id"], name=op.f("fk_splits_created_by")),
        sa.ForeignKeyConstraint(["instrument_id"], ["instruments.id"], name=op.f("fk_splits_instrument_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_splits")),
        sa.UniqueConstraint("account_id", "key", name=op.f("uq_splits_account_id_key")),
    )
    op.create_index(
        "uq_splits_on",
        "splits",
        ["account_id", "instrument_id", "on"],
        unique=True,
        sqlite_where=sa.text("deleted_at IS NULL"),
        postgresql_where=sa.text("deleted_at IS NULL"),
    )


def downgrade() -> None:
    op.drop_table("splits")
    op.drop_column("accounts", "has_splits")

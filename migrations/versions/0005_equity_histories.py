"""past equity as brokers tell it

Revision ID: 0005
Revises: 0004
"""

import sqlalchemy as sa
from alembic import op

from trenddojo.store import types

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "equity_histories",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("taken_at", types.Utc(), nullable=True),
        sa.Column("failed_at", types.Utc(), nullable=True),
        sa.Column("points", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_equity_histories_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_equity_histories")),
    )


def downgrade() -> None:
    op.drop_table("equity_histories")

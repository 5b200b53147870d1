"""exchange rates, and the currency that a person's totals are in

Revision ID: 0007
Revises: 0006
"""

import sqlalchemy as sa
from alembic import op

from trenddojo.store import types

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("users", sa.Column("currency", sa.Text(), nullable=True))
    op.create_table(
        "exchange_rates",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("base_currency", sa.Text(), nullable=False),
        sa.Column("quote_currency", sa.Text(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("rate", types.Scaled(10), nullable=False),
        sa.Column("taken_at", types.Utc(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint("(account_id IS NULL) = (source = 'ecb')", name=op.f("ck_exchange_rates_source")),
        sa.CheckConstraint("rate > 0", name=op.f("ck_exchange_rates_above_nothing")),
        sa.CheckConstraint("base_currency <> quote_currency", name=op.f("ck_exchange_rates_two_currencies")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_exchange_rates_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("source", "base_currency", "quote_currency", "on", name=op.f("pk_exchange_rates")),
    )
    op.create_index(op.f("ix_exchange_rates_account_id"), "exchange_rates", ["account_id"])


def downgrade() -> None:
    op.drop_table("exchange_rates")
    op.drop_column("users", "currency")

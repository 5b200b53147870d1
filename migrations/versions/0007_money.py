"""goals, exchange rates, and the currency that a person's totals are in

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
    op.create_table(
        "goals",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "gain_money", "gain_percent", "result_r", "journal_days", "drawdown", "losses_in_a_row", "stops_loosened",
                name="goalkind", native_enum=False, create_constraint=True, length=24,
            ),
            nullable=False,
        ),
        sa.Column(
            "period",
            sa.Enum(
                "week", "month", "quarter", "year",
                name="goalperiod", native_enum=False, create_constraint=True, length=24,
            ),
            nullable=False,
        ),
        sa.Column("target", types.Scaled(2), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("created_at", types.Utc(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_goals_account_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["created_by"], ["users.id"], name=op.f("fk_goals_created_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_goals")),
    )  # fmt: skip
    op.create_index(op.f("ix_goals_account_id_goals_created_at_goals_id"), "goals", ["account_id", "created_at", "id"])


def downgrade() -> None:
    op.drop_table("goals")
    op.drop_table("exchange_rates")
    op.drop_column("users", "currency")

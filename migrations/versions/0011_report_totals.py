"""closed trades by day and in all, for reports on a whole life

Revision ID: 0011
Revises: 0010
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "report_days",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("best", sa.Text(), nullable=False),
        sa.Column("worst", sa.Text(), nullable=False),
        sa.Column("holding_days", sa.Integer(), nullable=False),
        sa.Column("runs", sa.JSON(), nullable=False),
        sa.Column("tallies", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_report_days_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_id", "on", name=op.f("pk_report_days")),
    )
    op.create_table(
        "report_totals",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("breakdown", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("tally", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_report_totals_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_id", "breakdown", "name", name=op.f("pk_report_totals")),
    )


def downgrade() -> None:
    op.drop_table("report_totals")
    op.drop_table("report_days")

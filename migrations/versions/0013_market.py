"""what has been asked of the bars of each instrument, and bars in the shares of their own day

Revision ID: 0013
Revises: 0012
"""

import sqlalchemy as sa
from alembic import op

from trenddojo.store import types

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "bar_coverage",
        sa.Column("connection_id", sa.Uuid(), nullable=False),
        sa.Column("instrument_id", sa.Uuid(), nullable=False),
        sa.Column(
            "timeframe",
            sa.Enum("1m", "1h", "1d", name="timeframe", native_enum=False, create_constraint=True, length=24),
            nullable=False,
        ),
        sa.Column("spans", sa.JSON(), nullable=False),
        sa.Column("asked_at", types.Utc(), nullable=True),
        sa.Column("restated_at", types.Utc(), nullable=True),
        sa.Column("failed_at", types.Utc(), nullable=True),
        sa.Column("failure", sa.Text(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["connection_id"],
            ["broker_connections.id"],
            name=op.f("fk_bar_coverage_connection_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["instrument_id"], ["instruments.id"], name=op.f("fk_bar_coverage_instrument_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("connection_id", "instrument_id", "timeframe", name=op.f("pk_bar_coverage")),
    )
    op.create_index(op.f("ix_bar_coverage_instrument_id"), "bar_coverage", ["instrument_id"])
    op.add_column("bars", sa.Column("is_raw", sa.Boolean(), server_default=sa.false(), nullable=False))


def downgrade() -> None:
    op.drop_column("bars", "is_raw")
    op.drop_index(op.f("ix_bar_coverage_instrument_id"), "bar_coverage")
    op.drop_table("bar_coverage")

"""bars of prices, and how far trades went against and for their trader

Revision ID: 0006
Revises: 0005
"""

import sqlalchemy as sa
from alembic import op

from trenddojo.store import types

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "bars",
        sa.Column("instrument_id", sa.Uuid(), nullable=False),
        sa.Column("realm", sa.Text(), nullable=False),
        sa.Column(
            "timeframe",
            sa.Enum("1m", "1h", "1d", name="timeframe", native_enum=False, create_constraint=True, length=24),
            nullable=False,
        ),
        sa.Column("start", types.Utc(), nullable=False),
        sa.Column("open", types.Scaled(6), nullable=False),
        sa.Column("high", types.Scaled(6), nullable=False),
        sa.Column("low", types.Scaled(6), nullable=False),
        sa.Column("close", types.Scaled(6), nullable=False),
        sa.Column("volume", sa.BigInteger(), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("fetched_at", types.Utc(), nullable=False),
        sa.CheckConstraint(
            "low <= open AND low <= close AND high >= open AND high >= close", name=op.f("ck_bars_shape")
        ),
        sa.ForeignKeyConstraint(
            ["instrument_id"], ["instruments.id"], name=op.f("fk_bars_instrument_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("instrument_id", "realm", "timeframe", "start", name=op.f("pk_bars")),
    )
    for name, places in _EXCURSIONS:
        op.add_column("trades", sa.Column(name, types.Scaled(places), nullable=True))


def downgrade() -> None:
    for name, _ in reversed(_EXCURSIONS):
        op.drop_column("trades", name)
    op.drop_table("bars")


_EXCURSIONS = (("mae", 2), ("mfe", 2), ("mae_r", 9), ("mfe_r", 9))

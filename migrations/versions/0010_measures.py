"""gross position value, value traded and trades opened of each day; an account's risk-free rate

Revision ID: 0010
Revises: 0009
"""

import sqlalchemy as sa
from alembic import op

from trenddojo.store import types

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_DAYS = ("trade_days", "account_days")


def upgrade() -> None:
    """What the new columns hold follows from the records: the days are emptied here and written anew afterwards."""
    op.execute("DELETE FROM account_days")
    op.add_column("accounts", sa.Column("risk_free_rate", types.Scaled(2), server_default="0", nullable=False))
    for table in _DAYS:
        with op.batch_alter_table(table) as batch:
            batch.add_column(sa.Column("gross_change", types.Scaled(2), server_default="0", nullable=False))
            batch.add_column(sa.Column("traded", types.Scaled(2), server_default="0", nullable=False))
            batch.add_column(sa.Column("opened", sa.Integer(), server_default="0", nullable=False))


def downgrade() -> None:
    for table in _DAYS:
        with op.batch_alter_table(table) as batch:
            batch.drop_column("opened")
            batch.drop_column("traded")
            batch.drop_column("gross_change")
    op.drop_column("accounts", "risk_free_rate")

"""pictures of trades and days; what was open or written on a day

Revision ID: 0009
Revises: 0008
"""

import sqlalchemy as sa
from alembic import op

from trenddojo.store import types

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "attachments",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("trade_id", sa.Uuid(), nullable=True),
        sa.Column("on", sa.Date(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("media_type", sa.String(length=24), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("created_at", types.Utc(), nullable=False),
        sa.Column("deleted_at", types.Utc(), nullable=True),
        sa.CheckConstraint('(trade_id IS NULL) <> ("on" IS NULL)', name=op.f("ck_attachments_of_trade_or_day")),
        sa.CheckConstraint("media_type IN ('image/png', 'image/webp')", name=op.f("ck_attachments_mediatype")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_attachments_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["created_by"], ["users.id"], name=op.f("fk_attachments_created_by")),
        sa.ForeignKeyConstraint(["trade_id"], ["trades.id"], name=op.f("fk_attachments_trade_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachments")),
    )
    op.create_index(op.f("ix_attachments_account_id_attachments_on"), "attachments", ["account_id", "on"])
    op.create_index(op.f("ix_attachments_trade_id_attachments_created_at"), "attachments", ["trade_id", "created_at"])
    op.create_index("ix_trades_held", "trades", ["account_id", "opened_at", "closed_at"])
    op.create_index(op.f("ix_trade_notes_at_trade_notes_id"), "trade_notes", ["at", "id"])
    op.create_index(
        "ix_journal_notes_written",
        "journal_notes",
        ["account_id", "created_at", "id"],
    )


def downgrade() -> None:
    op.drop_index("ix_journal_notes_written", table_name="journal_notes")
    op.drop_index(op.f("ix_trade_notes_at_trade_notes_id"), table_name="trade_notes")
    op.drop_index("ix_trades_held", table_name="trades")
    op.drop_table("attachments")

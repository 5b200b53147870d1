"""statements that were brought in, and what each of them brought

Revision ID: 0012
Revises: 0011
"""

import sqlalchemy as sa
from alembic import op

from trenddojo.store import types

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_STATUSES = "'received', 'reading', 'ready', 'booking', 'done', 'failed', 'undoing', 'undone'"
_BROUGHT = ("executions", "trades", "cash_movements")


def upgrade() -> None:
    op.create_table(
        "imports",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("format", sa.Text(), nullable=False),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.Column("status", sa.String(length=24), nullable=False),
        sa.Column("done", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("created_at", types.Utc(), nullable=False),
        sa.Column("finished_at", types.Utc(), nullable=True),
        sa.Column("undone_at", types.Utc(), nullable=True),
        sa.CheckConstraint(f"status IN ({_STATUSES})", name=op.f("ck_imports_importstatus")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_imports_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["created_by"], ["users.id"], name=op.f("fk_imports_created_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_imports")),
    )
    op.create_index(
        op.f("ix_imports_account_id_imports_created_at_imports_id"), "imports", ["account_id", "created_at", "id"]
    )
    op.create_index(op.f("ix_imports_status_imports_created_at"), "imports", ["status", "created_at"])
    op.create_table(
        "import_mappings",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.Column("updated_at", types.Utc(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_import_mappings_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_mappings")),
        sa.UniqueConstraint("user_id", "fingerprint", name=op.f("uq_import_mappings_user_id_fingerprint")),
    )
    for table in _BROUGHT:
        with op.batch_alter_table(table) as batch:
            batch.add_column(sa.Column("import_id", sa.Uuid(), nullable=True))
            batch.create_foreign_key(op.f(f"fk_{table}_import_id"), "imports", ["import_id"], ["id"])
            batch.create_index(op.f(f"ix_{table}_import_id"), ["import_id"])
    op.add_column("cash_movements", sa.Column("key", sa.Text(), nullable=True))
    op.create_index("uq_cash_movements_key", "cash_movements", ["account_id", "key"], unique=True)
    op.add_column("trade_stops", sa.Column("is_assumed", sa.Boolean(), server_default=sa.false(), nullable=False))


def downgrade() -> None:
    op.drop_column("trade_stops", "is_assumed")
    op.drop_index("uq_cash_movements_key", table_name="cash_movements")
    for table in _BROUGHT:
        with op.batch_alter_table(table) as batch:
            batch.drop_index(op.f(f"ix_{table}_import_id"))
            batch.drop_constraint(op.f(f"fk_{table}_import_id"), type_="foreignkey")
            batch.drop_column("import_id")
            if table == "cash_movements":
                batch.drop_column("key")
    op.drop_table("import_mappings")
    op.drop_table("imports")

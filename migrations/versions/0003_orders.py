"""orders through brokers

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op

from trenddojo.store import triggers, types

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_GUARDED = ("orders", "order_events")


def upgrade() -> None:
    op.create_index("uq_accounts_mode", "accounts", ["id", "mode"], unique=True)
    op.create_table(
        "account_syncs",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("first_pass_at", types.Utc(), nullable=False),
        sa.Column("opened_token", sa.Integer(), nullable=False),
        sa.Column("cursor", sa.Text(), nullable=True),
        sa.Column("held_at", types.Utc(), nullable=True),
        sa.Column("held_reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_account_syncs_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_account_syncs")),
    )
    op.create_table(
        "position_checks",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("symbol", sa.Text(), nullable=False),
        sa.Column("outside", types.Scaled(9), nullable=False),
        sa.Column("difference", types.Scaled(9), nullable=False),
        sa.Column("passes", sa.Integer(), nullable=False),
        sa.Column("since", types.Utc(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_position_checks_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_id", "symbol", name=op.f("pk_position_checks")),
    )
    op.create_table(
        "orders",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column(
            "mode",
            sa.Enum("mock", "paper", "live", name="mode", native_enum=False, create_constraint=True, length=24),
            nullable=False,
        ),
        sa.Column("trade_id", sa.Uuid(), nullable=True),
        sa.Column("leg", sa.Integer(), nullable=True),
        sa.Column(
            "role",
            sa.Enum(
                "entry",
                "scale_in",
                "stop",
                "target",
                "scale_out",
                "exit",
                "external",
                name="orderrole",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("key", sa.Uuid(), nullable=False),
        sa.Column("client_order_id", sa.Text(), nullable=True),
        sa.Column("broker_order_id", sa.Text(), nullable=True),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("replaces_id", sa.Uuid(), nullable=True),
        sa.Column("symbol", sa.Text(), nullable=False),
        sa.Column(
            "side",
            sa.Enum("buy", "sell", name="side", native_enum=False, create_constraint=True, length=24),
            nullable=False,
        ),
        sa.Column(
            "order_type",
            sa.Enum(
                "market",
                "limit",
                "stop",
                "stop_limit",
                "trailing_stop",
                name="ordertype",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column(
            "order_class",
            sa.Enum(
                "simple",
                "bracket",
                "oto",
                "oco",
                name="orderclass",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column(
            "time_in_force",
            sa.Enum(
                "day", "gtc", "ioc", "fok", name="timeinforce", native_enum=False, create_constraint=True, length=24
            ),
            nullable=False,
        ),
        sa.Column("quantity", types.Scaled(9), nullable=False),
        sa.Column("limit_price", types.Scaled(6), nullable=True),
        sa.Column("stop_price", types.Scaled(6), nullable=True),
        sa.Column("trail_amount", types.Scaled(6), nullable=True),
        sa.Column("trail_percent", types.Scaled(6), nullable=True),
        sa.Column("exit_stop", types.Scaled(6), nullable=True),
        sa.Column("exit_target", types.Scaled(6), nullable=True),
        sa.Column(
            "exit_reason",
            sa.Enum(
                "stop_loss",
                "target",
                "manual",
                "trailing_stop",
                "expired",
                "reconciled",
                name="exitreason",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=True,
        ),
        sa.Column("keeps_exits", sa.Boolean(), nullable=False),
        sa.Column("request_hash", sa.Text(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "created",
                "submitting",
                "accepted",
                "partially_filled",
                "filled",
                "cancelled",
                "rejected",
                "expired",
                "replaced",
                "unknown",
                "needs_review",
                "denied",
                name="orderstate",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column(
            "pending_op",
            sa.Enum("cancel", "replace", name="pendingop", native_enum=False, create_constraint=True, length=24),
            nullable=True,
        ),
        sa.Column("filled_quantity", types.Scaled(9), nullable=False),
        sa.Column("filled_before", types.Scaled(9), nullable=False),
        sa.Column("broker_filled", types.Scaled(9), nullable=False),
        sa.Column("average_price", types.Scaled(6), nullable=True),
        sa.Column("commission", types.Scaled(6), nullable=True),
        sa.Column("raw_status", sa.Text(), nullable=False),
        sa.Column("is_held", sa.Boolean(), nullable=False),
        sa.Column("was_awake", sa.Boolean(), nullable=False),
        sa.Column("needs_legs", sa.Boolean(), nullable=False),
        sa.Column("error_code", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("created_at", types.Utc(), nullable=False),
        sa.Column("send_until", types.Utc(), nullable=True),
        sa.Column("claimed_at", types.Utc(), nullable=True),
        sa.Column("claimed_token", sa.Integer(), nullable=True),
        sa.Column("submitted_at", types.Utc(), nullable=True),
        sa.Column("ended_at", types.Utc(), nullable=True),
        sa.Column("withdrawn_at", types.Utc(), nullable=True),
        sa.Column("broker_updated_at", types.Utc(), nullable=True),
        sa.Column("missing_since", types.Utc(), nullable=True),
        sa.Column("events", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id", "mode"], ["accounts.id", "accounts.mode"], name=op.f("fk_orders_account_id_mode")
        ),
        sa.ForeignKeyConstraint(["created_by"], ["users.id"], name=op.f("fk_orders_created_by")),
        sa.ForeignKeyConstraint(["parent_id"], ["orders.id"], name=op.f("fk_orders_parent_id")),
        sa.ForeignKeyConstraint(["replaces_id"], ["orders.id"], name=op.f("fk_orders_replaces_id")),
        sa.ForeignKeyConstraint(["trade_id"], ["trades.id"], name=op.f("fk_orders_trade_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_orders")),
        sa.UniqueConstraint("account_id", "broker_order_id", name=op.f("uq_orders_account_id_broker_order_id")),
        sa.UniqueConstraint("account_id", "client_order_id", name=op.f("uq_orders_account_id_client_order_id")),
        sa.UniqueConstraint("account_id", "key", name=op.f("uq_orders_account_id_key")),
    )
    with op.batch_alter_table("orders", schema=None) as batch_op:
        batch_op.create_index("ix_orders_listed", ["account_id", "created_at", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_orders_parent_id"), ["parent_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_orders_replaces_id"), ["replaces_id"], unique=False)
        batch_op.create_index(
            "ix_orders_asked",
            ["account_id"],
            unique=False,
            sqlite_where=sa.text("needs_legs OR broker_filled > filled_quantity + filled_before"),
            postgresql_where=sa.text("needs_legs OR broker_filled > filled_quantity + filled_before"),
        )
        batch_op.create_index("ix_orders_state", ["account_id", "state", "created_at", "id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_orders_trade_id_orders_created_at"), ["trade_id", "created_at"], unique=False
        )

    op.create_table(
        "order_attempts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "submit", "cancel", "replace", name="attemptkind", native_enum=False, create_constraint=True, length=24
            ),
            nullable=False,
        ),
        sa.Column("at", types.Utc(), nullable=False),
        sa.Column("token", sa.Integer(), nullable=False),
        sa.Column("client_order_id", sa.Text(), nullable=True),
        sa.Column("changes", sa.JSON(), nullable=False),
        sa.Column("by", sa.Uuid(), nullable=True),
        sa.Column(
            "outcome",
            sa.Enum(
                "accepted",
                "refused",
                "not_sent",
                "unknown",
                name="attemptoutcome",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=True,
        ),
        sa.Column("finished_at", types.Utc(), nullable=True),
        sa.Column("error_code", sa.Text(), nullable=True),
        sa.Column("message", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["by"], ["users.id"], name=op.f("fk_order_attempts_by")),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.id"], name=op.f("fk_order_attempts_order_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_attempts")),
        sa.UniqueConstraint("order_id", "number", name=op.f("uq_order_attempts_order_id_number")),
    )
    op.create_table(
        "order_events",
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", types.Utc(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column(
            "before",
            sa.Enum(
                "created",
                "submitting",
                "accepted",
                "partially_filled",
                "filled",
                "cancelled",
                "rejected",
                "expired",
                "replaced",
                "unknown",
                "needs_review",
                "denied",
                name="before",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=True,
        ),
        sa.Column(
            "after",
            sa.Enum(
                "created",
                "submitting",
                "accepted",
                "partially_filled",
                "filled",
                "cancelled",
                "rejected",
                "expired",
                "replaced",
                "unknown",
                "needs_review",
                "denied",
                name="after",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=True,
        ),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.Column("by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["by"], ["users.id"], name=op.f("fk_order_events_by")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_order_events_order_id")),
        sa.PrimaryKeyConstraint("order_id", "number", name=op.f("pk_order_events")),
    )
    with op.batch_alter_table("alerts", schema=None) as batch_op:
        batch_op.add_column(sa.Column("trade_id", sa.Uuid(), nullable=True))
        batch_op.create_foreign_key(
            batch_op.f("fk_alerts_trade_id"), "trades", ["trade_id"], ["id"], ondelete="CASCADE"
        )

    with op.batch_alter_table("executions", schema=None) as batch_op:
        batch_op.add_column(sa.Column("order_id", sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column("root_id", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("revision", sa.Integer(), server_default="0", nullable=False))
        batch_op.create_index(
            batch_op.f("ix_executions_account_id_executions_root_id"), ["account_id", "root_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_executions_order_id"), ["order_id"], unique=False)
        batch_op.create_foreign_key(batch_op.f("fk_executions_order_id"), "orders", ["order_id"], ["id"])

    with op.batch_alter_table("trades", schema=None) as batch_op:
        batch_op.add_column(sa.Column("review", sa.Text(), server_default="", nullable=False))
        batch_op.add_column(sa.Column("broker_order_id", sa.Text(), nullable=True))
        batch_op.add_column(
            sa.Column(
                "broker_sync_status",
                sa.Enum(
                    "synced",
                    "pending",
                    "error",
                    "imported",
                    name="syncstatus",
                    native_enum=False,
                    create_constraint=True,
                    length=24,
                ),
                nullable=True,
            )
        )
        batch_op.add_column(sa.Column("broker_fill_price", types.Scaled(6), nullable=True))
        batch_op.add_column(sa.Column("broker_commission", types.Scaled(6), nullable=True))

    dialect = op.get_bind().dialect.name
    for table in _GUARDED:
        for statement in triggers.statements(dialect, table):
            op.execute(statement)


def downgrade() -> None:
    if op.get_bind().scalar(sa.text("SELECT count(*) FROM orders")):
        raise RuntimeError("Orders were sent through brokers, which version 0002 cannot keep. Nothing was changed.")
    dialect = op.get_bind().dialect.name
    for table in _GUARDED:
        for statement in triggers.removal(dialect, table):
            op.execute(statement)
    with op.batch_alter_table("trades", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_trades_syncstatus"), type_="check")
        batch_op.drop_column("broker_commission")
        batch_op.drop_column("broker_fill_price")
        batch_op.drop_column("broker_sync_status")
        batch_op.drop_column("broker_order_id")
        batch_op.drop_column("review")

    with op.batch_alter_table("executions", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_executions_order_id"), type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_executions_order_id"))
        batch_op.drop_index(batch_op.f("ix_executions_account_id_executions_root_id"))
        batch_op.drop_column("revision")
        batch_op.drop_column("root_id")
        batch_op.drop_column("order_id")

    with op.batch_alter_table("alerts", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_alerts_trade_id"), type_="foreignkey")
        batch_op.drop_column("trade_id")

    op.drop_table("order_events")
    op.drop_table("order_attempts")
    with op.batch_alter_table("orders", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_orders_trade_id_orders_created_at"))
        batch_op.drop_index("ix_orders_state")
        batch_op.drop_index("ix_orders_asked")
        batch_op.drop_index(batch_op.f("ix_orders_replaces_id"))
        batch_op.drop_index(batch_op.f("ix_orders_parent_id"))
        batch_op.drop_index("ix_orders_listed")

    op.drop_table("orders")
    op.drop_table("position_checks")
    op.drop_table("account_syncs")
    op.drop_index("uq_accounts_mode", "accounts")

"""accounts and trades

Revision ID: 0001
Revises:
"""

import sqlalchemy as sa
from alembic import op

from trenddojo.store import types

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "instruments",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("identity", sa.Text(), nullable=False),
        sa.Column("symbol", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column(
            "asset_type",
            sa.Enum(
                "stock",
                "etf",
                "option",
                "crypto",
                "forex",
                "future",
                name="assettype",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("exchange", sa.Text(), nullable=False),
        sa.Column("multiplier", types.Scaled(6), nullable=False),
        sa.Column("lot", types.Scaled(9), nullable=False),
        sa.Column("tick", types.Scaled(6), nullable=True),
        sa.Column("expiry", sa.Date(), nullable=True),
        sa.Column("strike", types.Scaled(6), nullable=True),
        sa.Column(
            "right",
            sa.Enum("call", "put", name="optionright", native_enum=False, create_constraint=True, length=24),
            nullable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_instruments")),
        sa.UniqueConstraint("identity", name=op.f("uq_instruments_identity")),
    )
    with op.batch_alter_table("instruments", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_instruments_symbol"), ["symbol"], unique=False)

    op.create_table(
        "users",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column(
            "role",
            sa.Enum("admin", "trader", "viewer", name="role", native_enum=False, create_constraint=True, length=24),
            nullable=False,
        ),
        sa.Column("time_zone", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("must_change_password", sa.Boolean(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("session_epoch", sa.Integer(), nullable=False),
        sa.Column("created_at", types.Utc(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("email", name=op.f("uq_users_email")),
    )
    op.create_table(
        "accounts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column(
            "broker",
            sa.Enum(
                "manual",
                "simulated",
                "alpaca",
                "interactive_brokers",
                "schwab",
                name="broker",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column(
            "account_type",
            sa.Enum(
                "live", "paper", "tracking", name="accounttype", native_enum=False, create_constraint=True, length=24
            ),
            nullable=False,
        ),
        sa.Column("base_currency", sa.Text(), nullable=False),
        sa.Column("time_zone", sa.Text(), nullable=False),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("starting_balance", types.Scaled(2), nullable=False),
        sa.Column("fee_per_unit", types.Scaled(6), nullable=False),
        sa.Column("fee_per_order", types.Scaled(6), nullable=False),
        sa.Column("leverage", types.Scaled(2), nullable=False),
        sa.Column("breakeven_band", types.Scaled(2), nullable=False),
        sa.Column("balance", types.Scaled(2), nullable=False),
        sa.Column("equity", types.Scaled(2), nullable=False),
        sa.Column("open_trades", sa.Integer(), nullable=False),
        sa.Column("created_at", types.Utc(), nullable=False),
        sa.Column("archived_at", types.Utc(), nullable=True),
        sa.CheckConstraint(
            "(broker = 'manual') = (account_type = 'tracking')", name=op.f("ck_accounts_manual_is_tracking")
        ),
        sa.ForeignKeyConstraint(["owner_id"], ["users.id"], name=op.f("fk_accounts_owner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accounts")),
    )
    with op.batch_alter_table("accounts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_accounts_owner_id"), ["owner_id"], unique=False)

    op.create_table(
        "api_tokens",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("prefix", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column(
            "scope",
            sa.Enum("read", "trade", "admin", name="tokenscope", native_enum=False, create_constraint=True, length=24),
            nullable=False,
        ),
        sa.Column("created_at", types.Utc(), nullable=False),
        sa.Column("expires_at", types.Utc(), nullable=True),
        sa.Column("last_used_at", types.Utc(), nullable=True),
        sa.Column("revoked_at", types.Utc(), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_api_tokens_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_tokens")),
        sa.UniqueConstraint("digest", name=op.f("uq_api_tokens_digest")),
    )
    with op.batch_alter_table("api_tokens", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_api_tokens_user_id"), ["user_id"], unique=False)

    op.create_table(
        "idempotency_keys",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("request_hash", sa.Text(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("created_at", types.Utc(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_idempotency_keys_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", "key", name=op.f("pk_idempotency_keys")),
    )
    with op.batch_alter_table("idempotency_keys", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_idempotency_keys_created_at"), ["created_at"], unique=False)

    op.create_table(
        "account_days",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("deposits", types.Scaled(2), nullable=False),
        sa.Column("withdrawals", types.Scaled(2), nullable=False),
        sa.Column("other", types.Scaled(2), nullable=False),
        sa.Column("booked", types.Scaled(2), nullable=False),
        sa.Column("open_change", types.Scaled(2), nullable=False),
        sa.Column("wins", sa.Integer(), nullable=False),
        sa.Column("losses", sa.Integer(), nullable=False),
        sa.Column("breakevens", sa.Integer(), nullable=False),
        sa.Column("won", types.Scaled(2), nullable=False),
        sa.Column("lost", types.Scaled(2), nullable=False),
        sa.Column("net", types.Scaled(2), nullable=False),
        sa.Column("largest_win", types.Scaled(2), nullable=True),
        sa.Column("largest_loss", types.Scaled(2), nullable=True),
        sa.Column("with_r", sa.Integer(), nullable=False),
        sa.Column("wins_r", sa.Integer(), nullable=False),
        sa.Column("losses_r", sa.Integer(), nullable=False),
        sa.Column("won_r", types.Scaled(9), nullable=False),
        sa.Column("lost_r", types.Scaled(9), nullable=False),
        sa.Column("sum_r", types.Scaled(9), nullable=False),
        sa.Column("sum_r2", types.Scaled(9), nullable=False),
        sa.Column("best_r", types.Scaled(9), nullable=True),
        sa.Column("worst_r", types.Scaled(9), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_account_days_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_id", "on", name=op.f("pk_account_days")),
    )
    op.create_table(
        "account_members",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column(
            "role",
            sa.Enum("trader", "viewer", name="memberrole", native_enum=False, create_constraint=True, length=24),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_account_members_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_account_members_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("account_id", "user_id", name=op.f("pk_account_members")),
    )
    with op.batch_alter_table("account_members", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_account_members_user_id"), ["user_id"], unique=False)

    op.create_table(
        "cash_movements",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "deposit",
                "withdrawal",
                "fee",
                "interest",
                "dividend",
                name="cashkind",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("amount", types.Scaled(2), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("created_at", types.Utc(), nullable=False),
        sa.Column("deleted_at", types.Utc(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_cash_movements_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["created_by"], ["users.id"], name=op.f("fk_cash_movements_created_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cash_movements")),
    )
    with op.batch_alter_table("cash_movements", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_cash_movements_account_id_cash_movements_on_cash_movements_id"),
            ["account_id", "on", "id"],
            unique=False,
        )

    op.create_table(
        "checklist_items",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("required", sa.Boolean(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("archived_at", types.Utc(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_checklist_items_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_checklist_items")),
    )
    with op.batch_alter_table("checklist_items", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_checklist_items_account_id_checklist_items_position"),
            ["account_id", "position"],
            unique=False,
        )

    op.create_table(
        "journal_notes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("created_at", types.Utc(), nullable=False),
        sa.Column("updated_at", types.Utc(), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("deleted_at", types.Utc(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_journal_notes_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["created_by"], ["users.id"], name=op.f("fk_journal_notes_created_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_journal_notes")),
    )
    with op.batch_alter_table("journal_notes", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_journal_notes_account_id_journal_notes_on_journal_notes_id"),
            ["account_id", "on", "id"],
            unique=False,
        )

    op.create_table(
        "marks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("instrument_id", sa.Uuid(), nullable=False),
        sa.Column("at", types.Utc(), nullable=False),
        sa.Column("price", types.Scaled(6), nullable=False),
        sa.Column("fx", types.Scaled(10), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_marks_account_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["created_by"], ["users.id"], name=op.f("fk_marks_created_by")),
        sa.ForeignKeyConstraint(["instrument_id"], ["instruments.id"], name=op.f("fk_marks_instrument_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_marks")),
    )
    with op.batch_alter_table("marks", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_marks_account_id_marks_instrument_id_marks_at"),
            ["account_id", "instrument_id", "at"],
            unique=False,
        )

    op.create_table(
        "risk_settings",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("max_risk_per_trade", types.Scaled(2), nullable=False),
        sa.Column("max_risk_per_day", types.Scaled(2), nullable=False),
        sa.Column("max_risk_per_week", types.Scaled(2), nullable=False),
        sa.Column("daily_loss_limit", types.Scaled(2), nullable=False),
        sa.Column("max_position_value", types.Scaled(2), nullable=False),
        sa.Column("max_open_positions", sa.Integer(), nullable=False),
        sa.Column("max_correlated_positions", sa.Integer(), nullable=False),
        sa.Column(
            "sizing_method",
            sa.Enum(
                "fixed_risk",
                "fixed_units",
                "kelly",
                name="sizingmethod",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("fixed_units", types.Scaled(9), nullable=True),
        sa.Column("halve_after_losses", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_risk_settings_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_risk_settings")),
    )
    op.create_table(
        "setups",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_setups_account_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_setups")),
        sa.UniqueConstraint("account_id", "name", name=op.f("uq_setups_account_id_name")),
    )
    op.create_table(
        "tags",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_tags_account_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tags")),
        sa.UniqueConstraint("account_id", "name", name=op.f("uq_tags_account_id_name")),
    )
    op.create_table(
        "trades",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("instrument_id", sa.Uuid(), nullable=False),
        sa.Column("symbol", sa.Text(), nullable=False),
        sa.Column(
            "direction",
            sa.Enum("long", "short", name="direction", native_enum=False, create_constraint=True, length=24),
            nullable=False,
        ),
        sa.Column(
            "status",
            sa.Enum(
                "planning",
                "pending",
                "active",
                "closed",
                "cancelled",
                name="tradestatus",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("planned_entry", types.Scaled(6), nullable=False),
        sa.Column("planned_stop", types.Scaled(6), nullable=True),
        sa.Column("planned_quantity", types.Scaled(9), nullable=False),
        sa.Column("target_1", types.Scaled(6), nullable=True),
        sa.Column("target_2", types.Scaled(6), nullable=True),
        sa.Column("risk_percent", types.Scaled(2), nullable=True),
        sa.Column("fx", types.Scaled(10), nullable=False),
        sa.Column("initial_margin", types.Scaled(6), nullable=True),
        sa.Column("bound_by", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("setup", sa.Text(), nullable=False),
        sa.Column("setup_quality", sa.Integer(), nullable=True),
        sa.Column("market_condition", sa.Text(), nullable=False),
        sa.Column("timeframe", sa.Text(), nullable=False),
        sa.Column("correlation_group", sa.Text(), nullable=False),
        sa.Column("tags", sa.JSON(), nullable=False),
        sa.Column("planned_at", types.Utc(), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("deleted_at", types.Utc(), nullable=True),
        sa.Column("sort_at", types.Utc(), nullable=False),
        sa.Column("opened_at", types.Utc(), nullable=True),
        sa.Column("closed_at", types.Utc(), nullable=True),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("quantity", types.Scaled(9), nullable=False),
        sa.Column("entered_quantity", types.Scaled(9), nullable=False),
        sa.Column("average_entry", types.Scaled(6), nullable=True),
        sa.Column("average_exit", types.Scaled(6), nullable=True),
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
        sa.Column("stop", types.Scaled(6), nullable=True),
        sa.Column("last_price", types.Scaled(6), nullable=True),
        sa.Column("last_price_at", types.Utc(), nullable=True),
        sa.Column("last_fx", types.Scaled(10), nullable=True),
        sa.Column("initial_risk", types.Scaled(2), nullable=True),
        sa.Column("realised", types.Scaled(2), nullable=False),
        sa.Column("open_pnl", types.Scaled(2), nullable=False),
        sa.Column("pnl", types.Scaled(2), nullable=True),
        sa.Column("pnl_percent", types.Scaled(2), nullable=True),
        sa.Column("r", types.Scaled(9), nullable=True),
        sa.Column("stop_outcome", types.Scaled(2), nullable=True),
        sa.Column("unprotected", types.Scaled(9), nullable=False),
        sa.Column("position_value", types.Scaled(2), nullable=False),
        sa.Column("fees", types.Scaled(2), nullable=False),
        sa.CheckConstraint("setup_quality BETWEEN 1 AND 5", name=op.f("ck_trades_quality")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_trades_account_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["created_by"], ["users.id"], name=op.f("fk_trades_created_by")),
        sa.ForeignKeyConstraint(["instrument_id"], ["instruments.id"], name=op.f("fk_trades_instrument_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trades")),
    )
    with op.batch_alter_table("trades", schema=None) as batch_op:
        batch_op.create_index("ix_trades_closed", ["account_id", "closed_at", "id"], unique=False)
        batch_op.create_index("ix_trades_closed_on", ["account_id", "closed_on"], unique=False)
        batch_op.create_index(batch_op.f("ix_trades_instrument_id"), ["instrument_id"], unique=False)
        batch_op.create_index("ix_trades_listed", ["account_id", "sort_at", "id"], unique=False)
        batch_op.create_index("ix_trades_pnl", ["account_id", "pnl", "id"], unique=False)
        batch_op.create_index("ix_trades_r", ["account_id", "r", "id"], unique=False)
        batch_op.create_index("ix_trades_setup", ["account_id", "setup", "sort_at", "id"], unique=False)
        batch_op.create_index("ix_trades_status", ["account_id", "status", "sort_at", "id"], unique=False)
        batch_op.create_index("ix_trades_symbol", ["account_id", "symbol", "id"], unique=False)
        batch_op.create_index(
            "uq_trades_open",
            ["account_id", "instrument_id"],
            unique=True,
            sqlite_where=sa.text("status = 'active' AND deleted_at IS NULL"),
            postgresql_where=sa.text("status = 'active' AND deleted_at IS NULL"),
        )

    op.create_table(
        "checklist_responses",
        sa.Column("trade_id", sa.Uuid(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("required", sa.Boolean(), nullable=False),
        sa.Column("checked", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["checklist_items.id"], name=op.f("fk_checklist_responses_item_id")),
        sa.ForeignKeyConstraint(
            ["trade_id"], ["trades.id"], name=op.f("fk_checklist_responses_trade_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("trade_id", "item_id", name=op.f("pk_checklist_responses")),
    )
    op.create_table(
        "executions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("trade_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("at", types.Utc(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column(
            "side",
            sa.Enum("buy", "sell", name="side", native_enum=False, create_constraint=True, length=24),
            nullable=False,
        ),
        sa.Column("quantity", types.Scaled(9), nullable=False),
        sa.Column("price", types.Scaled(6), nullable=False),
        sa.Column("fee", types.Scaled(6), nullable=False),
        sa.Column("fee_estimated", sa.Boolean(), nullable=False),
        sa.Column("fx", types.Scaled(10), nullable=False),
        sa.Column("leg", sa.Integer(), nullable=True),
        sa.Column("stop", types.Scaled(6), nullable=True),
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
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("created_at", types.Utc(), nullable=False),
        sa.Column("deleted_at", types.Utc(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_executions_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["created_by"], ["users.id"], name=op.f("fk_executions_created_by")),
        sa.ForeignKeyConstraint(["trade_id"], ["trades.id"], name=op.f("fk_executions_trade_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_executions")),
        sa.UniqueConstraint("account_id", "key", name=op.f("uq_executions_account_id_key")),
    )
    with op.batch_alter_table("executions", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_executions_account_id_executions_at_executions_id"), ["account_id", "at", "id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_executions_trade_id_executions_at"), ["trade_id", "at"], unique=False)

    op.create_table(
        "legs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("trade_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("planned_entry", types.Scaled(6), nullable=False),
        sa.Column("planned_quantity", types.Scaled(9), nullable=False),
        sa.Column("stop", types.Scaled(6), nullable=True),
        sa.Column("created_at", types.Utc(), nullable=False),
        sa.ForeignKeyConstraint(["trade_id"], ["trades.id"], name=op.f("fk_legs_trade_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_legs")),
        sa.UniqueConstraint("trade_id", "number", name=op.f("uq_legs_trade_id_number")),
    )
    op.create_table(
        "trade_days",
        sa.Column("trade_id", sa.Uuid(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("booked", types.Scaled(2), nullable=False),
        sa.Column("open_change", types.Scaled(2), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_trade_days_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["trade_id"], ["trades.id"], name=op.f("fk_trade_days_trade_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("trade_id", "on", name=op.f("pk_trade_days")),
    )
    with op.batch_alter_table("trade_days", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_trade_days_account_id_trade_days_on"), ["account_id", "on"], unique=False)

    op.create_table(
        "trade_events",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("trade_id", sa.Uuid(), nullable=False),
        sa.Column("at", types.Utc(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["created_by"], ["users.id"], name=op.f("fk_trade_events_created_by")),
        sa.ForeignKeyConstraint(["trade_id"], ["trades.id"], name=op.f("fk_trade_events_trade_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trade_events")),
    )
    with op.batch_alter_table("trade_events", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_trade_events_trade_id_trade_events_at"), ["trade_id", "at"], unique=False)

    op.create_table(
        "trade_notes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("trade_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "entry",
                "management",
                "exit",
                "review",
                name="notekind",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("at", types.Utc(), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("deleted_at", types.Utc(), nullable=True),
        sa.ForeignKeyConstraint(["created_by"], ["users.id"], name=op.f("fk_trade_notes_created_by")),
        sa.ForeignKeyConstraint(["trade_id"], ["trades.id"], name=op.f("fk_trade_notes_trade_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trade_notes")),
    )
    with op.batch_alter_table("trade_notes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_trade_notes_trade_id_trade_notes_at"), ["trade_id", "at"], unique=False)

    op.create_table(
        "trade_stops",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("trade_id", sa.Uuid(), nullable=False),
        sa.Column("leg", sa.Integer(), nullable=False),
        sa.Column("at", types.Utc(), nullable=False),
        sa.Column("old", types.Scaled(6), nullable=True),
        sa.Column("new", types.Scaled(6), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("is_override", sa.Boolean(), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["created_by"], ["users.id"], name=op.f("fk_trade_stops_created_by")),
        sa.ForeignKeyConstraint(["trade_id"], ["trades.id"], name=op.f("fk_trade_stops_trade_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trade_stops")),
    )
    with op.batch_alter_table("trade_stops", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_trade_stops_trade_id_trade_stops_at"), ["trade_id", "at"], unique=False)

    op.create_table(
        "trade_tags",
        sa.Column("trade_id", sa.Uuid(), nullable=False),
        sa.Column("tag_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["tag_id"], ["tags.id"], name=op.f("fk_trade_tags_tag_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["trade_id"], ["trades.id"], name=op.f("fk_trade_tags_trade_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("trade_id", "tag_id", name=op.f("pk_trade_tags")),
    )
    with op.batch_alter_table("trade_tags", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_trade_tags_tag_id"), ["tag_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("trade_tags", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_trade_tags_tag_id"))

    op.drop_table("trade_tags")
    with op.batch_alter_table("trade_stops", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_trade_stops_trade_id_trade_stops_at"))

    op.drop_table("trade_stops")
    with op.batch_alter_table("trade_notes", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_trade_notes_trade_id_trade_notes_at"))

    op.drop_table("trade_notes")
    with op.batch_alter_table("trade_events", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_trade_events_trade_id_trade_events_at"))

    op.drop_table("trade_events")
    with op.batch_alter_table("trade_days", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_trade_days_account_id_trade_days_on"))

    op.drop_table("trade_days")
    op.drop_table("legs")
    with op.batch_alter_table("executions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_executions_trade_id_executions_at"))
        batch_op.drop_index(batch_op.f("ix_executions_account_id_executions_at_executions_id"))

    op.drop_table("executions")
    op.drop_table("checklist_responses")
    with op.batch_alter_table("trades", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_trades_open",
            sqlite_where=sa.text("status = 'active' AND deleted_at IS NULL"),
            postgresql_where=sa.text("status = 'active' AND deleted_at IS NULL"),
        )
        batch_op.drop_index("ix_trades_symbol")
        batch_op.drop_index("ix_trades_status")
        batch_op.drop_index("ix_trades_setup")
        batch_op.drop_index("ix_trades_r")
        batch_op.drop_index("ix_trades_pnl")
        batch_op.drop_index("ix_trades_listed")
        batch_op.drop_index(batch_op.f("ix_trades_instrument_id"))
        batch_op.drop_index("ix_trades_closed_on")
        batch_op.drop_index("ix_trades_closed")

    op.drop_table("trades")
    op.drop_table("tags")
    op.drop_table("setups")
    op.drop_table("risk_settings")
    with op.batch_alter_table("marks", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_marks_account_id_marks_instrument_id_marks_at"))

    op.drop_table("marks")
    with op.batch_alter_table("journal_notes", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_journal_notes_account_id_journal_notes_on_journal_notes_id"))

    op.drop_table("journal_notes")
    with op.batch_alter_table("checklist_items", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_checklist_items_account_id_checklist_items_position"))

    op.drop_table("checklist_items")
    with op.batch_alter_table("cash_movements", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_cash_movements_account_id_cash_movements_on_cash_movements_id"))

    op.drop_table("cash_movements")
    with op.batch_alter_table("account_members", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_account_members_user_id"))

    op.drop_table("account_members")
    op.drop_table("account_days")
    with op.batch_alter_table("idempotency_keys", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_idempotency_keys_created_at"))

    op.drop_table("idempotency_keys")
    with op.batch_alter_table("api_tokens", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_api_tokens_user_id"))

    op.drop_table("api_tokens")
    with op.batch_alter_table("accounts", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_accounts_owner_id"))

    op.drop_table("accounts")
    op.drop_table("users")
    with op.batch_alter_table("instruments", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_instruments_symbol"))

    op.drop_table("instruments")

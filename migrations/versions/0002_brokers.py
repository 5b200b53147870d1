"""brokers and the house's own records

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op

from trenddojo.store import triggers, types

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_ACCOUNT_CHECKS = {
    "mode": "mode IN ('mock', 'paper', 'live')",
    "mode_of_a_broker": "(mode IS NULL) = (broker = 'manual')",
    "live_is_live": "mode IS NULL OR (mode = 'live') = (account_type = 'live')",
    "connected_with_its_mode": (
        "(connection_id IS NULL) = (mode IS NULL) AND (broker_account_id IS NULL) = (mode IS NULL)"
    ),
}
_BROKERS = "broker IN ('manual', 'simulated', 'alpaca', 'interactive_brokers', 'schwab')"
_GUARDED = ("audit_log", "broker_connections", "accounts")


def upgrade() -> None:
    op.create_table(
        "audit_log",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("at", types.Utc(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column(
            "source",
            sa.Enum(
                "browser", "api", "command", "job", name="source", native_enum=False, create_constraint=True, length=24
            ),
            nullable=False,
        ),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column(
            "area",
            sa.Enum(
                "brokers",
                "people",
                "sign_in",
                "accounts",
                "risk",
                "trading",
                name="area",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("changes", sa.JSON(), nullable=False),
        sa.Column("previous_hash", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_audit_log")),
    )
    with op.batch_alter_table("audit_log", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_audit_log_account_id_audit_log_seq"), ["account_id", "seq"], unique=False)
        batch_op.create_index(batch_op.f("ix_audit_log_actor_id_audit_log_seq"), ["actor_id", "seq"], unique=False)
        batch_op.create_index(batch_op.f("ix_audit_log_at"), ["at"], unique=False)

    op.create_table(
        "jobs",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("every_seconds", sa.Integer(), nullable=False),
        sa.Column("started_at", types.Utc(), nullable=True),
        sa.Column("finished_at", types.Utc(), nullable=True),
        sa.Column("milliseconds", sa.Integer(), nullable=True),
        sa.Column(
            "outcome",
            sa.Enum("ok", "failed", name="joboutcome", native_enum=False, create_constraint=True, length=24),
            nullable=True,
        ),
        sa.Column("told", sa.Text(), nullable=False),
        sa.Column("next_run_at", types.Utc(), nullable=True),
        sa.Column("runs", sa.Integer(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_jobs")),
    )
    op.create_table(
        "leases",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("token", sa.Integer(), nullable=False),
        sa.Column("expires_at", types.Utc(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_leases")),
    )
    op.create_table(
        "topics",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_topics")),
    )
    with op.batch_alter_table("topics", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_topics_version"), ["version"], unique=False)

    op.create_table(
        "broker_connections",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("broker", sa.Text(), nullable=False),
        sa.Column(
            "mode",
            sa.Enum("mock", "paper", "live", name="mode", native_enum=False, create_constraint=True, length=24),
            nullable=False,
        ),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("is_paper", sa.Boolean(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("settings", sa.JSON(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "connecting",
                "connected",
                "unhealthy",
                "down",
                "sign_in_due",
                "disconnected",
                name="connectionstate",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("state_since", types.Utc(), nullable=False),
        sa.Column("error_code", sa.Text(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("checked_at", types.Utc(), nullable=True),
        sa.Column("next_try_at", types.Utc(), nullable=True),
        sa.Column("last_sync", types.Utc(), nullable=True),
        sa.Column("created_at", types.Utc(), nullable=False),
        sa.CheckConstraint(
            "broker <> 'simulated' OR mode = 'mock'", name=op.f("ck_broker_connections_simulated_is_mock")
        ),
        sa.CheckConstraint("is_paper = (mode <> 'live')", name=op.f("ck_broker_connections_paper_unless_live")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_broker_connections_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_broker_connections")),
        sa.UniqueConstraint(
            "id", "user_id", "broker", "mode", name=op.f("uq_broker_connections_id_user_id_broker_mode")
        ),
        sa.UniqueConstraint(
            "user_id", "broker", "mode", "name", name=op.f("uq_broker_connections_user_id_broker_mode_name")
        ),
    )
    op.create_table(
        "broker_credentials",
        sa.Column("connection_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.Column("nonce", sa.LargeBinary(), nullable=False),
        sa.Column("ciphertext", sa.LargeBinary(), nullable=False),
        sa.Column("updated_at", types.Utc(), nullable=False),
        sa.ForeignKeyConstraint(
            ["connection_id"],
            ["broker_connections.id"],
            name=op.f("fk_broker_credentials_connection_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("connection_id", name=op.f("pk_broker_credentials")),
    )
    op.create_table(
        "quotes",
        sa.Column("connection_id", sa.Uuid(), nullable=False),
        sa.Column("symbol", sa.Text(), nullable=False),
        sa.Column("bid", types.Scaled(6), nullable=True),
        sa.Column("ask", types.Scaled(6), nullable=True),
        sa.Column("last", types.Scaled(6), nullable=True),
        sa.Column("previous_close", types.Scaled(6), nullable=True),
        sa.Column("volume", sa.BigInteger(), nullable=True),
        sa.Column("at", types.Utc(), nullable=True),
        sa.Column("is_delayed", sa.Boolean(), nullable=False),
        sa.Column("taken_at", types.Utc(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["connection_id"], ["broker_connections.id"], name=op.f("fk_quotes_connection_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("connection_id", "symbol", name=op.f("pk_quotes")),
    )
    op.create_table(
        "simulator_records",
        sa.Column("connection_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["connection_id"],
            ["broker_connections.id"],
            name=op.f("fk_simulator_records_connection_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("connection_id", "key", name=op.f("pk_simulator_records")),
    )
    op.create_table(
        "account_snapshots",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("taken_at", types.Utc(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.Column("equity", types.Scaled(2), nullable=True),
        sa.Column("cash", types.Scaled(2), nullable=True),
        sa.Column("buying_power", types.Scaled(2), nullable=True),
        sa.Column("status", sa.Text(), nullable=True),
        sa.Column("orders_taken_at", types.Utc(), nullable=True),
        sa.Column("working_orders", sa.JSON(), nullable=False),
        sa.Column("failed_at", types.Utc(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_account_snapshots_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_account_snapshots")),
    )
    op.create_table(
        "alerts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("next_step", sa.Text(), nullable=False),
        sa.Column("connection_id", sa.Uuid(), nullable=True),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("first_at", types.Utc(), nullable=False),
        sa.Column("last_at", types.Utc(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("read_at", types.Utc(), nullable=True),
        sa.Column("resolved_at", types.Utc(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_alerts_account_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["connection_id"], ["broker_connections.id"], name=op.f("fk_alerts_connection_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_alerts_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alerts")),
    )
    with op.batch_alter_table("alerts", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_alerts_user_id_alerts_last_at_alerts_id"), ["user_id", "last_at", "id"], unique=False
        )
        batch_op.create_index(
            "uq_alerts_open",
            ["user_id", "key"],
            unique=True,
            sqlite_where=sa.text("resolved_at IS NULL"),
            postgresql_where=sa.text("resolved_at IS NULL"),
        )

    op.create_table(
        "position_snapshots",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("symbol", sa.Text(), nullable=False),
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
        sa.Column("quantity", types.Scaled(9), nullable=False),
        sa.Column("average_price", types.Scaled(6), nullable=False),
        sa.Column("market_price", types.Scaled(6), nullable=True),
        sa.Column("market_value", types.Scaled(2), nullable=True),
        sa.Column("unrealised", types.Scaled(2), nullable=True),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_position_snapshots_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_id", "symbol", name=op.f("pk_position_snapshots")),
    )
    with op.batch_alter_table("accounts", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "mode", sa.Enum("mock", "paper", "live", name="mode", native_enum=False, length=24), nullable=True
            )
        )
        batch_op.add_column(sa.Column("connection_id", sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column("broker_account_id", sa.Text(), nullable=True))
        batch_op.alter_column("broker", existing_type=sa.VARCHAR(length=24), type_=sa.Text(), existing_nullable=False)
        batch_op.drop_constraint(batch_op.f("ck_accounts_broker"), type_="check")
        for name, condition in _ACCOUNT_CHECKS.items():
            batch_op.create_check_constraint(batch_op.f(f"ck_accounts_{name}"), condition)
        batch_op.create_unique_constraint(
            batch_op.f("uq_accounts_connection_id_broker_account_id"), ["connection_id", "broker_account_id"]
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_accounts_connection_id_owner_id_broker_mode"),
            "broker_connections",
            ["connection_id", "owner_id", "broker", "mode"],
            ["id", "user_id", "broker", "mode"],
        )

    dialect = op.get_bind().dialect.name
    for table in _GUARDED:
        for statement in triggers.statements(dialect, table):
            op.execute(statement)


def downgrade() -> None:
    if op.get_bind().scalar(sa.text("SELECT count(*) FROM accounts WHERE mode IS NOT NULL")):
        raise RuntimeError("Accounts are connected to brokers, which version 0001 cannot keep. Nothing was changed.")
    dialect = op.get_bind().dialect.name
    for table in _GUARDED:
        for statement in triggers.removal(dialect, table):
            op.execute(statement)
    if dialect == "postgresql":
        op.execute("DROP FUNCTION refuse_change")
    with op.batch_alter_table("accounts", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_accounts_connection_id_owner_id_broker_mode"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("uq_accounts_connection_id_broker_account_id"), type_="unique")
        batch_op.alter_column("broker", existing_type=sa.Text(), type_=sa.VARCHAR(length=24), existing_nullable=False)
        for name in _ACCOUNT_CHECKS:
            batch_op.drop_constraint(batch_op.f(f"ck_accounts_{name}"), type_="check")
        batch_op.create_check_constraint(batch_op.f("ck_accounts_broker"), _BROKERS)
        batch_op.drop_column("broker_account_id")
        batch_op.drop_column("connection_id")
        batch_op.drop_column("mode")

    op.drop_table("position_snapshots")
    with op.batch_alter_table("alerts", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_alerts_open",
            sqlite_where=sa.text("resolved_at IS NULL"),
            postgresql_where=sa.text("resolved_at IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_alerts_user_id_alerts_last_at_alerts_id"))

    op.drop_table("alerts")
    op.drop_table("account_snapshots")
    op.drop_table("simulator_records")
    op.drop_table("quotes")
    op.drop_table("broker_credentials")
    op.drop_table("broker_connections")
    with op.batch_alter_table("topics", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_topics_version"))

    op.drop_table("topics")
    op.drop_table("leases")
    op.drop_table("jobs")
    with op.batch_alter_table("audit_log", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_audit_log_at"))
        batch_op.drop_index(batch_op.f("ix_audit_log_actor_id_audit_log_seq"))
        batch_op.drop_index(batch_op.f("ix_audit_log_account_id_audit_log_seq"))

    op.drop_table("audit_log")

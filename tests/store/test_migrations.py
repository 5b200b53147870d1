"""The migrations make exactly the tables that the models describe, on both databases, and can be taken back."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask import Flask
from flask_migrate import Migrate, downgrade, upgrade
from sqlalchemy import inspect, select, text

from tests import postgres
from tests.agreement.loading import written
from tests.agreement.worlds import random_world
from tests.conftest import Clock, settings
from trenddojo import migrate
from trenddojo.factory import create_app
from trenddojo.services.rebuild import rebuild_missing
from trenddojo.store.database import Base, db
from trenddojo.store.models import AccountDay, CashMovement, Trade, TradeDayRow
from trenddojo.store.schema import MIGRATIONS, StaleSchema, require_current


@pytest.fixture
def bare(dialect: str, tmp_path: Path, request: pytest.FixtureRequest) -> str:
    """The address of a database without tables, on each."""
    if dialect == "sqlite":
        return f"sqlite:///{tmp_path}/bare.db"
    server: postgres.Server | None = request.getfixturevalue("postgres_server")
    if server is None:
        postgres.skip_or_fail()
    assert server is not None
    return server.fresh_database()


@pytest.fixture
def empty(bare: str, clock: Clock) -> Iterator[Flask]:
    """An application whose database has no tables."""
    application = create_app(settings(bare), clock)
    Migrate(application, db, directory=str(MIGRATIONS))
    with application.app_context():
        yield application
        db.session.remove()
        db.engine.dispose()


def test_up_makes_what_the_models_say_and_down_takes_it_back(empty: Flask) -> None:
    upgrade()
    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []
    downgrade(revision="base")
    assert inspect(db.engine).get_table_names() == ["alembic_version"]
    upgrade()
    require_current(db.engine)


def test_what_hangs_on_an_account_outlives_the_making_anew_of_its_table(empty: Flask) -> None:
    upgrade(revision="0001")
    with db.engine.begin() as connection:
        for statement in _BOOKS:
            connection.execute(text(statement), _KEYS)
    upgrade()
    with db.engine.connect() as connection:
        kept = [connection.execute(text(f"SELECT count(*) FROM {table}")).scalar() for table in _TABLES]
        assert kept == [1, 1, 1, 1]
        assert connection.execute(text("SELECT count(*) FROM account_days")).scalar() == 1, "of the cash"
        assert connection.execute(text("SELECT name, broker, mode FROM accounts")).one() == ("Core", "manual", None)
        if connection.dialect.name == "sqlite":
            assert connection.execute(text("PRAGMA foreign_keys")).scalar() == 1


def test_days_are_written_anew_where_a_migration_emptied_them(empty: Flask) -> None:
    upgrade(revision="0005")
    with db.engine.begin() as connection:
        for statement in (*_BOOKS, *_TRADED):
            connection.execute(text(statement), {**_KEYS, **_numbers()})
    upgrade()
    with db.engine.connect() as connection:
        kept = connection.execute(text("SELECT sum(wins), sum(opened), count(*) FROM account_days")).one()
        assert tuple(kept) == (1, 1, 3), "cash, the entry and the exit"
        totals = connection.execute(text("SELECT count(*) FROM report_totals WHERE breakdown = 'all'")).scalar()
        assert totals == 1


def test_an_account_at_a_broker_forbids_the_way_back(empty: Flask, caplog: pytest.LogCaptureFixture) -> None:
    upgrade()
    with db.engine.begin() as connection:
        connection.execute(text(_BOOKS[0]), _KEYS)
        for statement in _AT_BROKER:
            connection.execute(text(statement), _KEYS)
    downgrade(revision="0002")
    with pytest.raises(SystemExit):
        downgrade(revision="0001")
    assert "Accounts are connected to brokers" in caplog.text
    upgrade()
    require_current(db.engine)
    with db.engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM accounts")).scalar() == 1


def test_an_upgrade_that_was_stopped_before_it_had_written_them_is_finished(
    empty: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    upgrade()
    written(random_world(7))
    before = _days()
    assert {name for row in before for name in _SINCE_0010 if row[name]} == _SINCE_0010
    db.session.execute(text("UPDATE trade_days SET gross_change = 0, traded = 0, opened = 0"))
    db.session.execute(text("DELETE FROM account_days"))
    db.session.commit()
    monkeypatch.setattr(migrate, "create_app", lambda: empty)
    migrate.main()
    assert _days() == before


def test_an_account_whose_records_were_all_deleted_is_not_written_anew_each_time(empty: Flask) -> None:
    upgrade()
    seat = written(random_world(7))
    for record in (*db.session.scalars(select(Trade)), *db.session.scalars(select(CashMovement))):
        record.deleted_at = seat.account.created_at
    db.session.execute(text("DELETE FROM account_days"))
    db.session.commit()
    assert rebuild_missing() == 0


def _days() -> list[dict[str, Any]]:
    """Every row of both tables of days, whose order is that of their keys."""
    tables = [(TradeDayRow, TradeDayRow.trade_id), (AccountDay, AccountDay.account_id)]
    found = [
        dict(row)
        for model, key in tables
        for row in db.session.execute(select(model.__table__).order_by(key, model.on)).mappings()
    ]
    db.session.remove()
    return found


_SINCE_0010 = {"gross_change", "traded", "opened"}
_TABLES = ("users", "accounts", "risk_settings", "cash_movements")
_KEYS = {"user": uuid4().hex, "account": uuid4().hex, "cash": uuid4().hex}
_BOOKS = (
    """INSERT INTO users (id, email, name, role, time_zone, password_hash, must_change_password, is_active,
       session_epoch, created_at)
       VALUES (:user, 'a@example.org', 'A', 'trader', 'UTC', 'x', false, true, 0, '2026-01-02 00:00:00')""",
    """INSERT INTO accounts (id, owner_id, name, broker, account_type, base_currency, time_zone, opened_on,
       starting_balance, fee_per_unit, fee_per_order, leverage, breakeven_band, balance, equity, open_trades,
       created_at)
       VALUES (:account, :user, 'Core', 'manual', 'tracking', 'USD', 'UTC', '2026-01-02', 100, 0, 0, 1, 0, 100, 100, 0,
       '2026-01-02 00:00:00')""",
    """INSERT INTO risk_settings (account_id, max_risk_per_trade, max_risk_per_day, max_risk_per_week, daily_loss_limit,
       max_position_value, max_open_positions, max_correlated_positions, sizing_method, halve_after_losses)
       VALUES (:account, 1, 3, 6, 2, 30, 5, 3, 'fixed_risk', 3)""",
    """INSERT INTO cash_movements (id, account_id, "on", kind, amount, note, created_by, created_at)
       VALUES (:cash, :account, '2026-01-03', 'deposit', 5, '', :user, '2026-01-03 00:00:00')""",
)
"""A person, an account, and what would go with the account, as version 0001 keeps them."""
_TRADED = (
    """INSERT INTO instruments (id, identity, symbol, name, asset_type, currency, exchange, multiplier, lot)
       VALUES (:cash, 'NVDA', 'NVDA', '', 'stock', 'USD', '', :point, :quantity)""",
    """INSERT INTO trades (id, account_id, instrument_id, symbol, direction, status, planned_entry, planned_quantity,
       fx, bound_by, label, setup, market_condition, timeframe, correlation_group, tags, planned_at, created_by,
       sort_at, quantity, entered_quantity, realised, open_pnl, unprotected, position_value, fees)
       VALUES (:cash, :account, :cash, 'NVDA', 'long', 'closed', :bought, :quantity, :rate, '', '', '', '', '', '',
       '[]', '2026-02-02 00:00:00', :user, '2026-02-02 00:00:00', 0, 0, 0, 0, 0, 0, 0)""",
    """INSERT INTO legs (id, trade_id, number, planned_entry, planned_quantity, created_at)
       VALUES (:cash, :cash, 1, :bought, :quantity, '2026-02-02 00:00:00')""",
    """INSERT INTO executions (id, account_id, trade_id, key, at, sequence, side, quantity, price, fee, fee_estimated,
       fx, leg, created_by, created_at)
       VALUES (:cash, :account, :cash, 'in', '2026-02-02 15:00:00', 0, 'buy', :quantity, :bought, 0, false, :rate, 1,
       :user, '2026-02-02 15:00:00')""",
    """INSERT INTO executions (id, account_id, trade_id, key, at, sequence, side, quantity, price, fee, fee_estimated,
       fx, created_by, created_at)
       VALUES (:user, :account, :cash, 'out', '2026-02-05 15:00:00', 0, 'sell', :quantity, :sold, 0, false, :rate,
       :user, '2026-02-05 15:00:00')""",
)
"""A closed trade as version 0005 keeps it."""
_PLACES = {"point": (1, 6), "quantity": (10, 9), "rate": (1, 10), "bought": (100, 6), "sold": (110, 6)}
"""Its numbers and their decimal places, of which SQLite keeps units."""


def _numbers() -> dict[str, int]:
    in_units = db.engine.dialect.name == "sqlite"
    return {name: value * 10**places if in_units else value for name, (value, places) in _PLACES.items()}


_AT_BROKER = (
    """INSERT INTO broker_connections (id, user_id, broker, mode, name, is_paper, is_active, settings, state,
       state_since, created_at)
       VALUES (:cash, :user, 'alpaca', 'mock', 'Alpaca', true, true, '{}', 'down', '2026-01-02 00:00:00',
       '2026-01-02 00:00:00')""",
    """INSERT INTO accounts (id, owner_id, name, broker, account_type, mode, connection_id, broker_account_id,
       base_currency, time_zone, opened_on, starting_balance, fee_per_unit, fee_per_order, leverage, breakeven_band,
       balance, equity, open_trades, created_at)
       VALUES (:account, :user, 'Core', 'alpaca', 'paper', 'mock', :cash, 'MOCK123456', 'USD', 'UTC', '2026-01-02', 100,
       0, 0, 1, 0, 100, 100, 0, '2026-01-02 00:00:00')""",
)


def test_constraints_of_the_models_are_in_the_database(empty: Flask) -> None:
    upgrade()
    inspector = inspect(db.engine)
    for table in Base.metadata.sorted_tables:
        wanted = {constraint.name for constraint in table.constraints if constraint.name} - {table.primary_key.name}
        found = {
            item["name"]
            for read in (inspector.get_check_constraints, inspector.get_unique_constraints, inspector.get_foreign_keys)
            for item in read(table.name)
        }
        assert wanted <= found | {None}, table.name


def test_a_database_without_tables_is_refused_with_the_command_that_mends_it(empty: Flask) -> None:
    with pytest.raises(StaleSchema, match=r"has no tables yet.*Run: flask --app app db upgrade"):
        require_current(db.engine)


def test_a_database_of_another_version_is_refused(empty: Flask) -> None:
    upgrade()
    with db.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'older'"))
    with pytest.raises(StaleSchema, match=r"is at older; this version needs \w+\. Run: flask --app app db upgrade"):
        require_current(db.engine)

"""`flask doctor` and `flask books rebuild`."""

from decimal import Decimal

import pytest
from flask import Flask
from flask_migrate import Migrate, stamp

from tests.conftest import NOW
from trenddojo.domain.terms import AssetType, Direction, Side
from trenddojo.services import books
from trenddojo.store.database import db
from trenddojo.store.models import Execution, Instrument, Leg, Trade
from trenddojo.store.schema import MIGRATIONS
from trenddojo.store.seats import Seat


@pytest.fixture
def stamped(app: Flask) -> Flask:
    Migrate(app, db, directory=str(MIGRATIONS))
    stamp()
    return app


@pytest.fixture
def trade(seat: Seat) -> Trade:
    """A closed trade that won 100.00, with its books settled."""
    instrument = Instrument(identity="NVDA", symbol="NVDA", asset_type=AssetType.STOCK, currency="USD")
    db.session.add(instrument)
    db.session.flush()
    made = Trade(
        account_id=seat.account.id,
        instrument_id=instrument.id,
        symbol="NVDA",
        direction=Direction.LONG,
        planned_entry=Decimal(100),
        planned_stop=Decimal(95),
        planned_quantity=Decimal(10),
        planned_at=NOW,
        sort_at=NOW,
        created_by=seat.user.id,
    )
    db.session.add(made)
    db.session.flush()
    db.session.add(
        Leg(
            trade_id=made.id,
            number=1,
            planned_entry=Decimal(100),
            planned_quantity=Decimal(10),
            stop=Decimal(95),
            created_at=NOW,
        )
    )
    for sequence, (side, price) in enumerate(((Side.BUY, 100), (Side.SELL, 110))):
        db.session.add(
            Execution(
                account_id=seat.account.id,
                trade_id=made.id,
                key=f"key-{side}",
                at=NOW,
                sequence=sequence,
                side=side,
                quantity=Decimal(10),
                price=Decimal(price),
                leg=1 if side is Side.BUY else None,
                stop=Decimal(95) if side is Side.BUY else None,
                created_by=seat.user.id,
                created_at=NOW,
            )
        )
    books.settle(made, seat)
    db.session.commit()
    return made


def run(app: Flask, *arguments: str) -> tuple[int, str]:
    done = app.test_cli_runner().invoke(args=list(arguments))
    return done.exit_code, done.output


def test_a_well_installation(stamped: Flask, trade: Trade) -> None:
    code, said = run(stamped, "doctor")
    assert code == 0, said
    assert "Every stored figure follows from the records." in said
    assert "!!" not in said
    assert stamped.config["SECRET_KEY"] not in said


def test_a_schema_without_its_migrations(app: Flask) -> None:
    code, said = run(app, "doctor")
    assert code == 1
    assert "flask --app app db upgrade" in said


@pytest.mark.parametrize("column", ["realised", "quantity", "initial_risk", "mae", "mfe"])
def test_a_trade_that_does_not_follow_from_its_records_is_found_and_rebuilt(
    stamped: Flask, trade: Trade, column: str
) -> None:
    setattr(trade, column, Decimal(7))
    db.session.commit()
    code, said = run(stamped, "doctor")
    assert code == 1
    assert "Stored figures differ from the records on: Trend Core" in said
    assert run(stamped, "books", "rebuild") == (0, "Rebuilt 1 trades.\n")
    assert run(stamped, "doctor")[0] == 0


def test_an_equity_that_does_not_follow_is_found(stamped: Flask, trade: Trade, seat: Seat) -> None:
    assert seat.account.equity == Decimal("100100.00")
    seat.account.equity = Decimal(1)
    db.session.commit()
    assert run(stamped, "doctor")[0] == 1
    run(stamped, "books", "rebuild")
    db.session.refresh(seat.account)
    assert seat.account.equity == Decimal("100100.00")

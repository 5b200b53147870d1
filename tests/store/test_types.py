"""Exact numbers and aware times, on both databases."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from flask import Flask
from hypothesis import HealthCheck, given
from hypothesis import settings as profile
from hypothesis import strategies as st
from sqlalchemy import Column, Engine, Integer, MetaData, Table, create_engine, func, insert, select
from sqlalchemy.exc import IntegrityError, StatementError

from tests.conftest import NOW, make_user
from trenddojo.domain import money
from trenddojo.domain.terms import MANUAL, AccountType
from trenddojo.store import types
from trenddojo.store.database import db
from trenddojo.store.models import Account

SCALES = {
    "price": types.Price,
    "rate": types.Rate,
    "quantity": types.Quantity,
    "money": types.Money,
    "ratio": types.Ratio,
}
NUMBERS = Table(
    "numbers", MetaData(), Column("id", Integer, primary_key=True), *(Column(n, t) for n, t in SCALES.items())
)
LARGEST = 10**money.DIGITS - 1


@pytest.fixture
def engine(both_databases: str) -> Iterator[Engine]:
    made = create_engine(both_databases.replace("postgresql://", "postgresql+psycopg://"))
    NUMBERS.create(made)
    yield made
    NUMBERS.drop(made)
    made.dispose()


@pytest.mark.parametrize("name", SCALES)
@profile(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(units=st.lists(st.integers(-LARGEST, LARGEST), min_size=1, max_size=9))
def test_any_decimal_of_the_scale_round_trips_and_sums_exactly(engine: Engine, name: str, units: list[int]) -> None:
    column = NUMBERS.c[name]
    values = [Decimal(unit).scaleb(-SCALES[name].places) for unit in units]
    with engine.begin() as connection:
        connection.execute(NUMBERS.delete())
        connection.execute(insert(NUMBERS), [{"id": i, name: value} for i, value in enumerate(values)])
        assert list(connection.scalars(select(column).order_by(NUMBERS.c.id))) == values
        assert connection.scalar(select(func.sum(column))) == sum(values)
        assert connection.scalar(select(func.max(column))) == max(values)
        assert connection.scalar(select(func.count()).where(column > values[0])) == sum(v > values[0] for v in values)


def test_places_are_kept_as_declared(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(insert(NUMBERS).values(id=1, price=Decimal("1.5"), money=2))
        assert str(connection.scalar(select(NUMBERS.c.price))) == "1.500000"
        assert str(connection.scalar(select(NUMBERS.c.money))) == "2.00"


@pytest.mark.parametrize("value", ["0.001", "1e16", "NaN", "Infinity"])
def test_what_does_not_fit_is_refused_and_never_rounded(engine: Engine, value: str) -> None:
    with engine.begin() as connection, pytest.raises(StatementError, match="OutOfScale"):
        connection.execute(insert(NUMBERS).values(id=1, money=Decimal(value)))


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="without a zone"):
        types.Utc().process_bind_param(datetime(2026, 1, 1), None)  # type: ignore[arg-type]  # noqa: DTZ001


class TestOnBoth:
    @pytest.fixture
    def database_url(self, both_databases: str) -> str:
        return both_databases

    def test_times_come_back_as_the_same_instant_in_utc(self, app: Flask) -> None:
        tokyo = datetime(2026, 3, 1, 4, 30, tzinfo=timezone(timedelta(hours=9)))
        user = make_user("a@example.org", "A")
        user.created_at = tokyo
        db.session.commit()
        db.session.expire_all()
        assert user.created_at == tokyo
        assert user.created_at.tzinfo is UTC

    def test_the_database_itself_refuses_a_word_that_is_not_in_the_vocabulary(self, app: Flask) -> None:
        user = make_user("a@example.org", "A")
        with pytest.raises(IntegrityError):
            db.session.execute(db.text("UPDATE users SET role = 'king'"))
        db.session.rollback()
        assert user.role == "trader"

    def test_a_manual_account_cannot_be_live(self, app: Flask) -> None:
        user = make_user("a@example.org", "A")
        db.session.add(
            Account(
                owner_id=user.id, name="x", broker=MANUAL, account_type=AccountType.LIVE, base_currency="USD",
                time_zone="UTC", opened_on=NOW.date(), starting_balance=Decimal(1), balance=Decimal(1),
                equity=Decimal(1), created_at=NOW,
            )
        )  # fmt: skip
        with pytest.raises(IntegrityError):
            db.session.commit()

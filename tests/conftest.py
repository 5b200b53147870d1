"""What all tests share: an application on each database, a clock to turn, and people at their accounts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests import postgres
from trenddojo.config import Config, load
from trenddojo.domain.terms import Role
from trenddojo.factory import create_app
from trenddojo.security import passwords
from trenddojo.store.database import db
from trenddojo.store.models import Account, RiskSettings, User
from trenddojo.store.seats import Seat, SeatRole

NOW = datetime(2026, 11, 19, 19, 42, 10, tzinfo=UTC)
PASSWORD = "twelve unrelated llamas"
PASSWORD_HASH = passwords.hashed(PASSWORD)


class Clock:
    """A clock that stands still until it is turned."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def turn(self, **by: float) -> None:
        self.now += timedelta(**by)


def settings(database_url: str, **extra: str) -> Config:
    """A configuration for tests."""
    return load({"TRENDDOJO_ENV": "development", "SECRET_KEY": "t" * 40, "DATABASE_URL": database_url, **extra}, None)


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[postgres.Server | None]:
    """A PostgreSQL server of this test process's own, where its programs are installed."""
    with postgres.serving(tmp_path_factory.mktemp("postgres")) as server:
        yield server


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/test.db"


@pytest.fixture
def app(database_url: str, clock: Clock) -> Iterator[Flask]:
    """An application on an empty database with all tables."""
    application = create_app(settings(database_url), clock)
    application.config.update(TESTING=True, WTF_CSRF_ENABLED=False, RATELIMIT_ENABLED=False)
    with application.app_context():
        db.create_all()
        yield application
        db.session.remove()
        db.drop_all()
        db.engine.dispose()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def both_databases(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database, once on SQLite and once on PostgreSQL: override `database_url` with it."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/both.db"
    server: postgres.Server | None = request.getfixturevalue("postgres_server")
    if server is None:
        postgres.skip_or_fail()
    assert server is not None
    return server.fresh_database()


@pytest.fixture
def user(app: Flask) -> User:
    """Marta, a trader."""
    return make_user("marta@example.org", "Marta Lind")


@pytest.fixture
def seat(user: User) -> Seat:
    """Marta at her account of 100,000 USD."""
    return make_seat(user)


@pytest.fixture
def client(app: Flask, seat: Seat) -> FlaskClient:
    """A browser in which Marta is signed in."""
    return sign_in(app, seat.user)


def make_user(email: str, name: str, role: Role = Role.TRADER) -> User:
    person = User(
        email=email, name=name, role=role, time_zone="America/New_York", password_hash=PASSWORD_HASH, created_at=NOW
    )
    db.session.add(person)
    db.session.commit()
    return person


def make_seat(owner: User, name: str = "Trend Core", balance: Decimal = Decimal(100_000)) -> Seat:
    account = Account(
        owner_id=owner.id,
        name=name,
        base_currency="USD",
        time_zone="America/New_York",
        opened_on=date(2025, 1, 2),
        starting_balance=balance,
        balance=balance,
        equity=balance,
        created_at=NOW,
    )
    db.session.add(account)
    db.session.flush()
    db.session.add(RiskSettings(account_id=account.id))
    db.session.commit()
    return Seat(owner, account, SeatRole.OWNER)


def sign_in(app: Flask, person: User) -> FlaskClient:
    """A browser with `person`'s session."""
    browser = app.test_client()
    moment = int(app.extensions["trenddojo"].clock().timestamp())
    with browser.session_transaction() as session:
        session.update(_user_id=str(person.id), _fresh=True, epoch=person.session_epoch, since=moment, seen=moment)
    return browser

"""What all tests share: an application on each database, a clock to turn, and people at their accounts."""

from __future__ import annotations

import gc
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from types import CodeType
from typing import Any

import hypothesis
import pytest
from argon2 import PasswordHasher
from flask import Flask, g
from flask.testing import FlaskClient
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from sqlalchemy import event, select

from tests import engines, postgres, routes
from trenddojo.config import Config, load
from trenddojo.domain.terms import Role
from trenddojo.factory import create_app
from trenddojo.security import passwords
from trenddojo.store.database import db
from trenddojo.store.models import Account, RiskSettings, User
from trenddojo.store.people import user_by_email
from trenddojo.store.seats import Seat, SeatRole

# No deadline: how fast a machine is must decide no test. Derandomized: the same run finds the same everywhere.
hypothesis.settings.register_profile("steady", deadline=None, derandomize=True)
hypothesis.settings.load_profile("steady")
routes.install()

NOW = datetime(2026, 11, 19, 19, 42, 10, tzinfo=UTC)
LIFES_HASHER = passwords._hasher
"""What hashes passwords in life. The tests' own takes a thousandth of its time; tests/security holds on to this one."""
passwords._hasher = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
PASSWORD = "twelve unrelated llamas"
PASSWORD_HASH = passwords.hashed(PASSWORD)


def pytest_collection_finish() -> None:
    """What was imported and collected lives as long as the process: no collection of garbage need look at it again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


class Clock:
    """A clock that stands still until it is turned."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def turn(self, **by: float) -> None:
        self.now += timedelta(**by)


class Browser(FlaskClient):
    """Begins each request with an empty `g`, as a server does.

    The tests' own application context stays around the request, and Flask would use its `g` again: the person, the time
    and the seats of one request would be those of the next.
    """

    def open(self, *given: Any, **more: Any) -> Any:
        for name in list(g or ()):  # a thread of its own has none
            g.pop(name)
        return super().open(*given, **more)


def settings(database_url: str, **extra: str) -> Config:
    """A configuration for tests."""
    return load({"TRENDDOJO_ENV": "development", "SECRET_KEY": "t" * 40, "DATABASE_URL": database_url, **extra}, None)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[postgres.Server | None]:
    """A PostgreSQL server of this test process's own, where its programs are installed."""
    with postgres.serving() as server:
        yield server


@pytest.fixture(scope="session")
def postgres_tables(postgres_server: postgres.Server | None) -> str:
    """The address of a PostgreSQL database with all tables; skips or fails where there is no server."""
    if postgres_server is None:
        postgres.skip_or_fail()
    assert postgres_server is not None
    return with_tables(postgres_server.fresh_database())


def with_tables(database_url: str) -> str:
    """The same address, with all tables at it."""
    made = create_app(settings(database_url))
    with made.app_context():
        db.create_all()
        db.session.remove()
        db.engine.dispose()
    return database_url


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/test.db"


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file with all tables and no rows: to copy it takes a hundredth of the time to make it."""
    path = tmp_path_factory.mktemp("empty") / "empty.db"
    with_tables(f"sqlite:///{path}")
    return path


class CompiledTemplates(BytecodeCache):
    """Templates compiled once for all applications of a test process."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], CodeType | None] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._known.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._known[bucket.key, bucket.checksum] = bucket.code


@pytest.fixture(scope="session")
def compiled_templates() -> CompiledTemplates:
    return CompiledTemplates()


def _careless(connection: Any, _record: Any) -> None:
    """No test loses power: its commits need not wait for the disk."""
    connection.execute("PRAGMA synchronous = OFF")


def hasten(application: Flask, templates: CompiledTemplates) -> None:
    """Spare an application that has not connected yet what another one of this process has done, and the disk."""
    application.jinja_env.bytecode_cache = templates
    with application.app_context():
        if db.engine.dialect.name == "sqlite":
            event.listen(db.engine, "connect", _careless)
        engines.share(db.engine)


@contextmanager
def serving(database_url: str, clock: Clock, templates: CompiledTemplates, **extra: str) -> Iterator[Flask]:
    """An application on a database that is there, within its context."""
    application = create_app(settings(database_url, FLASK_RUN_FROM_CLI="true", **extra), clock)
    hasten(application, templates)
    application.test_client_class = Browser
    application.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
    with application.app_context():
        yield application
        db.session.remove()
        db.engine.dispose()


@pytest.fixture(scope="session")
def seated_database(
    tmp_path_factory: pytest.TempPathFactory, empty_database: Path, compiled_templates: CompiledTemplates
) -> Path:
    """An SQLite file on which Marta has her account."""
    path = shutil.copy(empty_database, tmp_path_factory.mktemp("seated") / "seated.db")
    with serving(f"sqlite:///{path}", Clock(), compiled_templates):
        make_seat(make_user("marta@example.org", "Marta Lind"))
    return path


@pytest.fixture
def database_file(database_url: str, request: pytest.FixtureRequest) -> Path | None:
    """The file that a test's SQLite database begins as a copy of: with a seat where the test asks for one, else empty.

    None on another database.
    """
    if settings(database_url).sqlite_path is None:
        return None
    path: Path = request.getfixturevalue("seated_database" if "seat" in request.fixturenames else "empty_database")
    return path


@pytest.fixture
def app(
    database_url: str,
    clock: Clock,
    database_file: Path | None,
    compiled_templates: CompiledTemplates,
    tmp_path: Path,
) -> Iterator[Flask]:
    """An application on a database with all tables and no rows, and places for pictures and statements."""
    if database_file is not None:
        shutil.copy(database_file, settings(database_url).sqlite_path or "")
    places = {"ATTACHMENTS_PATH": str(tmp_path / "attachments"), "IMPORTS_PATH": str(tmp_path / "imports")}
    with serving(database_url, clock, compiled_templates, **places) as application:
        yield application


@pytest.fixture
def furnished(app: Flask) -> Flask:
    """The application with its web and its broker manager, which others get with their first request."""
    app.furnish()  # type: ignore[attr-defined]
    return app


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def dialect(request: pytest.FixtureRequest) -> str:
    """Once SQLite and once PostgreSQL."""
    name: str = request.param
    return name


@pytest.fixture
def both_databases(dialect: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a database without rows for `app`, once on each: override `database_url` with it.

    On PostgreSQL it is the same one again and again, with all tables.
    """
    if dialect == "sqlite":
        return f"sqlite:///{tmp_path}/both.db"
    address: str = request.getfixturevalue("postgres_tables")
    postgres.clear(address)
    return address


@pytest.fixture
def user(app: Flask) -> User:
    """Marta, a trader."""
    return user_by_email("marta@example.org") or make_user("marta@example.org", "Marta Lind")


@pytest.fixture
def seat(user: User) -> Seat:
    """Marta at her account of 100,000 USD."""
    found = db.session.scalar(select(Account).where(Account.owner_id == user.id, Account.name == "Trend Core"))
    if found is None:
        return make_seat(user)
    db.session.commit()  # as after making it: nothing is locked, and all is read anew
    return Seat(user, found, SeatRole.OWNER)


@pytest.fixture
def client(app: Flask, seat: Seat) -> FlaskClient:
    """A browser in which Marta is signed in."""
    return sign_in(app, seat.user)


def bad_fields(fields: list[str], values: list[str], fine: set[tuple[str, str]]) -> list[tuple[str, str]]:
    """Every pair of a field and a bad value for it, without those that are `fine`."""
    return [(field, value) for field in fields for value in values if (field, value) not in fine]


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

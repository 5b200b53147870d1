"""SQLite as a server with threads needs it."""

import sqlite3
from pathlib import Path
from threading import Thread

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, OperationalError

from tests.conftest import make_seat, make_user, settings
from trenddojo.factory import create_app
from trenddojo.store.database import BUSY_TIMEOUT_MS, db, is_reachable, reading


@pytest.mark.parametrize(
    ("pragma", "value"), [("journal_mode", "wal"), ("foreign_keys", 1), ("busy_timeout", BUSY_TIMEOUT_MS)]
)
def test_pragmas(app: Flask, pragma: str, value: object) -> None:
    assert db.session.execute(text(f"PRAGMA {pragma}")).scalar() == value


def test_a_commit_outlives_a_loss_of_power(tmp_path: Path) -> None:
    app = create_app(settings(f"sqlite:///{tmp_path}/life.db"))  # that of the other tests need not
    with app.app_context():
        assert db.session.execute(text("PRAGMA synchronous")).scalar() == 2  # FULL
        db.session.remove()
        db.engine.dispose()


def test_foreign_keys_hold(app: Flask) -> None:
    user = make_user("a@example.org", "A")
    make_seat(user)
    db.session.delete(user)
    with pytest.raises(IntegrityError):
        db.session.commit()


def _other_writer(app: Flask) -> sqlite3.Connection:
    connection = sqlite3.connect(str(db.engine.url.database), timeout=0, isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    return connection


def test_a_transaction_takes_the_write_lock_at_once(app: Flask) -> None:
    db.session.execute(text("SELECT 1"))
    with pytest.raises(sqlite3.OperationalError, match="locked"):
        _other_writer(app)


def test_reading_takes_no_lock_and_does_not_wait_for_a_writer(app: Flask) -> None:
    writer = _other_writer(app)
    with reading():
        assert db.session.execute(text("SELECT count(*) FROM users")).scalar() == 0
    writer.close()


def test_a_writer_waits_for_another_instead_of_failing(app: Flask) -> None:
    db.session.execute(text("SELECT 1"))
    outcome: list[str] = []

    def write() -> None:
        with app.app_context():
            make_user("late@example.org", "Late")
            outcome.append("written")

    thread = Thread(target=write)
    thread.start()
    db.session.commit()
    thread.join(timeout=30)
    assert outcome == ["written"]


def test_reachable_says_no_when_the_database_is_gone(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    assert is_reachable()

    def broken(*_args: object) -> None:
        raise OperationalError("SELECT 1", {}, Exception("gone"))

    monkeypatch.setattr(db.session, "execute", broken)
    assert not is_reachable()

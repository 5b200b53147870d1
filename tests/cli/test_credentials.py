"""`flask credentials rotate`, and what `flask doctor` says of keys."""

import pytest
from flask import Flask
from flask_migrate import Migrate, stamp

from tests.brokers import secretive
from tests.cli.test_system import run
from tests.conftest import NOW
from tests.services.keyed import KEY, NEW_KEY, OLD_KEY, connected, with_keys
from trenddojo.brokers.registry import ADAPTERS
from trenddojo.services import credentials
from trenddojo.store.database import db
from trenddojo.store.models import BrokerConnection, BrokerCredential, User
from trenddojo.store.schema import MIGRATIONS

SECRET = "what-the-broker-gave"


@pytest.fixture
def stamped(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Flask:
    monkeypatch.setitem(ADAPTERS, secretive.NAME, secretive.__name__)
    Migrate(app, db, directory=str(MIGRATIONS))
    stamp()
    return app


@pytest.fixture
def connection(stamped: Flask, user: User) -> BrokerConnection:
    """A connection whose credentials are under the old key."""
    with_keys(stamped, OLD_KEY)
    made = connected(user)
    credentials.keep(made, {"secret": SECRET}, NOW)
    db.session.commit()
    return made


def said_by(app: Flask, *command: str) -> tuple[int, str]:
    code, said = run(app, *command)
    assert not any(secret in said for secret in (SECRET, KEY, OLD_KEY, NEW_KEY))
    return code, said


def test_a_rotation_says_what_it_did_and_what_to_do_next(stamped: Flask, connection: BrokerConnection) -> None:
    with_keys(stamped, KEY, OLD_KEY)
    assert said_by(stamped, "credentials", "rotate") == (
        0,
        "Encrypted anew with the current key: 1.\nUnder it already: 0.\n"
        "No record needs an older key. Empty BROKER_ENCRYPTION_KEYS_OLD and restart.\n",
    )
    with_keys(stamped, KEY)
    assert credentials.reveal(connection.id) == {"secret": SECRET}
    assert "Under it already: 1." in said_by(stamped, "credentials", "rotate")[1]


def test_a_rotation_names_what_does_not_open(stamped: Flask, connection: BrokerConnection) -> None:
    with_keys(stamped, KEY)
    code, said = said_by(stamped, "credentials", "rotate")
    assert code == 1
    assert "Left alone because they do not open: 1.\n  Main (secretive, paper): Encrypted with a key" in said
    assert "No record needs an older key" not in said


def test_a_rotation_that_was_overtaken_asks_to_be_run_again(
    stamped: Flask, connection: BrokerConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_keys(stamped, KEY, OLD_KEY)
    monkeypatch.setattr(credentials.credentials, "replace", lambda _before, _values: False)
    code, said = said_by(stamped, "credentials", "rotate")
    assert code == 0
    assert "Replaced or removed meanwhile, and left alone: 1. Run this again." in said
    assert "No record needs an older key" not in said


def test_a_rotation_without_a_key_says_how_to_make_one(stamped: Flask) -> None:
    code, said = said_by(stamped, "credentials", "rotate")
    assert code == 1
    assert "BROKER_ENCRYPTION_KEY is missing" in said
    assert "token_hex(32)" in said


def test_the_doctor_has_nothing_to_say_where_nothing_is_kept(stamped: Flask) -> None:
    code, said = said_by(stamped, "doctor")
    assert code == 0
    assert "0 kept, all under the current key." in said


def test_the_doctor_counts_what_is_under_the_current_and_under_old_keys(
    stamped: Flask, connection: BrokerConnection
) -> None:
    assert "1 kept, all under the current key." in said_by(stamped, "doctor")[1]
    with_keys(stamped, KEY, OLD_KEY)
    code, said = said_by(stamped, "doctor")
    assert code == 0
    assert "1 still under an old key. Run: flask credentials rotate" in said


def test_the_doctor_names_keys_that_are_not_configured(stamped: Flask, connection: BrokerConnection) -> None:
    lost = db.session.get_one(BrokerCredential, connection.id).key_id
    with_keys(stamped, KEY, NEW_KEY)
    code, said = said_by(stamped, "doctor")
    assert code == 1
    assert f"Encrypted with keys that are not configured: 1 under {lost}." in said
    assert "BROKER_ENCRYPTION_KEYS_OLD, restart, and run: flask credentials rotate" in said


def test_the_doctor_misses_the_key_where_something_is_kept(stamped: Flask, connection: BrokerConnection) -> None:
    with_keys(stamped, "")
    code, said = said_by(stamped, "doctor")
    assert code == 1
    assert "!!  Credentials    BROKER_ENCRYPTION_KEY is missing" in said

"""Credentials in the database: kept, revealed, forgotten, and moved to a new key while others replace them."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import timedelta
from threading import Event, Thread

import pytest
from flask import Flask
from sqlalchemy import func, select

from tests.brokers import secretive
from tests.conftest import NOW, make_user
from tests.services.keyed import KEY, LATER, NEW_KEY, OLD_KEY, connected, quick_vault, with_keys
from trenddojo.brokers.registry import ADAPTERS
from trenddojo.domain.terms import Mode
from trenddojo.security.vault import Tampered, WrongKey
from trenddojo.services import credentials
from trenddojo.services.credentials import CredentialsMissing, KeyMissing
from trenddojo.store.database import db
from trenddojo.store.models import BrokerConnection, BrokerCredential, User

FIELDS = {"key": "PK-1", "secret": "first"}
OTHER = {"key": "PK-2", "secret": "second"}


@pytest.fixture
def database_url(both_databases: str) -> str:
    return both_databases


@pytest.fixture(autouse=True)
def keys(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """The current key, cheap to derive from, and a broker that asks for secrets."""
    monkeypatch.setattr(credentials, "Vault", quick_vault)
    monkeypatch.setitem(ADAPTERS, secretive.NAME, secretive.__name__)
    with_keys(app, KEY)


@pytest.fixture
def connection(user: User) -> BrokerConnection:
    return connected(user)


def kept(connection: BrokerConnection, fields: dict[str, str]) -> BrokerCredential:
    credentials.keep(connection, fields, NOW)
    db.session.commit()
    return record_of(connection)


def record_of(connection: BrokerConnection) -> BrokerCredential:
    return db.session.get_one(BrokerCredential, connection.id, populate_existing=True)


def count() -> int:
    return db.session.scalar(select(func.count()).select_from(BrokerCredential)) or 0


def test_what_is_kept_is_revealed_and_stands_nowhere_in_the_open(connection: BrokerConnection) -> None:
    record = kept(connection, FIELDS)
    assert credentials.reveal(connection.id) == FIELDS
    assert record.updated_at == NOW
    assert b"first" not in record.ciphertext


def test_a_new_connection_is_kept_with_its_credentials_in_one_transaction(user: User) -> None:
    made = connected(user, "New", commit=False)
    credentials.keep(made, FIELDS, NOW)
    with pytest.raises(CredentialsMissing):
        credentials.reveal(made.id)
    db.session.commit()
    assert credentials.reveal(made.id) == FIELDS


def test_keeping_again_replaces(connection: BrokerConnection) -> None:
    first = kept(connection, FIELDS).nonce
    assert kept(connection, OTHER).nonce != first
    assert credentials.reveal(connection.id) == OTHER
    assert count() == 1


def test_another_run_of_the_application_reveals_it(app: Flask, connection: BrokerConnection) -> None:
    kept(connection, FIELDS)
    with_keys(app, KEY)
    assert credentials.reveal(connection.id) == FIELDS


def test_the_vault_is_one_for_each_application(app: Flask) -> None:
    first = credentials.vault()
    assert credentials.vault() is first is app.extensions["vault"]


def test_revealing_leaves_the_callers_transaction_alone(connection: BrokerConnection, user: User) -> None:
    kept(connection, FIELDS)
    user.name = "Changed"
    assert credentials.reveal(connection.id) == FIELDS
    assert db.session.dirty
    db.session.commit()
    assert db.session.get_one(User, user.id).name == "Changed"


def test_forgetting_deletes_the_record(connection: BrokerConnection) -> None:
    kept(connection, FIELDS)
    credentials.forget(connection)
    db.session.commit()
    assert count() == 0
    credentials.forget(connection)  # once more does nothing
    with pytest.raises(CredentialsMissing):
        credentials.reveal(connection.id)


def test_a_connection_that_was_ended_reveals_nothing(connection: BrokerConnection) -> None:
    kept(connection, FIELDS)
    connection.is_active = False
    db.session.commit()
    with pytest.raises(CredentialsMissing):
        credentials.reveal(connection.id)


def test_an_unknown_connection_has_no_credentials(user: User) -> None:
    with pytest.raises(CredentialsMissing):
        credentials.reveal(user.id)


def test_a_simulated_connection_needs_no_key_and_keeps_nothing(app: Flask, user: User) -> None:
    with_keys(app, "")
    made = connected(user, broker="simulated", mode=Mode.MOCK)
    credentials.keep(made, {}, NOW)
    db.session.commit()
    assert count() == 0
    assert credentials.reveal(made.id) == {}


def test_keeping_nothing_takes_away_what_was_kept(connection: BrokerConnection) -> None:
    kept(connection, FIELDS)
    credentials.keep(connection, {}, NOW)
    db.session.commit()
    assert count() == 0


def test_without_a_key_whoever_stores_is_told_which_variable_and_how(app: Flask, connection: BrokerConnection) -> None:
    kept(connection, FIELDS)
    with_keys(app, "")
    acts: list[Callable[[], object]] = [
        lambda: credentials.keep(connection, OTHER, NOW),
        lambda: credentials.reveal(connection.id),
        lambda: credentials.rotate(NOW),
        credentials.vault,
    ]
    for act in acts:
        with pytest.raises(KeyMissing, match=r"BROKER_ENCRYPTION_KEY.*token_hex\(32\)"):
            act()
    db.session.rollback()
    with_keys(app, KEY)
    assert credentials.reveal(connection.id) == FIELDS


def test_a_wrong_key_is_named(app: Flask, connection: BrokerConnection) -> None:
    record = kept(connection, FIELDS)
    with_keys(app, NEW_KEY)
    with pytest.raises(WrongKey, match=record.key_id):
        credentials.reveal(connection.id)


@pytest.mark.parametrize("mode", [Mode.LIVE, Mode.MOCK])
def test_a_record_moved_to_another_mode_does_not_open(connection: BrokerConnection, user: User, mode: Mode) -> None:
    _move(kept(connection, FIELDS), connected(user, "Other", mode=mode))


def test_a_record_moved_to_another_person_does_not_open(connection: BrokerConnection) -> None:
    _move(kept(connection, FIELDS), connected(make_user("jon@example.org", "Jon Berg")))


def test_a_record_moved_to_another_connection_does_not_open(connection: BrokerConnection, user: User) -> None:
    _move(kept(connection, FIELDS), connected(user, "Other"))


def test_a_record_moved_to_another_broker_does_not_open(connection: BrokerConnection, user: User) -> None:
    _move(kept(connection, FIELDS), connected(user, broker="schwab"))


def _move(record: BrokerCredential, to: BrokerConnection) -> None:
    """As somebody with the database in their hands would."""
    record.connection_id = to.id
    db.session.commit()
    with pytest.raises(Tampered):
        credentials.reveal(to.id)


# ---- rotation


def test_after_a_rotation_the_old_key_can_be_removed(app: Flask, user: User) -> None:
    with_keys(app, OLD_KEY)
    made = [connected(user, f"Number {number}") for number in range(3)]
    for number, one in enumerate(made):
        kept(one, {"secret": str(number)})
    with_keys(app, KEY, OLD_KEY)
    fresh = connected(user, "Fresh")
    kept(fresh, FIELDS)
    done = credentials.rotate(LATER)
    assert (done.renewed, done.current, done.overtaken, done.unreadable) == (3, 1, 0, ())
    with_keys(app, KEY)
    assert [credentials.reveal(one.id) for one in made] == [{"secret": str(number)} for number in range(3)]
    assert [record_of(one).updated_at for one in (*made, fresh)] == [LATER] * 3 + [NOW]
    assert credentials.rotate(LATER).current == 4


def test_a_rotation_goes_on_past_what_does_not_open(app: Flask, user: User, connection: BrokerConnection) -> None:
    with_keys(app, OLD_KEY)
    broken, lost, fine = (connected(user, name) for name in ("Broken", "Lost", "Fine"))
    kept(broken, FIELDS).ciphertext = b"0" * 40
    kept(fine, FIELDS)
    with_keys(app, NEW_KEY)
    strange = kept(lost, FIELDS).key_id
    with_keys(app, KEY, OLD_KEY)
    done = credentials.rotate(LATER)
    assert (done.renewed, done.current, done.overtaken) == (1, 0, 0)
    assert sorted(done.unreadable) == [
        "Broken (secretive, paper): Changed after it was encrypted, or moved from where it belongs.",
        f"Lost (secretive, paper): Encrypted with a key that is not configured: its id is {strange}.",
    ]
    assert credentials.reveal(fine.id) == FIELDS


def _under_the_old_key(app: Flask, connection: BrokerConnection) -> None:
    with_keys(app, OLD_KEY)
    kept(connection, FIELDS)


def _interrupt(app: Flask, act: Callable[[], None]) -> None:
    """A vault of the current key that runs `act` once, when the rotation asks for the nonce of what it will write."""
    pending = [act]

    def random(size: int) -> bytes:
        if size == 12 and pending:
            pending.pop()()
        return os.urandom(size)

    app.extensions["vault"] = quick_vault(KEY, (OLD_KEY,), random)


def _elsewhere(app: Flask, act: Callable[[], None]) -> Thread:
    def run() -> None:
        with app.app_context():
            act()
            db.session.remove()

    thread = Thread(target=run)
    thread.start()
    return thread


def _replace(connection_id: object) -> None:
    credentials.keep(db.session.get_one(BrokerConnection, connection_id), OTHER, NOW)


def test_a_replacement_during_a_rotation_wins(app: Flask, connection: BrokerConnection) -> None:
    _under_the_old_key(app, connection)
    connection_id = connection.id

    def replace() -> None:
        _replace(connection_id)
        db.session.commit()

    db.session.commit()
    _interrupt(app, lambda: _elsewhere(app, replace).join())
    done = credentials.rotate(LATER)
    assert (done.renewed, done.overtaken) == (0, 1)
    assert credentials.reveal(connection_id) == OTHER
    assert credentials.rotate(LATER).current == 1


def test_a_replacement_that_commits_while_the_rotation_writes_wins(app: Flask, connection: BrokerConnection) -> None:
    _under_the_old_key(app, connection)
    connection_id, written, going = connection.id, Event(), []

    def replace() -> None:
        _replace(connection_id)
        db.session.flush()
        written.set()
        Event().wait(0.3)  # the rotation comes to its own write meanwhile, and has to wait for this transaction
        db.session.commit()

    def begin() -> None:
        going.append(_elsewhere(app, replace))
        assert written.wait(10)

    db.session.commit()
    _interrupt(app, begin)
    done = credentials.rotate(LATER)
    going[0].join()
    assert (done.renewed, done.overtaken) == (0, 1)
    assert credentials.reveal(connection_id) == OTHER


def test_a_replacement_under_the_old_key_is_whole_although_the_rotation_came_first(
    app: Flask, connection: BrokerConnection
) -> None:
    """An application that has not been restarted yet still writes with the key that is old by now."""
    _under_the_old_key(app, connection)
    record_of(connection)
    if db.engine.dialect.name == "sqlite":
        db.session.commit()  # its writers wait for each other from their first look
    late = app.extensions["vault"]
    with_keys(app, KEY, OLD_KEY)
    _elsewhere(app, lambda: _rotated(1)).join()
    app.extensions["vault"] = late
    kept(connection, OTHER)
    with_keys(app, KEY, OLD_KEY)
    assert credentials.reveal(connection.id) == OTHER
    assert credentials.rotate(LATER).renewed == 1


def _rotated(expected: int) -> None:
    assert credentials.rotate(LATER).renewed == expected


def test_a_removal_during_a_rotation_wins(app: Flask, connection: BrokerConnection) -> None:
    _under_the_old_key(app, connection)
    connection_id = connection.id

    def remove() -> None:
        credentials.forget(db.session.get_one(BrokerConnection, connection_id))
        db.session.commit()

    db.session.commit()
    _interrupt(app, lambda: _elsewhere(app, remove).join())
    assert credentials.rotate(LATER + timedelta(hours=1)).overtaken == 1
    assert count() == 0

"""Broker credentials: kept encrypted, revealed to whoever connects, moved to a new key while the application runs.

Nothing here remembers what it decrypted. `reveal` gives a plain dict, and not a type that hides itself: an adapter has
to take the strings out anyway, so hiding the container would promise more than it keeps. That secrets are shown nowhere
is tested with canaries instead (tests/test_canaries.py).
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
from threading import Lock
from typing import Any, cast
from uuid import UUID

from flask import current_app

from trenddojo.brokers.registry import spec_of
from trenddojo.config import Config
from trenddojo.runtime import runtime
from trenddojo.security.vault import Bound, Sealed, Vault, VaultError
from trenddojo.services import operator_keys
from trenddojo.services.errors import ServiceError
from trenddojo.store import credentials
from trenddojo.store.database import db
from trenddojo.store.models import BrokerConnection, BrokerCredential

_EXTENSION = "vault"
_making = Lock()


class KeyMissing(ServiceError):
    """There is no master key, so nothing can be encrypted or decrypted."""

    code = "ENCRYPTION_KEY_MISSING"
    status = 503

    def __init__(self) -> None:
        super().__init__(
            "BROKER_ENCRYPTION_KEY is missing, and broker credentials are only kept encrypted. Make a key with "
            'python -c "import secrets; print(secrets.token_hex(32))", set it on the server, and restart.'
        )


class CredentialsMissing(ServiceError):
    """A connection has no credentials, and its broker asks for some."""

    code = "CREDENTIALS_MISSING"
    status = 409

    def __init__(self) -> None:
        super().__init__("This connection has no credentials. Enter them again under Brokers.")


@dataclass(frozen=True, slots=True)
class Rotation:
    """What a rotation did: how many records it re-encrypted, found under the current key already, and found replaced or
    removed by somebody else meanwhile; a sentence for each that does not open."""

    renewed: int
    current: int
    overtaken: int
    unreadable: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class KeyState:
    """How many records are under the current key, under an old one, and by id under keys that are not configured."""

    current: int
    old: int
    unknown: Mapping[str, int]


class _Outcome(Enum):
    RENEWED = auto()
    CURRENT = auto()
    OVERTAKEN = auto()


def vault() -> Vault:
    """The application's vault. Raises KeyMissing.

    Made when first asked for, which takes scrypt a moment: ask before a transaction that others wait for.
    """
    extensions = current_app.extensions
    with _making:
        if _EXTENSION not in extensions:
            extensions[_EXTENSION] = _made(runtime().config)
        return cast(Vault, extensions[_EXTENSION])


def _made(config: Config) -> Vault:
    if not config.broker_encryption_key:
        raise KeyMissing
    return Vault(config.broker_encryption_key, config.broker_encryption_keys_old)


def keep(connection: BrokerConnection, fields: Mapping[str, str], now: datetime) -> None:
    """Encrypt `fields` as the credentials of `connection`, in place of what it had; the caller commits.

    Nothing is stored for an empty mapping, which therefore needs no key. Raises KeyMissing.
    """
    if not fields:
        forget(connection)
        return
    safe = vault()
    db.session.flush()  # a new connection gets its id
    credentials.write(connection.id, _columns(safe.seal(fields, _bound(connection)), now))


def forget(connection: BrokerConnection) -> None:
    """Delete the credentials of `connection`, if it has any; the caller commits."""
    db.session.flush()
    credentials.remove(connection.id)


def reveal(connection_id: UUID) -> dict[str, str]:
    """The credentials of a connection as they are committed, read beside the caller's transaction.

    Empty where its broker asks for none. Raises CredentialsMissing, KeyMissing or a VaultError.
    """
    found = credentials.kept(connection_id)
    if found is None or not found[0].is_active:
        raise CredentialsMissing
    connection, record = found
    if record is not None:
        return vault().open(_sealed(record), _bound(connection))
    if _needs_some(connection):
        raise CredentialsMissing
    return {}


def rotate(now: datetime) -> Rotation:
    """Re-encrypt what is not under the current key, record by record, each in a transaction of its own.

    The application may run meanwhile: a record that somebody replaces in between stays as they left it.
    Raises KeyMissing.
    """
    safe = vault()
    outcomes: Counter[_Outcome] = Counter()
    unreadable = []
    for connection, record in credentials.all_kept():
        try:
            outcomes[_renew(connection, record, safe, now)] += 1
        except VaultError as error:
            unreadable.append(f"{connection.name} ({connection.broker}, {connection.mode}): {error}")
    return Rotation(
        renewed=outcomes[_Outcome.RENEWED],
        current=outcomes[_Outcome.CURRENT],
        overtaken=outcomes[_Outcome.OVERTAKEN],
        unreadable=tuple(unreadable),
    )


def _renew(connection: BrokerConnection, record: BrokerCredential, safe: Vault, now: datetime) -> _Outcome:
    sealed, bound = _sealed(record), _bound(connection)
    if safe.is_current(sealed):
        return _Outcome.CURRENT
    renewed = _columns(safe.seal(safe.open(sealed, bound), bound), now)
    is_written = credentials.replace(record, renewed)
    db.session.commit()
    return _Outcome.RENEWED if is_written else _Outcome.OVERTAKEN


def key_state() -> KeyState:
    """Which keys the kept credentials hang on. Raises KeyMissing where there are some and no key."""
    counts = credentials.counts_by_key()
    if not counts:
        return KeyState(0, 0, {})
    safe = vault()
    current = counts.pop(safe.key_id, 0)
    unknown = {key_id: count for key_id, count in counts.items() if key_id not in safe.key_ids}
    return KeyState(current, sum(counts.values()) - sum(unknown.values()), unknown)


def _needs_some(connection: BrokerConnection) -> bool:
    spec = spec_of(connection.broker)
    lent = operator_keys.standing_in(spec, connection.mode)
    asked = [one for one in spec.fields_for(connection.mode) if one.name not in lent]
    return any(not one.is_setting and not one.is_optional for one in asked)


def _bound(connection: BrokerConnection) -> Bound:
    return Bound(connection.user_id, connection.broker, connection.id, connection.mode)


def _sealed(record: BrokerCredential) -> Sealed:
    return Sealed(record.version, record.key_id, record.salt, record.nonce, record.ciphertext)


def _columns(sealed: Sealed, now: datetime) -> dict[str, Any]:
    return {
        "version": sealed.version,
        "key_id": sealed.key_id,
        "salt": sealed.salt,
        "nonce": sealed.nonce,
        "ciphertext": sealed.ciphertext,
        "updated_at": now,
    }

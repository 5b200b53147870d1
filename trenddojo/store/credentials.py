"""Queries about the encrypted credentials of broker connections."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from trenddojo.store.database import db, reading
from trenddojo.store.models import BrokerConnection, BrokerCredential

_OF_CONNECTION = BrokerCredential.connection_id == BrokerConnection.id


def kept(connection_id: UUID) -> tuple[BrokerConnection, BrokerCredential | None] | None:
    """A connection and its record, if it has one, as they are committed: read in a transaction of its own."""
    query = select(BrokerConnection, BrokerCredential).where(BrokerConnection.id == connection_id)
    with reading(), Session(db.engine) as session:
        row = session.execute(query.outerjoin(BrokerCredential, _OF_CONNECTION)).one_or_none()
        return (row[0], row[1]) if row else None


def all_kept() -> list[tuple[BrokerConnection, BrokerCredential]]:
    """Every connection that has a record, with it, as they are committed: read in a transaction of its own."""
    query = select(BrokerConnection, BrokerCredential).join(BrokerCredential, _OF_CONNECTION)
    with reading(), Session(db.engine) as session:
        return [(row[0], row[1]) for row in session.execute(query.order_by(BrokerConnection.id))]


def counts_by_key() -> dict[str, int]:
    """How many records there are under each key id."""
    query = select(BrokerCredential.key_id, func.count()).group_by(BrokerCredential.key_id)
    return {row[0]: row[1] for row in db.session.execute(query.order_by(BrokerCredential.key_id))}


def write(connection_id: UUID, values: Mapping[str, Any]) -> None:
    """Make `values` the record of a connection, in place of the one that it may have."""
    record = _locked(connection_id)
    if record is None:
        db.session.add(BrokerCredential(connection_id=connection_id, **values))
    else:
        _fill(record, values)


def replace(before: BrokerCredential, values: Mapping[str, Any]) -> bool:
    """Write `values` where `before` still stands; whether it did. No two records share a key id and a nonce."""
    record = _locked(before.connection_id)
    if record is None or (record.key_id, record.nonce) != (before.key_id, before.nonce):
        return False
    _fill(record, values)
    return True


def remove(connection_id: UUID) -> None:
    """Delete the record of a connection, if it has one."""
    record = _locked(connection_id)
    if record is not None:
        db.session.delete(record)


def _locked(connection_id: UUID) -> BrokerCredential | None:
    """The record as it is now, which nobody else changes until this transaction ends."""
    return db.session.get(BrokerCredential, connection_id, populate_existing=True, with_for_update=True)


def _fill(record: BrokerCredential, values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        setattr(record, name, value)

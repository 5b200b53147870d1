"""What open pages watch: a version for each name, all taken from one counter."""

from collections.abc import Collection
from functools import cache
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.sql.dml import ReturningInsert

from trenddojo.store.database import db
from trenddojo.store.models import Account, AccountMember, BrokerConnection, Topic
from trenddojo.store.upserts import insert, put

COUNTER = ""
"""The row that holds the newest version. Its lock, kept until the commit, makes versions appear in their order."""


@cache
def _advance(_dialect: str) -> ReturningInsert[int]:
    counted = insert(Topic).values(name=COUNTER, version=1)
    forward = {"version": Topic.version + 1}
    return counted.on_conflict_do_update(index_elements=[Topic.name], set_=forward).returning(Topic.version)


def advance() -> int:
    """The next version; every other transaction that wants one waits until this one has ended."""
    return db.session.execute(_advance(db.engine.dialect.name)).scalar_one()


def mark(names: Collection[str], version: int) -> None:
    """Say that these changed at `version`."""
    put(Topic, ("name",), [{"name": name, "version": version} for name in sorted(names)])


def after(version: int) -> dict[str, int]:
    """The version, by name, of whatever changed after `version`, and always the counter's."""
    query = select(Topic.name, Topic.version).where(or_(Topic.version > version, Topic.name == COUNTER))
    return dict(db.session.execute(query).all())


def newest() -> int:
    """The counter's version; 0 before anything changed."""
    return db.session.scalar(select(Topic.version).where(Topic.name == COUNTER)) or 0


def own_connections(user_id: UUID, among: Collection[UUID]) -> set[UUID]:
    """Those of `among` that are the person's connections."""
    query = select(BrokerConnection.id).where(BrokerConnection.user_id == user_id, BrokerConnection.id.in_(among))
    return set(db.session.scalars(query))


def seen_accounts(user_id: UUID, among: Collection[UUID]) -> set[UUID]:
    """Those of `among` that are accounts at which the person has a seat."""
    member = (AccountMember.account_id == Account.id) & (AccountMember.user_id == user_id)
    query = select(Account.id).outerjoin(AccountMember, member).where(Account.id.in_(among))
    mine = or_(Account.owner_id == user_id, AccountMember.user_id == user_id)
    return set(db.session.scalars(query.where(mine)))

"""What open pages watch: a version for each name, all taken from one counter."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import or_, select

from trenddojo.store.database import db
from trenddojo.store.models import Account, AccountMember, BrokerConnection, Topic
from trenddojo.store.upserts import insert

COUNTER = ""
"""The row that holds the newest version. Its lock, kept until the commit, makes versions appear in their order."""


def advance() -> int:
    """The next version; every other transaction that wants one waits until this one has ended."""
    statement = (
        insert(Topic)
        .values(name=COUNTER, version=1)
        .on_conflict_do_update(index_elements=[Topic.name], set_={"version": Topic.version + 1})
        .returning(Topic.version)
    )
    return db.session.execute(statement).scalar_one()


def mark(names: Collection[str], version: int) -> None:
    """Say that these changed at `version`."""
    rows = insert(Topic).values([{"name": name, "version": version} for name in sorted(names)])
    db.session.execute(rows.on_conflict_do_update(index_elements=[Topic.name], set_={"version": version}))


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

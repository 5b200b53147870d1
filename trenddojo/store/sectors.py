"""Queries about the sectors of symbols. Whoever calls them holds a seat at the account."""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import BindParameter, bindparam, select

from trenddojo.store.database import db
from trenddojo.store.models import Sector

_ACCOUNT: BindParameter[UUID] = bindparam("account")
_S = Sector.__table__.c
_ALL = select(_S.symbol, _S.name).where(_S.account_id == _ACCOUNT).order_by(_S.symbol)
"""Built once: the ticket asks it at every keystroke."""


def sectors_of(account_id: UUID) -> Mapping[str, str]:
    """The sector of each symbol that has one on an account, by symbol."""
    return dict(db.session.execute(_ALL, {"account": account_id}).all())


def sector_row(account_id: UUID, symbol: str) -> Sector | None:
    """What the account says of a symbol."""
    return db.session.scalar(select(Sector).where(Sector.account_id == account_id, Sector.symbol == symbol))

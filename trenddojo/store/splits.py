"""Queries about splits. Whoever calls them holds a seat at the account."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import bindparam, or_, select

from trenddojo.domain.splits import Split
from trenddojo.store.database import db
from trenddojo.store.models import Account, Instrument, StockSplit, Trade

Splits = Sequence[Split]

_S = StockSplit.__table__.c
_LIVE = (
    select(_S.instrument_id, _S.at, _S.numerator, _S.denominator)
    .where(_S.account_id == bindparam("account"), _S.deleted_at.is_(None))
    .order_by(_S.at)
)
_OF_ONE = _LIVE.where(_S.instrument_id == bindparam("instrument"))
"""Built once: every settling of a trade asks it, on accounts that have any."""


def splits_of(account: Account, instrument_id: UUID) -> Splits:
    """The splits of an instrument that count on an account, oldest first."""
    if not account.has_splits:
        return ()
    rows = db.session.execute(_OF_ONE, {"account": account.id, "instrument": instrument_id})
    return tuple(Split(at, numerator, denominator) for _, at, numerator, denominator in rows)


def splits_by_instrument(account: Account) -> Mapping[UUID, Splits]:
    """All splits that count on an account, oldest first; an instrument without any has none."""
    found: defaultdict[UUID, list[Split]] = defaultdict(list)
    if account.has_splits:
        for instrument_id, at, numerator, denominator in db.session.execute(_LIVE, {"account": account.id}):
            found[instrument_id].append(Split(at, numerator, denominator))
    return found


def split_at(account_id: UUID, split_id: UUID) -> StockSplit | None:
    """One split of an account, deleted or not."""
    return db.session.scalar(select(StockSplit).where(StockSplit.id == split_id, StockSplit.account_id == account_id))


def split_with_key(account_id: UUID, key: str) -> StockSplit | None:
    """The split that an import brought under a key, deleted or not."""
    return db.session.scalar(select(StockSplit).where(StockSplit.account_id == account_id, StockSplit.key == key))


def split_on(account_id: UUID, instrument_id: UUID, on: date) -> StockSplit | None:
    """The split of an instrument that counts from a date on."""
    return db.session.scalar(
        select(StockSplit).where(
            StockSplit.account_id == account_id,
            StockSplit.instrument_id == instrument_id,
            StockSplit.on == on,
            StockSplit.deleted_at.is_(None),
        )
    )


def rows_of(account: Account, instrument_id: UUID) -> Sequence[StockSplit]:
    """The rows of `splits_of`, the latest first."""
    if not account.has_splits:
        return ()
    of = StockSplit.account_id == account.id, StockSplit.instrument_id == instrument_id
    query = select(StockSplit).where(*of, StockSplit.deleted_at.is_(None)).order_by(StockSplit.on.desc())
    return db.session.scalars(query).all()


def splits_listed(account_id: UUID) -> Sequence[tuple[StockSplit, Instrument]]:
    """The splits that count on an account with what was split, the latest first."""
    query = (
        select(StockSplit, Instrument)
        .join(Instrument, Instrument.id == StockSplit.instrument_id)
        .where(StockSplit.account_id == account_id, StockSplit.deleted_at.is_(None))
        .order_by(StockSplit.on.desc(), Instrument.symbol, StockSplit.id)
    )
    return [(split, instrument) for split, instrument in db.session.execute(query)]


def trades_across(account_id: UUID, instrument_id: UUID, at: datetime) -> Sequence[Trade]:
    """The account's trades in an instrument that ran at a moment, deleted ones too: they count as held."""
    query = select(Trade).where(
        Trade.account_id == account_id,
        Trade.instrument_id == instrument_id,
        Trade.opened_at < at,
        or_(Trade.closed_at.is_(None), Trade.closed_at >= at),
    )
    return db.session.scalars(query.order_by(Trade.opened_at, Trade.id)).all()

"""Queries about bars of prices. Which realms an account sees, `services.bars` says."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import BindParameter, bindparam, or_, select

from trenddojo.domain.bars import Bar
from trenddojo.store import upserts
from trenddojo.store.database import db
from trenddojo.store.models import Account, PriceBar, Trade

_LONGEST = timedelta(days=1)
"""The longest bar."""
_T = PriceBar.__table__.c
_INSTRUMENT: BindParameter[UUID] = bindparam("instrument")
_COLUMNS = (_T.timeframe, _T.start, _T.open, _T.high, _T.low, _T.close, _T.volume, _T.fetched_at)
_BETWEEN = (
    select(_T.realm, *_COLUMNS)
    .where(
        _T.instrument_id == _INSTRUMENT,
        or_(_T.realm == bindparam("first"), _T.realm == bindparam("second")),
        _T.start > bindparam("since"),
        _T.start <= bindparam("until"),
    )
    .order_by(_T.start)
)
"""Built once: every settling of a trade asks it."""


def bars_between(instrument_id: UUID, realms: tuple[str, str], since: datetime, until: datetime) -> list[Bar]:
    """Every bar that tells of some day between two instants, by its start: those of the first of `realms` that has any.

    The days of both ends are whole, so that which bars are the finest does not depend on the ends.
    """
    asked = {"first": realms[0], "second": realms[1], "since": since - _LONGEST, "until": until + _LONGEST}
    rows = db.session.execute(_BETWEEN, {"instrument": instrument_id, **asked}).all()
    realm = realms[0] if any(row.realm == realms[0] for row in rows) else realms[1]
    return [Bar(*row[1:]) for row in rows if row.realm == realm]


def put(rows: Sequence[Mapping[str, Any]]) -> None:
    """Keep bars, each in place of the one that was there; all rows have all columns."""
    upserts.put(PriceBar, ("instrument_id", "realm", "timeframe", "start"), rows)


def trades_during(instrument_id: UUID, since: datetime, until: datetime) -> Sequence[tuple[Trade, Account]]:
    """Every account's trades in an instrument that ran at some time between two instants, in a fixed order."""
    query = (
        select(Trade, Account)
        .join(Account, Account.id == Trade.account_id)
        .where(
            Trade.instrument_id == instrument_id,
            Trade.opened_at <= until,
            or_(Trade.closed_at.is_(None), Trade.closed_at >= since),
            Trade.deleted_at.is_(None),
        )
        .order_by(Trade.account_id, Trade.id)
    )
    return [(trade, account) for trade, account in db.session.execute(query)]

"""Queries about bars of prices. Which realms an account sees, `services.bars` says."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple
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
        or_(*(_T.realm == bindparam(name) for name in ("own", "brought", "market"))),
        _T.start > bindparam("since"),
        _T.start <= bindparam("until"),
    )
    .order_by(_T.start)
)
"""Built once: every settling of a trade asks it."""


class Realms(NamedTuple):
    """Whose bars an account sees: its own alone where there are any; else its market's, and before each of them the
    same one that was brought along with the account."""

    own: str
    brought: str
    market: str


def bars_between(instrument_id: UUID, realms: Realms, since: datetime, until: datetime) -> list[Bar]:
    """Every bar that tells of some day between two instants, by its start, as far as `realms` are seen.

    The days of both ends are whole, so that which bars are the finest does not depend on the ends.
    """
    asked = {**realms._asdict(), "since": since - _LONGEST, "until": until + _LONGEST}
    rows = db.session.execute(_BETWEEN, {"instrument": instrument_id, **asked}).all()
    if own := [row for row in rows if row.realm == realms.own]:
        return [Bar(*row[1:]) for row in own]
    brought = {row[1:3] for row in rows if row.realm == realms.brought}
    return [Bar(*row[1:]) for row in rows if row.realm == realms.brought or row[1:3] not in brought]


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

"""Queries about which bars are wanted, what has been asked of them, and which of them are there."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, select

from trenddojo.domain.terms import Mode, Timeframe, TradeStatus
from trenddojo.store.database import db
from trenddojo.store.models import Account, BarCoverage, BrokerConnection, Instrument, PriceBar, Trade

_OPEN = (TradeStatus.PLANNING, TradeStatus.PENDING, TradeStatus.ACTIVE)
_IDS_AT_ONCE = 500
_FAILURES = 50


@dataclass(frozen=True, slots=True)
class Life:
    """When a trade ran, from its plan where nothing was filled yet; `ended` is None while it is planned or open."""

    account_id: UUID
    instrument_id: UUID
    began: datetime
    ended: datetime | None


def owners_accounts(connection: BrokerConnection) -> Sequence[Account]:
    """The connection's own accounts and, where it tells the real market's prices, its owner's manual ones."""
    query = select(Account).where(Account.archived_at.is_(None), Account.owner_id == connection.user_id)
    mine = Account.connection_id == connection.id
    if connection.mode is not Mode.MOCK:
        mine |= Account.mode.is_(None)
    return db.session.scalars(query.where(mine).order_by(Account.created_at, Account.id)).all()


def lives(account_ids: Collection[UUID], closed_at_most: int) -> Iterator[Life]:
    """Every plan and open trade of some accounts, and the newest of their closed ones."""
    began = func.coalesce(Trade.opened_at, Trade.planned_at)
    query = select(Trade.account_id, Trade.instrument_id, began, Trade.closed_at)
    query = query.where(Trade.account_id.in_(account_ids), Trade.deleted_at.is_(None))
    closed = query.where(Trade.status == TradeStatus.CLOSED).order_by(Trade.sort_at.desc(), Trade.id)
    for some in (query.where(Trade.status.in_(_OPEN)), closed.limit(closed_at_most)):
        for account_id, instrument_id, start, end in db.session.execute(some):
            yield Life(account_id, instrument_id, start, end)


def instruments_of(ids: Collection[UUID]) -> dict[UUID, Instrument]:
    """Instruments by id."""
    found: dict[UUID, Instrument] = {}
    for some in _portions(ids):
        rows = db.session.scalars(select(Instrument).where(Instrument.id.in_(some)))
        found |= {one.id: one for one in rows}
    return found


def with_own_prices(instrument_ids: Collection[UUID], account_ids: Collection[UUID]) -> set[tuple[UUID, UUID]]:
    """The pairs of account and instrument of which the account has prices of its own, such as a demo's."""
    realms = {str(one): one for one in account_ids}
    found: set[tuple[UUID, UUID]] = set()
    for some in _portions(instrument_ids):
        query = select(PriceBar.realm, PriceBar.instrument_id).distinct()
        rows = db.session.execute(query.where(PriceBar.instrument_id.in_(some), PriceBar.realm.in_(realms)))
        found |= {(realms[realm], instrument_id) for realm, instrument_id in rows}
    return found


def _portions(ids: Collection[UUID]) -> Iterator[list[UUID]]:
    listed = list(ids)
    return (listed[at : at + _IDS_AT_ONCE] for at in range(0, len(listed), _IDS_AT_ONCE))


def coverage_of(connection_id: UUID) -> Mapping[tuple[UUID, Timeframe], BarCoverage]:
    """What a connection has been asked, by instrument and timeframe."""
    rows = db.session.scalars(select(BarCoverage).where(BarCoverage.connection_id == connection_id))
    return {(row.instrument_id, row.timeframe): row for row in rows}


def coverage(connection_id: UUID, instrument_id: UUID, timeframe: Timeframe) -> BarCoverage:
    """What a connection has been asked of one instrument; a row that is new says nothing."""
    key = {"connection_id": connection_id, "instrument_id": instrument_id, "timeframe": timeframe}
    found = db.session.get(BarCoverage, key, populate_existing=True)
    if found is None:
        found = BarCoverage(**key, spans=[], failure="", failures=0)
        db.session.add(found)
    return found


def by_the_same_broker(row: BarCoverage) -> Sequence[BarCoverage]:
    """All that has been asked of an instrument's bars from where this row's were told: a mock connection is alone."""
    connection = db.session.get_one(BrokerConnection, row.connection_id)
    query = select(BarCoverage).join(BrokerConnection, BrokerConnection.id == BarCoverage.connection_id)
    if connection.mode is Mode.MOCK:
        query = query.where(BarCoverage.connection_id == row.connection_id)
    else:
        query = query.where(BrokerConnection.broker == connection.broker, BrokerConnection.mode != Mode.MOCK)
    return db.session.scalars(query.where(BarCoverage.instrument_id == row.instrument_id)).all()


def failures_of(connection_ids: Collection[UUID]) -> Sequence[tuple[BarCoverage, str, str]]:
    """What some connections said last instead of bars, with the symbol and the connection's name, the latest first."""
    query = (
        select(BarCoverage, Instrument.symbol, BrokerConnection.name)
        .join(BrokerConnection, BrokerConnection.id == BarCoverage.connection_id)
        .join(Instrument, Instrument.id == BarCoverage.instrument_id)
        .where(BarCoverage.connection_id.in_(connection_ids), BarCoverage.failure != "")
        .order_by(BarCoverage.failed_at.desc(), Instrument.symbol, BarCoverage.timeframe)
        .limit(_FAILURES)
    )
    return [(row, symbol, name) for row, symbol, name in db.session.execute(query)]


@dataclass(frozen=True, slots=True)
class Known:
    """The bars of one instrument and timeframe that one source told: how many, of which time, and when last."""

    symbol: str
    timeframe: Timeframe
    source: str
    count: int
    first: datetime
    last: datetime
    fetched_at: datetime


def known(account_ids: Collection[UUID], realms: Collection[str], most: int) -> list[Known]:
    """What there is, in some realms, of the instruments that some accounts traded last, by symbol."""
    newest = (
        select(Trade.instrument_id)
        .where(Trade.account_id.in_(account_ids), Trade.deleted_at.is_(None))
        .group_by(Trade.instrument_id)
        .order_by(func.max(Trade.sort_at).desc(), Trade.instrument_id)
        .limit(most)
    )
    parts = (Instrument.symbol, PriceBar.timeframe, PriceBar.source)
    query = (
        select(*parts, func.count(), func.min(PriceBar.start), func.max(PriceBar.start), func.max(PriceBar.fetched_at))
        .join(Instrument, Instrument.id == PriceBar.instrument_id)
        .where(PriceBar.instrument_id.in_(newest), PriceBar.realm.in_(realms))
        .group_by(Instrument.id, *parts)
        .order_by(*parts, Instrument.id)
    )
    return [Known(*row) for row in db.session.execute(query)]


def told(instrument_id: UUID, realm: str, timeframe: Timeframe, since: datetime, until: datetime) -> Sequence[PriceBar]:
    """The bars of one realm and timeframe that begin in [since, until), in order."""
    query = select(PriceBar).where(
        PriceBar.instrument_id == instrument_id,
        PriceBar.realm == realm,
        PriceBar.timeframe == timeframe,
        PriceBar.start >= since,
        PriceBar.start < until,
    )
    return db.session.scalars(query.order_by(PriceBar.start)).all()


def drop(instrument_id: UUID, realm: str, source: str) -> None:
    """Remove all that one source told of an instrument in a realm."""
    mine = (PriceBar.instrument_id == instrument_id, PriceBar.realm == realm, PriceBar.source == source)
    db.session.execute(delete(PriceBar).where(*mine))

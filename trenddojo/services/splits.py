"""Splits of what an account trades: recorded, brought by imports, deleted and restored (rule 14 of docs/NUMBERS.md).

A split is a fact of an instrument, and yet a record of one account: nobody's changes another's books. What is held
across it changes in quantity, price and stop, and in no money. Contracts of options that a split adjusts are not meant:
they become other contracts.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from uuid import UUID, uuid4, uuid5

from trenddojo.domain.splits import Split
from trenddojo.domain.terms import AssetType, SplitSource
from trenddojo.domain.zones import day_begins
from trenddojo.services import books, history
from trenddojo.services.errors import FORM, Forbidden, Invalid, NotFound
from trenddojo.services.inputs import parse
from trenddojo.services.inputs.splits import SplitInput
from trenddojo.services.orders import reviews
from trenddojo.services.records import conclude
from trenddojo.store import accounts
from trenddojo.store import splits as stored
from trenddojo.store.database import db
from trenddojo.store.models import Instrument, StockSplit, Trade
from trenddojo.store.seats import Seat

_SPLIT = (AssetType.STOCK, AssetType.ETF, AssetType.CRYPTO)


def listed(seat: Seat) -> Sequence[tuple[StockSplit, Instrument]]:
    """The account's splits with what was split, the latest first."""
    return stored.splits_listed(seat.account.id)


def of_trade(seat: Seat, trade: Trade) -> Sequence[StockSplit]:
    """The splits of what a trade holds, those before and after it too, the latest first."""
    return stored.rows_of(seat.account, trade.instrument_id)


def split_of(seat: Seat, trade: Trade, split_id: UUID) -> StockSplit:
    """A split of what a trade holds, deleted or not. Raises NotFound."""
    row = stored.split_at(seat.account.id, split_id)
    if row is None or row.instrument_id != trade.instrument_id:
        raise NotFound
    return row


def may_be_split(instrument: Instrument) -> bool:
    """Whether a split of it keeps it what it is: a contract becomes another one."""
    return instrument.asset_type in _SPLIT


def record_split(seat: Seat, instrument: Instrument, entered: SplitInput, now: datetime) -> StockSplit:
    """Record a split that a person typed; the same key again finds the first.

    Where nothing was held it changes nothing. Raises Invalid where a field is wrong, the day has a split already, or
    fills recorded since do not fit; Forbidden.
    """
    _begin(seat)
    split_id = uuid5(seat.account.id, f"split:{entered.key}") if entered.key else uuid4()
    if found := stored.split_at(seat.account.id, split_id):
        return found
    _check(instrument, entered, now)
    if other := stored.split_on(seat.account.id, instrument.id, entered.on):
        raise Invalid({"on": f"A {name_of(other)} is recorded on that day already."})
    row = _row(seat, instrument, entered, SplitSource.TYPED, now)
    row.id = split_id
    conclude(seat, *_counted(seat, instrument, row, now))
    return row


def bring(
    seat: Seat, instrument: Instrument, on: date, numerator: int, denominator: int, *, key: str, now: datetime
) -> StockSplit:
    """Record a split that an import tells of under its own `key`, once; what was deleted since stays so. The caller
    commits.

    A split of that day that is there already, typed or under another key, is that split. Raises Invalid where it has
    another ratio, and as `record_split` does.
    """
    _begin(seat)
    if found := stored.split_with_key(seat.account.id, key):
        return found
    told = {"on": on.isoformat(), "numerator": str(numerator), "denominator": str(denominator)}
    entered = parse(SplitInput, told)
    _check(instrument, entered, now)
    if (other := stored.split_on(seat.account.id, instrument.id, on)) is None:
        row = _row(seat, instrument, entered, SplitSource.IMPORT, now)
        row.key = key
        _settle(seat, _counted(seat, instrument, row, now))
        return row
    if other.numerator * denominator != numerator * other.denominator:
        raise Invalid({"on": f"A {name_of(other)} is recorded on that day already."})
    other.key = other.key or key
    return other


def delete_split(seat: Seat, split_id: UUID, now: datetime) -> StockSplit:
    """Take a split out of the books; `restore_split` brings it back.

    Raises Invalid where fills recorded since do not fit without it, NotFound and Forbidden.
    """
    row = _existing(seat, split_id)
    if row.deleted_at is not None:
        return row
    instrument = db.session.get_one(Instrument, row.instrument_id)
    conclude(seat, *_counted(seat, instrument, row, now, deleted_at=now))
    return row


def restore_split(seat: Seat, split_id: UUID, now: datetime) -> StockSplit:
    """Bring a deleted split back. Raises as `record_split`, and NotFound."""
    row = _existing(seat, split_id)
    if row.deleted_at is None:
        return row
    if other := stored.split_on(seat.account.id, row.instrument_id, row.on):
        raise Invalid({FORM: f"A {name_of(other)} was recorded on that day since."})
    instrument = db.session.get_one(Instrument, row.instrument_id)
    conclude(seat, *_counted(seat, instrument, row, now))
    return row


def name_of(row: StockSplit) -> str:
    """How people call a split."""
    return _split(row).name


def _split(row: StockSplit) -> Split:
    return Split(row.at, row.numerator, row.denominator)


def _begin(seat: Seat) -> None:
    if not seat.may_trade:
        raise Forbidden(f"You may look at {seat.account.name}, but not record a split there.")
    accounts.lock(seat.account)


def _existing(seat: Seat, split_id: UUID) -> StockSplit:
    _begin(seat)
    row = stored.split_at(seat.account.id, split_id)
    if row is None:
        raise NotFound
    return row


def _check(instrument: Instrument, entered: SplitInput, now: datetime) -> None:
    if not may_be_split(instrument):
        raise Invalid({FORM: f"{instrument.symbol} is a contract: what a split makes of it is another one."})
    if day_begins(entered.on, instrument.currency) > now:
        raise Invalid({"on": "This is in the future. Record it once it trades at the new quantity."})


def _row(seat: Seat, instrument: Instrument, entered: SplitInput, source: SplitSource, now: datetime) -> StockSplit:
    return StockSplit(
        id=uuid4(),
        account_id=seat.account.id,
        instrument_id=instrument.id,
        on=entered.on,
        at=day_begins(entered.on, instrument.currency),
        numerator=entered.numerator,
        denominator=entered.denominator,
        source=source,
        created_by=seat.user.id,
        created_at=now,
    )


def _counted(
    seat: Seat, instrument: Instrument, row: StockSplit, now: datetime, deleted_at: datetime | None = None
) -> Sequence[Trade]:
    """Let a split count, or not any more; returns the trades that have to follow. Raises Invalid where one cannot."""
    affected = stored.trades_across(seat.account.id, instrument.id, row.at)
    split = _split(row)
    others = [one for one in stored.splits_of(seat.account, instrument.id) if one != split]
    for trade in affected:
        before = books.open_books(trade, seat.account)
        after = replace(before, splits=tuple(others if deleted_at else (*others, split)))
        history.check(seat, after, before.told)
    row.deleted_at, seat.account.has_splits = deleted_at, True
    db.session.add(row)
    back = Split(row.at, row.denominator, row.numerator)
    reviews.expect_split(seat, instrument.symbol, back if deleted_at else split, now)
    return affected


def _settle(seat: Seat, affected: Sequence[Trade]) -> None:
    for trade in affected:
        books.settle(trade, seat)

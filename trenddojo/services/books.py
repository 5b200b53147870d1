"""A trade's books: its records read as the domain's objects, and everything that follows from them written back.

Records keep what was told, in the units of its moment. The position, and every price beside it, is in the units that
the trade has at its end, or now (rule 14 of docs/NUMBERS.md): here alone the one becomes the other.

Whatever changes fills, stops, marks or cash calls `settle` or `settle_cash` before it commits. Outcomes are recomputed
from the records, never incremented.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal

from trenddojo.domain.commissions import Commission
from trenddojo.domain.equity import local_date, trade_days
from trenddojo.domain.excursions import Excursion, excursion
from trenddojo.domain.fills import Fill
from trenddojo.domain.legs import quantities_left
from trenddojo.domain.marks import Mark, counting, gross_value, open_profit
from trenddojo.domain.money import HUNDRED, ONE, PRICE_PLACES, cents, exactly, rounded
from trenddojo.domain.splits import PLAIN, Split, Units, in_last_units
from trenddojo.domain.stops import StopOutcome, stop_outcome
from trenddojo.domain.terms import Direction, ExitReason, TradeStatus
from trenddojo.domain.trades import Position, in_r, replay
from trenddojo.services import split_records
from trenddojo.services.bars import known_bars
from trenddojo.services.commissions import commission_of
from trenddojo.store import days, trades
from trenddojo.store.database import db
from trenddojo.store.models import Account, Execution, Instrument, Leg, Trade
from trenddojo.store.seats import Seat
from trenddojo.store.splits import Splits, splits_of

_FOREVER = datetime(9000, 1, 1, tzinfo=UTC)
"""Beyond any bar."""


@dataclass(frozen=True, slots=True)
class Books:
    """One trade as the domain sees it.

    `executions` are as they were told, all else is in `units`, those of its end or of now. `marks` are those that
    count, oldest first, `splits` all of its instrument.
    """

    trade: Trade
    account: Account
    instrument: Instrument
    executions: tuple[Execution, ...]
    position: Position
    legs: tuple[Leg, ...]
    marks: tuple[Mark, ...]
    commission: Commission | None
    splits: Splits = ()
    units: Units = PLAIN

    @property
    def told(self) -> tuple[Fill, ...]:
        """The fills in the units of their own moments."""
        return tuple(map(as_fill, self.executions))

    def now(self, price: Decimal, at: datetime) -> Decimal:
        """A price that was told at a moment in the units of the trade, to 6 places."""
        return rounded(self.units.price(price, at), PRICE_PLACES)

    def then(self, price: Decimal, at: datetime) -> Decimal:
        """A price in the units of the trade in those of a moment, to 6 places."""
        return rounded(self.units.price_then(price, at), PRICE_PLACES)

    @property
    def lived_through(self) -> list[Split]:
        """The splits that the trade lived through, oldest first."""
        opened, end = self.position.opened_at, self.units.end
        lived = [one for one in self.splits if opened is not None and opened < one.at]
        return [one for one in lived if end is None or one.at <= end]

    @property
    def stops(self) -> dict[int, Decimal | None]:
        """The stop of each leg by its number."""
        return {leg.number: leg.stop for leg in self.legs}

    @property
    def mark(self) -> Mark | None:
        """The last known price, unless it is older than the trade."""
        return counting(self.position, self.marks[-1]) if self.marks else None

    @property
    def fx(self) -> Decimal:
        """The present rate to the base currency: the last mark's, else the last fill's, else the plan's."""
        if self.mark is not None:
            return self.mark.fx
        return self.position.fills[-1].fx if self.position.fills else self.trade.fx

    @property
    def outcome(self) -> StopOutcome:
        """What the open lots would bring if every stop filled at its price."""
        return stop_outcome(self.position, self.stops, self.fx, self.commission)


@dataclass(frozen=True, slots=True)
class Records:
    """What a trade trades, its fills that count and its legs, both in order. `is_marked`: a price of it was typed."""

    instrument: Instrument
    executions: Sequence[Execution]
    legs: Sequence[Leg]
    is_marked: bool = True


def as_fill(execution: Execution) -> Fill:
    """A stored execution as the domain's fill."""
    return Fill(
        key=execution.key,
        at=execution.at,
        sequence=execution.sequence,
        side=execution.side,
        quantity=execution.quantity,
        price=execution.price,
        fee=execution.fee,
        fee_estimated=execution.fee_estimated,
        fx=execution.fx,
        leg=execution.leg,
        stop=execution.stop,
    )


def position_of(
    direction: Direction, multiplier: Decimal, told: Iterable[Fill], splits: Splits
) -> tuple[Position, Units]:
    """The position that fills make, each told in the units of its moment. Raises as `domain.trades.replay` does."""
    fills, units = in_last_units(direction, told, splits)
    return replay(direction, multiplier, fills), units


def open_books(trade: Trade, account: Account) -> Books:
    """Read a trade's records.

    Raises NotAnEntryError, LegMissingError, AfterFlatError or ThroughZeroError where its fills are not one trade.
    """
    db.session.flush()
    records = Records(trades.instrument_of(trade), trades.executions_of(trade.id), trades.legs_of(trade.id))
    return books_of(trade, account, records)


def books_of(trade: Trade, account: Account, records: Records) -> Books:
    """The same from records that are at hand. Raises as `open_books` does."""
    instrument = records.instrument
    splits = splits_of(account, instrument.id)
    told = map(as_fill, records.executions)
    position, units = position_of(trade.direction, instrument.multiplier, told, splits)
    return Books(
        trade=trade,
        account=account,
        instrument=instrument,
        executions=tuple(records.executions),
        position=position,
        legs=tuple(records.legs),
        marks=_marks(account, instrument, position, units) if records.is_marked else (),
        commission=commission_of(account, instrument.asset_type, instrument.multiplier),
        splits=splits,
        units=units,
    )


def _marks(account: Account, instrument: Instrument, position: Position, units: Units) -> tuple[Mark, ...]:
    if position.opened_at is None:
        return ()
    found = trades.marks_of(account.id, instrument.id, position.opened_at, position.closed_at)
    return tuple(Mark(units.price(mark.price, mark.at), mark.at, mark.fx) for mark in found)


def settle(trade: Trade, seat: Seat) -> Books:
    """Recompute a trade's outcome, the days it touches, and its account; the caller commits.

    Raises as `open_books` does, and then has changed nothing.
    """
    books = open_books(trade, seat.account)
    touched = settle_trade(books, seat)
    days.recompute(seat.account, touched)
    return books


def settle_trade(books: Books, seat: Seat) -> set[date]:
    """Recompute one trade's outcome and its days; returns the dates whose account days have to follow."""
    trade, position = books.trade, books.position
    before = {trade.closed_on} if trade.closed_on else set()
    if books.account.has_splits:
        split_records.follow(trade, books.legs, position, books.lived_through, seat.user.id)
    write_outcome(books, seat.zone)
    write_excursion(books)
    rows = (
        ()
        if trade.deleted_at
        else trade_days(position.direction, position.multiplier, position.fills, books.marks, seat.zone)
    )
    touched = trades.replace_trade_days(trade, rows)
    return touched | before | ({trade.closed_on} if trade.closed_on else set())


def settle_stops(books: Books, zone: tzinfo) -> None:
    """Recompute what follows from the stops of a trade that lived through no split: its days stay as they are."""
    write_outcome(books, zone)
    trade, risk = books.trade, books.position.initial_risk_native
    trade.mae_r = None if trade.mae is None else in_r(trade.mae, risk)
    trade.mfe_r = None if trade.mfe is None else in_r(trade.mfe, risk)


def settle_all(seat: Seat) -> None:
    """Recompute every day of an account: after its breakeven band, zone or starting balance changed."""
    days.recompute(seat.account, None)


def settle_labels(trade: Trade, seat: Seat) -> None:
    """Recompute the day that a trade closed on, after it was labelled anew."""
    if trade.closed_on:
        days.recompute(seat.account, {trade.closed_on})


def settle_cash(seat: Seat, *dates: date) -> None:
    """Recompute the days on which cash moved."""
    days.recompute(seat.account, dates)


def write_outcome(books: Books, zone: tzinfo) -> None:
    """Recompute what a trade came to, from its books alone."""
    trade, position = books.trade, books.position
    trade.status = _status(trade, position)
    trade.quantity = position.quantity
    trade.entered_quantity = position.entered
    trade.average_entry = position.average_entry
    trade.average_exit = position.average_exit
    trade.opened_at, trade.closed_at = position.opened_at, position.closed_at
    trade.closed_on = local_date(position.closed_at, zone) if position.closed_at else None
    trade.sort_at = position.opened_at or trade.planned_at
    trade.exit_reason = _exit_reason(books)
    trade.stop = _nearest_stop(books)
    _write_money(books)


def write_excursion(books: Books) -> None:
    """Recompute how far a trade went against and for its trader."""
    trade, found = books.trade, excursion_of(books)
    trade.mae, trade.mfe = (found.mae, found.mfe) if found else (None, None)
    trade.mae_r, trade.mfe_r = (found.mae_r, found.mfe_r) if found else (None, None)


def excursion_of(books: Books) -> Excursion | None:
    """How far a trade went against and for its trader, from its fills and the bars that its account sees."""
    position = books.position
    if position.opened_at is None:
        return None
    until = position.closed_at or _FOREVER
    bars = known_bars(books.account, books.instrument, position.opened_at, until)
    return excursion(position, [books.units.bar(bar) for bar in bars])


def _write_money(books: Books) -> None:
    trade, position, mark = books.trade, books.position, books.mark
    trade.realised = position.realised
    trade.open_pnl = cents(open_profit(position, mark))
    trade.initial_risk = position.initial_risk
    trade.fees = position.fees
    trade.last_price = rounded(mark.price, PRICE_PLACES) if mark else None
    trade.last_price_at = mark.at if mark else None
    trade.last_fx = mark.fx if mark else None
    trade.position_value = gross_value(books.instrument.multiplier, position.lots, mark)
    trade.pnl = trade.realised + trade.open_pnl if position.fills else None
    trade.pnl_percent = _percent(trade.pnl, position.entry_value)
    trade.r = None if trade.pnl is None else in_r(trade.pnl, position.initial_risk)
    outcome = books.outcome
    trade.stop_outcome = cents(outcome.amount) if position.quantity else None
    trade.unprotected = outcome.unprotected


def _status(trade: Trade, position: Position) -> TradeStatus:
    if position.is_closed:
        return TradeStatus.CLOSED
    if position.fills:
        return TradeStatus.ACTIVE
    if trade.status in (TradeStatus.ACTIVE, TradeStatus.CLOSED):
        return TradeStatus.PLANNING  # its last fill was taken back
    return trade.status


def _exit_reason(books: Books) -> ExitReason | None:
    exits = [execution for execution in books.executions if execution.side is books.trade.direction.exit_side]
    return exits[-1].exit_reason if exits and books.position.is_closed else None


def _nearest_stop(books: Books) -> Decimal | None:
    """The stop that would be hit first: of a long the highest, of a short the lowest.

    Of an open trade only legs that still hold something have one that can be hit; of a plan and of a closed trade all.
    """
    left = quantities_left(books.position) if books.position.quantity else dict.fromkeys(books.stops, ONE)
    stops = [stop for leg, stop in books.stops.items() if stop is not None and left.get(leg)]
    return max(stops, key=lambda stop: books.trade.direction.sign * stop) if stops else None


@exactly
def _percent(pnl: Decimal | None, entry_value: Decimal) -> Decimal | None:
    return rounded(pnl * HUNDRED / entry_value, 2) if pnl is not None and entry_value > 0 else None

"""Our side: what the books held at the end of a date, and what they say a span of dates brought."""

from collections import defaultdict
from datetime import date, datetime, timedelta
from decimal import Decimal

from trenddojo.domain.equity import start_of
from trenddojo.domain.fills import cash_of
from trenddojo.domain.money import PRICE_PLACES, ZERO, cents, exactly, rounded
from trenddojo.domain.reconciling import Figures, Held, Matter
from trenddojo.domain.terms import AssetType, CashKind
from trenddojo.domain.trades import Position
from trenddojo.services.books import open_books, position_of
from trenddojo.services.reconciling.names import name_of
from trenddojo.store import reconciliations
from trenddojo.store.models import Instrument
from trenddojo.store.seats import Seat

_ONE_DAY = timedelta(days=1)
_KINDS = {
    CashKind.DEPOSIT: Matter.DEPOSITS,
    CashKind.WITHDRAWAL: Matter.WITHDRAWALS,
    CashKind.INTEREST: Matter.INTEREST,
    CashKind.DIVIDEND: Matter.DIVIDENDS,
    CashKind.FEE: Matter.FEES,
}


def our_figures(seat: Seat, since: date, as_of: date) -> Figures:
    """What the books say of [since, as_of], both included, and at the end of `as_of`."""
    begins, ends = start_of(since, seat.zone), start_of(as_of + _ONE_DAY, seat.zone)
    held = _open_positions(seat, ends)
    flows = _flows(seat, since, as_of)
    return Figures(
        as_of=as_of,
        since=since,
        held=_by_name(held),
        realised=_realised(seat, since, as_of),
        sums={
            **flows,
            Matter.FEES: flows[Matter.FEES] + _fees(seat, begins, ends),
            Matter.CASH: _cash(seat, held, as_of),
        },
    )


def _open_positions(seat: Seat, until: datetime) -> list[tuple[Instrument, Position]]:
    """What was open just before an instant, by the fills and splits up to it."""
    found = []
    for trade in reconciliations.open_at(seat.account.id, until):
        books = open_books(trade, seat.account)
        told = (fill for fill in books.told if fill.at < until)
        splits = [one for one in books.splits if one.at < until]
        position, _ = position_of(trade.direction, books.instrument.multiplier, told, splits)
        found.append((books.instrument, position))
    return found


@exactly
def _by_name(held: list[tuple[Instrument, Position]]) -> dict[str, Held]:
    quantities: defaultdict[str, Decimal] = defaultdict(lambda: ZERO)
    values: defaultdict[str, Decimal] = defaultdict(lambda: ZERO)
    for instrument, position in held:
        name = name_of(instrument.symbol, instrument.expiry, instrument.strike, instrument.right)
        signed = position.quantity * position.direction.sign
        quantities[name] += signed
        values[name] += signed * (position.average_open_entry or ZERO)
    return {
        name: Held(quantity, rounded(values[name] / quantity, PRICE_PLACES) if quantity else None)
        for name, quantity in quantities.items()
    }


def _realised(seat: Seat, since: date, until: date) -> dict[str, Decimal]:
    found: defaultdict[str, Decimal] = defaultdict(lambda: ZERO)
    for one, booked in reconciliations.booked_between(seat.account.id, since, until):
        found[name_of(one.symbol, one.expiry, one.strike, one.right)] += booked
    return dict(found)


@exactly
def _fees(seat: Seat, since: datetime, until: datetime) -> Decimal:
    fees = (fee * fx for fee, fx in reconciliations.fees_between(seat.account.id, since, until))
    return cents(sum(fees, ZERO))


def _flows(seat: Seat, since: date, until: date) -> dict[Matter, Decimal]:
    found = reconciliations.cash_between(seat.account.id, since, until)
    return {matter: found.get(kind, ZERO) for kind, matter in _KINDS.items()}


@exactly
def _cash(seat: Seat, held: list[tuple[Instrument, Position]], as_of: date) -> Decimal:
    """The balance less what the open lots cost, fees included: what is left in cash (rule 10 of docs/NUMBERS.md)."""
    settled = reconciliations.settled_by(seat.account.id, as_of)
    tied = sum((_moved(instrument, position) for instrument, position in held), ZERO)
    return cents(seat.account.starting_balance + settled + tied)


def _moved(instrument: Instrument, position: Position) -> Decimal:
    """The cash that the open lots moved. A future is not paid for, only its fees are."""
    multiplier = ZERO if instrument.asset_type is AssetType.FUTURE else position.multiplier
    return sum((cash_of(lot.fill, lot.quantity, multiplier).base for lot in position.lots), ZERO)

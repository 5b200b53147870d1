"""Executions become fills of trades: each once, corrections in place of what they correct, each at its own time.

A fill belongs to its order's trade as long as that is one trade from flat to flat. What comes after its end, or goes
through zero, belongs to the trade that is open then, or begins a new one that a person should look at: it is money that
moved, whatever anybody planned.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from uuid import uuid4

from trenddojo.brokers.types import Execution as ToldFill
from trenddojo.domain.fills import FIRST_LEG, BookError, Fill, ThroughZeroError, in_order, split_at_zero
from trenddojo.domain.money import ONE, PRICE_PLACES, QUANTITY_PLACES, ZERO, rounded
from trenddojo.domain.order_states import OrderRole
from trenddojo.domain.orders import OrderType, is_pair
from trenddojo.domain.splits import in_last_units
from trenddojo.domain.stops import StopChange, stop_in_force
from trenddojo.domain.terms import AssetType, Direction, ExitReason, Side, TradeStatus
from trenddojo.domain.trades import Book
from trenddojo.services import books
from trenddojo.services.books import as_fill
from trenddojo.services.commissions import commission_of
from trenddojo.services.instruments import Terms, instrument_for, usual_lot
from trenddojo.services.orders import joining
from trenddojo.services.orders.lifecycle import average, commission
from trenddojo.services.orders.posting import Posting, trade_of
from trenddojo.services.records import tell
from trenddojo.store import orders, trades
from trenddojo.store.database import db
from trenddojo.store.models import Execution, Instrument, Leg, Order, Trade
from trenddojo.store.splits import Splits, splits_of

AFTER_ITS_END = "A fill came after the trade that it was meant for had ended."
FROM_ELSEWHERE = "Filled by an order that was placed elsewhere: set its stop."
THROUGH_ZERO = "An exit sold more than was held and turned the position round."
_SPLIT = "#"
"""Parts of one execution that belongs to two trades are kept under its key and this."""


def book(posting: Posting, told: Iterable[ToldFill], by_broker_id: Mapping[str, Order]) -> bool:
    """Book executions, oldest first, onto the orders that they filled; whether every one of them was placed.

    One whose order is not known yet is left for the next pass, and so is what came after it.
    """
    fills = sorted(told, key=lambda fill: (fill.at, fill.execution_id, fill.revision))
    if not fills:
        return True
    known = _Known(posting, fills)
    is_whole = True
    for fill in fills:
        order = by_broker_id.get(fill.order_id)
        if order is None:
            is_whole = False
        elif (kept := known.by_key.get(fill.execution_id)) is not None:
            _charge(posting, kept, order, fill)
        else:
            _enter(posting, known, order, fill)
    return is_whole


def recount(posting: Posting, order: Order) -> None:
    """What an order's fills add up to; quantities are recomputed, never counted up."""
    fills = orders.fills_of(order.id)
    quantity = sum((fill.quantity for fill in fills), ZERO)
    now = {"filled_quantity": quantity, "average_price": average(fills), "commission": commission(fills)}
    if any(getattr(order, name) != value for name, value in now.items()):
        for name, value in now.items():
            setattr(order, name, value)
        posting.of(order)


class _Known:
    """Executions that are kept already, by key and by root."""

    def __init__(self, posting: Posting, fills: Sequence[ToldFill]) -> None:
        keys, roots = {fill.execution_id for fill in fills}, {fill.root_id for fill in fills}
        rows = orders.fills_with(posting.seat.account.id, keys, roots)
        self.by_key = {row.key: row for row in rows}
        self.by_root: dict[str, list[Execution]] = {}
        for row in rows:
            self.add(row)

    def add(self, row: Execution) -> None:
        """One more row."""
        self.by_key[row.key] = row
        if row.root_id is not None:
            self.by_root.setdefault(row.root_id, []).append(row)

    def newest(self, root: str) -> int:
        """The highest revision of a root, -1 where none is known."""
        return max((row.revision for row in self.by_root.get(root, ())), default=-1)


def _charge(posting: Posting, kept: Execution, order: Order, fill: ToldFill) -> None:
    """A commission that arrives after its fill is set once, shared by the parts of a split fill."""
    if fill.commission is None or not kept.fee_estimated:
        return
    parts = [kept, *_parts(kept)]
    total = sum((part.quantity for part in parts), ZERO)
    left = rounded(fill.commission, PRICE_PLACES)
    for part in reversed(parts[1:]):
        part.fee = rounded(fill.commission * part.quantity / total, PRICE_PLACES)
        left -= part.fee
    kept.fee = left
    for part in parts:
        part.fee_estimated = False
        posting.rebook(db.session.get_one(Trade, part.trade_id))
    db.session.flush()
    recount(posting, order)


def _parts(kept: Execution) -> Sequence[Execution]:
    found = orders.fills_with(kept.account_id, [f"{kept.key}{_SPLIT}{number}" for number in range(1, 5)], [])
    return sorted((one for one in found if one.deleted_at is None), key=lambda one: one.key)


def _enter(posting: Posting, known: _Known, order: Order, fill: ToldFill) -> None:
    """Book a fill that is not known; of one root only the newest revision counts."""
    newest = known.newest(fill.root_id)
    for row in known.by_root.get(fill.root_id, ()):
        if row.deleted_at is None and row.revision < fill.revision:
            _supersede(posting, row, fill)
    counts = fill.revision > newest
    if not counts:
        return
    execution = _execution(posting, order, fill)
    known.add(execution)
    _allot(posting, order, execution)
    db.session.flush()
    recount(posting, order)
    posting.settle()  # the next fill asks what is open by now


def _supersede(posting: Posting, row: Execution, fill: ToldFill) -> None:
    trade = db.session.get_one(Trade, row.trade_id)
    row.deleted_at = posting.now
    tell(posting.seat, trade, posting.now, "fill_superseded", fill=row.key, by=fill.execution_id)
    posting.rebook(trade)
    db.session.flush()


def _execution(posting: Posting, order: Order, fill: ToldFill) -> Execution:
    """A row for a fill, of no trade yet. Without the broker's commission the account's estimate stands."""
    return Execution(
        id=uuid4(),
        account_id=order.account_id,
        key=fill.execution_id,
        at=fill.at,
        sequence=0,
        side=fill.side,
        quantity=rounded(fill.quantity, QUANTITY_PLACES),
        price=rounded(fill.price, PRICE_PLACES),
        fee=ZERO if fill.commission is None else rounded(fill.commission, PRICE_PLACES),
        fee_estimated=fill.commission is None,
        fx=ONE,
        order_id=order.id,
        root_id=fill.root_id,
        revision=fill.revision,
        created_by=order.created_by,
        created_at=posting.now,
    )


# ---- which trade


def _allot(posting: Posting, order: Order, row: Execution) -> None:
    """Give a fill to the trade that it belongs to: its order's, unless that is not the position that it changes."""
    own = trade_of(order)
    trade = own if own is not None and own.deleted_at is None else None
    held = _open_now(posting, order.symbol)
    if held is not None and (trade is None or (trade.id != held.id and not trades.executions_of(trade.id))):
        if trade is not None and joining.joins(order, trade, held):
            joining.join(posting, order, trade, held, row.at)
        trade = held  # an account has one position in an instrument
    if trade is None:
        _begin(posting, order, row, FROM_ELSEWHERE if own is None else AFTER_ITS_END, own)
    else:
        _put(posting, order, trade, row)


def _open_now(posting: Posting, symbol: str) -> Trade | None:
    db.session.flush()
    return orders.open_trade_named(posting.seat.account.id, symbol)


def _put(posting: Posting, order: Order, trade: Trade, row: Execution) -> None:
    """Put a fill among those of `trade`, at its own time; what does not fit any more goes on elsewhere."""
    instrument = trades.instrument_of(trade)
    _complete(posting, order, trade, instrument, row)
    rows = {row.key: row, **{one.key: one for one in trades.executions_of(trade.id)}}
    _number(row, rows.values())
    splits = splits_of(posting.seat.account, instrument.id)
    fitting, beyond, is_open = _cut(trade, instrument.multiplier, rows, splits)
    held = _open_now(posting, trade.symbol)
    if not beyond and is_open and held is not None and held.id != trade.id:
        _put(posting, order, held, row)
        return
    row.trade_id = trade.id
    db.session.add(row)
    posting.rebook(trade)
    if beyond:
        _move_on(posting, order, trade, _taken_out(posting, rows, fitting, beyond))


def _cut(
    trade: Trade, multiplier: Decimal, rows: Mapping[str, Execution], splits: Splits
) -> tuple[list[Fill], list[Fill], bool]:
    """The fills that make one trade, those that come after it, and whether it is open after its own. A fill that goes
    through zero is cut in two. All are as they were told."""
    ordered = in_order(map(as_fill, rows.values()))
    converted, units = in_last_units(trade.direction, ordered, splits)
    ledger = Book(trade.direction, multiplier)
    for index, fill in enumerate(ordered):
        try:
            ledger.enter(converted[index])
        except ThroughZeroError as error:
            held = rounded(units.quantity_then(error.held, fill.at), QUANTITY_PLACES)
            closing, opening = split_at_zero(fill, held)
            return [*ordered[:index], closing], [opening, *ordered[index + 1 :]], False
        except BookError:
            return ordered[:index], ordered[index:], bool(ledger.lots)
    return ordered, [], bool(ledger.lots)


def _taken_out(
    posting: Posting, rows: Mapping[str, Execution], fitting: Iterable[Fill], beyond: Iterable[Fill]
) -> list[Execution]:
    """The rows that leave a trade, put aside until they have a home; the first part of one cut in two stays."""
    kept = {fill.key: fill for fill in fitting}
    taken = []
    for fill in beyond:
        row = rows[fill.key]
        if fill.key in kept:
            row.quantity, row.fee = kept[fill.key].quantity, kept[fill.key].fee
            row = _second_part(row, fill)
        row.deleted_at = posting.now
        taken.append(row)
    return taken


def _move_on(posting: Posting, order: Order, left: Trade, taken: Iterable[Execution]) -> None:
    """Give fills that came after a trade's end to the trade that is open then, or let them begin a new one."""
    db.session.flush()
    books.settle(left, posting.seat)
    is_left = bool(left.quantity)
    for row in taken:
        row.deleted_at = None
        own = order if row.order_id in (None, order.id) else db.session.get_one(Order, row.order_id)
        held = _open_now_but(posting, left, is_left=is_left) or _planned(own, row)
        if held is None:
            _begin(posting, own, row, THROUGH_ZERO if _SPLIT in row.key else AFTER_ITS_END, left)
        else:
            _put(posting, own, held, row)
        db.session.flush()
        books.settle(db.session.get_one(Trade, row.trade_id), posting.seat)


def _open_now_but(posting: Posting, left: Trade, *, is_left: bool) -> Trade | None:
    """What is open now. Not the trade that did not take the fills, unless it was flat without them and began anew."""
    with db.session.no_autoflush:
        held = orders.open_trade_named(posting.seat.account.id, left.symbol)
    return None if held is None or (is_left and held.id == left.id) else held


def _planned(order: Order, row: Execution) -> Trade | None:
    """The trade that an order was to open, where a fill of it does: it came through a position the other way."""
    own = trade_of(order)
    opens = own is not None and own.deleted_at is None and row.side is own.direction.entry_side
    return own if own is not None and opens and not trades.executions_of(own.id) else None


def _second_part(row: Execution, fill: Fill) -> Execution:
    return Execution(
        id=uuid4(),
        account_id=row.account_id,
        key=f"{row.key}{_SPLIT}1",
        at=row.at,
        sequence=row.sequence + 1,
        side=row.side,
        quantity=fill.quantity,
        price=row.price,
        fee=fill.fee,
        fee_estimated=row.fee_estimated,
        fx=row.fx,
        order_id=row.order_id,
        root_id=row.root_id,
        revision=row.revision,
        created_by=row.created_by,
        created_at=row.created_at,
    )


def _begin(posting: Posting, order: Order, execution: Execution, why: str, like: Trade | None) -> None:
    """Open a trade that nobody planned, flagged for review; `like` is another trade of the same instrument."""
    direction = Direction.LONG if execution.side is Side.BUY else Direction.SHORT
    instrument = trades.instrument_of(like) if like is not None else _instrument_of(posting, order)
    trade = Trade(
        id=uuid4(),
        account_id=order.account_id,
        instrument_id=instrument.id,
        symbol=instrument.symbol,
        direction=direction,
        status=TradeStatus.PLANNING,
        planned_entry=execution.price,
        planned_stop=None,
        planned_quantity=execution.quantity,
        fx=like.fx if like is not None else ONE,
        planned_at=execution.at,
        sort_at=execution.at,
        created_by=order.created_by,
        tags=[],
        review=why,
    )
    db.session.add(trade)
    db.session.flush()
    amounts = {"planned_entry": execution.price, "planned_quantity": execution.quantity}
    db.session.add(Leg(trade_id=trade.id, number=FIRST_LEG, stop=None, created_at=execution.at, **amounts))
    tell(posting.seat, trade, posting.now, "found_at_broker", why=why)
    db.session.flush()
    if order.trade_id is None:
        order.trade_id = trade.id
    execution.trade_id = trade.id
    _complete(posting, order, trade, instrument, execution)
    db.session.add(execution)
    posting.rebook(trade)


def _instrument_of(posting: Posting, order: Order) -> Instrument:
    """What an order that was placed elsewhere trades, as far as the form of its symbol tells."""
    asset_type = AssetType.CRYPTO if is_pair(order.symbol) else AssetType.STOCK
    currency = posting.seat.account.base_currency
    return instrument_for(Terms(order.symbol, asset_type, currency, "", ONE, usual_lot(asset_type), None, None, None))


# ---- a trade that turned out to be none


def emptied(posting: Posting, trade: Trade) -> list[Execution]:
    """Take a trade's fills out of it, put aside until `rehoused` gives each the position that it changed.

    For a trade that an order from elsewhere began, when what it closed becomes known. The trade itself is deleted.
    """
    rows = list(trades.executions_of(trade.id))
    for row in rows:
        row.deleted_at = posting.now
    db.session.flush()
    books.settle(trade, posting.seat)
    trade.deleted_at = posting.now
    posting.rebook(trade)
    return rows


def rehoused(posting: Posting, left: Trade, rows: Sequence[Execution], home: Trade) -> None:
    """Give the fills that were `emptied` from `left` to the trade that is open by now, which is `home`, with the orders
    that filled them; what goes through its end begins a new one."""
    for order in orders.of_trade(left.id):
        order.trade_id = home.id
        posting.of(order)
    _move_on(posting, db.session.get_one(Order, rows[0].order_id), left, rows)
    tell(posting.seat, left, posting.now, "joined", position=str(home.id))


# ---- what else a fill needs


def _complete(posting: Posting, order: Order, trade: Trade, instrument: Instrument, row: Execution) -> None:
    """Give a fill its leg, the stop of that moment, its reason, rate and estimated fee."""
    is_entry = row.side is trade.direction.entry_side
    row.fx = ONE if instrument.currency == posting.seat.account.base_currency else trade.fx
    row.leg = (order.leg or FIRST_LEG) if is_entry else None
    row.stop = _stop_then(trade, row.leg, row.at) if row.leg is not None else None
    row.exit_reason = None if is_entry else _reason(order)
    if row.fee_estimated:
        model = commission_of(posting.seat.account, instrument.asset_type, instrument.multiplier)
        row.fee = rounded(model(row.quantity, row.price), PRICE_PLACES) if model else ZERO


def _reason(order: Order) -> ExitReason:
    match order.role:
        case OrderRole.STOP if order.order_type is OrderType.TRAILING_STOP:
            return ExitReason.TRAILING_STOP
        case OrderRole.STOP:
            return ExitReason.STOP_LOSS
        case OrderRole.TARGET:
            return ExitReason.TARGET
        case OrderRole.EXTERNAL:
            return ExitReason.RECONCILED
        case _:
            return order.exit_reason or ExitReason.MANUAL


def _stop_then(trade: Trade, leg: int, at: datetime) -> Decimal | None:
    rows = [row for row in trades.stops_of(trade.id) if row.leg == leg]
    if not rows:
        return None
    in_force = stop_in_force((StopChange(row.leg, row.at, row.new) for row in rows), leg, at)
    return rows[0].new if in_force is None else in_force


def _number(execution: Execution, rows: Iterable[Execution]) -> None:
    """Fills of one moment count in the order in which they were told (rule 4 of docs/NUMBERS.md)."""
    same = [row.sequence for row in rows if row.at == execution.at and row.key != execution.key]
    execution.sequence = max(same, default=-1) + 1

"""An account's past against its books: what its broker told becomes an offer. Nothing is written.

What the engine has followed is in the books; only what was before that, and is not in them yet, is offered.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from decimal import Decimal

from trenddojo.brokers.revisions import newest
from trenddojo.brokers.types import Execution
from trenddojo.domain.fills import BookError, Fill
from trenddojo.domain.money import ONE, PRICE_PLACES, QUANTITY_PLACES, ZERO, exactly, rounded
from trenddojo.domain.order_states import OrderRole
from trenddojo.domain.orders import OrderType, is_pair
from trenddojo.domain.round_trips import PART, round_trips, signed
from trenddojo.domain.terms import AssetType, Direction
from trenddojo.domain.trades import Position, replay
from trenddojo.services.commissions import commission_of
from trenddojo.services.onboarding_offers import Named, Offer, PositionOffer, Resting, Told, TripOffer
from trenddojo.store import fills, orders
from trenddojo.store.models import Account, Order, Trade

_GRACE = timedelta(minutes=1)
"""How long after the first pass began fills may be from that are part of what it found: it takes a while."""
_PLAIN = (AssetType.STOCK, AssetType.ETF, AssetType.CRYPTO)
_OPTION = re.compile(r"[A-Z0-9]{1,6} *\d{6}[CP]\d{8}")
_ROLES: Mapping[OrderType, OrderRole] = {
    OrderType.STOP: OrderRole.STOP,
    OrderType.STOP_LIMIT: OrderRole.STOP,
    OrderType.TRAILING_STOP: OrderRole.STOP,
    OrderType.LIMIT: OrderRole.TARGET,
}

UNSETTLED = "Its books and the broker do not agree at the moment. Ask again in a minute, or open the reconciliation."
NO_TERMS = "Options, futures and currencies are not imported: their contract terms are not told. Record it by hand."
OTHER_CURRENCY = "It trades in another currency than the account, and no past rates are told. Record it by hand."
OTHER_WAY = "A trade of yours runs the other way in the same instrument. Close that one first, then import."
NOT_TOLD = "The broker tells neither its fills nor its price. Record it by hand."


def offer_of(account: Account, told: Told) -> Offer:
    """What can be imported, read in the caller's transaction."""
    books = _Books(account, told)
    by_symbol: defaultdict[str, list[Fill]] = defaultdict(list)
    for one, fill in books.fills():
        by_symbol[one.symbol].append(fill)
    positions: list[PositionOffer] = []
    trips: list[TripOffer] = []
    left_out: dict[str, str] = {}
    held_outside = {symbol for symbol, outside in books.outside.items() if outside}
    for symbol in sorted({*by_symbol, *held_outside}):
        past = _Past(books, symbol, by_symbol[symbol])
        if symbol in held_outside:
            positions.append(past.position())
        elif past.why_not and past.has_unknown:
            left_out[symbol] = past.why_not
        if not past.why_not:
            trips += past.closed()
    trips.sort(key=lambda one: (one.closed_at, one.symbol), reverse=True)
    return Offer(account.id, tuple(positions), tuple(trips), books.names, left_out)


class _Books:
    """What the books hold of an account, read once."""

    def __init__(self, account: Account, told: Told) -> None:
        sync = orders.sync_of(account.id)
        self.account, self.held = account, told.held
        self.ledger = orders.ledger(account.id)
        self.outside = {symbol: row.outside for symbol, row in orders.checks_of(account.id).items()}
        self.begins = None if sync is None else sync.first_pass_at + _GRACE
        self._told = newest(told.fills)
        self.names = {one.execution_id: Named(one.root_id, one.revision) for one in self._told}
        keys = {key for one in self.names for key in (one, one + PART)}
        self._kept, self._roots = fills.kept(account.id, keys, {one.root for one in self.names.values()})

    def fills(self) -> Iterator[tuple[Execution, Fill]]:
        """What was told, as fills of the books; those of one instant stay in the order in which they were told."""
        for number, one in enumerate(self._told):
            yield one, _fill(self.account, one, 2 * number)

    def has(self, fill: Fill, whole: Decimal) -> bool:
        """Whether a fill of a told one's `whole` quantity, or its part, is in the books; a correction of it counts."""
        told = fill.key.removesuffix(PART)
        if fill.key in self._kept or self._kept.get(told) == whole:
            return True
        return not {told, told + PART} & self._kept.keys() and self.names[told].root in self._roots

    def theirs(self, symbol: str) -> Decimal:
        """What the broker holds, in units."""
        held = self.held.get(symbol)
        return ZERO if held is None else rounded(held.quantity, QUANTITY_PLACES)

    def agree(self, symbol: str) -> bool:
        """Whether the broker holds what the books and what is outside of them add up to."""
        return self.theirs(symbol) == self.ledger.get(symbol, ZERO) + self.outside.get(symbol, ZERO)


class _Past:
    """The past of one symbol."""

    def __init__(self, books: _Books, symbol: str, told: Sequence[Fill]) -> None:
        self._books, self._symbol, self._holding = books, symbol, books.held.get(symbol)
        self._whole = {fill.key: fill.quantity for fill in told}
        self._trips = round_trips(told, books.theirs(symbol))
        self.has_unknown = any(self._is_unknown(fill) for fill in told)
        self.why_not = self._why_not(told)

    def _why_not(self, told: Iterable[Fill]) -> str:
        books, holding = self._books, self._holding
        if is_option(self._symbol) or (holding is not None and holding.asset_type not in _PLAIN):
            return NO_TERMS
        if holding is not None and holding.currency != books.account.base_currency:
            return OTHER_CURRENCY
        is_behind = any(self._is_unknown(one) and (books.begins is None or one.at > books.begins) for one in told)
        return UNSETTLED if is_behind or not books.agree(self._symbol) else ""

    def _is_unknown(self, fill: Fill) -> bool:
        return not self._books.has(fill, self._whole[fill.key.removesuffix(PART)])

    def _asset_type(self) -> AssetType:
        return asset_type_of(self._symbol) if self._holding is None else self._holding.asset_type

    def closed(self) -> Iterator[TripOffer]:
        """The closed trips of which nothing is in the books."""
        for trip in self._trips.closed:
            if trip.is_whole and all(self._is_unknown(fill) for fill in trip.fills):
                yield TripOffer(self._symbol, self._asset_type(), replay(trip.direction, ONE, trip.fills))

    def position(self) -> PositionOffer:
        """What is held outside of the books, or was when the account began to be followed."""
        outside = self._books.outside[self._symbol]
        direction = Direction.LONG if outside > 0 else Direction.SHORT
        beside = orders.open_trade_named(self._books.account.id, self._symbol)
        joins = beside if beside is not None and beside.direction is direction else None
        absorbs = beside if joins is None else None
        entered = self._entered(outside, direction)
        entry = self._average(outside, joins) if entered is None else entered.average_open_entry
        held = max(ZERO, min(abs(outside), direction.sign * self._books.theirs(self._symbol)))
        resting = tuple(self._resting(direction))
        stops = sum((one.quantity for one in resting if one.role is OrderRole.STOP), ZERO)
        blocked = OTHER_WAY if absorbs is not None and not _was_found(absorbs) else ""
        return PositionOffer(
            symbol=self._symbol,
            asset_type=self._asset_type(),
            direction=direction,
            quantity=abs(outside),
            held=held,
            entry=entry,
            fills=() if entered is None else entered.fills,
            market_price=self._market_price(),
            resting=resting if stops <= held else (),  # more than is held: the engine would end what is too much
            is_covered=ZERO < stops == held,
            joins=None if joins is None else joins.id,
            absorbs=None if absorbs is None else absorbs.id,
            why_not=self.why_not or blocked or ("" if entry is not None else NOT_TOLD),
        )

    def _entered(self, outside: Decimal, direction: Direction) -> Position | None:
        """The fills that are not in the books and led to what is outside of them; None where they do not add up."""
        for trip in reversed([*self._trips.closed, *filter(None, (self._trips.open,))]):
            unknown = [fill for fill in trip.fills if self._is_unknown(fill)]
            if trip.is_whole and trip.direction is direction and unknown:
                total = sum(map(signed, unknown), ZERO)
                return _replayed(direction, unknown) if total == outside else None
        return None

    @exactly
    def _average(self, outside: Decimal, joins: Trade | None) -> Decimal | None:
        """The broker's average price, without the part of it that is in the books."""
        holding = self._holding
        if holding is None or holding.quantity * outside <= 0 or holding.average_price <= 0:
            return None
        average = holding.average_price
        if joins is not None and joins.average_entry is not None:
            rest = (abs(holding.quantity) * average - joins.quantity * joins.average_entry) / abs(outside)
            average = rest if rest > 0 else average
        return rounded(average, PRICE_PLACES)

    def _market_price(self) -> Decimal | None:
        price = None if self._holding is None else self._holding.market_price
        return None if price is None or price <= 0 else rounded(price, PRICE_PLACES)

    def _resting(self, direction: Direction) -> Iterator[Resting]:
        """Its exits that work at the broker."""
        for order in orders.external_exits(self._books.account.id, self._symbol, direction.exit_side):
            role = _ROLES.get(order.order_type)
            if role is not None and order.state.is_working and order.pending_op is None and not _waits(order):
                price = order.stop_price if role is OrderRole.STOP else order.limit_price
                yield Resting(order.id, role, order.left, price)


def is_option(symbol: str) -> bool:
    """Whether a symbol has the form of an option's."""
    return bool(_OPTION.fullmatch(symbol))


def asset_type_of(symbol: str) -> AssetType:
    """What a symbol that is not held any more stands for, as far as its form tells."""
    return AssetType.CRYPTO if is_pair(symbol) else AssetType.STOCK


def _waits(order: Order) -> bool:
    """Whether an exit belongs to an entry that has not filled yet, and guards nothing."""
    parent = None if order.parent_id is None else orders.by_id(order.parent_id)
    return order.is_held or (parent is not None and parent.side is not order.side and not parent.state.is_final)


def _was_found(trade: Trade) -> bool:
    """Whether nobody planned a trade: fills of orders that were placed elsewhere began it."""
    own = orders.of_trade(trade.id)
    is_foreign = all(one.role is OrderRole.EXTERNAL for one in own)
    return bool(trade.review) and is_foreign and not fills.has_unordered(trade.id)


def _replayed(direction: Direction, unknown: Iterable[Fill]) -> Position | None:
    try:
        return replay(direction, ONE, unknown)
    except BookError:
        return None


def _fill(account: Account, told: Execution, sequence: int) -> Fill:
    """A fill of the books. A commission that was not told is the account's estimate (rule 11 of docs/NUMBERS.md)."""
    quantity, price = rounded(told.quantity, QUANTITY_PLACES), rounded(told.price, PRICE_PLACES)
    fee = told.commission
    if fee is None:
        model = commission_of(account, asset_type_of(told.symbol), ONE)
        fee = model(quantity, price) if model else ZERO
    return Fill(
        key=told.execution_id,
        at=told.at,
        sequence=sequence,
        side=told.side,
        quantity=quantity,
        price=price,
        fee=rounded(fee, PRICE_PLACES),
        fee_estimated=told.commission is None,
        fx=ONE,
    )

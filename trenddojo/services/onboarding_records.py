"""What is imported becomes rows: trades with their fills, stops, orders and prices, and the balance they began from.

**Equity.** The starting balance of a connected account is the equity that the broker told when it was connected. That
figure holds already whatever had been won and lost by then, open or closed. So an import lowers the starting balance by
what its fills had brought by that moment, at the prices of that moment, and moves the opening date back to the first of
them. Equity at that moment stays what the broker said, and so does equity today; the days before it tell how it came
about, as far as nothing was paid in or out then. What happened since counts on its own day.
"""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from uuid import uuid4

from trenddojo.domain.equity import local_date
from trenddojo.domain.fills import FIRST_LEG, Fill
from trenddojo.domain.marks import Mark as Price
from trenddojo.domain.marks import result_so_far
from trenddojo.domain.money import ONE, ZERO
from trenddojo.domain.round_trips import PART
from trenddojo.domain.stops import loosens
from trenddojo.domain.terms import AssetType, ExitReason, TradeStatus
from trenddojo.domain.trades import Position, replay
from trenddojo.services import audit, books, legs
from trenddojo.services.instruments import Terms, instrument_for, usual_lot
from trenddojo.services.onboarding_offers import Named, PositionOffer, Stops, TripOffer
from trenddojo.services.orders import booking, journal
from trenddojo.services.orders.posting import Posting
from trenddojo.services.records import exact, tell
from trenddojo.store import orders, trades
from trenddojo.store.areas import Area
from trenddojo.store.database import db
from trenddojo.store.models import Execution, Instrument, Leg, Mark, Trade, TradeStop

AS_FOUND = "Where it was when the position was imported."


class Writer:
    """Writes one import of an account. `names` are the broker's names of the fills, `prices_then` what each symbol was
    worth when the account was connected."""

    def __init__(self, post: Posting, names: Mapping[str, Named], prices_then: Mapping[str, Decimal]) -> None:
        self._post, self._names, self._prices_then = post, names, prices_then
        self._account, self._by = post.seat.account, post.seat.user.id
        self._brought, self._begins = ZERO, self._account.opened_on
        self._symbols: list[str] = []

    def trip(self, found: TripOffer, initial_stop: Decimal | None) -> Trade:
        """A trade that was closed before the books begin."""
        stops = Stops(initial_stop, initial_stop)
        trade = self._trade(self._instrument(found.symbol, found.asset_type), found.position, initial_stop)
        self._add(trade, FIRST_LEG, found.position, stops)
        return trade

    def position(self, found: PositionOffer, fills: tuple[Fill, ...], stops: Stops) -> Trade:
        """What is held outside of the books: a trade of its own, or a leg of the one that is open in its instrument.

        `fills` are the offer's, or the one at its average price that stands for them. Raises BookError where they do
        not go together with what is in the books.
        """
        ended = None if found.absorbs is None else db.session.get_one(Trade, found.absorbs)
        rows = [] if ended is None else booking.emptied(self._post, ended)
        position = replay(found.direction, ONE, fills)
        if found.joins is None:
            trade = self._trade(self._instrument(found.symbol, found.asset_type), position, stops.initial)
            number = FIRST_LEG
        else:
            trade = db.session.get_one(Trade, found.joins)
            number = legs.next_number(trade)
        self._add(trade, number, position, stops)
        if ended is not None and rows:
            booking.rehoused(self._post, ended, rows, trade)
        self._mark(trade, found.market_price)
        self._take_over(found, trade, number)
        check = orders.checks_of(self._account.id)[found.symbol]
        check.outside -= found.direction.sign * found.quantity
        return trade

    def finish(self) -> None:
        """Let the account begin where the first imported fill did, with what it had then; the caller keeps it."""
        account = self._account
        account.starting_balance -= self._brought
        account.opened_on = self._begins
        books.settle_cash(self._post.seat)
        audit.note(
            "import_history",
            Area.TRADING,
            ", ".join(dict.fromkeys(self._symbols)),
            account_id=account.id,
            trades=len(self._symbols),
            brought=self._brought,
        )

    # ---- rows

    def _instrument(self, symbol: str, asset_type: AssetType) -> Instrument:
        known, currency = trades.instrument_named(self._account.id, symbol), self._account.base_currency
        if known is not None and (known.currency, known.multiplier) == (currency, ONE):
            return known
        return instrument_for(Terms(symbol, asset_type, currency, "", ONE, usual_lot(asset_type), None, None, None))

    def _trade(self, instrument: Instrument, position: Position, initial_stop: Decimal | None) -> Trade:
        first = position.fills[0]
        trade = Trade(
            id=uuid4(),
            account_id=self._account.id,
            instrument_id=instrument.id,
            symbol=instrument.symbol,
            direction=position.direction,
            status=TradeStatus.PLANNING,
            planned_entry=position.average_entry or first.price,
            planned_stop=initial_stop,
            planned_quantity=position.entered,
            fx=ONE,
            planned_at=first.at,
            sort_at=first.at,
            created_by=self._by,
            tags=[],
        )
        db.session.add(trade)
        db.session.flush()
        return trade

    def _add(self, trade: Trade, number: int, position: Position, stops: Stops) -> None:
        """Give a trade the leg that these fills are, and let the books follow."""
        first = position.fills[0].at
        leg = Leg(
            trade_id=trade.id,
            number=number,
            planned_entry=position.average_entry or position.fills[0].price,
            planned_quantity=position.entered,
            stop=stops.now,
            created_at=first,
        )
        db.session.add(leg)
        if stops.initial is not None:
            self._stop(trade, number, first, None, stops.initial)
        if stops.now is not None and stops.now != stops.initial:
            self._stop(trade, number, self._post.now, stops.initial, stops.now)
        db.session.add_all(self._execution(trade, number, fill, stops.initial) for fill in position.fills)
        after = {"quantity": exact(position.entered), "price": exact(leg.planned_entry), "at": first.isoformat()}
        tell(self._post.seat, trade, self._post.now, "imported", after=after, fills=len(position.fills))
        self._post.rebook(trade)
        self._post.settle()
        self._count(trade, position)

    def _stop(self, trade: Trade, leg: int, at: datetime, old: Decimal | None, new: Decimal) -> None:
        is_move = old is not None
        db.session.add(
            TradeStop(
                id=uuid4(),
                trade_id=trade.id,
                leg=leg,
                at=at,
                old=old,
                new=new,
                reason=AS_FOUND if is_move else "",
                is_override=loosens(trade.direction, old, new),
                created_by=self._by,
            )
        )

    def _execution(self, trade: Trade, leg: int, fill: Fill, initial_stop: Decimal | None) -> Execution:
        is_entry = fill.side is trade.direction.entry_side
        named = self._names.get(fill.key.removesuffix(PART), Named(fill.key, 0))
        return Execution(
            id=uuid4(),
            account_id=trade.account_id,
            trade_id=trade.id,
            key=fill.key,
            at=fill.at,
            sequence=fill.sequence,
            side=fill.side,
            quantity=fill.quantity,
            price=fill.price,
            fee=fill.fee,
            fee_estimated=fill.fee_estimated,
            fx=ONE,
            leg=leg if is_entry else None,
            stop=initial_stop if is_entry else None,
            exit_reason=None if is_entry else ExitReason.RECONCILED,
            root_id=named.root,
            revision=named.revision,
            created_by=self._by,
            created_at=self._post.now,
        )

    def _mark(self, trade: Trade, market_price: Decimal | None) -> None:
        """What it was worth when the account was connected, and is now, as far as it is held."""
        then, began = self._prices_then.get(trade.symbol), self._account.created_at
        known = {began: then} if trade.opened_at is not None and trade.opened_at <= began else {}
        if trade.status is TradeStatus.ACTIVE:
            known[self._post.now] = market_price
        db.session.add_all(
            Mark(
                id=uuid4(),
                account_id=self._account.id,
                instrument_id=trade.instrument_id,
                at=at,
                price=price,
                fx=ONE,
                created_by=self._by,
            )
            for at, price in known.items()
            if price is not None
        )
        self._post.rebook(trade)

    def _take_over(self, found: PositionOffer, trade: Trade, leg: int) -> None:
        """Its exits at the broker are the trade's: they count as its protection, and are ended with it."""
        for one in found.resting:
            order = orders.by_id(one.order_id)
            if order is not None:
                order.role, order.trade_id, order.leg = one.role, trade.id, leg
                journal.tell(order, self._post.now, "joined", evidence={"leg": leg}, by=self._by)
                self._post.of(order)

    # ---- equity

    def _count(self, trade: Trade, position: Position) -> None:
        """What fills had brought by the time that the broker told the equity which the account began with."""
        began, zone = self._account.created_at, self._post.seat.zone
        before = [fill for fill in position.fills if fill.at <= began]
        if before:
            price = self._prices_then.get(trade.symbol)
            mark = None if price is None else Price(price, began, ONE)
            self._brought += result_so_far(replay(position.direction, ONE, before), mark)
        self._begins = min(self._begins, local_date(position.fills[0].at, zone))
        self._symbols.append(trade.symbol)

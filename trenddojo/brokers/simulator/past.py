"""What an account was worth in the past: its fills and splits gone through once more, and valued at the closes."""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from trenddojo.brokers.simulator.figures import valued
from trenddojo.brokers.simulator.holdings import Holding
from trenddojo.brokers.simulator.market import Market
from trenddojo.brokers.simulator.orders import direction
from trenddojo.brokers.simulator.sessions import Session
from trenddojo.brokers.simulator.splits import split_holding
from trenddojo.brokers.types import EquityPoint, Execution
from trenddojo.domain.money import ZERO, cents

_INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class _Stand:
    """How an account stood at the end of a session: `moved` is the cash that everything until then brought."""

    session: Session
    moved: Decimal
    held: Mapping[str, Holding]


def equity(
    market: Market, fills: Sequence[Execution], *, cash: Decimal, places: int, start: datetime, now: datetime
) -> list[EquityPoint]:
    """What an account was worth at each close from `start` on, oldest first, and at `now` where the market is open.

    It begins with the close before the first of `fills`, which are all that the account ever had, oldest first. `cash`
    is what it has now, `places` how many decimals its shares divide into. Without fills there is nothing to tell.
    """
    if not fills:
        return []
    stands = list(_stands(market, fills, places, now))
    begun = cash - stands[-1].moved
    before = market.sessions().previous_before(fills[0].at)
    points = [] if before is None else [EquityPoint(at=before.close, equity=begun)]
    points += [_point(market, one, begun, now) for one in stands if one.session.close >= start]
    return [one for one in points if one.at >= start]


def _point(market: Market, stand: _Stand, begun: Decimal, now: datetime) -> EquityPoint:
    is_over = stand.session.close <= now
    held = [symbol for symbol, holding in stand.held.items() if holding.quantity]
    prices = {one: market.close(one, stand.session) if is_over else market.price(one, now) for one in held}
    worth = sum((one.value for one in valued(stand.held, prices)), begun + stand.moved)
    return EquityPoint(at=min(stand.session.close, now), equity=worth)


def _stands(market: Market, fills: Sequence[Execution], places: int, now: datetime) -> Iterator[_Stand]:
    """How the account stood after each session since its first fill, and stands in the one that goes on."""
    walk, waiting, end = _Walk(market, places), deque(fills), now + _INSTANT
    symbols = {fill.symbol for fill in fills}
    ratios = {one: {split.day: split.ratio for split in market.splits(one, fills[0].at, end)} for one in symbols}
    for session in market.sessions().between(fills[0].at, end):
        walk.split(session, ratios)
        while waiting and waiting[0].at < session.close:
            walk.fill(waiting.popleft())
        yield _Stand(session, walk.moved, dict(walk.held))


class _Walk:
    """Cash and positions on the way; both move as the ledger and the book move them."""

    def __init__(self, market: Market, places: int) -> None:
        self.moved = ZERO
        self.held: dict[str, Holding] = {}
        self._market, self._places = market, places

    def split(self, session: Session, ratios: Mapping[str, Mapping[date, Decimal]]) -> None:
        """Make the changes of the splits that a session begins with."""
        for symbol, holding in self.held.items():
            if holding.quantity and (ratio := ratios[symbol].get(session.day)) is not None:
                self.held[symbol], fraction = split_holding(holding, ratio, self._places)
                self.moved += cents(fraction * self._market.price(symbol, session.open))

    def fill(self, fill: Execution) -> None:
        """Book a fill; the simulated exchange tells the commission with each."""
        signed = direction(fill.side) * fill.quantity
        self.held[fill.symbol] = self.held.get(fill.symbol, Holding()).after(signed, fill.price)
        self.moved -= cents(signed * fill.price) + (fill.commission or ZERO)

"""Short ways to say what is given: fills and marks of one trade, and the oracle's histories in the product's types."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from tests.histories import OracleMark, OracleTrade
from trenddojo.domain.fills import Fill
from trenddojo.domain.marks import Mark
from trenddojo.domain.terms import Direction, Side
from trenddojo.domain.trades import Position, replay

LONG, SHORT = Direction.LONG, Direction.SHORT
ONE = Decimal(1)


def at(day: float) -> datetime:
    """So many days after a Monday noon in UTC."""
    return datetime(2026, 6, 1, 12, tzinfo=UTC) + timedelta(days=day)


def fill(
    side: Side,
    quantity: str,
    price: str,
    *,
    day: float = 0,
    leg: int | None = None,
    stop: str | None = None,
    fee: str = "0",
    fx: str = "1",
    sequence: int = 0,
    key: str = "k",
    estimated: bool = False,
) -> Fill:
    frozen = None if stop is None else Decimal(stop)
    amounts = Decimal(quantity), Decimal(price), Decimal(fee)
    return Fill(key, at(day), sequence, side, *amounts, estimated, Decimal(fx), leg, frozen)


def buy(quantity: str, price: str, leg: int | None = 1, **more: object) -> Fill:
    return fill(Side.BUY, quantity, price, leg=leg, **more)  # type: ignore[arg-type]


def sell(quantity: str, price: str, leg: int | None = None, **more: object) -> Fill:
    return fill(Side.SELL, quantity, price, leg=leg, **more)  # type: ignore[arg-type]


def mark(price: str, day: float = 1, fx: str = "1") -> Mark:
    return Mark(Decimal(price), at(day), Decimal(fx))


def long(*fills: Fill) -> Position:
    return replay(LONG, ONE, fills)


def short(*fills: Fill) -> Position:
    return replay(SHORT, ONE, fills)


def two_legs() -> Position:
    """48 at 187.20 with a stop at 175.40, 24 more at 199.85 with one at 191.25, 24 sold at 212.40."""
    return long(
        buy("48", "187.20", 1, stop="175.40", day=0),
        buy("24", "199.85", 2, stop="191.25", day=20),
        sell("24", "212.40", day=30),
    )


def fills_of(trade: OracleTrade) -> list[Fill]:
    return [
        Fill(f.key, f.at, f.sequence, Side(f.side), f.quantity, f.price, f.fee, False, f.fx, f.leg, f.stop)
        for f in trade.fills
    ]


def marks_of(marks: Iterable[OracleMark]) -> list[Mark]:
    return [Mark(m.price, m.at, m.fx) for m in marks]


def position_of(trade: OracleTrade) -> Position:
    return replay(Direction(trade.direction), trade.multiplier, fills_of(trade))

"""Random accounts as they stand at a moment: a history up to then, plans, labels, and the account's own terms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from random import Random
from uuid import UUID
from zoneinfo import ZoneInfo

from tests.histories import History, OracleFill, OracleMark, OracleStop, OracleTrade, days_between, random_history
from tests.oracle import TradeFigures, sorted_fills, trade_figures

# As the exchange published them; every other weekday is a trading day.
_CLOSED = {
    *(date(2025, 1, 1), date(2025, 1, 9), date(2025, 1, 20), date(2025, 2, 17), date(2025, 4, 18), date(2025, 5, 26)),
    *(date(2025, 6, 19), date(2025, 7, 4), date(2025, 9, 1), date(2025, 11, 27), date(2025, 12, 25)),
    *(date(2026, 1, 1), date(2026, 1, 19), date(2026, 2, 16), date(2026, 4, 3)),
}
SETUPS = ("Breakout", "Pullback", "Breakdown", "")
TAGS = ("leader", "volume", "gap")
MARKETS = ("uptrend", "range", "")
GROUPS = ("Chips", "chips ", "Energy", "")
EXIT_REASONS = ("stop_loss", "target", "manual", "trailing_stop")


@dataclass(frozen=True)
class Labels:
    setup: str
    quality: int | None
    tags: tuple[str, ...]
    market: str
    group: str
    target: Decimal | None


@dataclass(frozen=True)
class Plan:
    """A plan without a fill; `status` is planning, pending or cancelled."""

    symbol: str
    currency: str
    direction: str
    multiplier: Decimal
    fx: Decimal
    entry: Decimal
    stop: Decimal | None
    quantity: Decimal
    status: str
    group: str


@dataclass(frozen=True)
class World:
    """`history` holds what was known at `now`, its last day; trades, ids and labels go by the same numbers."""

    seed: int
    now: datetime
    history: History
    ids: tuple[UUID, ...]
    labels: tuple[Labels, ...]
    reasons: dict[str, str]
    plans: tuple[Plan, ...]
    opened_on: date
    band: Decimal
    fee_per_unit: Decimal
    fee_per_order: Decimal
    halve_after: int
    viewer_zone: str

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.history.zone)

    @property
    def today(self) -> date:
        return self.history.today

    def day_of(self, at: datetime) -> date:
        """The account's date of a moment."""
        return at.astimezone(self.zone).date()

    def commission(self, quantity: Decimal, _price: Decimal) -> Decimal:
        """What leaving `quantity` costs in one order, in the instrument's currency."""
        return self.fee_per_order + self.fee_per_unit * quantity


def trading_days(since: date, until: date) -> tuple[date, ...]:
    """The exchange's sessions of a span within 2025 and spring 2026, both ends included."""
    return tuple(day for day in days_between(since, until) if day.weekday() < 5 and day not in _CLOSED)


def random_world(seed: int, *, recordable: bool = False) -> World:
    """The same account for the same seed; most stand shortly after a fill, so that today saw something.

    Trades may follow one another in one instrument, and begin before the account is said to have opened; but not of a
    `recordable` one, whose records are to be accepted in any order.
    """
    rng = Random(seed)
    whole = random_history(rng)
    now = _moment(rng, whole)
    filled = [cut for trade in whole.trades if (cut := _until(trade, now)).fills]
    if not recordable:
        filled = _sharing_instruments(filled)
    return World(
        seed=seed,
        now=now,
        history=_history_until(whole, filled, now),
        ids=tuple(UUID(int=rng.getrandbits(128), version=4) for _ in filled),
        labels=tuple(_labels(rng, trade) for trade in filled),
        reasons={fill.key: rng.choice(EXIT_REASONS) for trade in filled for fill in trade.fills},
        plans=tuple(_plan(rng, trade) for trade in whole.trades if sorted_fills(trade)[0].at > now),
        opened_on=whole.first_day + timedelta(days=0 if recordable else rng.choice((0, 0, 25))),
        band=rng.choice((Decimal(0), Decimal(0), Decimal("40.00"))),
        fee_per_unit=rng.choice((Decimal(0), Decimal(0), Decimal("0.005"))),
        fee_per_order=rng.choice((Decimal(0), Decimal(0), Decimal("1.25"))),
        halve_after=rng.choice((0, 2, 3)),
        viewer_zone=rng.choice(("Asia/Tokyo", "America/New_York")),
    )


def _moment(rng: Random, history: History) -> datetime:
    fills = [fill.at for trade in history.trades for fill in trade.fills]
    if rng.random() < 0.6:
        return rng.choice(sorted(fills)) + timedelta(seconds=rng.choice((0, 1, 3600, 40_000, 150_000)))
    return datetime.combine(history.today, time(20, 30), UTC)


def _until(trade: OracleTrade, now: datetime) -> OracleTrade:
    """What was known of a trade."""
    return replace(
        trade,
        fills=tuple(fill for fill in trade.fills if fill.at <= now),
        marks=tuple(mark for mark in trade.marks if mark.at <= now),
        stops=_recordable([stop for stop in trade.stops if stop.at <= now]),
    )


def _recordable(stops: Sequence[OracleStop]) -> tuple[OracleStop, ...]:
    """Of two stops of one leg and moment the last; none that moves a stop to where it is."""
    last = {(stop.leg, stop.at): stop for stop in stops}
    found: list[OracleStop] = []
    for stop in last.values():
        in_force = next((other.price for other in reversed(found) if other.leg == stop.leg), None)
        if stop.price != in_force:
            found.append(stop)
    return tuple(found)


def _history_until(whole: History, filled: Sequence[OracleTrade], now: datetime) -> History:
    today = now.astimezone(ZoneInfo(whole.zone)).date()
    return replace(
        whole,
        today=today,
        trading_days=trading_days(whole.first_day, today),
        cash=tuple(cash for cash in whole.cash if cash.date <= today),
        trades=tuple(filled),
    )


def _sharing_instruments(trades: Sequence[OracleTrade]) -> list[OracleTrade]:
    """Let a trade follow an earlier one in the same instrument where it can; all of them know the same prices."""
    families: list[list[OracleTrade]] = []
    for trade in sorted(trades, key=lambda trade: sorted_fills(trade)[0].at):
        family = next((family for family in families if _may_follow(trade, family)), None)
        if family is None:
            families.append([trade])
        else:
            family.append(replace(trade, symbol=family[0].symbol))
    return [trade for family in families for trade in _with_marks_of_all(family)]


def _may_follow(trade: OracleTrade, family: Sequence[OracleTrade]) -> bool:
    begins = sorted_fills(trade)[0].at
    return all(
        (trade.currency, trade.multiplier) == (other.currency, other.multiplier)
        and (closed := trade_figures(other).closed_at) is not None
        and closed < begins
        for other in family
    )


def _with_marks_of_all(family: Sequence[OracleTrade]) -> list[OracleTrade]:
    marks = {mark.at: mark for trade in family for mark in trade.marks}
    return [replace(trade, marks=tuple(marks.values())) for trade in family]


def _labels(rng: Random, trade: OracleTrade) -> Labels:
    first = sorted_fills(trade)[0]
    way = Decimal("1.2") if trade.direction == "long" else Decimal("0.8")
    return Labels(
        setup=rng.choice(SETUPS),
        quality=rng.choice((None, 1, 3, 5)),
        tags=tuple(rng.sample(TAGS, rng.randint(0, 2))),
        market=rng.choice(MARKETS),
        group=rng.choice(GROUPS),
        target=round(first.price * way, 2) if rng.random() < 0.7 else None,
    )


def _plan(rng: Random, trade: OracleTrade) -> Plan:
    first: OracleFill = sorted_fills(trade)[0]
    return Plan(
        symbol=trade.symbol,
        currency=trade.currency,
        direction=trade.direction,
        multiplier=trade.multiplier,
        fx=first.fx,
        entry=first.price,
        stop=first.stop,
        quantity=first.quantity,
        status=rng.choice(("planning", "pending", "pending", "cancelled")),
        group=rng.choice(GROUPS),
    )


def known_mark(trade: OracleTrade, figures: TradeFigures) -> OracleMark | None:
    """The last price of a trade's life."""
    end = figures.closed_at or datetime.max.replace(tzinfo=UTC)
    return max(
        (mark for mark in trade.marks if figures.opened_at <= mark.at <= end), key=lambda mark: mark.at, default=None
    )

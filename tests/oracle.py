"""A slow and obvious recomputation of every figure, to compare the product with.

Nothing here comes from the product's calculations. Amounts are Fractions; a quantity is a queue of single units, each
with its own price, fee and rate; every figure is computed from its definition in docs/NUMBERS.md, from the start.
"""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import accumulate
from math import lcm, sqrt
from random import Random
from statistics import NormalDist
from zoneinfo import ZoneInfo

from tests.histories import History, OracleFill, OracleTrade, days_between

# --- One trade ---


@dataclass(frozen=True)
class TradeFigures:
    """Money in the base currency, rounded to cents; `r` and `profit_ratio` to 9 places, only of a closed trade."""

    quantity: Decimal
    realised: Decimal
    realised_native: Decimal
    open_profit: Decimal
    bookings: tuple[tuple[str, Decimal], ...]
    initial_risk: Decimal | None
    r: Decimal | None
    profit_ratio: Decimal | None
    opened_at: datetime
    closed_at: datetime | None
    left_by_leg: dict[int, Decimal]


@dataclass
class _Unit:
    """One unit of a fill, with what it brought in cash (negative: what it cost), its share of the fee included."""

    price: Fraction
    native: Fraction
    base: Fraction


def _unit(trade: OracleTrade, fill: OracleFill) -> _Unit:
    """Any unit of a fill: all are alike. Its price is in the base currency."""
    value = Fraction(trade.step) * Fraction(fill.price) * Fraction(trade.multiplier)
    native = (-value if fill.side == "buy" else value) - Fraction(fill.fee) / units_in(trade, fill.quantity)
    return _Unit(Fraction(fill.price) * Fraction(fill.fx), native, native * Fraction(fill.fx))


@dataclass
class _State:
    open_units: deque[_Unit] = field(default_factory=deque)
    exact: Fraction = Fraction(0)
    exact_native: Fraction = Fraction(0)
    bookings: list[tuple[str, Decimal]] = field(default_factory=list)


def round_to(value: Fraction, places: int) -> Decimal:
    """Half to even, which is what Python's round does with a Fraction."""
    return Decimal(round(value * 10**places)).scaleb(-places)


def sign_of(trade: OracleTrade) -> int:
    return 1 if trade.direction == "long" else -1


def sorted_fills(trade: OracleTrade) -> list[OracleFill]:
    return sorted(trade.fills, key=lambda fill: (fill.at, fill.sequence, fill.key))


def is_entry(trade: OracleTrade, fill: OracleFill) -> bool:
    return (fill.side == "buy") == (trade.direction == "long")


def units_in(trade: OracleTrade, quantity: Decimal) -> int:
    units = Fraction(quantity) / Fraction(trade.step)
    assert units.denominator == 1
    return int(units)


def _state(trade: OracleTrade, until: datetime | None = None) -> _State:
    """Everything that happened before `until`, one unit after the other."""
    state = _State()
    for fill in sorted_fills(trade):
        if until is not None and fill.at >= until:
            continue
        units, unit = units_in(trade, fill.quantity), _unit(trade, fill)
        if is_entry(trade, fill):
            state.open_units.extend([unit] * units)
            continue
        before = round_to(state.exact, 2)
        for _ in range(units):
            entry = state.open_units.popleft()
            state.exact += unit.base + entry.base
            state.exact_native += unit.native + entry.native
        state.bookings.append((fill.key, round_to(state.exact, 2) - before))
    return state


def _open_profit(trade: OracleTrade, units: Sequence[_Unit], until: datetime | None = None) -> Fraction:
    opened_at = sorted_fills(trade)[0].at
    known = [mark for mark in trade.marks if mark.at >= opened_at and (until is None or mark.at < until)]
    mark = max(known, key=lambda each: each.at, default=None)
    last = None if mark is None else Fraction(mark.price) * Fraction(mark.fx)
    size = sign_of(trade) * Fraction(trade.step) * Fraction(trade.multiplier)
    total = Fraction(0)
    for unit in units:
        total += size * (unit.price if last is None else last) + unit.base
    return total


def initial_risk(trade: OracleTrade) -> Decimal | None:
    total = Fraction(0)
    for fill in trade.fills:
        if not is_entry(trade, fill):
            continue
        if fill.stop is None:
            return None
        if (fill.stop >= fill.price) if trade.direction == "long" else (fill.stop <= fill.price):
            return None
        distance = abs(Fraction(fill.price) - Fraction(fill.stop))
        total += distance * Fraction(fill.quantity) * Fraction(trade.multiplier) * Fraction(fill.fx)
    return round_to(total, 2) or None


def left_by_leg(trade: OracleTrade) -> dict[int, Decimal]:
    """What each leg's stop protects: an exit takes unit by unit from the leg that it names, else from the oldest."""
    units: dict[int, int] = {}
    for fill in sorted_fills(trade):
        for _ in range(units_in(trade, fill.quantity)):
            if is_entry(trade, fill):
                assert fill.leg is not None
                units[fill.leg] = units.get(fill.leg, 0) + 1
            elif fill.leg is not None and units.get(fill.leg, 0):
                units[fill.leg] -= 1
            else:
                units[next(leg for leg in units if units[leg])] -= 1
    return {leg: left * trade.step for leg, left in units.items()}


def trade_figures(trade: OracleTrade) -> TradeFigures:
    state = _state(trade)
    fills = sorted_fills(trade)
    closed = not state.open_units
    realised = round_to(state.exact, 2)
    risk = initial_risk(trade)
    value = sum(
        Fraction(fill.quantity) * Fraction(fill.price) * Fraction(trade.multiplier) * Fraction(fill.fx)
        for fill in fills
        if is_entry(trade, fill)
    )
    return TradeFigures(
        quantity=len(state.open_units) * trade.step,
        realised=realised,
        realised_native=round_to(state.exact_native, 2),
        open_profit=round_to(_open_profit(trade, state.open_units), 2),
        bookings=tuple(state.bookings),
        initial_risk=risk,
        r=round_to(Fraction(realised) / Fraction(risk), 9) if closed and risk else None,
        profit_ratio=round_to(Fraction(realised) / value, 9) if closed else None,
        opened_at=fills[0].at,
        closed_at=fills[-1].at if closed else None,
        left_by_leg=left_by_leg(trade),
    )


def stop_outcome(
    trade: OracleTrade,
    stops: dict[int, Decimal],
    fx: Decimal,
    commission: Callable[[Decimal, Decimal], Decimal] | None = None,
) -> tuple[Fraction, Decimal]:
    """The P&L if every stop fills at its price, closing the oldest units, and the quantity that has no stop."""
    total, protected, left = Fraction(0), 0, left_by_leg(trade)
    for leg, quantity in left.items():
        if leg in stops and quantity:
            protected += units_in(trade, quantity)
            total += sign_of(trade) * Fraction(quantity) * Fraction(stops[leg]) * Fraction(trade.multiplier)
            total -= Fraction(commission(quantity, stops[leg])) if commission else 0
    units = list(_state(trade).open_units)
    amount = total * Fraction(fx) + sum((unit.base for unit in units[:protected]), Fraction(0))
    return amount, (len(units) - protected) * trade.step


# --- Closed trades ---


@dataclass(frozen=True)
class Statistics:
    """Unrounded ratios; None where they do not exist. `profit_factor` may be the words "no losses"."""

    trades: int
    wins: int
    losses: int
    breakevens: int
    net: Fraction
    win_rate: Fraction | None
    win_rate_without_breakevens: Fraction | None
    expectancy: Fraction | None
    without_r: int
    mean_r: Fraction | None
    profit_factor: Fraction | str | None
    average_win: Fraction | None
    average_loss: Fraction | None
    payoff: Fraction | None
    largest_win: Fraction | None
    largest_loss: Fraction | None
    sqn: float | None
    longest_wins: int
    longest_losses: int


def closed_figures(history: History) -> list[TradeFigures]:
    """The closed trades in the order in which streaks count them."""
    pairs = [(trade_figures(trade), trade.symbol) for trade in history.trades]
    closed = [(figures.closed_at, figures.opened_at, symbol, figures) for figures, symbol in pairs if figures.closed_at]
    return [figures for *_, figures in sorted(closed, key=lambda row: row[:3])]


def mean(values: Sequence[Fraction]) -> Fraction | None:
    return sum(values, Fraction(0)) / len(values) if values else None


def statistics(closed: Sequence[TradeFigures], band: Decimal = Decimal(0)) -> Statistics:
    pnls = [Fraction(figures.realised) for figures in closed]
    rs = [Fraction(figures.r) for figures in closed if figures.r is not None]
    wins = [pnl for pnl in pnls if pnl > band]
    losses = [pnl for pnl in pnls if pnl < -band]
    average_win, average_loss = mean(wins), mean(losses)
    letters = "".join("w" if pnl > band else "l" for pnl in pnls if abs(pnl) > band)
    return Statistics(
        trades=len(pnls),
        wins=len(wins),
        losses=len(losses),
        breakevens=len(pnls) - len(wins) - len(losses),
        net=sum(pnls, Fraction(0)),
        win_rate=Fraction(len(wins), len(pnls)) if pnls else None,
        win_rate_without_breakevens=Fraction(len(wins), len(letters)) if letters else None,
        expectancy=mean(pnls),
        without_r=len(pnls) - len(rs),
        mean_r=mean(rs),
        profit_factor=sum(wins, Fraction(0)) / -sum(losses) if losses else "no losses" if pnls else None,
        average_win=average_win,
        average_loss=average_loss,
        payoff=average_win / -average_loss if average_win and average_loss else None,
        largest_win=max(wins, default=None),
        largest_loss=min(losses, default=None),
        sqn=_sqn(rs),
        longest_wins=max(len(run) for run in letters.split("l")),
        longest_losses=max(len(run) for run in letters.split("w")),
    )


def _sqn(rs: Sequence[Fraction]) -> float | None:
    if len(set(rs)) < 2:
        return None
    average = sum(rs) / len(rs)
    variance = sum((r - average) ** 2 for r in rs) / (len(rs) - 1)
    return float(average) / sqrt(variance) * sqrt(min(len(rs), 100))


# --- Equity ---


@dataclass(frozen=True)
class OraclePoint:
    date: date
    equity: Decimal
    r: Fraction | None
    index: Fraction


@dataclass(frozen=True)
class OracleDrawdown:
    depth: Fraction
    peak: date
    trough: date
    regained: date | None
    in_money: Decimal


def end_of(day: date, zone: str) -> datetime:
    return datetime.combine(day + timedelta(days=1), time(), ZoneInfo(zone)).astimezone(UTC)


def _profit_by_day(history: History, trade: OracleTrade) -> dict[date, Decimal]:
    """Realised and open P&L at the end of every day, each rounded; computed anew whenever something happened."""
    zone = ZoneInfo(history.zone)
    filled = {fill.at.astimezone(zone).date() for fill in trade.fills}
    eventful = filled | {mark.at.astimezone(zone).date() for mark in trade.marks}
    state, profit, by_day = _State(), Decimal(0), {}
    for day in days_between(history.first_day, history.today):
        if day in eventful:
            until = end_of(day, history.zone)
            state = _state(trade, until) if day in filled else state
            profit = round_to(state.exact, 2) + round_to(_open_profit(trade, state.open_units, until), 2)
        by_day[day] = profit
    return by_day


def equity_by_day(history: History) -> dict[date, Decimal]:
    """Equity at the end of every calendar day of the history."""
    profits = [_profit_by_day(history, trade) for trade in history.trades]
    return {
        day: history.starting
        + sum((cash.amount for cash in history.cash if cash.date <= day), Decimal(0))
        + sum((profit[day] for profit in profits), Decimal(0))
        for day in days_between(history.first_day, history.today)
    }


def curve(history: History, equity: dict[date, Decimal]) -> list[OraclePoint]:
    """From equity by day: the trading days, the last of which is today; what falls on days off goes to the next."""
    points: list[OraclePoint] = []
    before, index, last = Fraction(history.starting), Fraction(1), history.first_day - timedelta(days=1)
    for day in history.trading_days:
        flows = [Fraction(cash.amount) for cash in history.cash if cash.is_flow and last < cash.date <= day]
        deposits, withdrawals = sum(f for f in flows if f > 0), -sum(f for f in flows if f < 0)
        now = Fraction(equity[day])
        r = (now - before + withdrawals - deposits) / (before + deposits) if before + deposits > 0 else None
        if r:
            index *= 1 + r
        points.append(OraclePoint(day, equity[day], r, index))
        before, last = now, day
    return points


def largest_drawdown(history: History, equity: dict[date, Decimal]) -> OracleDrawdown | None:
    """The deepest fall of the index below an earlier peak, 1 on the day before the first included."""
    return deepest_of(history, equity, curve(history, equity))


def deepest_of(history: History, equity: dict[date, Decimal], points: Sequence[OraclePoint]) -> OracleDrawdown | None:
    """The same of a curve that is known."""
    days = [points[0].date - timedelta(days=1), *(point.date for point in points)]
    index = [Fraction(1), *(point.index for point in points)]
    depths = [1 - now / peak for now, peak in zip(index, accumulate(index, max), strict=True)]
    depth = max(depths)
    if not depth:
        return None
    trough = depths.index(depth)
    top = max(index[:trough])
    return OracleDrawdown(
        depth=depth,
        peak=max(days[i] for i in range(trough) if index[i] == top),
        trough=days[trough],
        regained=next((days[i] for i in range(trough, len(index)) if index[i] >= top), None),
        in_money=_fall_in_money(history, equity),
    )


def _fall_in_money(history: History, equity: dict[date, Decimal]) -> Decimal:
    gains = [Decimal(0)]
    for day in history.trading_days:
        flows = sum((cash.amount for cash in history.cash if cash.is_flow and cash.date <= day), Decimal(0))
        gains.append(equity[day] - flows - history.starting)
    return max(peak - gain for peak, gain in zip(accumulate(gains, max), gains, strict=True))


# --- Positions by day ---


@dataclass(frozen=True)
class OraclePosition:
    """Of all trades on a calendar day: gross value at its end, bought and sold, opened, and whether anything was held.

    Each trade's part is rounded to cents.
    """

    gross: Decimal
    traded: Decimal
    opened: int
    held: bool


def _gross(trade: OracleTrade, units: Sequence[_Unit], until: datetime) -> Decimal:
    """At the last price known, else at entry."""
    opened_at = sorted_fills(trade)[0].at
    known = [mark for mark in trade.marks if opened_at <= mark.at < until]
    mark = max(known, key=lambda each: each.at, default=None)
    size = Fraction(trade.step) * Fraction(trade.multiplier)
    prices = [unit.price if mark is None else Fraction(mark.price) * Fraction(mark.fx) for unit in units]
    return round_to(size * sum(prices, Fraction(0)), 2)


def positions(history: History) -> dict[date, OraclePosition]:
    """Every calendar day of the history."""
    zone, found = ZoneInfo(history.zone), {}
    begun = {id(trade): sorted_fills(trade)[0].at.astimezone(zone).date() for trade in history.trades}
    eventful = {
        id(trade): {one.at.astimezone(zone).date() for one in (*trade.fills, *trade.marks)} for trade in history.trades
    }
    gross = {id(trade): Decimal(0) for trade in history.trades}
    units: dict[int, Sequence[_Unit]] = {id(trade): () for trade in history.trades}
    for day in days_between(history.first_day, history.today):
        traded, held = Decimal(0), any(units.values())
        for trade in history.trades:
            if day not in eventful[id(trade)]:
                continue
            until = end_of(day, history.zone)
            fills = [fill for fill in trade.fills if fill.at.astimezone(zone).date() == day]
            if fills:
                units[id(trade)] = _state(trade, until).open_units
            gross[id(trade)] = _gross(trade, units[id(trade)], until)
            held = held or bool(fills)
            values = [
                Fraction(fill.quantity) * Fraction(fill.price) * Fraction(trade.multiplier) * Fraction(fill.fx)
                for fill in fills
            ]
            traded += round_to(sum(values, Fraction(0)), 2)
        opened = sum(first == day for first in begun.values())
        found[day] = OraclePosition(sum(gross.values(), Decimal(0)), traded, opened, held)
    return found


@dataclass(frozen=True)
class OracleDaily:
    """Ratios as rules 47, 48 and 50 have them; None where they do not exist."""

    sharpe: float | None
    sortino: float | None
    time_in_market: Fraction | None
    exposure: Fraction | None
    turnover: Fraction | None


def daily_figures(
    by_day: dict[date, OraclePosition], points: Sequence[OraclePoint], days: Sequence[date], since: date, rate: float
) -> OracleDaily:
    """Over the trading `days` of a span that begins at `since`; what lies between two of them goes to the later."""
    sessions = [point for point in points if point.date in set(days)]
    last, traded, held = since - timedelta(days=1), Decimal(0), 0
    for day in days:
        between = [by_day[one] for one in days_between(last + timedelta(days=1), day)]
        traded += sum((one.traded for one in between), Decimal(0))
        held += any(one.held for one in between)
        last = day
    equity = [Fraction(point.equity) for point in sessions]
    shares = [Fraction(by_day[point.date].gross) / Fraction(point.equity) for point in sessions if point.equity > 0]
    sharpe, sortino = _ratios([point.r for point in sessions if point.r is not None], rate)
    return OracleDaily(
        sharpe=sharpe,
        sortino=sortino,
        time_in_market=Fraction(held, len(days)) if days else None,
        exposure=mean(shares),
        turnover=Fraction(traded) / 2 / (sum(equity) / len(equity)) if equity and sum(equity) > 0 else None,
    )


def _ratios(returns: Sequence[Fraction], rate: float) -> tuple[float | None, float | None]:
    if len(set(returns)) < 2:
        return None, None
    above = [float(r) - ((1 + rate) ** (1 / 252) - 1) for r in returns]
    average, exact = sum(above) / len(above), sum(returns) / len(returns)
    stdev = sqrt(float(sum((r - exact) ** 2 for r in returns) / (len(returns) - 1)))
    below = sqrt(sum(min(r, 0.0) ** 2 for r in above) / len(above))
    return average / stdev * sqrt(252), average / below * sqrt(252) if below else None


# --- Intervals ---


def interval(values: Sequence[Fraction], seed: int) -> tuple[float, float] | None:
    """Rule 52 from its definition: BCa with 10,000 resamples, up to 2,000 values."""
    n = len(values)
    if n < 2:
        return None
    average = sum(values, Fraction(0)) / n
    if len(set(values)) == 1:
        return float(average), float(average)
    if n > 2000:
        s = sqrt(float(sum((value - average) ** 2 for value in values) / (n - 1)))
        return float(average) - 1.96 * s / sqrt(n), float(average) + 1.96 * s / sqrt(n)
    rng, normal = Random(seed), NormalDist()
    scale = lcm(*(value.denominator for value in values))  # a million additions: of whole numbers, for their speed
    whole = [int(value * scale) for value in values]
    total = sum(whole)
    sums = sorted(sum(whole[int(rng.random() * n)] for _ in range(n)) for _ in range(10_000))
    below = Fraction(sum(one < total for one in sums)) + Fraction(sum(one == total for one in sums), 2)
    z0 = normal.inv_cdf(min(max(float(below / 10_000), 0.00005), 0.99995))
    without = [(sum(values, Fraction(0)) - value) / (n - 1) for value in values]  # the jackknife
    middle = sum(without) / n
    cubes, squares = sum((middle - one) ** 3 for one in without), sum((middle - one) ** 2 for one in without)
    a = float(cubes) / (6 * float(squares) ** 1.5)
    ends = []
    for share in (0.025, 0.975):
        z = z0 + normal.inv_cdf(share)
        place = normal.cdf(z0 + z / (1 - a * z)) * 9_999
        low, high = (Fraction(sums[min(int(place) + more, 9_999)], n * scale) for more in (0, 1))
        ends.append(float(low) + (place - int(place)) * float(high - low))
    return ends[0], ends[1]

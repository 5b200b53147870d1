"""Random histories of an account: what a trader did, and nothing that follows from it.

The oracle computes what follows, and the tests hold the product's figures against it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from random import Random


@dataclass(frozen=True)
class OracleFill:
    key: str
    at: datetime
    sequence: int
    side: str
    quantity: Decimal
    price: Decimal
    fee: Decimal
    fx: Decimal
    leg: int | None
    stop: Decimal | None


@dataclass(frozen=True)
class OracleMark:
    price: Decimal
    at: datetime
    fx: Decimal


@dataclass(frozen=True)
class OracleStop:
    """A leg's stop, from `at` on."""

    leg: int
    at: datetime
    price: Decimal


@dataclass(frozen=True)
class OracleTrade:
    """Fills and marks are in the order of their arrival, which says nothing about the order of their times."""

    symbol: str
    currency: str
    direction: str
    multiplier: Decimal
    step: Decimal
    fills: tuple[OracleFill, ...]
    marks: tuple[OracleMark, ...]
    stops: tuple[OracleStop, ...]


@dataclass(frozen=True)
class OracleCash:
    """`kind` is a word of CashKind; a fee, a withdrawal and negative interest have a negative amount."""

    date: date
    kind: str
    amount: Decimal

    @property
    def is_flow(self) -> bool:
        return self.kind in ("deposit", "withdrawal")


@dataclass(frozen=True)
class History:
    starting: Decimal
    zone: str
    first_day: date
    today: date
    trading_days: tuple[date, ...]
    cash: tuple[OracleCash, ...]
    trades: tuple[OracleTrade, ...]


def days_between(first: date, last: date) -> list[date]:
    """Every calendar day, both ends included."""
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


_ZONES = ("America/New_York", "Europe/Berlin", "Australia/Sydney", "UTC")
_RATES = {"USD": Decimal(1), "EUR": Decimal("1.0837"), "JPY": Decimal("0.0066512345")}
_FIRST_DAY = date(2026, 2, 16)  # summer time begins within the 90 days that follow
_DAYS = 90


def random_history(rng: Random, *, trades: int | None = None, stops_required: bool = False) -> History:
    """A believable account in base currency USD, the same for the same seed.

    It has longs and shorts, scale-ins and partial exits, rebates, currencies, fills of one second, fills and marks out
    of order, marks before a trade and after it, and flows on days off. `stops_required` gives every leg a valid stop
    at its first fill; otherwise a few have none or a wrong one.
    """
    zone = rng.choice(_ZONES)
    days = days_between(_FIRST_DAY, _FIRST_DAY + timedelta(days=_DAYS - 1))
    holidays = set(rng.sample(days, 3))
    trading_days = [day for day in days if day.weekday() < 5 and day not in holidays]
    count = rng.randint(1, 10) if trades is None else trades
    return History(
        starting=_cents(rng, 20_000, 200_000),
        zone=zone,
        first_day=days[0],
        today=trading_days[-1],
        trading_days=tuple(trading_days),
        cash=tuple(_random_cash(rng, day) for day in rng.sample(days[: -_DAYS // 10], rng.randint(0, 6))),
        trades=tuple(_random_trade(rng, f"S{n:03}", trading_days, stops_required) for n in range(count)),
    )


def _random_cash(rng: Random, day: date) -> OracleCash:
    kind = rng.choice(("deposit", "deposit", "withdrawal", "interest", "dividend", "fee"))
    amount = _cents(rng, 100, 5_000) if kind in ("deposit", "withdrawal") else _cents(rng, 1, 60)
    return OracleCash(day, kind, -amount if kind in ("withdrawal", "fee") else amount)


def _cents(rng: Random, low: int, high: int) -> Decimal:
    return Decimal(rng.randint(low * 100, high * 100)).scaleb(-2)


class _Walk:
    """A price that goes its way, and the clock beside it."""

    def __init__(self, rng: Random, start: datetime, end: datetime, multiplier: Decimal) -> None:
        self.rng, self.now, self.end = rng, start, end
        self.price = round(Decimal(rng.randint(500, 40_000)).scaleb(-2) / multiplier + 1, 2)
        self.places = rng.choice((2, 2, 2, 6))

    def step(self) -> None:
        """Some days on; now and then still in the same second."""
        if self.rng.random() < 0.8:
            self.now = min(self.now + timedelta(seconds=self.rng.randint(1, 5 * 86_400)), self.end)
        change = Decimal(self.rng.randint(-600, 700)).scaleb(-4)
        self.price = round(self.price * (1 + change), self.places)

    def below(self, thousandths: int) -> Decimal:
        """A price that many thousandths below this one; above it, if they are negative."""
        return round(self.price * (1 - Decimal(thousandths).scaleb(-3)), self.places)


def _random_trade(rng: Random, symbol: str, trading_days: Sequence[date], stops_required: bool) -> OracleTrade:
    currency = rng.choice(("USD", "USD", "USD", "EUR", "JPY"))
    direction = rng.choice(("long", "long", "short"))
    step = rng.choice((Decimal(1), Decimal(1), Decimal("0.125"), Decimal("0.0005")))
    multiplier = rng.choice((Decimal(1), Decimal(1), Decimal(1), Decimal(100), Decimal("12.5")))
    start = datetime.combine(rng.choice(trading_days[1:-5]), time(), UTC) + timedelta(seconds=rng.randint(0, 86_399))
    end = datetime.combine(trading_days[-1], time(), UTC)
    walk = _Walk(rng, start, end, multiplier)
    maker = _TradeMaker(rng, symbol, direction, currency, walk, stops_required)
    for _ in range(rng.randint(0, 8)):
        maker.act()
    if rng.random() < 0.7:
        maker.exit(maker.held)
    marks = maker.marks(end)
    rng.shuffle(maker.fills)
    fills = tuple(replace(fill, quantity=fill.quantity * step) for fill in maker.fills)
    return OracleTrade(symbol, currency, direction, multiplier, step, fills, marks, tuple(maker.moves))


class _TradeMaker:
    """Acts like a trader, in whole units: enters, adds, moves stops the good way, sells parts."""

    def __init__(
        self, rng: Random, symbol: str, direction: str, currency: str, walk: _Walk, stops_required: bool
    ) -> None:
        self.rng, self.symbol, self.currency = rng, symbol, currency
        self.walk, self.stops_required = walk, stops_required
        self.numbered = rng.random() < 0.7  # whether the source numbers its executions; if not, keys decide
        self.sign = 1 if direction == "long" else -1
        self.held = self.legs = 0
        self.stops: dict[int, Decimal] = {}
        self.moves: list[OracleStop] = []
        self.fills: list[OracleFill] = []
        self.add_leg()

    def act(self) -> None:
        if not self.held:
            return
        self.walk.step()
        if self.rng.random() < 0.4 and self.walk.now > self.fills[-1].at:
            self.raise_stop(self.rng.randint(1, self.legs))
        choice = self.rng.random()
        if choice < 0.2:
            self.add_leg()
        elif choice < 0.35:
            self.enter(self.rng.randint(1, self.legs))
        elif choice < 0.9:
            self.exit(self.rng.randint(1, self.held))

    def add_leg(self) -> None:
        self.legs += 1
        odds = 1.0 if self.stops_required else self.rng.random()
        if odds >= 0.08:
            distance = self.rng.randint(30, 80) if odds >= 0.12 else self.rng.randint(-20, 0)
            self.set_stop(self.legs, self.walk.below(self.sign * distance))
        self.enter(self.legs)

    def set_stop(self, leg: int, price: Decimal) -> None:
        self.stops[leg] = price
        self.moves.append(OracleStop(leg, self.walk.now, price))

    def raise_stop(self, leg: int) -> None:
        """Half of the way to the price, where that is the good way."""
        if leg in self.stops and self.sign * (self.walk.price - self.stops[leg]) > 0:
            self.set_stop(leg, round((self.stops[leg] + self.walk.price) / 2, self.walk.places))

    def enter(self, leg: int) -> None:
        units = self.rng.randint(1, 40)
        self.held += units
        self.fill("buy" if self.sign > 0 else "sell", units, leg, self.stops.get(leg))

    def exit(self, units: int) -> None:
        if units:
            self.held -= units
            named = self.rng.randint(1, self.legs) if self.rng.random() < 0.4 else None
            self.fill("sell" if self.sign > 0 else "buy", units, named, None)

    def fill(self, side: str, units: int, leg: int | None, stop: Decimal | None) -> None:
        number = len(self.fills)
        self.fills.append(
            OracleFill(
                key=f"{self.symbol}-{number:02}",
                at=self.walk.now,
                sequence=number if self.numbered else 0,
                side=side,
                quantity=Decimal(units),
                price=self.walk.price,
                fee=self.fee(units),
                fx=self.rate(),
                leg=leg,
                stop=stop,
            )
        )

    def fee(self, units: int) -> Decimal:
        flat = self.rng.choice(("0", "0", "1.00", "0.35", "1.0035", "2.718281", "-0.20", "0.01"))
        return Decimal(flat) + (units * Decimal("0.005") if self.rng.random() < 0.2 else 0)

    def rate(self) -> Decimal:
        base = _RATES[self.currency]
        return base if self.currency == "USD" else round(base * self.rng.randint(960, 1040) / 1000, 10)

    def marks(self, end: datetime) -> tuple[OracleMark, ...]:
        """From three days before the trade to the end, whether it is still open or not; no two at once."""
        first = self.fills[0].at
        span = max(int((end - first).total_seconds()), 1)
        seconds = self.rng.sample(range(-3 * 86_400, span), self.rng.choice((0, 1, 3, 8)))
        return tuple(
            OracleMark(self.walk.below(self.rng.randint(-60, 60)), first + timedelta(seconds=after), self.rate())
            for after in seconds
        )

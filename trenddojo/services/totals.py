"""All accounts that a person may see, with their figures in one currency: by mode, because modes are never added.

Every figure is the one that the account's own page shows. What stands (equity, open P&L, heat) is converted at the rate
of today, what was earned at the rate of each day (rules 54 and 55 of docs/NUMBERS.md). What has no rate is left out of
the sum, and named.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from trenddojo.domain.conversion import Conversion
from trenddojo.domain.equity import local_date
from trenddojo.domain.money import ZERO
from trenddojo.domain.rates import FoundRate
from trenddojo.domain.terms import Mode
from trenddojo.services.exposure import risk_board
from trenddojo.services.rates import Conversions, conversions
from trenddojo.services.spans import Span, span_to_now
from trenddojo.store.models import User
from trenddojo.store.seats import Seat, SeatRole

NO_ACCOUNT_CURRENCY = "USD"
"""The currency of who has neither chosen one nor an account."""
_MODES = (Mode.LIVE, Mode.PAPER, Mode.MOCK, None)


@dataclass(frozen=True, slots=True)
class Figure:
    """An amount in the account's currency, and in the person's where there is a rate."""

    own: Decimal
    converted: Decimal | None


@dataclass(frozen=True, slots=True)
class AccountTotal:
    """One account: gains of today, of the month and the year so far, and what stands now. `rate` is today's."""

    seat: Seat
    today: date
    rate: FoundRate | None
    equity: Figure
    day: Figure
    month: Figure
    year: Figure
    open_pnl: Figure
    heat: Figure


@dataclass(frozen=True, slots=True)
class Sum:
    """A sum in the person's currency; None where nothing could be added. `without` names the accounts left out."""

    amount: Decimal | None
    without: tuple[str, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class ModeTotals:
    """The accounts of one mode (None: kept by hand) with their sums."""

    mode: Mode | None
    accounts: tuple[AccountTotal, ...]

    @property
    def equity(self) -> Sum:
        """What the accounts are worth."""
        return self._sum(lambda one: one.equity)

    @property
    def day(self) -> Sum:
        """What today brought."""
        return self._sum(lambda one: one.day)

    @property
    def month(self) -> Sum:
        """What this month brought so far."""
        return self._sum(lambda one: one.month)

    @property
    def year(self) -> Sum:
        """What this year brought so far."""
        return self._sum(lambda one: one.year)

    @property
    def open_pnl(self) -> Sum:
        """Open P&L of all positions."""
        return self._sum(lambda one: one.open_pnl)

    @property
    def heat(self) -> Sum:
        """What is lost against the entries at the stops."""
        return self._sum(lambda one: one.heat)

    @property
    def unconverted(self) -> tuple[AccountTotal, ...]:
        """The accounts without a rate of today."""
        return tuple(one for one in self.accounts if one.rate is None)

    def _sum(self, figure: Callable[[AccountTotal], Figure]) -> Sum:
        pairs = [(one.seat.account.name, figure(one).converted) for one in self.accounts]
        known = [amount for _, amount in pairs if amount is not None]
        without = tuple(name for name, amount in pairs if amount is None)
        return Sum(sum(known, ZERO) if known else None, without)


@dataclass(frozen=True, slots=True)
class Totals:
    """All accounts of a person, by mode, in `currency`."""

    currency: str
    modes: tuple[ModeTotals, ...]


def currency_of(user: User, seats: Sequence[Seat]) -> str:
    """What a person's totals are in: as chosen, else the currency of their first account, the oldest of their own."""
    if user.currency:
        return user.currency
    first = min(seats, key=_age, default=None)
    return first.account.base_currency if first else NO_ACCOUNT_CURRENCY


def _age(seat: Seat) -> tuple[bool, datetime]:
    return seat.role is not SeatRole.OWNER, seat.account.created_at


def totals(user: User, seats: Sequence[Seat], now: datetime) -> Totals:
    """The figures of all `seats`, which are the accounts that the person may see, as of `now`."""
    currency = currency_of(user, seats)
    days = [local_date(now, seat.zone) for seat in seats] or [now.date()]
    rates = conversions([seat.account for seat in seats], currency, min(days).replace(month=1, day=1), max(days))
    found = [_account(seat, rates, now) for seat in seats]
    return Totals(currency, tuple(_by_mode(found)))


def _by_mode(found: Iterable[AccountTotal]) -> Iterable[ModeTotals]:
    listed = list(found)
    for mode in _MODES:
        if of_mode := tuple(one for one in listed if one.seat.account.mode is mode):
            yield ModeTotals(mode, of_mode)


def _account(seat: Seat, rates: Conversions, now: datetime) -> AccountTotal:
    account, today = seat.account, local_date(now, seat.zone)
    conversion = rates.of(account)
    year = span_to_now(account, today.replace(month=1, day=1), today)
    heat = risk_board(seat, now).heat

    def stands(value: Decimal) -> Figure:
        return Figure(value, conversion.amount(value, today))

    return AccountTotal(
        seat=seat,
        today=today,
        rate=conversion.at(today),
        equity=stands(account.equity),
        day=_earned(year.part(today), conversion),
        month=_earned(year.part(today.replace(day=1)), conversion),
        year=_earned(year, conversion),
        open_pnl=stands(account.equity - account.balance),
        heat=stands(heat),
    )


def _earned(span: Span, conversion: Conversion) -> Figure:
    changes = conversion.changes(span.changes)
    gain = sum((change.gain for change in changes.changes), ZERO)
    return Figure(span.gain, gain if changes.is_whole else None)

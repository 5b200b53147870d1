"""The trading days of instruments as an account sees them, and what follows for its open positions."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from trenddojo.domain.correlation import are_correlated, returns_correlation
from trenddojo.domain.coverage import date_of_daily, settled_at
from trenddojo.domain.money import cents, exactly
from trenddojo.domain.sessions import Session, daily_returns, worst_night
from trenddojo.domain.splits import PLAIN, units_at
from trenddojo.domain.terms import Direction
from trenddojo.services.bars import realms_of
from trenddojo.store import bars
from trenddojo.store.models import Account, Instrument, Trade
from trenddojo.store.splits import splits_by_instrument

_A_YEAR = timedelta(days=380)
"""In which 252 nights lie."""
_FOR_RETURNS = timedelta(days=130)
"""In which 60 common days of instruments with some days missing lie."""


def sessions_of(
    account: Account, instruments: Iterable[Instrument], since: datetime, now: datetime
) -> dict[UUID, list[Session]]:
    """The trading days of instruments in order, those of the account's own market; prices are in the units of now."""
    types = {one.id: one.asset_type for one in instruments}
    units = {of: units_at(splits, now) for of, splits in splits_by_instrument(account).items()}
    found: defaultdict[UUID, list[Session]] = defaultdict(list)
    for row in bars.days_of(types, realms_of(account), since):
        day = date_of_daily(row.start)
        is_over = row.fetched_at >= settled_at(types[row.instrument_id], day)
        opened, closed = (units.get(row.instrument_id, PLAIN).price(one, row.told_at) for one in (row.open, row.close))
        found[row.instrument_id].append(Session(day, opened, closed, is_over))
    return found


# ---- overnight


@dataclass(frozen=True, slots=True)
class GapLoss:
    """What its worst night would take of an open trade again, from its mark; None where too few nights are known."""

    trade_id: UUID
    symbol: str
    amount: Decimal | None


@exactly
def gap_losses(account: Account, held: Sequence[tuple[Trade, Instrument]], now: datetime) -> tuple[GapLoss, ...]:
    """The gap loss of each open trade (rule 61 of docs/NUMBERS.md)."""
    known = sessions_of(account, [of for _, of in held], now - _A_YEAR, now)
    return tuple(
        GapLoss(trade.id, trade.symbol, None if worst is None else cents(trade.position_value * worst))
        for trade, of in held
        for worst in [worst_night(known.get(of.id, []), trade.direction.sign)]
    )


# ---- correlation


@dataclass(frozen=True, slots=True)
class Bet:
    """One position, held or thought of: of which instrument (None: one that is not known yet), and its group."""

    instrument_id: UUID | None
    direction: Direction
    group: str

    @classmethod
    def of(cls, trade: Trade) -> "Bet":
        """The position of an open trade."""
        return cls(trade.instrument_id, trade.direction, plain(trade.correlation_group))


def plain(group: str) -> str:
    """A correlation group however it is written; empty for none."""
    return group.strip().casefold()


@dataclass(frozen=True, slots=True)
class Pair:
    """Two open positions: how their returns correlate, None without 60 common days, and whether they are one bet."""

    measured: float | None
    are_one: bool


@dataclass(frozen=True, slots=True)
class Correlations:
    """The daily returns of instruments, and what they say of positions in them (rule 32 of docs/NUMBERS.md)."""

    returns: Mapping[UUID, Mapping[date, float]]

    def pair(self, one: Bet, other: Bet) -> Pair:
        """Two positions, which are one bet by their returns, else by the group that the person gave them."""
        same_group = bool(one.group) and one.group == other.group
        measured = self._measured(one.instrument_id, other.instrument_id)
        return Pair(measured, are_correlated(measured, one.direction is other.direction, same_group))

    def _measured(self, one: UUID | None, other: UUID | None) -> float | None:
        if one is None or other is None:
            return None
        return returns_correlation(self.returns.get(one, {}), self.returns.get(other, {}))


@dataclass(frozen=True, slots=True)
class Matrix:
    """Open positions by symbol, and each with those before it."""

    symbols: tuple[str, ...]
    rows: tuple[tuple[Pair, ...], ...]


def matrix(account: Account, held: Sequence[tuple[Trade, Instrument]], now: datetime) -> Matrix:
    """How what is held correlates; an account holds an instrument in one open trade."""
    known = correlations_of(account, [of for _, of in held], now)
    ordered = sorted(held, key=lambda pair: (pair[1].symbol, pair[1].identity))
    bets = [Bet.of(trade) for trade, _ in ordered]
    rows = (tuple(known.pair(one, other) for other in bets[:index]) for index, one in enumerate(bets))
    return Matrix(tuple(of.symbol for _, of in ordered), tuple(rows))


def correlations_of(account: Account, instruments: Sequence[Instrument], now: datetime) -> Correlations:
    """The returns of instruments that decide now; one alone has nothing to correlate with."""
    if len({one.id for one in instruments}) < 2:
        return Correlations({})
    known = sessions_of(account, instruments, now - _FOR_RETURNS, now)
    return Correlations({instrument_id: daily_returns(sessions) for instrument_id, sessions in known.items()})

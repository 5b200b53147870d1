"""The dashboard's figures: the account now, over the day, month and year, its open positions, and what happened last.

Everything comes from the last twelve months of the account's days, its open trades and limited queries, so that an old
account's dashboard costs what a new one's does. Open P&L is shown in R of what is open: the frozen initial risk of the
lots that FIFO leaves.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from trenddojo.domain.equity import local_date
from trenddojo.domain.marks import Mark
from trenddojo.domain.money import ZERO, cents, exactly
from trenddojo.domain.statistics import Tally
from trenddojo.domain.stops import distance_to_stop
from trenddojo.domain.terms import TradeStatus
from trenddojo.domain.trades import Position, in_r, replay
from trenddojo.services.books import as_fill, position_of
from trenddojo.services.exposure import OpenRisk, RiskBoard, holdings_of, risk_board
from trenddojo.services.market.sessions import GapLoss, gap_losses
from trenddojo.services.spans import Period, Span, beginning_of, first_day, months_back, span_to_now
from trenddojo.store import days, desk
from trenddojo.store.desk import LatestFill
from trenddojo.store.exposure import fills_of_open_trades, held_and_working
from trenddojo.store.listing import Filters, Order, Row, Sort, trades_listed
from trenddojo.store.models import Account, Trade
from trenddojo.store.seats import Seat
from trenddojo.store.splits import splits_by_instrument

LATEST = 7
"""How many fills and closed trades are shown."""
NEAR_STOP = Decimal("0.5")
"""A price closer to its stop than this, in R of what is open, asks for attention."""
PRICE_STALE = timedelta(days=3)
MOST_PLANS = 20


@dataclass(frozen=True, slots=True)
class Holding:
    """An open position with its stops by leg. Money is in cents of the base currency, `held` in calendar days.

    The R figures are in R of what is open, from the entry at 0, and None where a price, a stop or a risk is missing.
    """

    trade: Trade
    position: Position
    stops: Mapping[int, Decimal | None]
    risk: OpenRisk
    equity: Decimal
    held: int

    @property
    def share(self) -> Decimal | None:
        """Gross value as a fraction of equity."""
        return self.trade.position_value / self.equity if self.equity > 0 else None

    @property
    def now_r(self) -> Decimal | None:
        """Open P&L."""
        return in_r(self.trade.open_pnl, self.position.open_risk) if self._mark else None

    @property
    def stop_r(self) -> Decimal | None:
        """The result at the stops, where they cover all that is open."""
        outcome = self.trade.stop_outcome
        return None if outcome is None or self.trade.unprotected else in_r(outcome, self.position.open_risk)

    @property
    @exactly
    def target_r(self) -> Decimal | None:
        """The result at the first target, before fees."""
        trade, entry = self.trade, self.position.average_open_entry
        if trade.target_1 is None or entry is None:
            return None
        point = self.position.quantity * self.position.multiplier * (trade.last_fx or trade.fx)
        return in_r(cents(trade.direction.sign * (trade.target_1 - entry) * point), self.position.open_risk)

    @property
    def to_stop(self) -> Decimal | None:
        """The way from the price to the stops."""
        return distance_to_stop(self.position, self.stops, self._mark) if self._mark else None

    @property
    def is_near_stop(self) -> bool:
        """Whether the price is close to the stops, or beyond."""
        return self.to_stop is not None and self.to_stop < NEAR_STOP

    def has_stale_price(self, now: datetime) -> bool:
        """Whether its price was never typed, or not for days."""
        return self.trade.last_price_at is None or now - self.trade.last_price_at > PRICE_STALE

    @property
    def _mark(self) -> Mark | None:
        """The last price that counts, which the trade keeps of its marks."""
        price, at, fx = self.trade.last_price, self.trade.last_price_at, self.trade.last_fx
        return None if price is None or at is None or fx is None else Mark(price, at, fx)


@dataclass(frozen=True, slots=True)
class Fill:
    """One of the latest fills; `booked` is what an exit realised, None for an entry."""

    facts: LatestFill
    booked: Decimal | None


@dataclass(frozen=True, slots=True)
class Dashboard:
    """All figures of the page. `year` are the last twelve months; the other spans are parts of them."""

    seat: Seat
    today: date
    year: Span
    since_january: Span
    month: Span
    day: Span
    month_tally: Tally
    board: RiskBoard
    gaps: tuple[GapLoss, ...]
    holdings: tuple[Holding, ...]
    fills: tuple[Fill, ...]
    closed: Sequence[Row]
    plans: Sequence[str]

    @property
    def open_pnl(self) -> Decimal:
        """Open P&L of all positions, after the entry fees of what is open (rule 10 of docs/NUMBERS.md)."""
        return sum((holding.trade.open_pnl for holding in self.holdings), ZERO)

    @property
    def open_r(self) -> Decimal | None:
        """The positions' R added up, of those that have one; None if none has."""
        return total_r(holding.now_r for holding in self.holdings)

    @property
    def below_peak(self) -> Decimal:
        """How far the gain of the last twelve months is below its peak (rule 49), not below 0."""
        return self.year.fall.now

    @property
    def peak_on(self) -> date | None:
        """The last day at the peak of the last twelve months; None when it was never left, or before they began."""
        at_peak = [point.date for point in self.year.points if not point.drawdown]
        return at_peak[-1] if at_peak and self.year.points[-1].drawdown else None


def dashboard(seat: Seat, now: datetime) -> Dashboard:
    """The figures of an account as of `now`."""
    account, today = seat.account, local_date(now, seat.zone)
    year = span_to_now(account, months_back(today, 12), today)
    board = risk_board(seat, now)
    return Dashboard(
        seat=seat,
        today=today,
        year=year,
        since_january=year.part(first_day(Period.YEAR, beginning_of(account), today)),
        month=year.part(today.replace(day=1)),
        day=year.part(today),
        month_tally=days.tally_between(account.id, today.replace(day=1), today),
        board=board,
        gaps=gap_losses(account, holdings_of(seat).held, now),
        holdings=_holdings(seat, board, today),
        fills=_fills(account),
        closed=trades_listed([seat], Filters((TradeStatus.CLOSED,)), Order(Sort.CLOSED), limit=LATEST).rows,
        plans=desk.plans_waiting(account.id, MOST_PLANS),
    )


def curve(seat: Seat, period: Period, now: datetime) -> Span:
    """The equity curve of one period, for the chart alone."""
    account, today = seat.account, local_date(now, seat.zone)
    return span_to_now(account, first_day(period, beginning_of(account), today), today)


def total_r(values: Iterable[Decimal | None]) -> Decimal | None:
    """The sum of the R that are known; None if none is."""
    known = [value for value in values if value is not None]
    return sum(known, ZERO) if known else None


def _holdings(seat: Seat, board: RiskBoard, today: date) -> tuple[Holding, ...]:
    account = seat.account
    fills_of, stops_of = fills_of_open_trades(account), desk.stops_of_open_trades(account.id)
    risks = {risk.trade_id: risk for risk in board.open_risks}
    holdings = [
        Holding(
            trade=trade,
            position=replay(trade.direction, instrument.multiplier, fills_of[trade.id]),
            stops=stops_of[trade.id],
            risk=risks[trade.id],
            equity=account.equity,
            held=(today - local_date(trade.sort_at, seat.zone)).days,
        )
        for trade, instrument in held_and_working(account.id)
        if trade.status is TradeStatus.ACTIVE
    ]
    return tuple(sorted(holdings, key=_by_r, reverse=True))


def _by_r(holding: Holding) -> tuple[bool, Decimal]:
    """Best first, those without R last."""
    return holding.now_r is not None, holding.now_r or ZERO


def _fills(account: Account) -> tuple[Fill, ...]:
    latest = desk.latest_fills(account.id, LATEST)
    booked = _bookings(account, latest)
    return tuple(Fill(facts, booked.get((facts.trade_id, facts.key))) for facts in latest)


def _bookings(account: Account, latest: Sequence[LatestFill]) -> dict[tuple[UUID, str], Decimal]:
    """What each exit among the latest fills booked, from a replay of its trade."""
    exits = {facts.trade_id: facts for facts in latest if facts.side is facts.direction.exit_side}
    found, splits = {}, splits_by_instrument(account)
    for trade_id, executions in desk.executions_of_trades(exits.keys()).items():
        facts = exits[trade_id]
        told = map(as_fill, executions)
        position, _ = position_of(facts.direction, facts.multiplier, told, splits.get(facts.instrument_id, ()))
        for booking in position.bookings:
            found[trade_id, booking.fill_key] = booking.amount
    return found

"""What an account has at risk now: the facts that sizing asks for, and the board that people look at.

Everything is read from recomputed columns, the day's changes and the fills of the open trades: a handful of queries
whatever the account's history, because the ticket asks for it at every keystroke.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from uuid import UUID

from trenddojo.domain import budgets
from trenddojo.domain.budgets import AccountRisk, Budget, WindowRisk, booked_losses, unlevered_buying_power
from trenddojo.domain.equity import local_date
from trenddojo.domain.exposure import EntryRisk, open_entry_risk, planned_risk, total_risk
from trenddojo.domain.kelly import KellyRecord
from trenddojo.domain.money import ZERO, cents, exactly
from trenddojo.domain.proposal import PositionFacts
from trenddojo.domain.risk import RiskLimits, losing_streak
from trenddojo.domain.stops import loss_if_stopped
from trenddojo.domain.terms import AssetType, Direction, TradeStatus
from trenddojo.domain.trades import replay
from trenddojo.services.books import open_books
from trenddojo.services.market.sessions import Bet, Correlations, correlations_of, plain
from trenddojo.store import days, exposure, orders, snapshots, trades
from trenddojo.store.models import Account, Instrument, Leg, Order, Trade
from trenddojo.store.seats import Seat

_LIMITS = [field.name for field in fields(RiskLimits)]


@dataclass(frozen=True, slots=True)
class Windows:
    """The account's day and week, Monday to Sunday, that hold a moment (rules 17 and 18 of docs/NUMBERS.md)."""

    today: date
    monday: date
    day_start: datetime
    week_start: datetime

    @property
    def sunday(self) -> date:
        """The week's last day."""
        return self.monday + timedelta(days=6)


def windows_of(seat: Seat, now: datetime) -> Windows:
    """The day and week of `now` in the account's zone."""
    today = local_date(now, seat.zone)
    monday = today - timedelta(days=today.weekday())
    start, week_start = (datetime.combine(day, time(), seat.zone) for day in (today, monday))
    return Windows(today, monday, start, week_start)


def limits_of(account: Account) -> RiskLimits:
    """The account's risk settings, as the domain reads them."""
    stored = exposure.settings_of(account.id)
    return RiskLimits(**{name: getattr(stored, name) for name in _LIMITS})


@exactly
def kelly_record(account: Account) -> KellyRecord:
    """All closed trades of the account that have an R, counted for Kelly (rule 37 of docs/NUMBERS.md)."""
    tally = days.tally_between(account.id, None, None)
    return KellyRecord(
        trades=tally.with_r,
        wins=tally.wins_r,
        losses=tally.losses_r,
        average_win_r=tally.won_r / tally.wins_r if tally.wins_r else None,
        average_loss_r=tally.lost_r / tally.losses_r if tally.losses_r else None,
    )


@dataclass(frozen=True, slots=True)
class Holdings:
    """An account's open and waiting trades with what they trade, and the entries that were sent for them, by trade."""

    pairs: Sequence[tuple[Trade, Instrument]]
    sent: Mapping[UUID, list[tuple[Order, Leg]]]

    @property
    def held(self) -> list[tuple[Trade, Instrument]]:
        """What is open of them."""
        return [pair for pair in self.pairs if _is_open(pair[0])]


def holdings_of(seat: Seat, *, without: UUID | None = None) -> Holdings:
    """What the account holds and waits for; `without` leaves out one trade, whose entry is being resized."""
    pairs = [pair for pair in exposure.held_and_working(seat.account.id) if pair[0].id != without]
    sent: defaultdict[UUID, list[tuple[Order, Leg]]] = defaultdict(list)
    for order, leg in orders.entries_with_legs(seat.account.id):
        sent[leg.trade_id].append((order, leg))
    return Holdings(pairs, dict(sent))


@exactly
def position_facts(
    seat: Seat,
    instrument: Instrument | None,
    found: Holdings,
    now: datetime,
    *,
    direction: Direction = Direction.LONG,
    group: str = "",
) -> PositionFacts:
    """What the account holds in the instrument (None: one it does not know yet), and correlated beside it."""
    instrument_id = instrument.id if instrument else None
    here = [(trade, of) for trade, of in found.pairs if of.id == instrument_id]
    held = next((trade for trade, _ in here if _is_open(trade)), None)
    beside = [pair for pair in found.held if pair[1].id != instrument_id]
    known = correlations_of(seat.account, [of for _, of in beside] + ([instrument] if instrument else []), now)
    new = Bet(instrument_id, direction, plain(group))
    return PositionFacts(
        adds_to_position=held is not None,
        value=sum((_gross_value(trade, of, found.sent) for trade, of in here), ZERO),
        heat=open_books(held, seat.account).outcome.heat if held else ZERO,
        correlated_positions=sum(1 for trade, _ in beside if known.pair(new, Bet.of(trade)).are_one),
    )


@dataclass(frozen=True, slots=True)
class OpenRisk:
    """One open trade on the board. Money is in cents of the base currency (rule 30 of docs/NUMBERS.md).

    `heat` and `locked_in` are not negative, at most one of them is above 0. `loss_if_stopped` is from the mark, below 0
    where the stop is better than the mark. `unprotected` is the quantity that no stop covers.
    """

    trade_id: UUID
    symbol: str
    heat: Decimal
    locked_in: Decimal
    loss_if_stopped: Decimal
    unprotected: Decimal


@dataclass(frozen=True, slots=True)
class CorrelatedGroup:
    """Open positions that are one bet with each other, and how many of them the limit allows.

    `name` is the person's own group where it tells them all, else their symbols.
    """

    name: str
    positions: Budget


@dataclass(frozen=True, slots=True)
class RiskBoard:
    """What is used against each limit now, and what the open trades stand to lose.

    Budgets are as `domain.budgets` gives them; sums over `open_risks` in cents, never netted across trades.
    """

    limits: RiskLimits
    account: AccountRisk
    open_risks: tuple[OpenRisk, ...]
    groups: tuple[CorrelatedGroup, ...]

    @property
    def today(self) -> Budget:
        """Risk used today."""
        return budgets.daily_risk(self.limits, self.account)

    @property
    def this_week(self) -> Budget:
        """Risk used this week."""
        return budgets.weekly_risk(self.limits, self.account)

    @property
    def daily_loss(self) -> Budget:
        """How much of the daily loss limit today's fall of equity has used."""
        return budgets.daily_loss(self.limits, self.account)

    @property
    def positions(self) -> Budget:
        """Open positions of the most there may be."""
        return budgets.open_positions(self.limits, self.account)

    @property
    def halved(self) -> bool:
        """Whether a losing streak halves risk now (rule 36 of docs/NUMBERS.md)."""
        return self.limits.halved_by(self.account.losing_streak)

    @property
    def heat(self) -> Decimal:
        """What is lost against the entries on the trades whose stops stand at a loss."""
        return sum((risk.heat for risk in self.open_risks), ZERO)

    @property
    def locked_in(self) -> Decimal:
        """What the stops secure on the trades whose stops stand at a profit."""
        return sum((risk.locked_in for risk in self.open_risks), ZERO)

    @property
    def loss_if_stopped(self) -> Decimal:
        """What equity falls by, from today's marks, if every stop is hit at its price."""
        return sum((risk.loss_if_stopped for risk in self.open_risks), ZERO)

    @property
    def unprotected(self) -> tuple[OpenRisk, ...]:
        """The trades with quantity that no stop covers; their risk is in none of the sums."""
        return tuple(risk for risk in self.open_risks if risk.unprotected)


def risk_board(seat: Seat, now: datetime) -> RiskBoard:
    """The board of an account as of `now`."""
    found = holdings_of(seat)
    held = [trade for trade, _ in found.held]
    known = correlations_of(seat.account, [of for _, of in found.held], now)
    limits = limits_of(seat.account)
    return RiskBoard(
        limits=limits,
        account=account_risk(seat, now, found),
        open_risks=tuple(_open_risk(trade, seat.account) for trade in held),
        groups=_groups(held, known, Decimal(limits.max_correlated_positions)),
    )


def account_risk(seat: Seat, now: datetime, found: Holdings) -> AccountRisk:
    """The facts about the account that limits are measured against, as of `now`."""
    account, windows = seat.account, windows_of(seat, now)
    changes = days.changes_between(account.id, windows.today, None)
    flows = sum((change.deposits - change.withdrawals for change in changes), ZERO)
    gain = sum((change.gain for change in changes), ZERO)
    working = total_risk(_working_risks(found))
    entries_today, entries_this_week = _entry_risk(found.pairs, account, windows)
    booked = trades.bookings_between(account.id, windows.monday, windows.sunday)
    return AccountRisk(
        equity=account.equity,
        equity_at_day_start=account.equity - flows - gain,
        flows_today=flows,
        today=_window(entries_today, working, (one for one in booked if one[1] == windows.today)),
        this_week=_window(entries_this_week, working, booked),
        working_risk=working.amount,
        open_positions=sum(1 for trade, _ in found.pairs if _is_open(trade)),
        buying_power=_buying_power(account, found.pairs),
        losing_streak=losing_streak(exposure.results_backwards(account.id), account.breakeven_band),
    )


def _window(entries: EntryRisk, working: EntryRisk, booked: Iterable[tuple[UUID, date, Decimal]]) -> WindowRisk:
    by_trade: defaultdict[UUID, Decimal] = defaultdict(lambda: ZERO)
    for trade_id, _, amount in booked:
        by_trade[trade_id] += amount
    return WindowRisk(entries.amount, booked_losses(by_trade.values()), entries.unknown + working.unknown)


def _entry_risk(
    found: Sequence[tuple[Trade, Instrument]], account: Account, windows: Windows
) -> tuple[EntryRisk, EntryRisk]:
    """Frozen risk of what is open of entries filled today, and this week; older trades need not be replayed."""
    fills_of = exposure.fills_of_open_trades(account)
    today = week = EntryRisk()
    for trade, instrument in found:
        fills = fills_of.get(trade.id, [])
        if any(fill.at >= windows.week_start for fill in fills):
            position = replay(trade.direction, instrument.multiplier, fills)
            today += open_entry_risk(position, windows.day_start)
            week += open_entry_risk(position, windows.week_start)
    return today, week


def _working_risks(found: Holdings) -> Iterator[Decimal | None]:
    """Planned risk of every entry that waits: of what its orders have not filled, else of a plan placed by hand."""
    for trade, instrument in found.pairs:
        point_value = instrument.multiplier * trade.fx
        if not _is_open(trade) and trade.id not in found.sent:
            entry, stop, quantity = trade.planned_entry, trade.planned_stop, trade.planned_quantity
            yield planned_risk(trade.direction, entry, stop, quantity, point_value)
        for order, leg in found.sent.get(trade.id, []):
            yield planned_risk(trade.direction, _price_of(order, leg), leg.stop, order.left, point_value)


def _price_of(order: Order, leg: Leg) -> Decimal:
    """What an entry is expected to fill at: its own price, else the plan's."""
    return order.limit_price or order.stop_price or leg.planned_entry


@exactly
def _buying_power(account: Account, found: Sequence[tuple[Trade, Instrument]]) -> Decimal | None:
    """As the broker last said it. None before it has, or where a manual account holds a future without a margin."""
    if account.mode is not None:
        return snapshots.buying_power(account.id)
    if any(_lacks_margin(trade, instrument) for trade, instrument in found):
        return None
    gross = sum((_gross_value(trade, instrument, {}) for trade, instrument in found), ZERO)
    return unlevered_buying_power(account.equity, gross, account.leverage)


def _lacks_margin(trade: Trade, instrument: Instrument) -> bool:
    return instrument.asset_type is AssetType.FUTURE and trade.initial_margin is None


@exactly
def _gross_value(trade: Trade, instrument: Instrument, sent: Mapping[UUID, list[tuple[Order, Leg]]]) -> Decimal:
    """Held at its mark, else at entry; working at its price; of a future its initial margin, else its whole value."""
    working = sent.get(trade.id, [])
    waiting = [(order.left, _price_of(order, leg)) for order, leg in working]
    if not _is_open(trade) and not working:
        waiting = [(trade.planned_quantity, trade.planned_entry)]
    held = trade.quantity if _is_open(trade) else ZERO
    if instrument.asset_type is AssetType.FUTURE and trade.initial_margin is not None:
        quantity = held + sum((left for left, _ in waiting), ZERO)
        return quantity * trade.initial_margin * (trade.last_fx or trade.fx)
    value = trade.position_value if _is_open(trade) else ZERO
    return value + sum((left * price * instrument.multiplier * trade.fx for left, price in waiting), ZERO)


def _open_risk(trade: Trade, account: Account) -> OpenRisk:
    outcome = trade.stop_outcome or ZERO
    return OpenRisk(
        trade_id=trade.id,
        symbol=trade.symbol,
        heat=max(ZERO, -outcome),
        locked_in=max(ZERO, outcome),
        loss_if_stopped=_loss_if_stopped(trade, account) if trade.unprotected else trade.open_pnl - outcome,
        unprotected=trade.unprotected,
    )


def _loss_if_stopped(trade: Trade, account: Account) -> Decimal:
    """Of a trade that is only partly protected: its open P&L has to be divided, which takes its books."""
    books = open_books(trade, account)
    return cents(loss_if_stopped(books.position, books.outcome, books.mark))


def _groups(held: Sequence[Trade], known: Correlations, most: Decimal) -> tuple[CorrelatedGroup, ...]:
    """Of every open position those that are one bet with it, the most first; alone only where it names a group."""
    found: dict[frozenset[UUID], str] = {}
    for trade in held:
        members = [one for one in held if one is trade or known.pair(Bet.of(trade), Bet.of(one)).are_one]
        if len(members) > 1 or plain(trade.correlation_group):
            found.setdefault(frozenset(one.id for one in members), _name_of(members))
    ordered = sorted(found.items(), key=lambda item: (-len(item[0]), item[1].casefold()))
    return tuple(CorrelatedGroup(name, Budget(Decimal(len(members)), most)) for members, name in ordered)


def _name_of(members: Sequence[Trade]) -> str:
    """The group that all of them are in, as first written, else their symbols."""
    names = {plain(one.correlation_group) for one in members}
    if len(names) == 1 and (name := members[0].correlation_group.strip()):
        return name
    return ", ".join(sorted(one.symbol for one in members))


def _is_open(trade: Trade) -> bool:
    return trade.status is TradeStatus.ACTIVE

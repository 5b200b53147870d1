"""Plans that were given up, followed on paper from the prices known since."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from trenddojo.domain.equity import local_date
from trenddojo.domain.money import ZERO
from trenddojo.domain.paper import PaperPlan, PaperState, PaperTrade, follow
from trenddojo.domain.samples import mean
from trenddojo.domain.terms import Direction
from trenddojo.services.discipline.cases import Case, Prices
from trenddojo.store import discipline as stored
from trenddojo.store.models import Instrument, Trade, TradeEvent
from trenddojo.store.seats import Seat

_OVER = (PaperState.STOPPED, PaperState.TARGET)


@dataclass(frozen=True, slots=True)
class SkippedPlan:
    """One plan that was given up; `paper` is None where it has no stop, so that no R could be told."""

    id: UUID
    symbol: str
    direction: Direction
    setup: str
    skipped_at: datetime
    entry: Decimal
    stop: Decimal | None
    target: Decimal | None
    paper: PaperTrade | None


@dataclass(frozen=True, slots=True)
class Skipped:
    """The plans skipped in a period, the latest first, beside the trades taken in it that have an R."""

    plans: tuple[SkippedPlan, ...]
    taken: int
    taken_r: Decimal | None

    @property
    def open(self) -> int:
        """How many were entered on paper and are still held."""
        return self._count(PaperState.OPEN)

    @property
    def not_entered(self) -> int:
        """How many the price never came to."""
        return self._count(PaperState.NOT_ENTERED)

    @property
    def no_bars(self) -> int:
        """How many have no prices to be followed by."""
        return self._count(PaperState.NO_BARS)

    def _count(self, state: PaperState) -> int:
        return sum(plan.paper is not None and plan.paper.state is state for plan in self.plans)

    @property
    def rs(self) -> list[Decimal]:
        """The results of those that were entered and left on paper."""
        papers = (plan.paper for plan in self.plans if plan.paper is not None)
        return [paper.r for paper in papers if paper.state in _OVER and paper.r is not None]

    @property
    def ended(self) -> int:
        """How many were entered and left on paper."""
        return len(self.rs)

    @property
    def sum_r(self) -> Decimal:
        """What those brought together."""
        return sum(self.rs, ZERO)

    @property
    def mean_r(self) -> Decimal | None:
        """What one of them brought, None without any."""
        return mean(self.rs)

    @property
    def without_stop(self) -> int:
        """The plans that cannot be told in R."""
        return sum(plan.paper is None for plan in self.plans)


def skipped_between(seat: Seat, since: date, until: date, cases: Sequence[Case], prices: Prices) -> Skipped:
    """The plans given up on the dates of a span, followed up to `prices.until`; `cases` are the trades taken."""
    given_up = stored.plans_given_up(seat.account.id)
    when = _when(seat)
    plans = [
        _followed(trade, instrument, at, prices)
        for trade, instrument in given_up
        if (at := when.get(trade.id)) and since <= local_date(at, seat.zone) <= until
    ]
    plans.sort(key=lambda plan: plan.skipped_at, reverse=True)
    rs = [case.trade.r for case in cases if case.trade.r is not None]
    return Skipped(tuple(plans), len(rs), mean(rs))


def _when(seat: Seat) -> dict[UUID, datetime]:
    """When each plan was given up: by a person or by the end of its last order, whichever came last.

    One that joined a position was not given up.
    """
    account_id = seat.account.id
    events, ends = stored.last_events(account_id, ("cancelled", "joined")), stored.last_order_ends(account_id)
    found = dict(ends)
    for trade_id, event in events.items():
        found[trade_id] = max(event.at, ends.get(trade_id, event.at))
    return {trade_id: at for trade_id, at in found.items() if not _has_joined(events.get(trade_id))}


def _has_joined(event: TradeEvent | None) -> bool:
    return event is not None and event.kind == "joined"


def _followed(trade: Trade, instrument: Instrument, at: datetime, prices: Prices) -> SkippedPlan:
    paper = None
    if trade.planned_stop is not None and trade.planned_stop != trade.planned_entry:
        plan = PaperPlan(trade.direction, trade.planned_entry, trade.planned_stop, trade.target_1, at)
        paper = follow(plan, prices.beside(instrument, at))
    levels = trade.planned_entry, trade.planned_stop, trade.target_1
    return SkippedPlan(trade.id, trade.symbol, trade.direction, trade.setup, at, *levels, paper)

"""The legs of a trade, and its plan beside the facts, as rows."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, tzinfo
from decimal import Decimal
from uuid import UUID

from markupsafe import Markup

from trenddojo.domain.equity import local_date
from trenddojo.domain.excursions import gross_result
from trenddojo.domain.legs import Leg as LegResult
from trenddojo.domain.legs import leg_profit, legs
from trenddojo.domain.money import ZERO, cents
from trenddojo.domain.trades import in_r, replay
from trenddojo.services.books import Books
from trenddojo.services.slippage import Slippage
from trenddojo.services.splits import name_of
from trenddojo.store.models import Leg, StockSplit
from trenddojo.web import drawings
from trenddojo.web.format import percent


@dataclass(frozen=True, slots=True)
class LegRow:
    """One leg. `stop_for` is the quantity that its stop protects, where first in first out has left another (rule 31).

    A leg that waits for its first fill has only a number and its plan.
    """

    number: int
    planned_entry: Decimal
    planned_quantity: Decimal
    stop: Decimal | None
    opened: date | None = None
    entered: Decimal | None = None
    left: Decimal | None = None
    entry: Decimal | None = None
    first_stop: Decimal | None = None
    stop_for: Decimal | None = None
    risk: Decimal | None = None
    realised: Decimal | None = None
    open: Decimal | None = None
    r: Decimal | None = None
    line: Markup = drawings.NOTHING


def leg_rows(books: Books, planned: list[Leg], zone: tzinfo) -> list[LegRow]:
    """Every leg, filled or not, in order."""
    results = {leg.number: leg for leg in legs(books.position)}
    return [_row(books, leg, results.get(leg.number), zone) for leg in planned]


def _row(books: Books, leg: Leg, result: LegResult | None, zone: tzinfo) -> LegRow:
    if result is None:
        return LegRow(leg.number, leg.planned_entry, leg.planned_quantity, leg.stop)
    open_profit = cents(leg_profit(books.position, leg.number, books.mark)) if result.fifo_left else ZERO
    entry = _average_entry(books, leg.number)
    so_far = in_r(result.realised + open_profit, result.initial_risk)
    return LegRow(
        number=leg.number,
        planned_entry=leg.planned_entry,
        planned_quantity=leg.planned_quantity,
        stop=leg.stop,
        opened=local_date(result.opened_at, zone),
        entered=result.entered,
        left=result.fifo_left,
        entry=entry,
        first_stop=result.first_stop,
        stop_for=result.left if result.left != result.fifo_left else None,
        risk=result.initial_risk,
        realised=result.realised,
        open=open_profit if result.fifo_left else None,
        r=so_far,
        line=_line(books, leg, result, entry) if result.fifo_left else drawings.bar(so_far, drawings.R_LINE, 22),
    )


def _average_entry(books: Books, number: int) -> Decimal | None:
    entries = [lot.fill for lot in books.position.entries if lot.fill.leg == number]
    return replay(books.trade.direction, books.instrument.multiplier, entries).average_entry


def _line(books: Books, leg: Leg, result: LegResult, entry: Decimal | None) -> Markup:
    """Price, stop and last target of an open leg in its own R, from its entry at 0."""
    trade, mark = books.trade, books.mark
    if entry is None or result.first_stop is None or result.initial_risk is None or mark is None:
        return drawings.NOTHING
    unit = trade.direction.sign * abs(entry - result.first_stop)
    target = trade.target_2 or trade.target_1
    return drawings.r_line(
        (mark.price - entry) / unit,
        (leg.stop - entry) / unit if leg.stop is not None else None,
        (target - entry) / unit if target is not None else None,
    )


@dataclass(frozen=True, slots=True)
class SplitRow:
    """A split of what the trade holds, as people call it."""

    id: UUID
    name: str
    on: date


def split_rows(found: Iterable[StockSplit]) -> list[SplitRow]:
    """The splits in the order given."""
    return [SplitRow(row.id, name_of(row), row.on) for row in found]


@dataclass(frozen=True, slots=True)
class PlanAndFact:
    """The fills that had a planned price, and what their slippage comes to in the base currency."""

    rows: tuple[Slippage, ...]
    total: Decimal


def plan_and_fact(slippages: tuple[Slippage, ...]) -> PlanAndFact:
    """The rows with their sum."""
    return PlanAndFact(slippages, sum((slippage.amount for slippage in slippages), ZERO))


@dataclass(frozen=True, slots=True)
class WhileItRan:
    """How far the trade went while it ran, in the instrument's currency and in R, with its picture."""

    mae: Decimal
    mfe: Decimal
    mae_r: Decimal | None
    mfe_r: Decimal | None
    drawing: Markup
    kept: str


def course(books: Books) -> WhileItRan | None:
    """The excursions of a trade; None where no prices of it are known."""
    trade = books.trade
    if trade.mae is None or trade.mfe is None:
        return None
    drawing = drawings.excursion(trade.mae_r, trade.mfe_r, trade.r, drawings.EXCURSION)
    return WhileItRan(trade.mae, trade.mfe, trade.mae_r, trade.mfe_r, drawing, _kept(books))


def _kept(books: Books) -> str:
    """How much of the best that it stood at a closed trade brought home, before fees."""
    best, position = books.trade.mfe, books.position
    if not best or not position.is_closed or (brought := gross_result(position)) <= 0:
        return ""
    return f"{percent(brought / best, 0)} of its best kept"

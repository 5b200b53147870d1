"""The months of a report as a table of years: a row a year, a cell a month, so that ten of them fit on a page."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import reduce

from trenddojo.domain.money import ONE, ZERO
from trenddojo.services.reports import Month


@dataclass(frozen=True, slots=True)
class Cell:
    """What a month brought: its return (a fraction), and the net P&L and the sum of R of the trades closed in it."""

    ratio: Decimal | None
    net: Decimal
    r: Decimal | None


@dataclass(frozen=True, slots=True)
class YearRow:
    """A year: its twelve cells, None for a month outside of the report, and the same of all that lies inside."""

    year: int
    cells: tuple[Cell | None, ...]
    total: Cell


def years_of(months: Sequence[Month]) -> list[YearRow]:
    """The rows, newest first."""
    years = sorted({month.since.year for month in months}, reverse=True)
    return [_row(year, [month for month in months if month.since.year == year]) for year in years]


def _row(year: int, months: Sequence[Month]) -> YearRow:
    cells = {month.since.month: _cell(month) for month in months}
    return YearRow(year, tuple(cells.get(number) for number in range(1, 13)), _total(list(cells.values())))


def _cell(month: Month) -> Cell:
    closed = month.closed
    return Cell(month.span.ratio if month.span else None, closed.net, closed.sum_r if closed.with_r else None)


def _total(cells: Sequence[Cell]) -> Cell:
    """Returns follow one after the other, money and R add up."""
    ratios = [cell.ratio for cell in cells if cell.ratio is not None]
    rs = [cell.r for cell in cells if cell.r is not None]
    return Cell(
        ratio=reduce(lambda growth, ratio: growth * (ONE + ratio), ratios, ONE) - ONE if ratios else None,
        net=sum((cell.net for cell in cells), ZERO),
        r=sum(rs, ZERO) if rs else None,
    )

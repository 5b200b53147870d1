"""The report's panels, made of its figures."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from flask import url_for
from markupsafe import Markup

from trenddojo.domain.money import ZERO
from trenddojo.domain.returns import Daily
from trenddojo.domain.statistics import Bin, NoLosses, ProfitFactor
from trenddojo.services.breakdowns import Breakdown, Group
from trenddojo.services.intervals import Interval, Intervals
from trenddojo.services.report_excursions import Courses, Ran
from trenddojo.services.report_intervals import ReportIntervals
from trenddojo.services.reports import Month, Performance
from trenddojo.services.spans import Span
from trenddojo.web import drawings
from trenddojo.web.drawings import Scale
from trenddojo.web.format import MONTHS, day, fixed, money, r, signed_percent
from trenddojo.web.format import month as month_name
from trenddojo.web.reports.asking import Asked
from trenddojo.web.reports.explanations import explanations, trades
from trenddojo.web.reports.years import YearRow, years_of

_TITLES = {
    Breakdown.SETUP: "Setup",
    Breakdown.TAG: "Tag",
    Breakdown.SYMBOL: "Symbol",
    Breakdown.SIDE: "Side",
    Breakdown.WEEKDAY: "Weekday",
    Breakdown.MONTH: "Month",
    Breakdown.HOLDING: "Held",
    Breakdown.QUALITY: "Quality",
    Breakdown.MARKET: "Market",
}
_HEADINGS = {Breakdown.HOLDING: "holding time", Breakdown.MARKET: "market condition"}
_WITHOUT = {
    Breakdown.SETUP: "no setup",
    Breakdown.TAG: "no tag",
    Breakdown.QUALITY: "no quality",
    Breakdown.MARKET: "not said",
}
WIN_RATE = Scale(0, 1, 48)
MEAN_R = Scale(-1.25, 1.75, 72)
_RETURN_WIDTH = 34


@dataclass(frozen=True, slots=True)
class GroupRow:
    """One group of a breakdown."""

    name: str
    trades: int
    win_rate: Decimal | None
    win_drawing: Markup
    mean_r: Decimal | None
    drawing: Markup
    profit_factor: str
    net: Decimal
    is_few: bool


@dataclass(frozen=True, slots=True)
class MonthRow:
    """One month: return, gain and realised are of its days, `closed` and `closed_r` of the trades closed in it."""

    name: str
    is_cut: bool
    ratio: Decimal | None
    bar: Markup
    gain: Decimal | None
    realised: Decimal | None
    closed: Decimal
    closed_r: Decimal | None


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that the page shows; `figures` are the service's own."""

    figures: Performance
    asked: Asked
    why: Mapping[str, str]
    intervals: Intervals | None
    daily: Daily | None
    when: str
    profit_factor: str
    drawdown: str
    chart: dict[str, Any]
    chart_label: str
    histogram: Markup
    bins: Sequence[tuple[str, int]]
    curve: Markup
    ends: Sequence[tuple[str, str, str]]
    courses: Courses
    scatter: Markup
    months: Sequence[MonthRow]
    years: Sequence[YearRow]
    by_title: str
    by_heading: str
    choices: Sequence[tuple[str, str, bool]]
    groups: Sequence[GroupRow]
    sides: Sequence[GroupRow]
    holdings: Sequence[GroupRow]
    total: GroupRow

    @property
    def month_heads(self) -> Sequence[str]:
        """The months by name, as heads of columns."""
        return MONTHS

    def export(self, table: str) -> str:
        """Where one of its tables is a file."""
        return f"{url_for('reports.export', table=table)}?{self.asked.address.with_().partition('?')[2]}".rstrip("?")


def report_of(
    figures: Performance, asked: Asked, courses: Courses, found: ReportIntervals, days: Daily | None
) -> Report:
    """The page's panels."""
    tally = figures.tally
    return Report(
        figures=figures,
        asked=asked,
        why=explanations(figures),
        intervals=found.whole,
        daily=days,
        when=_when(figures),
        profit_factor=profit_factor(tally.profit_factor),
        drawdown=_drawdown(figures.span) if figures.span else "",
        chart=_chart(figures.span) if figures.span else {},
        chart_label=_chart_label(figures.span, figures.currency) if figures.span else "",
        histogram=_histogram(figures.bins, tally.mean_r, found.whole.mean_r if found.whole else None),
        bins=[(_bin(one), one.count) for one in figures.bins if one.count],
        curve=_curve(figures),
        ends=_ends_of(figures.span) if figures.span else (),
        courses=courses,
        scatter=drawings.scatter([_spot(one) for one in courses.shown]),
        months=_months(figures.months),
        years=years_of(figures.months) if figures.since.year != figures.until.year else (),
        by_title=_TITLES[figures.by],
        by_heading=_HEADINGS.get(figures.by, _TITLES[figures.by].lower()),
        choices=[(asked.url(by=str(by)), title, by is figures.by) for by, title in _TITLES.items()],
        groups=_rows(figures.groups, figures.by, found),
        sides=_rows(figures.sides, Breakdown.SIDE, found),
        holdings=_rows(figures.holdings, Breakdown.HOLDING, found),
        total=_row("All", Group("", tally), found.whole),
    )


def profit_factor(value: ProfitFactor) -> str:
    """A profit factor as shown: in words where there are no losses to divide by."""
    return value.value if isinstance(value, NoLosses) else fixed(value)


def _when(figures: Performance) -> str:
    return f"{_dated(figures.since)} to {_dated(figures.until)}"


def _dated(value: date) -> str:
    return f"{day(value)} {value.year}"


def _drawdown(span: Span) -> str:
    """When the deepest drawdown had its low, and whether it was won back."""
    deepest = span.largest_drawdown
    if deepest is None:
        return "never below the peak"
    return f"low {day(deepest.trough)}, {'under water' if deepest.underwater else 'won back'}"


# ---- drawings


def _chart(span: Span) -> dict[str, Any]:
    points = span.points
    return {
        "days": [point.date.isoformat() for point in points],
        "equity": [str(point.equity) for point in points],
        "base": str(span.starting),
        "underwater": [str(round(-100 * point.drawdown, 3)) for point in points],
    }


_MOST_ENDS = 32


def _ends_of(span: Span) -> list[tuple[str, str, str]]:
    """The curve as a table: each trading day, or of many the last of each month."""
    points = span.points
    if len(points) > _MOST_ENDS:
        points = tuple({(point.date.year, point.date.month): point for point in points}.values())
    return [(_dated(point.date), money(point.equity), signed_percent(-point.drawdown)) for point in points]


def _chart_label(whole: Span, currency: str) -> str:
    deepest = whole.largest_drawdown
    fall = f", largest drawdown {signed_percent(-deepest.depth)} on {day(deepest.trough)}" if deepest else ""
    return f"Equity from {money(whole.starting)} to {money(whole.equity)} {currency}{fall}"


_HALF = Decimal("0.5")


def _histogram(bins: Sequence[Bin], mean: Decimal | None, found: Interval | None) -> Markup:
    """The counts by R; the open ends are drawn as wide as the others."""
    if mean is None:
        return Markup("")
    drawn = [(b.high - _HALF if b.low is None and b.high is not None else b.low, b) for b in bins]
    bars = [(low, low + _HALF, one.count) for low, one in drawn if low is not None]
    return drawings.histogram(bars, mean, *_ends(found))


def _bin(one: Bin) -> str:
    """The results that a bar counts, in words."""
    if one.low is None or one.high is None:
        return f"under {r(one.high)}" if one.low is None else f"{r(one.low)} and more"
    return f"{r(one.low)} to {r(one.high)}"


def _curve(figures: Performance) -> Markup:
    """The results of some trades added up, where there is no equity to draw."""
    nets = [ZERO, *(point.net for point in figures.curve)]
    label = f"Net P&L of {trades(figures.tally.trades)} added up by their closing: {money(nets[-1])} {figures.currency}"
    return drawings.equity_curve(nets, label) if figures.is_filtered else Markup("")


def _spot(one: Ran) -> drawings.Spot:
    ends = f"{r(one.mae_r)} at worst, {r(one.mfe_r)} at best, {r(one.r)} in the end"
    return drawings.Spot(one.mae_r, one.mfe_r, one.r, f"{one.symbol}, closed {day(one.closed_on)}: {ends}")


# ---- tables


def _months(months: Sequence[Month]) -> list[MonthRow]:
    reach = max((abs(float(_ratio(month) or 0)) for month in months), default=0.0) or 1.0
    scale = Scale(-1.01 * reach, 1.01 * reach, _RETURN_WIDTH)
    years = months[0].since.year != months[-1].since.year
    return [_month(month, scale, years) for month in months]


def _month(month: Month, scale: Scale, with_year: bool) -> MonthRow:
    first, last, span = month.since, month.until, month.span
    following = date(last.year + last.month // 12, last.month % 12 + 1, 1)
    return MonthRow(
        name=month_name(first) if with_year else MONTHS[first.month - 1],
        is_cut=first.day > 1 or (following - last).days > 1,
        ratio=_ratio(month),
        bar=drawings.bar(_ratio(month), scale),
        gain=span.gain if span else None,
        realised=span.realised if span else None,
        closed=month.closed.net,
        closed_r=month.closed.sum_r if month.closed.with_r else None,
    )


def _ratio(month: Month) -> Decimal | None:
    return month.span.ratio if month.span else None


def _rows(groups: Iterable[Group], by: Breakdown, found: ReportIntervals) -> list[GroupRow]:
    return [_row(_name(group.name, by), group, found.groups.get((by, group.name))) for group in groups]


def _name(name: str, by: Breakdown) -> str:
    if not name:
        return _WITHOUT[by]
    if by is Breakdown.MONTH:
        return month_name(date.fromisoformat(f"{name}-01"))
    if by is Breakdown.QUALITY:
        return f"{name} of 5"
    return name.capitalize() if by is Breakdown.SIDE else name


def _row(name: str, group: Group, found: Intervals | None) -> GroupRow:
    tally, rate, mean = group.tally, found.win_rate if found else None, found.mean_r if found else None
    return GroupRow(
        name=name,
        trades=tally.trades,
        win_rate=tally.win_rate,
        mean_r=tally.mean_r,
        win_drawing=drawings.interval(tally.win_rate, *_ends(rate), WIN_RATE, zero=False),
        drawing=drawings.interval(tally.mean_r, *_ends(mean), MEAN_R),
        profit_factor=profit_factor(tally.profit_factor),
        net=tally.net,
        is_few=group.is_few if found is None else found.few_r,
    )


def _ends(found: Interval | None) -> tuple[Decimal | None, Decimal | None]:
    return (found.low, found.high) if found else (None, None)

"""What the calendar shows: days as cells with a figure and a shade, weeks and months as sums."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from flask import url_for
from markupsafe import Markup

from trenddojo.services.account_calendar import Month, Week, Year
from trenddojo.services.inputs.calendar import Unit
from trenddojo.store.calendar import Sums
from trenddojo.web.format import MONTHS, brief, brief_r, day, full_day, pnl, pnl_r
from trenddojo.web.format import month as month_name

_SHADES = 4


@dataclass(frozen=True, slots=True)
class Cell:
    """A date. `shade` is its class, empty without a figure; `href` is empty for days to come and other months'."""

    number: int
    href: str
    title: str
    shade: str
    brief: str
    figure: Markup | str
    closed: int
    is_other: bool
    is_today: bool


@dataclass(frozen=True, slots=True)
class Row:
    """A line of sums. What it realised is of its days; the rest is of the trades that closed in it."""

    name: str
    href: str
    sums: Sums

    @property
    def r(self) -> Decimal | None:
        """The sum of R, None where no closed trade has one."""
        return self.sums.sum_r if self.sums.with_r else None


@dataclass(frozen=True, slots=True)
class WeekRow:
    """A week of a month's grid: seven cells, and its sum in brief and in full."""

    cells: Sequence[Cell]
    brief: str
    figure: Markup | str
    title: str


@dataclass(frozen=True, slots=True)
class Grid:
    """A month as a grid of weeks."""

    name: str
    href: str
    figure: Markup | str
    weeks: Sequence[WeekRow]


@dataclass(frozen=True, slots=True)
class View:
    """A page of the calendar. `label` is what its figures are, `switch` leads to the other unit."""

    title: str
    unit: Unit
    label: str
    switch: Sequence[tuple[str, str, bool]]
    before: str
    after: str
    year_href: str
    grids: Sequence[Grid]
    rows: Sequence[Row]
    years: Sequence[Row]
    total: Row
    is_empty: bool


def value(sums: Sums | None, unit: Unit) -> Decimal | None:
    """A span's figure in the unit: what it realised, or the R of its closed trades if they have one."""
    if sums is None:
        return None
    if unit is Unit.MONEY:
        return sums.booked
    return sums.sum_r if sums.with_r else None


def year_view(year: Year, unit: Unit) -> View:
    """The year: a small grid for each month, and the sums of months and years."""
    number = year.number
    return View(
        title=str(number),
        unit=unit,
        label=_label(unit),
        switch=_switch(unit, number=number),
        before=_year_url(number - 1, unit) if number > year.first else "",
        after=_year_url(number + 1, unit) if number < year.today.year else "",
        year_href="",
        grids=_grids(year, year.months, unit),
        rows=[Row(MONTHS[m.first.month - 1], _month_url(m.first, unit), m.sums) for m in year.months],
        years=[Row(str(one), _year_url(one, unit), sums) for one, sums in reversed(year.years)],
        total=Row(str(number), "", year.sums),
        is_empty=not year.years,
    )


def month_view(year: Year, number: int, unit: Unit) -> View:
    """The month: one grid with whole figures, and the sums of its weeks."""
    month = year.months[number - 1]
    first = month.first
    return View(
        title=month_name(first),
        unit=unit,
        label=_label(unit),
        switch=_switch(unit, number=first.year, month=first.month),
        before=_neighbour(first, -1, unit) if (first.year, first.month) > (year.first, 1) else "",
        after=_neighbour(first, 1, unit) if first < year.today.replace(day=1) else "",
        year_href=_year_url(first.year, unit),
        grids=_grids(year, [month], unit),
        rows=[Row(_span(week), "", week.sums) for week in month.weeks],
        years=(),
        total=Row(month_name(first), "", month.sums),
        is_empty=not year.years,
    )


def _label(unit: Unit) -> str:
    """Rule 41 of docs/NUMBERS.md: bookings and closed trades are told apart wherever they are shown."""
    return "realised" if unit is Unit.MONEY else "R of closed trades"


def _switch(unit: Unit, **where: Any) -> list[tuple[str, str, bool]]:
    endpoint = "calendar.month" if "month" in where else "calendar.year"
    return [
        (url_for(endpoint, **where), "Realised", unit is Unit.MONEY),
        (url_for(endpoint, **where, **_asked(Unit.R)), "R", unit is Unit.R),
    ]


def _asked(unit: Unit) -> dict[str, Any]:
    return {} if unit is Unit.MONEY else {"in": unit.value}


def _year_url(number: int, unit: Unit) -> str:
    return url_for("calendar.year", number=number, **_asked(unit))


def _month_url(first: date, unit: Unit) -> str:
    return url_for("calendar.month", number=first.year, month=first.month, **_asked(unit))


def _neighbour(first: date, step: int, unit: Unit) -> str:
    year, month = divmod(first.year * 12 + first.month - 1 + step, 12)
    return _month_url(date(year, month + 1, 1), unit)


def _span(week: Week) -> str:
    return f"{day(week.since)} to {day(week.until)}"


# ---- the grids


def _grids(year: Year, months: Iterable[Month], unit: Unit) -> list[Grid]:
    drawn = _Drawn(year, unit)
    return [
        Grid(
            name=month_name(month.first),
            href=_month_url(month.first, unit),
            figure=drawn.figure(value(month.sums, unit)),
            weeks=[drawn.week(week, month.first.month) for week in month.weeks],
        )
        for month in months
    ]


class _Drawn:
    """How the cells of one year are drawn: in one unit, with the shades of one scale."""

    def __init__(self, year: Year, unit: Unit) -> None:
        self._today, self._unit = year.today, unit
        figures = (value(sums, unit) for sums in year.days.values())
        self._sizes = sorted(abs(figure) for figure in figures if figure)

    def figure(self, amount: Decimal | None) -> Markup | str:
        return pnl(amount) if self._unit is Unit.MONEY else pnl_r(amount)

    def brief(self, amount: Decimal | None) -> str:
        return brief(amount) if self._unit is Unit.MONEY else brief_r(amount)

    def week(self, week: Week, month: int) -> WeekRow:
        has_something = any(sums for _, sums in week.days)
        amount = value(week.sums, self._unit) if has_something else None
        return WeekRow(
            cells=[self._cell(on, sums, month) for on, sums in week.days],
            brief=self.brief(amount),
            figure=self.figure(amount),
            title=f"{_span(week)}: {self._said(amount)}",
        )

    def _cell(self, on: date, sums: Sums | None, month: int) -> Cell:
        amount, is_other = value(sums, self._unit), on.month != month
        closed = sums.closed if sums else 0
        told = f", {closed} closed" if closed else ""
        return Cell(
            number=on.day,
            href="" if is_other or on > self._today else url_for("journal.day", on=on.isoformat()),
            title=f"{full_day(on)}: {self._said(amount)}{told}",
            shade="" if is_other else self._shade(amount),
            brief=self.brief(amount),
            figure=self.figure(amount),
            closed=closed,
            is_other=is_other,
            is_today=on == self._today,
        )

    def _said(self, amount: Decimal | None) -> str:
        if amount is None:
            return "nothing realised" if self._unit is Unit.MONEY else "no closed trade with R"
        figure = self.figure(amount)
        return f"{_label(self._unit)} {figure.striptags() if isinstance(figure, Markup) else figure}"

    def _shade(self, amount: Decimal | None) -> str:
        """By quarter of the year's days, so that one large day does not pale all others."""
        if not amount:
            return ""
        share = _SHADES * bisect_right(self._sizes, abs(amount))
        depth = max(1, -(-share // len(self._sizes))) if self._sizes else 1
        return f"{'up' if amount > 0 else 'down'}{depth}"

"""Two selections of trades side by side: the same accounts and period, each with filters of its own."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from flask import Blueprint, request, url_for
from flask_login import login_required
from markupsafe import Markup

from trenddojo.domain.terms import ViewRoom
from trenddojo.services.errors import Invalid
from trenddojo.services.inputs import parse
from trenddojo.services.inputs.reports import ReportQuery
from trenddojo.services.reports import Performance, performance
from trenddojo.services.scopes import Scope, scope_of
from trenddojo.store.plans import setups_of, tags_of
from trenddojo.store.seats import Seat
from trenddojo.web import deps, drawings, frame, saved_views
from trenddojo.web.addresses import Address
from trenddojo.web.format import day, fixed, percent, pnl, pnl_r, r, signed
from trenddojo.web.reports import asking
from trenddojo.web.reports.asking import PERIODS, names_of
from trenddojo.web.reports.explanations import explanations
from trenddojo.web.reports.views import profit_factor

OWN = ("setup", "tag", "symbol", "direction", "quality", "market")
"""What each side asks for by itself."""
_COMMON = ("period", "from", "to", "account", "mode")
_SIDES = ("a", "b")
Shown = Callable[[Decimal | None], Markup | str]
ANSWERS = frozenset((*_COMMON, *(f"{side}_{name}" for side in _SIDES for name in OWN)))


@dataclass(frozen=True, slots=True)
class Row:
    """A figure of both sides, what it is, and by how much the second differs, where that can be said."""

    label: str
    why: str
    figures: Sequence[Markup | str]
    difference: Markup | str


@dataclass(frozen=True, slots=True)
class Side:
    """One selection: what was typed, what is wrong with it, what it is in words, and its figures."""

    key: str
    typed: Mapping[str, str]
    errors: Mapping[str, str]
    words: str
    figures: Performance


@dataclass(frozen=True, slots=True)
class Comparison:
    """Both sides with their figures in rows and their results added up by date."""

    sides: Sequence[Side]
    rows: Sequence[Row]
    courses: Markup
    ends: Sequence[tuple[str, str, str]]
    since: date
    until: date
    currency: str


def add_to(room: Blueprint) -> None:
    """Give the reports room its comparison."""
    room.add_url_rule("/compare", "compare", show)


@login_required  # type: ignore[untyped-decorator]
def show() -> str | tuple[str, int]:
    """Both selections; one that cannot be read is shown without its filters, and says what is wrong."""
    seat = deps.current_seat()
    if seat is None:
        return frame.page("reports/no_account.html", nav="reports")
    address = Address.of(url_for("reports.compare"), request.args, ANSWERS)
    common, problems = _common(address)
    scope = scope_of(deps.user(), deps.seats(), common, seat)
    sides = [_side(side, address, common, scope) for side in _SIDES]
    page = frame.page(
        "reports/compare.html",
        nav="reports",
        about=scope.account,
        found=_comparison(sides),
        address=address,
        periods=[(address.with_(period=one, from_=None, to=None), text, one is common.named) for one, text in PERIODS],
        problems=problems,
        name=asking.name_of(scope),
        setups=[(one, one) for one in names_of(scope.seats, setups_of)],
        tags=[(one, one) for one in names_of(scope.seats, tags_of)],
        views=saved_views.menu(ViewRoom.COMPARE, address.with_()),
    )
    return (page, 422) if problems or any(side.errors for side in sides) else page


def _common(address: Address) -> tuple[ReportQuery, Mapping[str, str]]:
    sent = {name: value for name, value in address.asked.items() if name in _COMMON}
    try:
        return _reachable(parse(ReportQuery, sent)), {}
    except Invalid as error:
        return ReportQuery(), error.fields


def _reachable(query: ReportQuery) -> ReportQuery:
    """The query itself. Raises Invalid for accounts of several modes, and for a period to come."""
    seat: Seat = deps.working_seat()
    scope = scope_of(deps.user(), deps.seats(), query, seat)
    scope.within(None if query.named else query.since, query.until, deps.now())
    return query


def _side(key: str, address: Address, common: ReportQuery, scope: Scope) -> Side:
    typed = {name: address.asked.get(f"{key}_{name}", "") for name in OWN}
    try:
        own, errors = parse(ReportQuery, typed), {}
    except Invalid as error:
        own, errors = ReportQuery(), dict(error.fields)
    query = common.model_copy(update={name: getattr(own, name) for name in OWN})
    return Side(key, typed, errors, _words(own), performance(scope, query, deps.now()))


def _words(query: ReportQuery) -> str:
    quality = f"quality {query.quality}" if query.quality else ""
    said = (query.setup, query.tag, query.symbol or "", query.direction or "", quality, query.market)
    return ", ".join(str(one) for one in said if one) or "all trades"


# ---- the figures of both


def _comparison(sides: Sequence[Side]) -> Comparison:
    figures = [side.figures for side in sides]
    return Comparison(
        sides=sides,
        rows=_rows(*sides),
        courses=_courses(sides),
        ends=_ends(sides),
        since=figures[0].since,
        until=figures[0].until,
        currency=figures[0].currency,
    )


def _rows(first: Side, second: Side) -> list[Row]:
    a, b = first.figures.tally, second.figures.tally
    held = first.figures.mean_holding_days, second.figures.mean_holding_days
    runs = [str(side.figures.streaks.longest_losses) for side in (first, second)]
    found = [
        ("Trades", "", [f"{one.trades:,}" for one in (a, b)], ""),
        ("Net P&L", "closed", [pnl(one.net) for one in (a, b)], pnl(b.net - a.net)),
        ("Win rate", "win_rate", *_apart(a.win_rate, b.win_rate, lambda one: percent(one, 1), _points)),
        ("Mean R", "mean_r", *_apart(a.mean_r, b.mean_r, pnl_r, pnl_r)),
        ("Expectancy", "expectancy", *_apart(a.expectancy, b.expectancy, pnl, pnl)),
        ("Profit factor", "profit_factor", [profit_factor(one.profit_factor) for one in (a, b)], ""),
        ("Payoff", "payoff", *_apart(a.payoff, b.payoff, fixed, _signed)),
        ("SQN", "sqn", *_apart(a.sqn, b.sqn, fixed, _signed)),
        ("Average win", "average_win_r", *_apart(a.average_win_r, b.average_win_r, pnl_r, pnl_r)),
        ("Average loss", "average_loss_r", *_apart(a.average_loss_r, b.average_loss_r, pnl_r, pnl_r)),
        ("Best", "best_r", [pnl_r(one.best_r) for one in (a, b)], ""),
        ("Worst", "worst_r", [pnl_r(one.worst_r) for one in (a, b)], ""),
        ("Losses in a row", "losses_row", runs, ""),
        ("Days held, mean", "held", *_apart(*held, _tenth, _tenth_signed)),
    ]
    told = [(side.words, explanations(side.figures)) for side in (first, second)]
    return [Row(label, _why(key, told), figures, apart) for label, key, figures, apart in found]


def _why(key: str, told: Sequence[tuple[str, Mapping[str, str]]]) -> str:
    """What a figure is on each side."""
    return " ".join(f"{words.capitalize()}: {texts[key]}" for words, texts in told if key in texts)


def _apart(
    first: Decimal | None, second: Decimal | None, shown: Shown, apart: Shown
) -> tuple[list[Markup | str], Markup | str]:
    """Both figures, and by how much the second differs."""
    difference = None if first is None or second is None else second - first
    return [shown(first), shown(second)], apart(difference)


def _points(value: Decimal | None) -> Markup | str:
    """A difference of rates, in points of a hundred."""
    return "" if value is None else pnl(value * 100, 1) + " points"


def _signed(value: Decimal | None) -> Markup | str:
    return "" if value is None else signed(value)


def _tenth(value: Decimal | None) -> Markup | str:
    return fixed(value, 1)


def _tenth_signed(value: Decimal | None) -> Markup | str:
    return "" if value is None else signed(value, 1)


def _ends(sides: Sequence[Side]) -> list[tuple[str, str, str]]:
    """The same as a table: R so far at the last closing of each month on either side."""
    first, second = ({point.date: point.r for point in side.figures.curve} for side in sides)
    months = {(one.year, one.month): one for one in sorted(first.keys() | second.keys())}
    return [(f"{day(last)} {last.year}", _so_far(first, last), _so_far(second, last)) for last in months.values()]


def _so_far(line: Mapping[date, Decimal], last: date) -> str:
    return r(next((line[one] for one in sorted(line, reverse=True) if one <= last), None))


def _courses(sides: Sequence[Side]) -> Markup:
    """R added up by closing, of both on one scale."""
    lines = [[(point.date, point.r) for point in side.figures.curve] for side in sides]
    return drawings.courses(lines, [side.words for side in sides])

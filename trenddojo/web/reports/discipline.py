"""The discipline report's route."""

from flask import Blueprint, Response, render_template, request, url_for
from flask_login import login_required

from trenddojo.services.discipline.report import Discipline, discipline
from trenddojo.services.errors import Invalid, NotFound
from trenddojo.services.inputs import parse
from trenddojo.services.inputs.reports import PeriodQuery
from trenddojo.services.reports import period_start
from trenddojo.store.seats import Seat
from trenddojo.web import deps, frame
from trenddojo.web.addresses import Address
from trenddojo.web.htmx import is_htmx
from trenddojo.web.reports.discipline_exports import TABLES
from trenddojo.web.reports.discipline_views import shown

_KNOWN = ("period", "from", "to")


def add_to(room: Blueprint) -> None:
    """Give the reports room its discipline page."""
    room.add_url_rule("/discipline", "discipline", show)
    room.add_url_rule("/discipline/<table>.csv", "discipline_file", export)


@login_required  # type: ignore[untyped-decorator]
def show() -> str | tuple[str, int]:
    """The report; its panels alone for htmx. An address that cannot be read shows the year and what is wrong."""
    seat = deps.current_seat()
    if seat is None:
        return frame.page("reports/no_account.html", nav="reports")
    try:
        query, problems = _query(), {}
        figures = _figures(seat, query)
    except Invalid as error:
        query, problems = PeriodQuery(), error.fields
        figures = _figures(seat, query)
    page = shown(figures, query.named, seat.zone)
    if is_htmx() and not problems:
        return render_template("reports/_discipline.html", page=page, account=seat.account)
    whole = frame.page(
        "reports/discipline.html",
        nav="reports",
        page=page,
        account=seat.account,
        problems=problems,
        now=deps.now(),
        tables=[(name, title) for name, (title, _) in TABLES.items()],
        asked=Address.of(url_for("reports.discipline"), request.args, _KNOWN).with_().partition("?")[2],
    )
    return (whole, 422) if problems else whole


@login_required  # type: ignore[untyped-decorator]
def export(table: str) -> Response | tuple[str, int]:
    """A table of the report as a file. What cannot be read is told by a page."""
    if table not in TABLES:
        raise NotFound
    try:
        figures = _figures(deps.working_seat(), _query())
    except Invalid as error:
        return frame.page("reports/unread.html", nav="reports", problems=error.fields), error.status
    return TABLES[table][1](figures)


def _query() -> PeriodQuery:
    return parse(PeriodQuery, {name: value for name, value in request.args.items() if name in _KNOWN})


def _figures(seat: Seat, query: PeriodQuery) -> Discipline:
    now = deps.now()
    since = query.since if query.named is None else period_start(seat, query.named, now)
    return discipline(seat, since, query.until, now)

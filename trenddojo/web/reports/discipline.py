"""The discipline report's route."""

from flask import Blueprint, render_template, request
from flask_login import login_required

from trenddojo.services.discipline.report import Discipline, discipline
from trenddojo.services.errors import Invalid
from trenddojo.services.inputs import parse
from trenddojo.services.inputs.reports import PeriodQuery
from trenddojo.services.reports import period_start
from trenddojo.store.seats import Seat
from trenddojo.web import deps, frame
from trenddojo.web.htmx import is_htmx
from trenddojo.web.reports.discipline_views import shown


def add_to(room: Blueprint) -> None:
    """Give the reports room its discipline page."""
    room.add_url_rule("/discipline", "discipline", show)


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
        "reports/discipline.html", nav="reports", page=page, account=seat.account, problems=problems, now=deps.now()
    )
    return (whole, 422) if problems else whole


def _query() -> PeriodQuery:
    known = ("period", "from", "to")
    return parse(PeriodQuery, {name: value for name, value in request.args.items() if name in known})


def _figures(seat: Seat, query: PeriodQuery) -> Discipline:
    now = deps.now()
    since = query.since if query.named is None else period_start(seat, query.named, now)
    return discipline(seat, since, query.until, now)

"""The reports on an account's performance."""

from flask import Blueprint, render_template, request
from flask_login import login_required

from trenddojo.services.breakdowns import Breakdown
from trenddojo.services.errors import Invalid
from trenddojo.services.inputs import parse
from trenddojo.services.inputs.reports import ReportQuery
from trenddojo.services.reports import Performance, performance, period_start
from trenddojo.services.spans import Period
from trenddojo.store.seats import Seat
from trenddojo.web import deps, frame
from trenddojo.web.htmx import is_htmx
from trenddojo.web.reports import discipline
from trenddojo.web.reports.views import Asked, report_of

room = Blueprint("reports", __name__, url_prefix="/reports")
discipline.add_to(room)


@room.get("")
@login_required  # type: ignore[untyped-decorator]
def index() -> str | tuple[str, int]:
    """The report; the breakdown alone for htmx. An address that cannot be read shows the year and what is wrong."""
    seat = deps.current_seat()
    if seat is None:
        return frame.page("reports/no_account.html", nav="reports")
    try:
        query, problems = _query(), {}
        figures = _performance(seat, query)
    except Invalid as error:
        query, problems = ReportQuery(), error.fields
        figures = _performance(seat, query)
    asked = Asked(_period(query), query.since, query.until, figures.by)
    report = report_of(figures, asked)
    if is_htmx() and not problems:
        return render_template("reports/_breakdown.html", report=report)
    page = frame.page("reports/page.html", nav="reports", report=report, account=seat.account, problems=problems)
    return (page, 422) if problems else page


def _query() -> ReportQuery:
    known = {field.alias or name for name, field in ReportQuery.model_fields.items()}
    return parse(ReportQuery, {name: value for name, value in request.args.items() if name in known})


def _period(query: ReportQuery) -> Period | None:
    """The period by name; None where it is given by dates."""
    return None if query.is_custom else query.period or Period.YEAR


def _performance(seat: Seat, query: ReportQuery) -> Performance:
    period, now = _period(query), deps.now()
    since = query.since if period is None else period_start(seat, period, now)
    return performance(seat, since, query.until, query.by or Breakdown.SETUP, now)

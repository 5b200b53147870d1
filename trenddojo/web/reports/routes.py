"""The reports on an account's performance."""

from flask import Blueprint, render_template, request
from flask_login import login_required

from trenddojo.services.errors import Invalid
from trenddojo.services.inputs import parse
from trenddojo.services.inputs.reports import ReportQuery
from trenddojo.services.reports import Performance, performance
from trenddojo.services.scopes import Scope
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
    asked = Asked(query.named, query.since, query.until, figures.by)
    report = report_of(figures, asked)
    if is_htmx() and not problems:
        return render_template("reports/_breakdown.html", report=report)
    page = frame.page("reports/page.html", nav="reports", report=report, account=seat.account, problems=problems)
    return (page, 422) if problems else page


def _query() -> ReportQuery:
    known = ("period", "from", "to", "by")
    return parse(ReportQuery, {name: value for name, value in request.args.items() if name in known})


def _performance(seat: Seat, query: ReportQuery) -> Performance:
    return performance(Scope.of(seat), query, deps.now())

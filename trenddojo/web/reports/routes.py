"""The reports on the performance of accounts."""

from typing import Any

from flask import Blueprint, Response, render_template
from flask_login import login_required

from trenddojo.domain.terms import ViewRoom
from trenddojo.services.measures import measures
from trenddojo.services.report_excursions import courses_of
from trenddojo.services.report_intervals import report_intervals
from trenddojo.web import deps, frame, saved_views
from trenddojo.web.htmx import is_htmx
from trenddojo.web.reports import asking, comparing, discipline, exports
from trenddojo.web.reports.asking import Asked
from trenddojo.web.reports.views import report_of

room = Blueprint("reports", __name__, url_prefix="/reports")
discipline.add_to(room)
comparing.add_to(room)


@room.get("")
@login_required  # type: ignore[untyped-decorator]
def index() -> str | tuple[str, int]:
    """The report; the breakdown alone for htmx. An address that cannot be read shows the year and what is wrong."""
    seat = deps.current_seat()
    if seat is None:
        return frame.page("reports/no_account.html", nav="reports")
    asked, figures = asking.asked("reports.index", seat)
    courses = courses_of(asked.scope, asked.query, figures.since, figures.until)
    found = report_intervals(asked.scope, asked.query, figures)
    report = report_of(figures, asked, courses, found, measures(asked.scope, figures))
    if is_htmx() and not asked.problems:
        return render_template("reports/_breakdown.html", report=report)
    page = frame.page("reports/page.html", nav="reports", about=asked.scope.account, report=report, **_around(asked))
    return (page, 422) if asked.problems else page


@room.get("/<any(figures, days, months, groups, trades):table>.csv")
@login_required  # type: ignore[untyped-decorator]
def export(table: str) -> Response | tuple[str, int]:
    """A table of the report as a file. What cannot be read is told by the page."""
    asked, figures = asking.asked("reports.index", deps.working_seat())
    if asked.problems:
        return frame.page("reports/unread.html", nav="reports", problems=asked.problems), 422
    return exports.TABLES[table](asked, figures)


def _around(asked: Asked) -> dict[str, Any]:
    return {
        "problems": asked.problems,
        "name": asking.name_of(asked.scope),
        "chips": asking.chips(asked),
        "accounts": asking.accounts(asked),
        "views": saved_views.menu(ViewRoom.REPORTS, asked.address.with_()),
    }

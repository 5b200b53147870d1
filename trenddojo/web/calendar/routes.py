"""The calendar: a year of the account by day and week, or one month of it."""

from typing import Any

from flask import Blueprint, request

from trenddojo.services.account_calendar import Year, calendar_of
from trenddojo.services.errors import Invalid, NotFound
from trenddojo.services.inputs import parse
from trenddojo.services.inputs.calendar import CalendarQuery, Unit
from trenddojo.web import deps, frame
from trenddojo.web.accountless import lead_to_accounts
from trenddojo.web.calendar.views import month_view, year_view
from trenddojo.web.session import require_sign_in

room = Blueprint("calendar", __name__, url_prefix="/calendar")
room.before_request(require_sign_in)
room.before_request(lead_to_accounts)

Answer = str | tuple[str, int]


@room.get("")
def index() -> Answer:
    """This year."""
    return _year(None)


@room.get("/<int(max=9999):number>")
def year(number: int) -> Answer:
    """A year, with its months."""
    return _year(number)


@room.get("/<int(max=9999):number>/<int(min=1, max=12):month>")
def month(number: int, month: int) -> Answer:
    """A month of it, with every figure in full."""
    unit, problems = _unit()
    found = _calendar(number)
    if month > len(found.months):
        raise NotFound
    page = _page("calendar/month.html", problems, view=month_view(found, month, unit))
    return (page, 422) if problems else page


def _year(number: int | None) -> Answer:
    unit, problems = _unit()
    page = _page("calendar/page.html", problems, view=year_view(_calendar(number), unit))
    return (page, 422) if problems else page


def _calendar(number: int | None) -> Year:
    return calendar_of(deps.working_seat(), number, deps.now())


def _unit() -> tuple[Unit, dict[str, str]]:
    """What the address asks for; money, and what is wrong, where it cannot be read."""
    try:
        sent = {"in": request.args["in"]} if "in" in request.args else {}
        return parse(CalendarQuery, sent).unit or Unit.MONEY, {}
    except Invalid as error:
        return Unit.MONEY, dict(error.fields)


def _page(template: str, problems: dict[str, str], **shown: Any) -> str:
    currency = deps.working_seat().account.base_currency
    return frame.page(template, nav="journal", currency=currency, problems=problems, **shown)

"""The dashboard."""

from flask import Blueprint, render_template, request
from flask_login import login_required

from trenddojo.services.dashboard import curve, dashboard
from trenddojo.services.errors import Invalid
from trenddojo.services.spans import Period
from trenddojo.web import deps, frame, lamps
from trenddojo.web.dashboard.views import RANGES, desk_of, equity_of
from trenddojo.web.htmx import is_htmx

room = Blueprint("dashboard", __name__)


@room.get("/")
@login_required  # type: ignore[untyped-decorator]
def index() -> str:
    """The account now; `range` is that of the equity curve, which htmx fetches alone."""
    seat, now, period = deps.current_seat(), deps.now(), _period()
    if seat is None:
        return frame.page("dashboard/no_account.html", nav="dashboard")
    if is_htmx():
        return render_template(
            "dashboard/_equity.html", equity=equity_of(curve(seat, period, now), period, seat.account)
        )
    figures = dashboard(seat, now)
    shown = figures.since_january if period is Period.YEAR else curve(seat, period, now)
    equity = equity_of(shown, period, seat.account)
    desk, chip = desk_of(figures, deps.zone(), now), lamps.chip_of(seat, now)
    return frame.page("dashboard/page.html", nav="dashboard", desk=desk, equity=equity, chip=chip, now=now)


def _period() -> Period:
    """The range of the curve. Raises Invalid for one that is not offered."""
    asked = request.args.get("range", Period.YEAR)
    if asked not in RANGES:
        raise Invalid({"range": f"The range must be one of {', '.join(RANGES)}."})
    return Period(asked)

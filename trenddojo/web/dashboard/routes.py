"""The dashboard."""

from flask import Blueprint, Response, render_template, request, url_for
from flask_login import login_required

from trenddojo.services.dashboard import curve, dashboard
from trenddojo.services.errors import Invalid, NotFound
from trenddojo.services.spans import Period
from trenddojo.web import deps, frame, lamps
from trenddojo.web.dashboard.views import RANGES, desk_of, equity_of
from trenddojo.web.dashboard.working import working_orders
from trenddojo.web.htmx import go, is_htmx

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


@room.get("/working-orders")
@login_required  # type: ignore[untyped-decorator]
def working() -> Response | str:
    """The panel of working orders as it stands; without htmx, the page that holds it. Raises NotFound where the account
    at hand has none."""
    if not is_htmx():
        return go(url_for("dashboard.index"))
    found = working_orders(deps.working_seat())
    if found is None:
        raise NotFound
    return render_template("dashboard/_working.html", working=found)


def _period() -> Period:
    """The range of the curve. Raises Invalid for one that is not offered."""
    asked = request.args.get("range", Period.YEAR)
    if asked not in RANGES:
        raise Invalid({"range": f"The range must be one of {', '.join(RANGES)}."})
    return Period(asked)

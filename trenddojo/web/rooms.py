"""All rooms of the web, put together on one application."""

from flask import Flask, request

from trenddojo.store.database import Unavailable, read_only
from trenddojo.store.import_files import NoRoom
from trenddojo.web import deps, errors, kit, origin, security, session
from trenddojo.web.accounts.routes import room as accounts
from trenddojo.web.alerts.routes import room as alerts
from trenddojo.web.api.routes import room as api
from trenddojo.web.attachments.routes import room as attachments
from trenddojo.web.audit.routes import room as audit
from trenddojo.web.auth.routes import room as auth
from trenddojo.web.brokers.routes import room as brokers
from trenddojo.web.calendar.routes import room as calendar
from trenddojo.web.cash.routes import room as cash
from trenddojo.web.dashboard.routes import room as dashboard
from trenddojo.web.data.routes import room as data
from trenddojo.web.goals.routes import room as goals
from trenddojo.web.health import room as health
from trenddojo.web.imports.routes import room as imports
from trenddojo.web.journal.routes import room as journal
from trenddojo.web.orders.routes import room as orders
from trenddojo.web.people.routes import room as people
from trenddojo.web.prices.routes import room as prices
from trenddojo.web.pulse import room as pulse
from trenddojo.web.rates.routes import room as rates
from trenddojo.web.reconciliations.routes import room as reconciliations
from trenddojo.web.reports.routes import room as reports
from trenddojo.web.risk.routes import room as risk
from trenddojo.web.saved_views import room as saved_views
from trenddojo.web.settings.routes import room as settings
from trenddojo.web.statement_files import StatementRequest
from trenddojo.web.system.routes import room as system
from trenddojo.web.ticket.routes import room as ticket
from trenddojo.web.trade.routes import room as trade
from trenddojo.web.trades.routes import room as trades
from trenddojo.web.unlock.routes import room as unlock

ROOMS = (
    accounts,
    alerts,
    api,
    attachments,
    audit,
    auth,
    brokers,
    calendar,
    cash,
    dashboard,
    data,
    goals,
    health,
    imports,
    journal,
    orders,
    people,
    prices,
    pulse,
    rates,
    reconciliations,
    reports,
    risk,
    saved_views,
    settings,
    system,
    ticket,
    trade,
    trades,
    unlock,
)


_SAFE = {"GET", "HEAD", "OPTIONS"}


def init(app: Flask) -> None:
    """Register sessions, security, errors, the kit and every room on `app`."""
    with app.app_context():
        config = deps.config()
    app.request_class = StatementRequest
    app.before_request(_lock_or_look)
    app.teardown_request(_lock_again)
    origin.init(app)
    session.init(app)
    security.init(app, config)
    errors.init(app)
    app.register_error_handler(Unavailable, errors.unavailable)
    app.register_error_handler(NoRoom, errors.no_room)
    kit.register(app)
    for room in ROOMS:
        app.register_blueprint(room)


def _lock_or_look() -> None:
    """Requests that only look take no write lock."""
    read_only(request.method in _SAFE)


def _lock_again(_error: BaseException | None) -> None:
    """What this thread does beside requests may write."""
    read_only(False)

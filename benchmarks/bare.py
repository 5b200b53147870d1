"""The bare page that the trades list is measured against: flask-login's user, 30 rows by keyset, one plain template."""

from decimal import Decimal
from pathlib import Path
from uuid import UUID

from flask import Flask, render_template
from flask_login import LoginManager, UserMixin, login_required
from flask_sqlalchemy import SQLAlchemy
from jinja2 import DictLoader
from sqlalchemy import select
from sqlalchemy.orm import DeclarativeBase

from trenddojo.store.models import Account, Trade, User

TEMPLATE = """<!doctype html>
<html lang="en"><head><title>Trades</title></head><body>
<h1>Trades</h1><p>{{ user.name }}, {{ account.name }}</p>
<table><thead><tr><th>Symbol<th>Side<th>Setup<th>Quality<th>Status<th>Opened<th>Held<th>Qty<th>Entry<th>Stop<th>Exit
<th>P&amp;L<th>R<th>Tags</tr></thead><tbody>
{% for t in trades %}<tr><td><a href="/trades/{{ t.id }}">{{ t.symbol }}</a><td>{{ t.direction }}<td>{{ t.setup }}
<td>{{ t.setup_quality }}<td>{{ t.exit_reason or t.status }}<td>{{ t.opened_at.strftime("%d %b") }}
<td>{{ (t.closed_at - t.opened_at).days if t.closed_at else "" }}<td>{{ number(t.entered_quantity) }}
<td>{{ number(t.average_entry) }}<td>{{ number(t.stop) }}<td>{{ number(t.average_exit) }}<td>{{ number(t.pnl) }}
<td>{{ number(t.r) }}<td>{{ t.tags|join(", ") }}</tr>
{% endfor %}</tbody></table></body></html>"""


class _Person(UserMixin):
    def __init__(self, user: User) -> None:
        self.user = user


class _Base(DeclarativeBase):
    """A base of its own, so that the two applications share tables but no session."""


def _number(value: Decimal | None) -> str:
    return "" if value is None else f"{value:,.2f}"


def application(path: Path) -> Flask:
    """The page over the database at `path`."""
    app = Flask("bare")
    app.config.update(SECRET_KEY="s" * 40, SQLALCHEMY_DATABASE_URI=f"sqlite:///{path}")
    app.jinja_loader = DictLoader({"trades.html": TEMPLATE})
    database = SQLAlchemy(app, model_class=_Base)
    logins = LoginManager(app)

    @logins.user_loader
    def load(user_id: str) -> _Person | None:
        user = database.session.get(User, UUID(user_id))
        return _Person(user) if user else None

    @app.get("/")
    @login_required
    def index() -> str:
        from flask_login import current_user

        user = current_user.user
        account = database.session.scalars(select(Account).where(Account.owner_id == user.id)).one()
        query = select(Trade).where(Trade.account_id == account.id).order_by(Trade.sort_at.desc(), Trade.id.desc())
        trades = database.session.scalars(query.limit(30)).all()
        return render_template("trades.html", user=user, account=account, trades=trades, number=_number)

    return app

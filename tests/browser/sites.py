"""Running applications, and browsers that are signed in to them and watched."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from flask import Flask
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Error, Page, ViewportSize
from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute

from tests.conftest import NOW, Clock, make_user, sign_in
from tests.services.brought import TRADERVUE, bring, looked_at, say, worked
from tests.services.told import ACTIVITY
from trenddojo.brokers.errors import BrokerErrorCode
from trenddojo.domain.terms import ImportStatus, MemberRole, Role, TokenScope, TradeStatus
from trenddojo.security import tokens as tokens_of_setup
from trenddojo.services import accounts, checklist, connections, plans, simulation, snapshots, tokens
from trenddojo.services.inputs import parse
from trenddojo.services.inputs.accounts import MemberInput
from trenddojo.services.inputs.brokers import ConnectInput
from trenddojo.services.inputs.orders import OrderInput
from trenddojo.services.inputs.people import TokenInput
from trenddojo.services.inputs.plans import PlanInput
from trenddojo.services.orders import placing
from trenddojo.services.reconciling import comparing
from trenddojo.store.database import db
from trenddojo.store.models import (
    BrokerConnection,
    CashMovement,
    ChecklistItem,
    Execution,
    Goal,
    JournalNote,
    Order,
    Trade,
    TradeNote,
    User,
)
from trenddojo.store.seats import Seat, seats_of

WIDE = ViewportSize(width=1440, height=900)
PHONE = ViewportSize(width=390, height=844)
_BROWSER: dict[str, Any] = {
    "viewport": WIDE,
    "locale": "en-US",
    "timezone_id": "America/New_York",
    "reduced_motion": "reduce",
}


@dataclass(frozen=True)
class Site:
    """A running application: where it answers, and the application itself for a look behind the scenes."""

    address: str
    app: Flask
    clock: Clock


@dataclass(frozen=True)
class Year(Site):
    """A running application with the demo year. `ids` names what its pages are about, `people` who may sign in."""

    ids: dict[str, str]
    people: dict[str, str]


def brought(seat: Seat) -> dict[str, UUID]:
    """Statements that wait: one that is asked about, one that was looked at, one that failed, one that was compared."""
    asked = bring(seat, "When;Ticker;Shares;Fill price\n03/04/2024;AAPL;100;150,25\n", "unknown.csv").row.id
    looked = looked_at(seat).id
    failed = bring(seat, TRADERVUE.replace("AAPL", "TSLA"), "failed.csv").row
    failed.status, failed.error = ImportStatus.FAILED, "The file lacks the column “Symbol”."
    db.session.commit()
    told = bring(seat, ACTIVITY, "March.csv").row
    say(seat, told, zone="America/New_York")
    compared = worked(told.id)
    comparison = comparing.compare_statement(seat, compared, NOW).id
    return {"compared": compared.id, "comparison": comparison, "asked": asked, "looked": looked, "failed": failed.id}


def recorded(site: Site, seat: Seat) -> Year:
    """The demo year at `seat`, with one of each thing that has a page of its own; people by what they may do."""
    people = {"owner": seat.user, **_people()}
    accounts.set_member(seat, parse(MemberInput, {"email": people["viewer"].email, "role": MemberRole.VIEWER}))
    entered = {"name": "Backtest", "scope": TokenScope.READ, "key": uuid4().hex}
    tokens.create_token(seat.user, parse(TokenInput, entered), site.clock())
    future = {"expiry": "2027-03-19", "initial_margin": "900"}
    active, closed = (_one(Trade.id, Trade.status == status) for status in (TradeStatus.ACTIVE, TradeStatus.CLOSED))
    ids = {
        "account": seat.account.id,
        "active": active,
        "plan": _planned(seat, site, symbol="ES", asset_type="future", multiplier="50", **future).id,
        "pending": plans.mark_placed(seat, _planned(seat, site, symbol="PLTR"), site.clock()).id,
        "cancelled": plans.cancel_plan(seat, _planned(seat, site, symbol="COIN"), site.clock()).id,
        "closed": closed,
        "entry": _one(Execution.id, Execution.trade_id == active, Execution.exit_reason.is_(None)),
        "exit": _one(Execution.id, Execution.trade_id == closed, Execution.exit_reason.is_not(None)),
        "noted": _one(TradeNote.trade_id, TradeNote.deleted_at.is_(None)),
        "cash": _one(CashMovement.id, CashMovement.deleted_at.is_(None)),
        "journal": _one(JournalNote.id, JournalNote.deleted_at.is_(None)),
        "item": _one(ChecklistItem.id),
        "goal": _one(Goal.id),
        "person": people["newcomer"].id,
    }
    ids |= brought(seat)
    connection = connected(site, seat.user)
    ids["connection"] = connection.id
    order = ordered(site, seat.user, connection)
    ids |= {"order": order.id, "ordered": order.trade_id, "desk": order.account_id}
    failing(site, seat.user, connected(site, seat.user, "alpaca"))
    ids["note"] = _one(TradeNote.id, TradeNote.trade_id == ids["noted"], TradeNote.deleted_at.is_(None))
    return Year(
        site.address,
        site.app,
        site.clock,
        {name: str(identity) for name, identity in ids.items()},
        {name: session_of(site, person) for name, person in people.items()},
    )


def connected(site: Site, person: User, broker: str = "simulated") -> BrokerConnection:
    """A simulated connection whose prices and positions were asked for once; its account is younger than all others."""
    manager, later = site.app.extensions["brokers"], site.clock() + timedelta(seconds=1)
    sent = {"broker": broker, "mode": "mock", "credentials": {"latency_ms": "0", "always_open": "on"}}
    made = connections.connect(manager, person, parse(ConnectInput, sent), later)
    return snapshots.sync(manager, person, made.connection.id, later)


def ordered(site: Site, person: User, connection: BrokerConnection) -> Order:
    """An entry with its exits that waits at a simulated broker, 3% below the market."""
    manager = site.app.extensions["brokers"]
    seat = next(one for one in seats_of(person) if one.account.connection_id == connection.id)
    simulator = manager.simulator(connection.id)
    assert simulator is not None
    now = simulator._market.price("NVDA", site.clock())
    stop, target, limit = (f"{now * Decimal(part):.2f}" for part in ("0.95", "1.10", "0.97"))
    plan = _planned(seat, site, symbol="NVDA", direction="long", entry=f"{now:.2f}", stop=stop, target_1=target)
    asked = parse(OrderInput, {"order_type": "limit", "limit_price": limit})
    return placing.place(manager, seat, plan, asked, key=uuid4(), now=site.clock() + timedelta(seconds=1))


def failing(site: Site, person: User, connection: BrokerConnection) -> None:
    """The connection in trouble, which rings the bell."""
    code = BrokerErrorCode.AUTHENTICATION_FAILED
    simulation.simulate(site.app.extensions["brokers"], person, connection.id, code, site.clock())


def _people() -> dict[str, User]:
    people = {
        "admin": make_user("admin@example.org", "Ada Roy", Role.ADMIN),
        "newcomer": make_user("new@example.org", "Nell Ito"),
        "guest": make_user("guest@example.org", "Ole Berg"),
        "viewer": make_user("viewer@example.org", "Uma Fox", Role.VIEWER),
    }
    people["guest"].must_change_password = True
    db.session.commit()
    return people


def _planned(seat: Seat, site: Site, **sent: str) -> Trade:
    required = [str(item.id) for item in checklist.items_of(seat) if item.required]
    prices = {"direction": "short", "entry": "20", "stop": "21", "target_1": "17", "quantity": "2"}
    return plans.plan_trade(seat, parse(PlanInput, {**prices, "checklist": required, **sent}), site.clock(), uuid4())


def _one(column: InstrumentedAttribute[Any], *where: Any) -> Any:
    found = db.session.scalars(select(column).where(*where).order_by(column)).first()
    assert found is not None, f"the demo year lacks {column} where {where}"
    return found


def session_of(site: Site, person: User) -> str:
    """The cookie of a session of `person`'s, as signing in makes it."""
    cookie = sign_in(site.app, person).get_cookie("session")
    assert cookie is not None
    return cookie.value


def setup_token(site: Site) -> str:
    """What the terminal prints within the address of the set-up."""
    return tokens_of_setup.setup_token(site.app.extensions["trenddojo"].config.secret_key)


def opened(chromium: Browser, site: Site, session: str = "", **how: Any) -> BrowserContext:
    """A browser of one person's, at the site's time; motion is reduced, so that nothing is caught half way."""
    given = {**_BROWSER, **how}
    context = chromium.new_context(base_url=site.address, **given)
    context.set_default_timeout(20_000)
    if _runs_script(given):
        context.clock.set_fixed_time(site.clock())
    if session:
        context.add_cookies([{"name": "session", "value": session, "url": site.address}])
    return context


def _runs_script(given: dict[str, Any]) -> bool:
    return bool(given.get("java_script_enabled", True))


@contextmanager
def watching(page: Page, *, refused: int = 0) -> Iterator[list[str]]:
    """What goes wrong on `page` within the block: console errors and warnings, exceptions, refused resources.

    Chromium writes every answer of 400 and more to the console; those of status `refused` are meant to be.
    """
    wrong: list[str] = []

    def said(message: ConsoleMessage) -> None:
        is_meant = refused and f"responded with a status of {refused} " in message.text
        if message.type in ("error", "warning") and not is_meant:
            wrong.append(f"{message.text} ({message.location.get('url', '')})")

    def thrown(error: Error) -> None:
        wrong.append(str(error))

    page.on("console", said)
    page.on("pageerror", thrown)
    yield wrong
    page.remove_listener("console", said)
    page.remove_listener("pageerror", thrown)

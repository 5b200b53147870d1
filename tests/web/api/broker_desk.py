"""What the operations about orders are called on: an account at the simulated broker with an order of each kind."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import UUID

from trenddojo.domain.order_states import OrderState
from trenddojo.domain.orders import OrderRequest, OrderType
from trenddojo.domain.terms import Side
from trenddojo.services import brokerage
from trenddojo.store.database import db, discard
from trenddojo.store.models import Account, ChecklistItem, Order, PositionCheck, RiskSettings

if TYPE_CHECKING:
    from tests.web.api.desk import Program

SYMBOL = "SPY"


@dataclass(frozen=True)
class BrokerDesk:
    """A plan without an order, an open trade without a stop, a resting order, and one that a person has to review."""

    account_id: str
    plan_id: str
    trade_id: str
    order_id: str
    doubt_id: str
    price: Decimal
    order_price: Decimal
    past: str = "nothing"
    """The first fill of a trade that was closed at the broker before the books begin."""


def broker_desk(program: Program, connection_id: str, member_email: str) -> BrokerDesk:
    """Put all of it there through the API, and let the member look."""
    account_id = _account(connection_id)
    program.put(f"/accounts/{account_id}/members", {"email": member_email, "role": "viewer"})
    client = program.app.extensions[brokerage.EXTENSION].simulator(UUID(connection_id))
    discard()
    for side in Side:
        client.place_order(
            OrderRequest(
                symbol="AMD",
                side=side,
                quantity=Decimal(1),
                order_type=OrderType.MARKET,
                client_order_id=f"past-{side}",
            )
        )
    past = client.get_executions().fills[0].execution_id
    price = client._market.price(SYMBOL, program.app.extensions["trenddojo"].clock())
    held = _planned(program, account_id, SYMBOL, price)
    program.post(f"/trades/{held}/orders", {"type": "market", "with_exits": False})
    resting = _planned(program, account_id, "QQQ", client._market.price("QQQ", client._building.clock()))
    order = program.post(f"/trades/{resting}/orders", {})
    doubted = _planned(program, account_id, "AAPL", client._market.price("AAPL", client._building.clock()))
    doubt = program.post(f"/trades/{doubted}/orders", {})
    plan_price = client._market.price("MSFT", client._building.clock())
    plan = _planned(program, account_id, "MSFT", plan_price)
    db.session.get_one(Order, UUID(doubt["id"])).state = OrderState.NEEDS_REVIEW
    db.session.add(PositionCheck(account_id=UUID(account_id), symbol=SYMBOL, difference=Decimal(5), passes=2))
    db.session.commit()
    prices = _below(plan_price), Decimal(order["limit_price"])
    return BrokerDesk(account_id, plan, held, order["id"], doubt["id"], *prices, past)


def _account(connection_id: str) -> str:
    account = db.session.query(Account).filter_by(connection_id=UUID(connection_id)).one()
    for item in db.session.query(ChecklistItem).filter_by(account_id=account.id):
        item.required = False
    limits = db.session.get_one(RiskSettings, account.id)
    limits.max_risk_per_day = limits.max_risk_per_week = limits.max_risk_per_trade = Decimal(10)
    limits.max_open_positions = limits.max_correlated_positions = 50
    found = str(account.id)
    db.session.commit()
    return found


def _planned(program: Program, account_id: str, symbol: str, price: Decimal) -> str:
    entry = _below(price)
    body = {"account_id": account_id, "symbol": symbol, "direction": "long", "entry": f"{entry}", "quantity": "2"}
    made = program.post("/trades", {**body, "stop": f"{entry * Decimal('0.95'):.2f}"})
    return str(made["id"])


def _below(price: Decimal) -> Decimal:
    """A price at which nothing is bought at once."""
    return round(price * Decimal("0.97"), 2)

"""A program that calls the API, and a desk with everything on it that an operation can be called on."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from flask import Flask
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from tests.conftest import NOW
from tests.services.pictured import attached
from tests.services.reconciling.stated import on, statement, sum_line
from tests.web.api.broker_desk import SYMBOL, BrokerDesk, broker_desk
from trenddojo.domain.terms import ImportStatus
from trenddojo.services.attachments import Target
from trenddojo.services.inputs import parse
from trenddojo.services.inputs.people import TokenInput
from trenddojo.services.tokens import create_token
from trenddojo.statements.lines import Contract, HeldLine, SumKind
from trenddojo.store.database import db
from trenddojo.store.models import (
    Account,
    CashMovement,
    Execution,
    Import,
    Leg,
    Mark,
    Order,
    StockSplit,
    Trade,
    TradeNote,
    TradeStop,
    User,
)
from trenddojo.store.seats import Seat
from trenddojo.web.api import examples
from trenddojo.web.api.operations import Operation
from trenddojo.web.api.table import OPERATIONS

MAKING = [operation for operation in OPERATIONS if operation.is_repeatable and not operation.is_keyed]
_TABLES = (Account, CashMovement, Execution, Leg, Mark, Order, StockSplit, Trade, TradeNote, TradeStop)
_CALLED_IN = {"try_import_again": "failed", "undo_import": "done"}
"""The state that an import has to be in, where that is not ready."""
AT_ONCE = {"latency_ms": "0"}
"""Credentials of a simulated broker that does not keep one waiting."""
PLAN = {"symbol": "NVDA", "direction": "long", "entry": "100", "stop": "95", "quantity": "100"}


class Program:
    """Calls with a personal token of `user`."""

    def __init__(self, app: Flask, user: User, scope: str = "admin") -> None:
        entered = parse(TokenInput, {"name": "Program", "scope": scope, "key": uuid4().hex})
        self.secret = create_token(user, entered, NOW)[1]
        self.app = app

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> TestResponse:
        """Send a request; `headers` are written with _ for -."""
        sent = {"Authorization": f"Bearer {self.secret}", **{name.replace("_", "-"): headers[name] for name in headers}}
        content = {} if body is None else _content(body)
        return self.app.test_client().open(f"/api{path}", method=method, headers=sent, **content)

    def get(self, path: str) -> Any:
        """The JSON of something to look at."""
        return self._json(self.call("GET", path), 200)

    def post(self, path: str, body: Any, status: int = 201, **headers: str) -> Any:
        """The JSON of something made."""
        return self._json(self.call("POST", path, body, **headers), status)

    def put(self, path: str, body: Any) -> Any:
        """The JSON of something set."""
        return self._json(self.call("PUT", path, body), 200)

    def patch(self, path: str, body: Any, status: int = 200) -> Any:
        """The JSON of something changed."""
        return self._json(self.call("PATCH", path, body), status)

    def delete(self, path: str, status: int = 204) -> Any:
        """The JSON left of something taken away."""
        return self._json(self.call("DELETE", path), status)

    @staticmethod
    def _json(reply: TestResponse, status: int) -> Any:
        assert reply.status_code == status, reply.get_data(as_text=True)
        return reply.get_json() if reply.data else None


def _content(body: Any) -> dict[str, Any]:
    if isinstance(body, bytes):
        return {"data": body, "content_type": "application/octet-stream"}
    return {"data": json.dumps(body), "content_type": "application/json"}


@dataclass
class Desk:
    """An account with a plan, an open trade and a member, and a connection to the simulated broker."""

    account_id: str
    plan_id: str
    trade_id: str
    fill_id: str
    member_id: str
    connection_id: str
    at_broker: BrokerDesk
    """What the operations about orders are called on."""
    owner: Program | None = None
    attachment_id: str = str(UUID(int=21))
    split_id: str = str(UUID(int=22))
    member_email: str = ""
    imports: Mapping[str, str] = field(default_factory=dict)
    """An import in each state that operations are called in."""
    statement_id: str = str(UUID(int=32))
    reconciliation_id: str = str(UUID(int=33))
    """A statement that tells figures, and a comparison with it that found differences."""

    def let_in(self, role: str) -> None:
        """Give the member another role at both accounts."""
        assert self.owner is not None
        for account_id in (self.account_id, self.at_broker.account_id):
            self.owner.put(f"/accounts/{account_id}/members", {"email": self.member_email, "role": role})

    def path_of(self, operation: Operation) -> str:
        """Where an operation is called on this desk."""
        shown = operation.shown_path.removeprefix("/api")
        if operation.group == "Orders" or operation.name == "ask_broker_for_past":
            return self._at_broker(operation, shown)
        trade = self.plan_id if operation.name in ("change_trade", "delete_trade") else self.trade_id
        return shown.format(
            account_id=self.account_id,
            trade_id=trade,
            fill_id=self.fill_id,
            attachment_id=self.attachment_id,
            split_id=self.split_id,
            connection_id=self.connection_id,
            broker="simulated",
            symbol="SPY",
            reconciliation_id=self.reconciliation_id,
            import_id=self.imports.get(_CALLED_IN.get(operation.name, "ready"), str(UUID(int=31))),
        )

    def _at_broker(self, operation: Operation, shown: str) -> str:
        there = self.at_broker
        return shown.format(
            account_id=there.account_id,
            trade_id=there.plan_id if operation.name == "place_order" else there.trade_id,
            order_id=there.doubt_id if operation.name == "review_order" else there.order_id,
            symbol=SYMBOL,
        )

    def body_of(self, operation: Operation) -> dict[str, Any] | bytes | None:
        """A body that the operation accepts here."""
        if operation.takes_file:
            return b"Date,Time,Symbol,Quantity,Price,Side\n2026-03-02,10:30:00,AAPL,100,150.25,B\n"
        if operation.takes is None:
            return None
        return {**examples.BODIES[operation.name], **self._fitting(operation)}

    def _fitting(self, operation: Operation) -> Mapping[str, Any]:
        match operation.name:
            case "size_entry" | "plan_trade":
                return {"account_id": self.account_id}
            case "connect_broker" | "test_broker":
                return {"credentials": AT_ONCE}
            case "import_history":
                there = self.at_broker
                return {"account_id": there.account_id, "positions": [], "trades": [{"first_fill": there.past}]}
            case "place_order":
                return {"limit_price": f"{self.at_broker.price}"}
            case "change_order":
                return {"limit_price": f"{self.at_broker.order_price * Decimal('0.99'):.2f}"}
            case "change_trade":
                return {"stop": "96"}
            case "record_fill" | "correct_fill":
                return {"price": "101"}
            case "add_leg":
                return {"entry": "108", "stop": "104"}
            case "compare_books":
                return {"import_id": self.statement_id}
            case "move_stop" | "record_mark":
                return {"price": "99"}
            case _:
                return {}

    def query_of(self, operation: Operation) -> dict[str, str]:
        """A query that the operation accepts here."""
        if operation.name == "remove_member":
            return {"user_id": self.member_id}
        if operation.name == "get_quote":
            return {"connection": self.connection_id}
        if operation.name in ("report_performance", "report_discipline"):
            return {"account": self.account_id, "from": "2026-11-01"}
        if operation.name == "list_bars":
            return {"account": self.account_id, "symbol": "MSFT"}
        return dict(examples.QUERIES.get(operation.name, {}))


def furnished(program: Program, seat: Seat, member: User) -> Desk:
    """Put a plan, an open trade and `member` on an account, and connect a broker, all through the API."""
    account = {"account_id": str(seat.account.id)}
    plan = program.post("/trades", {**PLAN, **account, "symbol": "MSFT"})
    trade = program.post("/trades", {**PLAN, **account})
    fill = {"kind": "entry", "quantity": "100", "price": "100", "at": "2026-11-18T15:00:00Z"}
    entered = program.post(f"/trades/{trade['id']}/fills", fill)
    program.put(f"/accounts/{seat.account.id}/members", {"email": member.email, "role": "viewer"})
    made = program.post("/brokers/simulated/connect", {"mode": "mock", "credentials": AT_ONCE}, 200)
    ids = plan["id"], trade["id"], entered["fill"]["id"], str(member.id), made["connectionId"]
    there = broker_desk(program, made["connectionId"], member.email)
    shot = attached(seat, Target(trade_id=UUID(trade["id"])))
    before = {"on": "2026-10-05", "numerator": 2, "denominator": 1}
    split = program.post(f"/trades/{trade['id']}/splits", before)["split"]["id"]
    told = _statement(seat)
    compared = program.post(f"/accounts/{seat.account.id}/reconciliations", {"import_id": str(told.id)})
    return Desk(
        str(seat.account.id),
        *ids,
        there,
        owner=program,
        attachment_id=str(shot.id),
        split_id=split,
        member_email=member.email,
        imports=_imports(seat),
        statement_id=str(told.id),
        reconciliation_id=compared["id"],
    )


def _statement(seat: Seat) -> Import:
    """A statement that differs in four figures."""
    return statement(
        seat,
        HeldLine(3, Contract("AMD"), on(seat, 0), Decimal(40), Decimal("146.20"), None),
        sum_line(seat, SumKind.FEES, "3.20"),
        sum_line(seat, SumKind.DEPOSITS, "500"),
    )


def _imports(seat: Seat) -> dict[str, str]:
    states = {state: uuid4() for state in {*_CALLED_IN.values(), "ready"}}
    for state, import_id in states.items():
        row = Import(id=import_id, account_id=seat.account.id, name=f"{state}.csv", size=0, sha256="", counts={})
        row.format, row.status, row.options = "webull_bare", ImportStatus(state), {}
        row.created_by, row.created_at = seat.user.id, NOW
        db.session.add(row)
    db.session.commit()
    return {state: str(import_id) for state, import_id in states.items()}


def strange() -> Desk:
    """Ids that lead nowhere."""
    ids = [str(UUID(int=number)) for number in range(1, 7)]
    there = BrokerDesk(*[str(UUID(int=number)) for number in range(11, 16)], Decimal(100), Decimal(100))
    return Desk(*ids, there)


def counts() -> list[int]:
    """How many rows there are of everything that an operation may make."""
    db.session.rollback()
    return [db.session.scalar(select(func.count()).select_from(table)) or 0 for table in _TABLES]

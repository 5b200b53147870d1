"""What the order engine costs: placing an order against its rows and commits written bare, and a pass over open orders.

Run: .venv/bin/python -m benchmarks.orders
The exchange is the simulated one, without latency, in the same process; its work is part of both sides of no ratio but
of placing's own.
"""

import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from uuid import UUID, uuid4

from flask.testing import FlaskClient
from sqlalchemy import event
from sqlalchemy.orm import Session

from benchmarks.replay import Recorder, Write, replaying
from trenddojo.application import Application
from trenddojo.brokers.manager import BrokerManager, Purpose
from trenddojo.config import load
from trenddojo.domain.orders import OrderRequest, OrderType, TimeInForce
from trenddojo.domain.terms import Role, Side, TokenScope
from trenddojo.factory import create_app
from trenddojo.services import brokerage, connections, plans
from trenddojo.services.inputs import parse
from trenddojo.services.inputs.brokers import ConnectInput
from trenddojo.services.inputs.people import TokenInput
from trenddojo.services.inputs.plans import PlanInput
from trenddojo.services.orders import changing, engine
from trenddojo.services.orders.desk import Desk, desk_of
from trenddojo.services.tokens import create_token
from trenddojo.store import orders
from trenddojo.store.database import Base, db, discard
from trenddojo.store.models import Account, ChecklistItem, RiskSettings, User
from trenddojo.store.seats import Seat, SeatRole

BEGIN = datetime(2026, 11, 19, 15, 0, tzinfo=UTC)
ORDERS = 120
WARM_UP = 20
PASSES = 40
EVERY = timedelta(seconds=15)
"""How often open orders are asked for."""
FEW, MANY = 10, 1_000
SYMBOLS = ("NVDA", "AAPL", "MSFT", "AMD", "META", "KO", "JPM", "XOM")
PLACE_LIMIT, PASS_LIMIT = 3.0, 10.0
SETTINGS = {
    "TRENDDOJO_ENV": "development", "SECRET_KEY": "s" * 40, "BROKER_ENCRYPTION_KEY": "k" * 40,
    "ENABLE_BROKER_INTEGRATIONS": "true", "FLASK_RUN_FROM_CLI": "true",
}  # fmt: skip
ROOMY = ("max_risk_per_trade", "max_risk_per_day", "max_risk_per_week", "daily_loss_limit")


class Clock:
    """A clock that only we turn."""

    now = BEGIN

    def __call__(self) -> datetime:
        return self.now


class House:
    """An application on a fresh database with one person, and accounts at the simulated broker."""

    def __init__(self, folder: Path) -> None:
        self.clock = Clock()
        config = load({**SETTINGS, "DATABASE_URL": f"sqlite:///{folder}/desk.db"}, None)
        self.app: Application = create_app(config, self.clock)
        self.app.furnish()
        self.app.config["RATELIMIT_ENABLED"] = False
        with self.app.app_context():
            Base.metadata.create_all(db.engine)
            person = User(
                email="bench@example.org", name="Bench Mark", role=Role.TRADER, time_zone="UTC", password_hash="-",
                created_at=BEGIN,
            )  # fmt: skip
            db.session.add(person)
            db.session.commit()
            self.person_id = person.id

    @property
    def manager(self) -> BrokerManager:
        """The application's hold on its brokers."""
        found: BrokerManager = self.app.extensions[brokerage.EXTENSION]
        return found

    def account(self, name: str) -> Seat:
        """An account whose limits leave room, whose market never closes."""
        sent = {"broker": "simulated", "mode": "mock", "name": name}
        sent["credentials"] = {"latency_ms": "0", "always_open": "on"}  # type: ignore[assignment]
        person = db.session.get_one(User, self.person_id)
        seat = connections.connect(self.manager, person, parse(ConnectInput, sent), self.clock()).seats[0]
        limits = db.session.get_one(RiskSettings, seat.account.id)
        for limit in ROOMY:
            setattr(limits, limit, Decimal(10))
        limits.max_position_value, limits.max_open_positions, limits.max_correlated_positions = Decimal(100), 50, 50
        for item in db.session.query(ChecklistItem).filter_by(account_id=seat.account.id):
            item.required = False
        db.session.commit()
        return seat

    def token(self) -> str:
        """A token that may trade."""
        entered = parse(TokenInput, {"name": "bench", "scope": TokenScope.TRADE, "key": uuid4().hex})
        return create_token(db.session.get_one(User, self.person_id), entered, self.clock())[1]


def placing(folder: Path) -> None:
    """The same orders through the JSON API, and their rows and commits bare on a copy of the database, in turn."""
    house = House(folder)
    with house.app.app_context():
        seat = house.account("placing")
        account_id, token = seat.account.id, house.token()
        engine.follow(house.manager, desk_of(seat.account), house.clock())
        discard()
        db.session.remove()
        recorder, bare = Recorder(), replaying(copied(folder))
        recorder.attach()
    browser = house.app.test_client()
    through: list[float] = []
    alone: list[float] = []
    for _ in range(WARM_UP + ORDERS):
        with house.app.app_context():
            trade_id = planned(house, account_id)
        play(bare, recorder.taken())
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": uuid4().hex}
        through.append(timed(lambda: post(browser, trade_id, headers)))  # noqa: B023 - called at once
        writes = recorder.taken()
        alone.append(timed(lambda: play(bare, writes)))  # noqa: B023
        house.clock.now += timedelta(seconds=1)
    stack, rows = statistics.median(through[WARM_UP:]), statistics.median(alone[WARM_UP:])
    print(f"placing: {stack * 1000:.1f} ms through the stack, {rows * 1000:.1f} ms its rows and commits bare: ", end="")
    print(f"{stack / rows:.2f} (at most {PLACE_LIMIT})")


def planned(house: House, account_id: UUID) -> UUID:
    """A plan whose entry will rest; the order before it is cancelled first, so that each finds the same."""
    seat = seat_at(house, account_id)
    for order in orders.live(account_id):
        if order.role.adds_risk:
            changing.cancel(house.manager, seat, order, house.clock())
    plan = {
        "symbol": "NVDA", "direction": "long", "entry": "50", "stop": "48", "target_1": "60", "quantity": "1",
    }  # fmt: skip
    found = plans.plan_trade(seat_at(house, account_id), parse(PlanInput, plan), house.clock(), uuid4()).id
    db.session.remove()
    return found


def seat_at(house: House, account_id: UUID) -> Seat:
    """The person at an account of theirs."""
    person = db.session.get_one(User, house.person_id)
    return Seat(person, db.session.get_one(Account, account_id), SeatRole.OWNER)


def copied(folder: Path) -> Path:
    """A copy of the database as it is now."""
    copy = folder / "copy.db"
    with closing(sqlite3.connect(folder / "desk.db")) as here, closing(sqlite3.connect(copy)) as there:
        here.backup(there)
    return copy


def post(browser: FlaskClient, trade_id: UUID, headers: dict[str, str]) -> None:
    """Send the entry with its exits."""
    answer = browser.post(f"/api/trades/{trade_id}/orders", json={"type": "limit"}, headers=headers)
    if answer.status_code != 201:
        raise SystemExit(answer.text)


def play(session: Session, writes: Sequence[Write]) -> None:
    """Write what was recorded."""
    for write in writes:
        write(session)


def passes(folder: Path) -> None:
    """Passes over few and over many open orders in turn: time, calls, and what is written when nothing is new."""
    house = House(folder)
    with house.app.app_context():
        desks = {count: filled(house, count) for count in (FEW, MANY)}
        taken: dict[int, list[float]] = {count: [] for count in desks}
        written: list[str] = []
        event.listen(db.engine, "before_cursor_execute", lambda _c, _cursor, text, *_: written.append(text))
        calls = {count: follow(house, desk)[0] for count, desk in desks.items()}
        written.clear()
        for _ in range(PASSES):
            house.clock.now += EVERY
            for count, desk in desks.items():
                taken[count].append(timed(lambda: follow(house, desk)))  # noqa: B023
        changed = [text for text in written if text.split()[0].upper() in ("INSERT", "UPDATE", "DELETE")]
        changed = [text for text in changed if "leases" not in text]  # who owns the brokers is renewed by the clock
    few, many = (statistics.median(taken[count]) for count in (FEW, MANY))
    print(
        f"a pass: {many * 1000:.1f} ms over {MANY} open orders, {few * 1000:.1f} ms over {FEW}: {many / few:.2f} ",
        end="",
    )
    print(f"(under {PASS_LIMIT:.0f}); calls {calls[MANY]} and {calls[FEW]}; written with nothing new: {len(changed)}")


def filled(house: House, count: int) -> Desk:
    """An account that is followed, with so many orders open at the broker."""
    desk = desk_of(house.account(f"{count} orders").account)
    engine.follow(house.manager, desk, house.clock())
    client = desk.client(house.manager, Purpose.TRADE)
    for number in range(count):
        client.place_order(
            OrderRequest(
                symbol=SYMBOLS[number % len(SYMBOLS)],
                side=Side.BUY,
                quantity=Decimal(1),
                order_type=OrderType.LIMIT,
                client_order_id=uuid4().hex,
                time_in_force=TimeInForce.GTC,
                limit_price=Decimal(1),
            )
        )
    engine.follow(house.manager, desk, house.clock())
    return desk


def follow(house: House, desk: Desk) -> tuple[int, bool]:
    """One pass: how many calls it took, and whether it wrote."""
    passed = engine.follow(house.manager, desk, house.clock())
    return passed.calls, passed.wrote


def timed(act: Callable[[], object]) -> float:
    """Seconds that something takes."""
    begin = time.perf_counter()
    act()
    return time.perf_counter() - begin


def main() -> None:
    """Print both comparisons."""
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
        placing(Path(one))
        passes(Path(other))


if __name__ == "__main__":
    main()

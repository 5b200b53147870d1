"""What an account held before its books begin: offered from the broker's answer, imported once, with equity kept."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask

from tests.conftest import Clock
from tests.orders.floor import SYMBOL, Floor, floor, tick
from tests.services.connected import connect, owned_by_another
from trenddojo.brokers.errors import BrokerError, BrokerErrorCode
from trenddojo.brokers.simulator.client import SimulatedClient
from trenddojo.domain.order_states import OrderRole, SyncStatus
from trenddojo.domain.orders import OrderType, StopLoss, TakeProfit, TimeInForce
from trenddojo.domain.terms import Direction, Side, TradeStatus
from trenddojo.services import connections, onboarding
from trenddojo.services.errors import Conflict
from trenddojo.services.faults import Refused
from trenddojo.services.inputs import parse
from trenddojo.services.inputs.onboarding import ImportInput
from trenddojo.services.onboarding import Imported, NotImported
from trenddojo.services.onboarding_offers import Offer
from trenddojo.services.orders import exits, reporting
from trenddojo.services.plans import delete_trade
from trenddojo.store import orders, trades
from trenddojo.store.database import db
from trenddojo.store.models import Account, Alert, Execution, Trade, User
from trenddojo.store.seats import Seat, SeatRole

D = Decimal


class Past:
    """An account that trades at its broker before anybody follows it."""

    def __init__(self, sim: Floor) -> None:
        self.sim = sim

    def trade(self, side: Side, quantity: str, symbol: str = SYMBOL, **more: Any) -> None:
        self.sim.place_elsewhere(symbol=symbol, side=side, quantity=D(quantity), **more)
        self.sim.turn(minutes=7)

    def buy(self, quantity: str, symbol: str = SYMBOL, **more: Any) -> None:
        self.trade(Side.BUY, quantity, symbol, **more)

    def sell(self, quantity: str, symbol: str = SYMBOL, **more: Any) -> None:
        self.trade(Side.SELL, quantity, symbol, **more)

    def stop(self, quantity: str, distance: str = "0.9", symbol: str = SYMBOL) -> Decimal:
        """A stop that rests; its price."""
        price = D(tick(self.sim.price(symbol) * D(distance)))
        side = Side.SELL if D(distance) < 1 else Side.BUY
        more: dict[str, Any] = {"order_type": OrderType.STOP, "stop_price": price, "time_in_force": TimeInForce.GTC}
        self.trade(side, quantity, symbol, **more)
        return price

    def connect_now(self) -> None:
        """From here on it is connected: its books begin with what the broker says now."""
        equity = self.equity()
        account = db.session.get_one(Account, self.sim.account_id)
        account.created_at, account.opened_on = self.sim.clock(), self.sim.clock().date()
        account.starting_balance = account.balance = account.equity = equity
        db.session.commit()

    # ---- what the person does

    def offer(self) -> Offer:
        (found,) = onboarding.offers(*self.whose(), self.sim.clock())
        return found

    def take(self, **wanted: Any) -> Imported:
        manager, user, connection_id = self.whose()
        return onboarding.import_history(
            manager, user, connection_id, account_id=self.sim.account_id, wanted=parse(ImportInput, wanted),
            now=self.sim.clock(),
        )  # fmt: skip

    def take_all(self) -> Imported:
        """Whatever is offered, without stops but those that rest."""
        offer = self.offer()
        positions = [
            {"symbol": one.symbol, **({"stop": f"{one.stop}"} if one.is_covered else {"without_stop": True})}
            for one in offer.positions
        ]
        return self.take(positions=positions, trades=[{"first_fill": one.id} for one in offer.trips])

    def refused(self, **wanted: Any) -> dict[str, str]:
        with pytest.raises(NotImported) as error:
            self.take(**wanted)
        return error.value.fields

    def whose(self) -> Any:
        """Manager, person, connection."""
        user, connection_id = db.session.get_one(User, self.sim.seat.user.id), self.sim.desk.link.connection_id
        return self.sim.manager, user, connection_id

    # ---- what is

    def equity(self) -> Decimal:
        """The broker's."""
        return self.sim.client.get_account_info().equity

    def account(self) -> Account:
        return db.session.get_one(Account, self.sim.account_id, populate_existing=True)

    def imported(self, found: Imported) -> list[Trade]:
        return [db.session.get_one(Trade, one, populate_existing=True) for one in found.made]

    def outside(self) -> dict[str, Decimal]:
        return {symbol: row.outside for symbol, row in orders.checks_of(self.sim.account_id).items()}

    def executions(self) -> list[Execution]:
        return list(db.session.query(Execution).filter_by(account_id=self.sim.account_id))

    def check_equity(self) -> None:
        """Equity is the broker's, as exactly as a bar of a minute tells the prices of when it was connected."""
        assert abs(self.account().equity - self.equity()) < 10
        assert abs(self.account().starting_balance - 100_000) < 10

    def check(self) -> None:
        """Books and broker agree, and a second pass writes nothing."""
        self.sim.follow()
        assert not self.sim.follow().wrote
        account = self.account()
        report = reporting.report_of(Seat(db.session.get_one(User, account.owner_id), account, SeatRole.OWNER))
        assert [line for line in report.positions if not line.matches] == []
        held = {one.symbol: one.quantity for one in self.sim.exchange().positions(self.sim.clock()) if one.quantity}
        ours = orders.ledger(self.sim.account_id)
        outside = self.outside()
        assert {symbol: ours.get(symbol, D(0)) + outside.get(symbol, D(0)) for symbol in held} == held


@pytest.fixture
def past(app: Flask, clock: Clock, user: User) -> Past:
    return Past(floor(app, clock, user))


def stops_of(trade: Trade) -> list[tuple[Decimal | None, Decimal]]:
    return [(row.old, row.new) for row in trades.stops_of(trade.id)]


class TestOffer:
    def test_nothing(self, past: Past) -> None:
        assert past.offer().is_nothing

    def test_a_position_with_the_fills_that_made_it(self, past: Past) -> None:
        past.buy("60")
        past.buy("40")
        price = past.stop("100")
        past.connect_now()
        (found,) = past.offer().positions
        assert (found.symbol, found.direction, found.quantity, found.held) == (SYMBOL, Direction.LONG, 100, 100)
        assert [one.quantity for one in found.fills] == [60, 40]
        assert found.entry == (found.fills[0].price * 60 + found.fills[1].price * 40) / 100
        assert (found.stop, found.is_covered, found.why_not) == (price, True, "")

    def test_a_part_that_was_sold_is_in_it(self, past: Past) -> None:
        past.buy("100")
        past.sell("30")
        past.connect_now()
        (found,) = past.offer().positions
        assert [(one.side, one.quantity) for one in found.fills] == [(Side.BUY, 100), (Side.SELL, 30)]
        assert found.quantity == 70

    def test_fills_that_are_older_than_what_is_told(self, past: Past) -> None:
        past.buy("100")
        past.sim.turn(days=100)
        past.buy("20")
        past.connect_now()
        (found,) = past.offer().positions
        average = past.sim.exchange().positions(past.sim.clock())[0].average_price
        assert (found.quantity, found.fills, found.entry) == (120, (), round(average, 6))

    def test_round_trips(self, past: Past) -> None:
        past.buy("10")
        past.sell("10")
        past.sell("5")
        past.buy("5")
        past.connect_now()
        offer = past.offer()
        assert [(one.position.direction, one.position.entered) for one in offer.trips] == [
            (Direction.SHORT, 5),
            (Direction.LONG, 10),
        ]
        assert offer.positions == ()

    def test_a_fill_that_turned_round_ends_one_and_begins_the_next(
        self, past: Past, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        past.buy("10")
        past.sell("10")
        past.sell("15")
        past.connect_now()
        bought, sold, _ = past.sim.exchange().executions()
        told = [bought, replace(sold, quantity=D(25))]  # the simulated exchange takes no order that turns round
        monkeypatch.setattr(SimulatedClient, "get_executions_since", lambda _self, _start: told)
        offer = past.offer()
        assert [one.position.entered for one in offer.trips] == [10]
        assert [(one.direction, one.quantity, len(one.fills)) for one in offer.positions] == [(Direction.SHORT, 15, 1)]
        past.take(positions=[{"symbol": SYMBOL, "without_stop": True}])
        assert [one.id for one in past.offer().trips] == [bought.execution_id]
        past.take_all()
        kept = {one.key: one.quantity for one in past.executions()}
        assert kept == {bought.execution_id: 10, sold.execution_id: 10, f"{sold.execution_id}#1": 15}
        assert past.offer().is_nothing
        past.check()

    def test_what_was_traded_here_is_not_offered(self, past: Past) -> None:
        past.sim.follow()
        past.sim.enter(past.sim.plan())
        past.sim.place_elsewhere(symbol="AMD")
        past.sim.turn(seconds=5)
        past.sim.follow()
        assert past.offer().is_nothing


class TestPositions:
    def test_it_becomes_a_trade_with_its_stop_and_orders(self, past: Past) -> None:
        past.buy("100")
        price = past.stop("100")
        past.connect_now()
        before = past.equity()
        (trade,) = past.imported(past.take(positions=[{"symbol": SYMBOL, "stop": f"{price}"}]))
        assert (trade.status, trade.direction, trade.quantity) == (TradeStatus.ACTIVE, Direction.LONG, 100)
        assert trade.broker_sync_status is SyncStatus.IMPORTED
        assert (trade.stop, trade.planned_stop, stops_of(trade)) == (price, price, [(None, price)])
        assert trade.initial_risk is not None
        (fill,) = trades.executions_of(trade.id)
        assert fill.key in {one.execution_id for one in past.sim.exchange().executions()}
        assert past.outside() == {SYMBOL: 0}
        (order,) = orders.of_trade(trade.id)
        assert (order.role, order.leg) == (OrderRole.STOP, 1)
        assert exits.standing_of(trade, past.account()).is_safe
        assert past.account().equity == before
        past.check()

    def test_open_profit_is_open_profit_and_equity_is_the_brokers(self, past: Past) -> None:
        past.buy("100")
        past.sim.turn(days=9)
        past.connect_now()
        began = past.account().equity
        (trade,) = past.imported(past.take(positions=[{"symbol": SYMBOL, "without_stop": True}]))
        account = past.account()
        assert trade.open_pnl != 0
        assert (account.equity, began) == (past.equity(), past.equity())
        assert account.starting_balance == D(100_000)
        assert account.opened_on == trade.opened_at.date()

    def test_imported_later_it_counts_what_happened_since(self, past: Past) -> None:
        past.buy("100")
        past.sim.turn(days=9)
        past.connect_now()
        past.sim.follow()
        past.sim.turn(days=12)
        (trade,) = past.imported(past.take(positions=[{"symbol": SYMBOL, "without_stop": True}]))
        assert trade.status is TradeStatus.ACTIVE
        past.check_equity()

    def test_without_its_fills_it_has_the_average_price_and_a_date_of_the_persons(self, past: Past) -> None:
        past.buy("100")
        past.sim.turn(days=100)
        past.connect_now()
        (found,) = past.offer().positions
        (trade,) = past.imported(
            past.take(positions=[{"symbol": SYMBOL, "stop": tick(found.entry * D("0.5")), "entered_on": "2026-12-01"}])
        )
        (fill,) = trades.executions_of(trade.id)
        assert (fill.price, fill.quantity) == (found.entry, 100)
        assert fill.at == datetime.fromisoformat("2026-12-01T12:00:00-05:00")
        assert past.account().equity == past.equity()
        assert past.offer().is_nothing
        past.check()

    def test_a_stop_that_locks_profit_in_is_no_initial_stop(self, past: Past) -> None:
        past.buy("100")
        for _ in range(40):
            past.sim.turn(days=1)
            if past.sim.price() > past.sim.exchange().positions(past.sim.clock())[0].average_price * D("1.03"):
                break
        else:
            pytest.fail("the simulated market never rose")
        entry = past.sim.exchange().positions(past.sim.clock())[0].average_price
        stop, initial = tick(entry * D("1.01")), tick(entry * D("0.95"))
        past.connect_now()
        (trade,) = past.imported(past.take(positions=[{"symbol": SYMBOL, "stop": stop, "initial_stop": initial}]))
        assert stops_of(trade) == [(None, D(initial)), (D(initial), D(stop))]
        assert trade.initial_risk is not None

    def test_short(self, past: Past) -> None:
        past.sell("50")
        price = past.stop("50", "1.1")
        past.connect_now()
        (trade,) = past.imported(past.take_all())
        assert (trade.direction, trade.quantity, trade.stop) == (Direction.SHORT, 50, price)
        assert past.account().equity == past.equity()
        past.check()

    def test_what_was_bought_here_since_and_before_is_one_position(self, past: Past) -> None:
        past.buy("100")
        past.sim.turn(days=3)
        past.connect_now()
        past.sim.follow()
        own = past.sim.plan(quantity="10")
        past.sim.enter(own)
        (found,) = past.offer().positions
        assert (found.quantity, found.joins) == (100, own.id)
        past.take(positions=[{"symbol": SYMBOL, "without_stop": True}])
        own = past.sim.trade(own)
        assert (own.quantity, own.direction, own.status) == (110, Direction.LONG, TradeStatus.ACTIVE)
        assert [leg.number for leg in trades.legs_of(own.id)] == [1, 2]
        assert own.broker_sync_status is SyncStatus.SYNCED
        past.check()

    def test_a_stop_that_was_hit_before_it_was_imported(self, past: Past) -> None:
        """The engine, which knew nothing of the position, took the sale for a short: it becomes the exit it was."""
        past.buy("100")
        past.sim.turn(days=3)
        past.connect_now()
        past.sim.follow()
        past.sell("100")
        past.sim.follow()
        (phantom,) = trades.open_trades(past.sim.account_id)
        assert phantom.direction is Direction.SHORT
        (found,) = past.offer().positions
        assert (found.quantity, found.held, found.absorbs) == (100, 0, phantom.id)
        (trade,) = past.imported(past.take(positions=[{"symbol": SYMBOL}]))
        assert (trade.status, trade.direction, trade.quantity) == (TradeStatus.CLOSED, Direction.LONG, 0)
        assert past.sim.trade(phantom).deleted_at is not None
        assert trades.open_trades(past.sim.account_id) == []
        past.check_equity()
        past.check()

    def test_a_part_that_was_sold_before_it_was_imported(self, past: Past) -> None:
        past.buy("100")
        past.connect_now()
        past.sim.follow()
        past.sell("40")
        past.sim.follow()
        (found,) = past.offer().positions
        assert (found.quantity, found.held) == (100, 60)
        (trade,) = past.imported(past.take(positions=[{"symbol": SYMBOL, "without_stop": True}]))
        assert (trade.status, trade.quantity) == (TradeStatus.ACTIVE, 60)
        past.check_equity()
        past.check()

    def test_more_than_was_held_sold_before_it_was_imported(self, past: Past) -> None:
        past.buy("100")
        past.connect_now()
        past.sim.follow()
        past.sell("100")
        past.sell("30")
        past.sim.follow()
        past.take(positions=[{"symbol": SYMBOL}])
        (rest,) = trades.open_trades(past.sim.account_id)
        assert (rest.direction, rest.quantity) == (Direction.SHORT, 30)
        assert past.offer().is_nothing
        past.check()

    def test_a_short_that_was_planned_here_is_not_absorbed(self, past: Past) -> None:
        past.buy("100")
        past.connect_now()
        past.sim.follow()
        past.sim.enter(past.sim.plan(direction="short", quantity="10"), with_exits=False)
        past.check()  # an order that had ended before, told among the past ones, brings no fills into the books
        (found,) = past.offer().positions
        assert "runs the other way" in found.why_not
        assert (
            "runs the other way"
            in past.refused(positions=[{"symbol": SYMBOL, "without_stop": True}])["positions.0.symbol"]
        )


class TestOrders:
    def test_a_bracket_is_taken_over(self, past: Past) -> None:
        price = past.sim.price()
        past.buy(
            "100",
            take_profit=TakeProfit(limit_price=D(tick(price * D("1.2")))),
            stop_loss=StopLoss(stop_price=D(tick(price * D("0.8")))),
            time_in_force=TimeInForce.GTC,
        )
        past.connect_now()
        (trade,) = past.imported(past.take_all())
        assert sorted(one.role for one in orders.of_trade(trade.id)) == [OrderRole.STOP, OrderRole.TARGET]
        assert exits.standing_of(trade, past.account()).is_safe
        past.check()

    def test_they_end_with_the_trade(self, past: Past) -> None:
        past.buy("100")
        past.stop("100")
        past.connect_now()
        (trade,) = past.imported(past.take_all())
        past.sim.place(trade, order_type="market", exit_reason="manual")
        past.sim.turn(seconds=5)
        past.sim.follow()
        assert past.sim.trade(trade).status is TradeStatus.CLOSED
        assert past.sim.working_at_broker() == []
        assert past.sim.trade(trade).broker_sync_status is SyncStatus.IMPORTED

    def test_what_stays_after_a_part_was_sold_gets_its_stop_back(self, past: Past) -> None:
        past.buy("100")
        price = past.stop("100")
        past.connect_now()
        (trade,) = past.imported(past.take_all())
        past.sim.place(trade, role="scale_out", order_type="market", quantity="40", exit_reason="manual")
        past.sim.turn(seconds=5)
        past.sim.follow()
        assert past.sim.trade(trade).quantity == 60
        assert [(one.quantity, one.stop_price) for one in past.sim.working_at_broker()] == [(60, price)]

    def test_a_stop_that_is_hit_after_the_import_ends_the_trade(self, past: Past) -> None:
        past.buy("100")
        past.connect_now()
        price = past.stop("100", "0.99")
        (trade,) = past.imported(past.take(positions=[{"symbol": SYMBOL, "stop": f"{price}"}]))
        for _ in range(200):
            past.sim.turn(minutes=30)
            past.sim.follow()
            if not past.sim.position():
                break
        trade = past.sim.trade(trade)
        assert (trade.status, trade.exit_reason, trade.stop) == (TradeStatus.CLOSED, "stop_loss", price)

    def test_stops_for_more_than_is_held_stay_as_they_are(self, past: Past) -> None:
        past.buy("200")
        past.stop("150")
        past.sell("100")
        past.connect_now()
        (found,) = past.offer().positions
        assert (found.resting, found.is_covered) == ((), False)
        past.take(positions=[{"symbol": SYMBOL, "without_stop": True}])
        past.sim.follow()
        assert [one.quantity for one in past.sim.working_at_broker()] == [150]

    def test_a_position_without_its_stop_at_the_broker_rings(self, past: Past) -> None:
        past.buy("100")
        past.connect_now()
        (trade,) = past.imported(past.take(positions=[{"symbol": SYMBOL, "stop": tick(past.sim.price() * D("0.5"))}]))
        assert [one.code for one in db.session.query(Alert).filter_by(trade_id=trade.id)] == ["STOP_MISSING"]


class TestTrips:
    def test_they_are_trades_and_change_no_equity(self, past: Past) -> None:
        past.buy("100")
        past.sim.turn(days=2)
        past.sell("100")
        past.sim.turn(days=1)
        past.connect_now()
        (found,) = past.offer().trips
        entry = found.position.average_entry
        made = past.take(trades=[{"first_fill": found.id, "initial_stop": tick(entry * D("0.95"))}])
        (trade,) = past.imported(made)
        assert (trade.status, trade.realised) == (TradeStatus.CLOSED, found.position.realised)
        assert trade.realised != 0
        assert trade.r is not None
        assert trade.broker_sync_status is SyncStatus.IMPORTED
        account = past.account()
        assert account.equity == past.equity()
        assert account.starting_balance == D(100_000)
        assert account.opened_on == date(2026, 11, 19)
        past.check()

    def test_one_without_a_stop_has_no_r(self, past: Past) -> None:
        past.buy("10")
        past.sell("10")
        past.connect_now()
        (trade,) = past.imported(past.take_all())
        assert (trade.r, trade.planned_stop, trade.initial_risk) == (None, None, None)


@pytest.mark.parametrize("broker", ["alpaca", "interactive_brokers", "schwab"])
def test_at_each_broker_equity_is_kept_to_the_cent(app: Flask, clock: Clock, user: User, broker: str) -> None:
    past = Past(floor(app, clock, user, broker))
    past.buy("37", "AMD")
    past.sell("37", "AMD")
    past.buy("100")
    past.sell("30")
    past.stop("70")
    past.connect_now()
    made = past.imported(past.take_all())
    assert [(one.symbol, one.quantity) for one in made] == [(SYMBOL, 70), ("AMD", 0)]
    assert past.account().equity == past.equity()
    assert past.account().starting_balance == D(100_000)
    past.check()


class TestOnce:
    def test_pressed_twice(self, past: Past) -> None:
        past.buy("10", "AMD")
        past.sell("10", "AMD")
        past.buy("100")
        past.connect_now()
        offer = past.offer()
        wanted = {
            "positions": [{"symbol": SYMBOL, "without_stop": True}],
            "trades": [{"first_fill": offer.trips[0].id}],
        }
        first, second = past.take(**wanted), past.take(**wanted)
        assert len(first.made) == 2
        assert (second.made, set(second.known)) == ((), set(first.made))
        assert len(past.executions()) == 3
        assert past.offer().is_nothing

    def test_one_by_one(self, past: Past) -> None:
        past.buy("10", "AMD")
        past.sell("10", "AMD")
        past.buy("5", "AMD")
        past.sell("5", "AMD")
        past.buy("7", "AMD")
        past.connect_now()
        last, first = past.offer().trips
        past.take(trades=[{"first_fill": first.id}])
        assert [one.id for one in past.offer().trips] == [last.id]
        past.take(positions=[{"symbol": "AMD", "without_stop": True}])
        assert [one.id for one in past.offer().trips] == [last.id]
        past.take(trades=[{"first_fill": last.id}])
        assert past.offer().is_nothing
        assert past.account().equity == past.equity()
        past.check()

    def test_after_an_import_at_the_average_price_its_fills_make_no_trade(self, past: Past) -> None:
        past.buy("100")
        past.sim.turn(days=100)
        past.buy("40")
        past.sell("20")
        past.connect_now()
        past.take(positions=[{"symbol": SYMBOL, "without_stop": True, "entered_on": "2026-11-19"}])
        assert past.offer().is_nothing

    def test_a_deleted_one_is_not_offered_again(self, past: Past) -> None:
        past.buy("10")
        past.sell("10")
        past.connect_now()
        (trade,) = past.imported(past.take_all())
        delete_trade(past.sim.seat, trade, past.sim.clock())
        assert past.offer().is_nothing

    def test_after_the_connection_was_ended_and_made_again(self, past: Past) -> None:
        past.buy("100")
        past.connect_now()
        past.take(positions=[{"symbol": SYMBOL, "without_stop": True}])
        manager, user, connection_id = past.whose()
        connections.disconnect(manager, user, connection_id, past.sim.clock())
        connect(manager, user)
        assert past.offer().is_nothing
        past.check()


class TestAtTheSameMoment:
    @pytest.fixture
    def database_url(self, both_databases: str) -> str:
        return both_databases

    def test_it_is_imported_once(self, app: Flask, past: Past) -> None:
        past.buy("10", "AMD")
        past.sell("10", "AMD")
        past.buy("100")
        past.connect_now()
        (trip,) = past.offer().trips
        manager, user, connection_id = past.whose()
        user_id, account_id, now = user.id, past.sim.account_id, past.sim.clock()
        sent = {"positions": [{"symbol": SYMBOL, "without_stop": True}], "trades": [{"first_fill": trip.id}]}
        wanted = parse(ImportInput, sent)
        db.session.remove()

        def press(_: int) -> Imported:
            with app.app_context():
                person = db.session.get_one(User, user_id)
                return onboarding.import_history(
                    manager, person, connection_id, account_id=account_id, wanted=wanted, now=now
                )

        with ThreadPoolExecutor(4) as pool:
            found = list(pool.map(press, range(4)))
        assert sorted(len(one.made) for one in found) == [0, 0, 0, 2]
        assert len({frozenset((*one.made, *one.known)) for one in found}) == 1
        assert len(past.executions()) == 3
        assert past.account().equity == past.equity()
        past.check()


class TestRefused:
    def test_what_the_broker_says_is_raised_and_nothing_changes(self, past: Past) -> None:
        past.buy("100")
        past.connect_now()
        past.sim.follow()
        before = past.account().starting_balance
        past.sim.client.faults.refuse(BrokerErrorCode.ORDER_REJECTED, "get_executions")
        with pytest.raises(Refused) as error:
            past.take(positions=[{"symbol": SYMBOL, "without_stop": True}])
        assert error.value.next_step
        assert past.executions() == []
        assert past.account().starting_balance == before

    def test_without_past_prices_those_of_now_have_to_do(self, past: Past, monkeypatch: pytest.MonkeyPatch) -> None:
        past.buy("100")
        past.connect_now()
        past.sim.turn(days=3)

        def refuse(*_given: object) -> None:
            raise BrokerError("Not included in the plan.", BrokerErrorCode.API_ERROR, "simulated")

        monkeypatch.setattr(SimulatedClient, "get_bars", refuse)
        before = past.account().equity
        past.take(positions=[{"symbol": SYMBOL, "without_stop": True}])
        assert past.account().equity == before

    def test_another_process_has_the_brokers(self, app: Flask, past: Past) -> None:
        past.buy("100")
        owned_by_another(app)
        with pytest.raises(Conflict):
            past.offer()


class TestBadInput:
    @pytest.fixture
    def held(self, past: Past) -> Past:
        past.buy("100")
        past.connect_now()
        return past

    def test_nothing(self, held: Past) -> None:
        assert held.refused() == {"form": "Tick what you want to import."}

    def test_what_is_not_offered(self, held: Past) -> None:
        fields = held.refused(positions=[{"symbol": "AMD", "stop": "1"}], trades=[{"first_fill": "no such fill"}])
        assert set(fields) == {"positions.0.symbol", "trades.0.first_fill"}

    def test_no_stop(self, held: Past) -> None:
        assert "say that it has none" in held.refused(positions=[{"symbol": SYMBOL}])["positions.0.stop"]

    def test_a_stop_on_the_wrong_side(self, held: Past) -> None:
        high = tick(held.sim.price() * 2)
        fields = held.refused(positions=[{"symbol": SYMBOL, "stop": high, "initial_stop": high}])
        assert all("must be below its entry" in fields[f"positions.0.{name}"] for name in ("stop", "initial_stop"))

    def test_another_stop_than_the_one_that_rests(self, held: Past) -> None:
        rests = held.stop("100")
        fields = held.refused(positions=[{"symbol": SYMBOL, "stop": f"{rests - 1}"}])
        assert f"A stop rests at the broker at {rests}" in fields["positions.0.stop"]

    def test_a_date_that_is_missing_or_in_the_future(self, past: Past) -> None:
        past.buy("100")
        past.sim.turn(days=100)
        past.connect_now()
        wanted = {"symbol": SYMBOL, "without_stop": True}
        assert "Enter the day" in past.refused(positions=[wanted])["positions.0.entered_on"]
        fields = past.refused(positions=[{**wanted, "entered_on": "2027-12-01"}])
        assert fields == {"positions.0.entered_on": "This is in the future."}

    def test_nothing_is_changed(self, held: Past) -> None:
        held.sim.follow()
        before = held.account().equity, held.account().starting_balance, held.outside()
        held.refused(positions=[{"symbol": SYMBOL}])
        assert (held.account().equity, held.account().starting_balance, held.outside()) == before
        assert held.executions() == []

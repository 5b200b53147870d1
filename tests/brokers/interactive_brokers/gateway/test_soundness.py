"""Whatever is asked of the gateway, and by however many at once, its ledger adds up."""

from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from itertools import count

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.brokers.interactive_brokers.gateway.caller import calling
from tests.brokers.interactive_brokers.gateway.library import Trader
from tests.brokers.interactive_brokers.gateway.orders import Order
from tests.brokers.interactive_brokers.gateway.refusals import Refusal
from tests.brokers.interactive_brokers.gateway.test_refusals import a_placed_order
from tests.brokers.interactive_brokers.gateway.venue import Gateway
from tests.brokers.subjects import OPEN
from tests.conftest import Clock

D = Decimal
NAMES = ("AAPL", "MSFT", "EUR.USD", "ESZ6", "SAP.EUR")
PRICES = {"AAPL": 190, "MSFT": 400, "EUR.USD": 1, "ESZ6": 6000, "SAP.EUR": 200}
sides = st.sampled_from(["BUY", "SELL"])
names = st.sampled_from(NAMES)
factors = st.sampled_from([D("0.9"), D("0.97"), D(1), D("1.03"), D("1.1")])
places = st.tuples(
    st.just("place"), sides, names, st.integers(1, 30), st.sampled_from(["MKT", "LMT", "STP", "STP LMT", "TRAIL"]),
    factors, st.sampled_from(["DAY", "GTC", "IOC", "FOK"]), st.sampled_from(["", "", "group"]), st.integers(1, 3),
)  # fmt: skip
brackets = st.tuples(st.just("bracket"), sides, names, st.integers(1, 30), factors)
steps = st.one_of(
    places,
    brackets,
    st.tuples(st.just("price"), names, factors),
    st.tuples(st.just("cancel"), st.integers(0, 40)),
    st.tuples(st.just("fill"), st.integers(0, 40), st.integers(1, 9)),
    st.tuples(st.just("correct"), st.integers(0, 40), factors),
    st.tuples(st.just("turn"), st.sampled_from([1, 5, 400, 1440])),
)


class Play:
    """Plays steps on a gateway that is not started."""

    def __init__(self) -> None:
        self.clock = Clock(OPEN)
        self.there = Gateway(self.clock, accounts=("DU1234567",))
        self.numbers = count(1)
        for name, price in PRICES.items():
            self.there.set_price(name, D(price))

    def play(self, step: tuple[object, ...]) -> None:
        name, *given = step
        getattr(self, str(name))(*given)

    def place(
        self, side: str, name: str, quantity: int, kind: str, factor: Decimal, tif: str, group: str, oca_type: int
    ) -> None:
        price = self._near(name, factor)
        prices: dict[str, dict[str, object]] = {
            "LMT": {"lmtPrice": price}, "STP": {"auxPrice": price}, "TRAIL": {"trailingPercent": "5"},
            "STP LMT": {"lmtPrice": price, "auxPrice": price},
        }  # fmt: skip
        terms = {"orderType": kind, "tif": tif, "ocaGroup": group, "ocaType": oca_type, **prices.get(kind, {})}
        self._enter(side, name, quantity, **terms)

    def bracket(self, side: str, name: str, quantity: int, factor: Decimal) -> None:
        other = "SELL" if side == "BUY" else "BUY"
        up, down = (D("1.05"), D("0.95")) if side == "BUY" else (D("0.95"), D("1.05"))
        parent = self._enter(side, name, quantity, orderType="LMT", lmtPrice=self._near(name, factor), transmit=False)
        if parent is not None:
            family: dict[str, object] = {"parentId": parent.order_id, "tif": "GTC"}
            self._enter(other, name, quantity, orderType="LMT", lmtPrice=self._near(name, up), transmit=False, **family)
            self._enter(other, name, quantity, orderType="STP", auxPrice=self._near(name, down), **family)

    def price(self, name: str, factor: Decimal) -> None:
        self.there.set_price(name, self._near(name, factor))

    def cancel(self, which: int) -> None:
        if which < len(self.there.open_orders):
            self.there.cancel(self.there.open_orders[which])

    def fill(self, which: int, quantity: int) -> None:
        working = [order for order in self.there.open_orders if order.parent is None and order.is_working]
        if which < len(working):
            order = working[which]
            self.there.fill(order, min(D(quantity), order.remaining))

    def correct(self, which: int, factor: Decimal) -> None:
        if which < len(self.there.fills):
            fill = self.there.fills[which]
            self.there.correct(fill, price=self._near(fill.symbol, factor))

    def turn(self, minutes: int) -> None:
        self.clock.turn(minutes=minutes)
        self.there.settle()

    def _near(self, name: str, factor: Decimal) -> Decimal:
        tick = self.there.instruments.named(name).tick_at(D(PRICES[name]) * factor)
        return (PRICES[name] * factor / tick).quantize(D(1)) * tick

    def _enter(self, side: str, name: str, quantity: int, **terms: object) -> Order | None:
        try:
            return self.there.place_as(9, side, name, quantity, **terms)
        except Refusal:
            return None


@given(st.lists(steps, max_size=40))
@settings(max_examples=60)
def test_the_ledger_adds_up(played: list[tuple[object, ...]]) -> None:
    play = Play()
    for step in played:
        play.play(step)
        check_orders(play.there)
    check_money(play.there)
    check_families(play.there)
    play.there.stop()


def check_orders(there: Gateway) -> None:
    by_order: dict[Order, Decimal] = defaultdict(Decimal)
    for fill in there.fills:
        by_order[fill.order] += fill.quantity
    for order in there.orders:
        assert order.filled == by_order[order] == sum(fill.quantity for fill in order.fills)
        assert order.filled <= order.quantity
        assert (order.status == "Filled") is (order.filled == order.quantity and order.ended_at is not None)
        assert order.is_open is (order.is_transmitted and order.ended_at is None)
    assert len({order.perm_id for order in there.orders if order.perm_id}) == sum(
        order.perm_id > 0 for order in there.orders
    )  # fmt: skip


def check_money(there: Gateway) -> None:
    """Positions are what was filled; cash is what was paid for them, commissions, and the profit of futures."""
    account = there.accounts["DU1234567"]
    cash: dict[str, Decimal] = defaultdict(Decimal, USD=D(100_000))
    held: dict[str, Decimal] = defaultdict(Decimal)
    for fill in there.fills:
        one = fill.order.instrument
        held[fill.symbol] += fill.signed
        cash[one.currency] -= fill.commission
        cash[one.currency] -= 0 if one.kind == "FUT" else fill.signed * fill.price * one.multiplier
        cash[one.symbol if one.kind == "CASH" else "none"] += fill.signed
    assert there.positions == {name: quantity for name, quantity in held.items() if quantity}
    for currency in ("EUR",):
        assert abs(account.cash[currency] - cash[currency]) < D("1e-6")
    for holding in account.holdings.values():
        fills = [fill for fill in there.fills if fill.order.instrument is holding.instrument]
        assert holding.quantity == sum(fill.signed for fill in fills)
    check_futures(there, cash["USD"])


def check_futures(there: Gateway, cash_without: Decimal) -> None:
    """What futures have paid is their whole value, less what is held of it."""
    account = there.accounts["DU1234567"]
    future = there.instruments.named("ESZ6")
    flow = -sum(
        (fill.signed * fill.price * future.multiplier for fill in there.fills if fill.symbol == "ESZ6"), D(0)
    )  # fmt: skip
    holding = account.holdings.get(future.con_id)
    invested = holding.cost - holding.fees if holding else D(0)
    assert abs(account.cash["USD"] - (cash_without + flow + invested)) < D("1e-6")


def check_families(there: Gateway) -> None:
    for order in there.orders:
        parent = order.parent
        if parent is not None and parent.ended_at is not None and parent.status != "Filled":
            assert not order.is_open
        if parent is not None and parent.status != "Filled":
            assert order.filled == 0
    groups: dict[str, list[Order]] = defaultdict(list)
    for order in there.orders:
        groups[order.oca_group].append(order)
    for group, orders in groups.items():
        filled = [order for order in orders if order.status == "Filled"]
        if group.isdigit() and filled:
            assert not [order for order in orders if order.is_open]


def test_every_order_has_its_own_number_however_many_ask(there: Gateway) -> None:
    def place(client_id: int) -> int:
        with calling(there, client_id) as caller:
            for number in range(1, 6):
                caller.send(*a_placed_order(number))
            filled = 0
            while filled < 5:
                filled += caller.hear()[0] == "59"
            return filled

    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(place, range(10, 16))) == [5] * 6
    assert there.positions == {"AAPL": D(300)}
    assert len({order.perm_id for order in there.orders}) == 30
    assert there.cash == 100_000 - 300 * 190 - 30


def test_a_client_knows_what_the_ledger_knows(trader: Trader, there: Gateway) -> None:
    """After any number of orders, what the library has gathered from messages is the ledger."""
    for number in range(12):
        trader.place("BUY" if number % 3 else "SELL", 5 + number, "LMT", lmtPrice=185 + number, tif="GTC")
        there.set_price("AAPL", D(186 + number))
    trader.until(lambda: len(trader.ib.fills()) == len(there.fills))
    trader.until(lambda: all(fill.commissionReport.execId for fill in trader.ib.fills()))
    held = {one.contract.conId: D(str(one.position)) for one in trader.ib.positions()}
    assert held.get(265598, D(0)) == there.positions.get("AAPL", D(0))
    open_ids = {one.order.permId for one in trader.ib.openTrades()}
    assert open_ids == {order.perm_id for order in there.open_orders}
    charged = sum(D(str(fill.commissionReport.commission)) for fill in trader.ib.fills())
    assert charged == sum(fill.commission for fill in there.fills)

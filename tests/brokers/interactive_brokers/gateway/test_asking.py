"""Accounts, positions, values and profits, asked for and told by themselves."""

from decimal import Decimal
from typing import Any

import pytest

from tests.brokers.interactive_brokers.gateway.caller import Caller, calling
from tests.brokers.interactive_brokers.gateway.library import Loop, Trader, trading
from tests.brokers.interactive_brokers.gateway.venue import Gateway, gateway
from tests.conftest import Clock

D = Decimal


def values(trader: Trader, account: str = "DU1234567") -> dict[tuple[str, str], float]:
    """The account's figures that are numbers, by tag and currency."""

    def number(text: str) -> bool:
        return text.replace("-", "").replace(".", "").isdigit()

    told = trader.loop.call(trader.ib.accountValues)
    return {
        (one.tag, one.currency): float(one.value) for one in told if one.account == account and number(one.value)
    }  # fmt: skip


def test_positions_are_told_and_followed(trader: Trader, there: Gateway) -> None:
    trader.place()
    trader.until(lambda: trader.ib.positions() and trader.ib.portfolio())
    (held,), (valued,) = trader.ib.positions(), trader.ib.portfolio()
    assert (held.contract.conId, held.contract.exchange, held.position, held.avgCost) == (265598, "NASDAQ", 10, 190.1)
    assert (valued.contract.primaryExchange, valued.contract.exchange) == ("NASDAQ", "")
    assert (valued.marketPrice, valued.marketValue, valued.averageCost, valued.unrealizedPNL) == (190, 1900, 190.1, -1)
    trader.place("SELL")
    trader.until(lambda: not trader.ib.positions() and not trader.ib.portfolio())
    assert trader.ask("reqPositions") == []
    assert there.positions == {}


def test_figures_follow_a_fill(trader: Trader, there: Gateway) -> None:
    before = values(trader)
    assert before["BuyingPower", "USD"] == 400_000
    trader.place("BUY", 100)
    trader.until(lambda: values_now(trader).get("GrossPositionValue") == "19000.00")
    after = values(trader)
    assert after["TotalCashValue", "USD"] == after["CashBalance", "BASE"] == 80_999
    assert after["NetLiquidation", "USD"] == 99_999
    assert (after["InitMarginReq", "USD"], after["MaintMarginReq", "USD"]) == (5700, 4750)
    assert after["BuyingPower", "USD"] == 4 * (99_999 - 5700)
    assert after["StockMarketValue", "USD"] == 19_000
    assert after["UnrealizedPnL", "BASE"] == -1
    assert there.figures().equity == 99_999


def values_now(trader: Trader) -> dict[str, str]:
    """On the loop's own thread."""
    return {one.tag: one.value for one in trader.ib.accountValues() if one.currency == "USD"}


def test_figures_follow_prices_every_three_minutes(trader: Trader, there: Gateway, clock: Clock) -> None:
    trader.place("BUY", 100)
    trader.until(lambda: values_now(trader)["NetLiquidation"] == "99999.00")
    there.set_price("AAPL", "200")
    trader.ask("reqCurrentTime")
    assert values_now(trader)["NetLiquidation"] == "99999.00"
    clock.turn(minutes=3)
    there.settle()
    trader.until(lambda: values_now(trader)["NetLiquidation"] == "100999.00")


def test_a_summary_is_told_and_followed(trader: Trader) -> None:
    async def summary() -> Any:
        return await trader.ib.accountSummaryAsync()

    told = trader.loop.run(summary)
    figures = {one.tag: one.value for one in told}
    assert figures["NetLiquidation"] == "100000.00"
    assert {one.account for one in told} == {"DU1234567"}
    trader.place()
    trader.until(lambda: any(one.value == "1900.00" for one in trader.ib.wrapper.acctSummary.values()))


def test_two_summaries_and_no_more(caller: Caller) -> None:
    for number in (1, 2):
        caller.send(62, 1, number, "All", "NetLiquidation,AccountType")
        assert caller.until(63)[3:] == ["DU1234567", "AccountType", "INDIVIDUAL", ""]
        assert caller.hear()[4:] == ["NetLiquidation", "100000.00", "USD"]
        assert caller.hear() == ["64", "1", str(number)]
    caller.send(62, 1, 3, "All", "NetLiquidation")
    assert caller.error()[:2] == (3, 322)
    caller.send(63, 1, 1)
    caller.send(62, 1, 3, "All", "NetLiquidation")
    assert caller.until(64)[2] == "3"


def test_profits(trader: Trader, there: Gateway) -> None:
    pnl = trader.loop.call(lambda: trader.ib.reqPnL("DU1234567"))
    trader.until(lambda: pnl.unrealizedPnL == 0)
    trader.place()
    there.set_price("AAPL", "200")
    trader.until(lambda: pnl.unrealizedPnL == 99)
    single = trader.loop.call(lambda: trader.ib.reqPnLSingle("DU1234567", "", 265598))
    trader.until(lambda: single.value == 2000)
    trader.place("SELL")
    trader.until(lambda: (pnl.unrealizedPnL, pnl.realizedPnL) == (0, 98))
    trader.loop.call(lambda: trader.ib.cancelPnL("DU1234567"))
    assert there.wait_for(lambda: there.asked("cancelPnL"))


def test_one_account_at_a_time_has_updates(clock: Clock) -> None:
    with gateway(clock, accounts=("DU1", "DU2")) as there, calling(there) as caller:
        caller.send(6, 2, 1, "DU1")
        assert caller.until(54)[2] == "DU1"
        caller.send(6, 2, 1, "DU2")
        assert caller.until(54)[2] == "DU2"
        there.place_as(9, "BUY", "AAPL", 1, account="DU1")
        caller.send(49, 1)
        assert caller.hear()[0] == "49"
        there.place_as(9, "BUY", "AAPL", 1, account="DU2")
        assert caller.until(7)[-1] == "DU2"
        caller.send(6, 2, 0, "")
        caller.send(6, 2, 1, "DU9")
        assert caller.error()[1] == 321


def test_positions_of_several_accounts(loop: Loop, clock: Clock) -> None:
    with gateway(clock, accounts=("DU1", "DU2")) as there, trading(loop, there) as trader:
        for account in ("DU1", "DU2"):
            trader.place(account=account)
        trader.until(lambda: len(trader.ib.positions()) == 2)
        assert there.positions == {"AAPL": D(20)}
        assert {one.account for one in trader.ask("reqPositions")} == {"DU1", "DU2"}
        equity = [values(trader, account)["NetLiquidation", "USD"] for account in ("DU1", "DU2")]
        assert equity[0] == equity[1] < 100_000


def test_positions_by_account(caller: Caller, there: Gateway) -> None:
    there.place_as(9, "BUY", "AAPL", 1)
    caller.send(74, 1, 5, "DU1234567", "")
    assert caller.until(71)[2:6] == ["5", "DU1234567", "265598", "AAPL"]
    assert caller.hear() == ["72", "1", "5"]
    there.place_as(9, "BUY", "AAPL", 1)
    assert caller.until(71)[-3] == "2"
    caller.send(75, 1, 5)
    caller.send(64, 1)
    caller.send(49, 1)
    assert caller.hear()[0] == "49"
    there.place_as(9, "BUY", "AAPL", 1)
    caller.send(49, 1)
    assert caller.hear()[0] == "49"


def test_values_by_account(caller: Caller, there: Gateway) -> None:
    caller.send(76, 1, 5, "DU1234567", "", 0)
    assert caller.until(73)[2:6] == ["5", "DU1234567", "", "AccountCode"]
    caller.until(74)
    there.place_as(9, "BUY", "AAPL", 1)
    assert caller.until(73)[5] != "AccountCode"
    caller.send(77, 1, 5)
    caller.send(76, 1, 5, "DU1234567", "", 0)
    assert caller.until(74)[2] == "5"


def test_figures_may_not_be_ready(loop: Loop, clock: Clock) -> None:
    with gateway(clock, account_ready=False) as there, trading(loop, there) as trader:
        assert {one.value for one in trader.ib.accountValues() if one.tag == "AccountReady"} == {"false"}


def test_time_numbers_and_accounts(trader: Trader, caller_of_8: Caller, clock: Clock) -> None:
    assert trader.ask("reqCurrentTime") == clock.now
    caller_of_8.send(8, 1, 1)
    assert caller_of_8.until(9)[2] == "1"
    caller_of_8.send(17, 1)
    assert caller_of_8.until(15)[2] == "DU1234567"


@pytest.mark.parametrize(("name", "quantity", "cash", "value"), [
    ("BTC.USD", "0.5", {"USD": "64937"}, "35000"),
    ("SPY   261218C00500000", "2", {"USD": "95998.7"}, "4000"),
    ("ESZ6", "1", {"USD": "99997.75"}, "0"),
    ("EUR.USD", "10000", {"USD": "88998", "EUR": "10000"}, "0"),
    ("SAP.EUR", "10", {"USD": "100000", "EUR": "-2003"}, "2200"),
])  # fmt: skip
def test_what_is_not_a_share_in_dollars(
    there: Gateway, name: str, quantity: str, cash: dict[str, str], value: str
) -> None:
    for priced, price in (("BTC.USD", "70000"), ("SPY   261218C00500000", "20"), ("ESZ6", "6000"), ("EUR.USD", "1.1"),
                          ("SAP.EUR", "200")):  # fmt: skip
        there.set_price(priced, price)
    order = there.place_as(9, "BUY", name, quantity)
    assert order.status == "Filled"
    account = there.accounts["DU1234567"]
    assert {code: account.cash[code] for code in cash} == {code: D(amount) for code, amount in cash.items()}
    assert there.figures().gross == D(value)
    lost = {"BTC.USD": "63", "SPY   261218C00500000": "1.3", "ESZ6": "2.25", "EUR.USD": "2", "SAP.EUR": "3.3"}
    assert there.figures().equity == 100_000 - D(lost[name])

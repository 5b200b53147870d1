"""Market data and history: live, delayed, refused, and never coming."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from tests.brokers.interactive_brokers.gateway.caller import Caller
from tests.brokers.interactive_brokers.gateway.library import Trader
from tests.brokers.interactive_brokers.gateway.venue import Gateway
from tests.conftest import Clock


def ticker(trader: Trader, contract: Any = None, *, snapshot: bool = False) -> Any:
    """A line of market data."""
    where = contract or qualified(trader, trader.stock())
    return trader.loop.call(lambda: trader.ib.reqMktData(where, "", snapshot, False))


def qualified(trader: Trader, contract: Any) -> Any:
    (found,) = trader.ask("qualifyContracts", contract)
    return found


def test_a_line_tells_what_moves(trader: Trader, there: Gateway) -> None:
    line = ticker(trader)
    trader.until(lambda: line.last == 190)
    assert (line.bid, line.ask, line.minTick, line.marketDataType) == (189.99, 190.01, 0.01, 1)
    assert line.volume > 0
    assert line.close > 0
    there.set_price("AAPL", "191")
    trader.until(lambda: (line.bid, line.ask, line.last) == (190.99, 191.01, 191))


def test_a_line_moves_with_the_time(trader: Trader, there: Gateway, clock: Clock) -> None:
    line = ticker(trader, qualified(trader, trader.stock("MSFT")))
    trader.until(lambda: line.last > 0)
    before = line.last
    clock.turn(minutes=20)
    there.settle()
    trader.until(lambda: line.last != before)


def test_nothing_is_told_after_the_end(trader: Trader, there: Gateway) -> None:
    contract = qualified(trader, trader.stock())
    line = ticker(trader, contract)
    trader.until(lambda: line.last == 190)
    trader.loop.call(lambda: trader.ib.cancelMktData(contract))
    trader.ask("reqCurrentTime")
    there.set_price("AAPL", "191")
    trader.ask("reqCurrentTime")
    assert line.last == 190


def test_a_snapshot_comes_once(trader: Trader, there: Gateway) -> None:
    (line,) = trader.ask("reqTickers", qualified(trader, trader.stock()))
    assert (line.bid, line.ask, line.last) == (189.99, 190.01, 190)
    there.set_price("AAPL", "191")
    trader.ask("reqCurrentTime")
    assert line.last == 190


def test_a_pair_has_no_last_trade(trader: Trader) -> None:
    pair = trader.loop.call(lambda: trader.lib.Forex("EURUSD"))
    (line,) = trader.ask("reqTickers", qualified(trader, pair))
    assert 0.5 < line.bid < line.ask < 2
    assert line.last != line.last


@pytest.mark.parametrize(("access", "code"), [
    ("none", 354), ("api_only", 10089), ("delayed_off", 10168), ("competing", 10197), ("delayed", 354),
])  # fmt: skip
def test_there_may_be_none(trader: Trader, there: Gateway, access: Any, code: int) -> None:
    there.access["AAPL"] = access
    line = ticker(trader)
    trader.heard(code)
    assert line.bid != line.bid


def test_delayed_data_for_who_wants_them(caller: Caller, there: Gateway) -> None:
    there.access["AAPL"] = "delayed"
    caller.send(59, 1, 3)
    caller.send(*a_line(5, "AAPL"))
    assert caller.error()[0] == -1
    while (error := caller.error())[0] == -1:
        pass
    assert error[:2] == (5, 10167)
    assert caller.hear() == ["58", "1", "5", "3"]
    assert caller.hear()[:2] == ["81", "5"]
    ticks = [caller.hear() for _ in range(6)]
    assert [fields[3] for fields in ticks] == ["66", "67", "68", "74", "88", "75"]
    caller.send(*a_line(6, "MSFT"))
    assert caller.until(58) == ["58", "1", "6", "1"]


def test_delayed_data_as_the_library_sees_them(trader: Trader, there: Gateway) -> None:
    there.access["AAPL"] = "delayed"
    trader.loop.call(lambda: trader.ib.reqMarketDataType(3))
    line = ticker(trader)
    trader.until(lambda: line.last == 190)
    assert line.marketDataType == 3
    assert 10167 in trader.codes


def test_a_tick_may_never_come(trader: Trader, there: Gateway) -> None:
    there.access["AAPL"] = "silent"
    line = ticker(trader)
    there.set_price("AAPL", "191")
    trader.ask("reqCurrentTime")
    assert line.last != line.last
    assert trader.codes == []


def test_lines_that_are_not_there(caller: Caller) -> None:
    caller.send(2, 2, 5)
    while caller.error()[:2] != (5, 300):
        pass
    caller.send(*a_line(5, "NOSUCH"))
    assert caller.error()[:2] == (5, 200)
    caller.send(59, 1, 9)
    assert caller.error()[1] == 321
    caller.send(*a_line(5, "AAPL"))
    caller.send(*a_line(5, "AAPL"))
    assert caller.error()[:2] == (5, 322)


def test_so_many_lines_and_no_more(caller: Caller) -> None:
    for number in range(101):
        caller.send(*a_line(number, "AAPL"))
    while (error := caller.error())[1] != 101:
        pass
    assert error[0] == 100


def a_line(number: int, symbol: str) -> list[str | int]:
    """A reqMktData."""
    return [1, 11, number, 0, symbol, "STK", "", 0, "", "", "SMART", "", "USD", "", "", 0, "", 0, 0, ""]


# --- history


def bars(trader: Trader, size: str, duration: str, **more: Any) -> list[Any]:
    parts = {"endDateTime": "", "whatToShow": "TRADES", "useRTH": True, "formatDate": 2} | more
    contract = parts.pop("contract", None) or trader.stock()
    return list(
        trader.ask("reqHistoricalData", contract, durationStr=duration, barSizeSetting=size, **parts)
    )  # fmt: skip


@pytest.mark.parametrize(("size", "duration", "count", "first"), [
    ("1 day", "5 D", 5, date(2026, 2, 25)),
    ("1 hour", "2 D", 8, datetime(2026, 3, 2, 14, 30, tzinfo=UTC)),
    ("1 min", "1800 S", 30, datetime(2026, 3, 3, 14, 30, tzinfo=UTC)),
    ("1 day", "2 W", 10, date(2026, 2, 18)),
])  # fmt: skip
def test_bars(trader: Trader, size: str, duration: str, count: int, first: date) -> None:
    told = bars(trader, size, duration)
    assert len(told) == count
    assert told[0].date == first
    assert [bar.date for bar in told] == sorted(bar.date for bar in told)
    assert all(bar.low <= min(bar.open, bar.close) <= max(bar.open, bar.close) <= bar.high for bar in told)
    assert all(bar.volume > 0 and bar.barCount > 0 for bar in told)


def test_bars_end_where_asked(trader: Trader) -> None:
    for end in ("20260227 16:00:00 US/Eastern", "20260227-21:00:00"):
        told = bars(trader, "1 day", "3 D", endDateTime=end)
        assert [bar.date for bar in told] == [date(2026, 2, day) for day in (25, 26, 27)]
    assert bars(trader, "1 day", "3 D", endDateTime="yesterday") == []
    assert trader.codes == [10314]


def test_times_of_bars_come_in_two_ways(trader: Trader, caller_of_8: Caller) -> None:
    whole, local = (bars(trader, "1 hour", "1 D", formatDate=form) for form in (2, 1))
    assert [bar.date for bar in whole] == [bar.date for bar in local]
    for form, text in ((1, "20260303 09:30:00 US/Eastern"), (2, "1772548200")):
        caller_of_8.send(*a_history("1 hour", "1 D", form))
        assert caller_of_8.until(17)[5] == text


def a_history(size: str, duration: str, form: int = 2) -> list[str | int]:
    """A reqHistoricalData for AAPL."""
    contract: list[str | int] = [0, "AAPL", "STK", "", 0, "", "", "SMART", "", "USD", "", ""]
    return [20, 5, *contract, 0, "", size, duration, 1, "TRADES", form, 0, ""]


def test_a_pair_has_bars_of_its_middle_only(trader: Trader) -> None:
    pair = trader.loop.call(lambda: trader.lib.Forex("EURUSD"))
    told = bars(trader, "1 day", "3 D", contract=pair, whatToShow="MIDPOINT")
    assert {bar.volume for bar in told} == {-1}
    assert bars(trader, "1 day", "3 D", contract=pair) == []
    assert trader.codes == [162]


@pytest.mark.parametrize(("size", "duration", "code"), [
    ("2 mins", "1 D", 321), ("1 day", "3 X", 321), ("1 day", "3", 321), ("1 min", "60 S", 162),
])  # fmt: skip
def test_what_cannot_be_told(caller: Caller, clock: Clock, size: str, duration: str, code: int) -> None:
    """By hand: ib_async takes 321 for a warning, and would wait for the bars."""
    clock.now = datetime(2026, 3, 7, 15, 0, tzinfo=UTC)
    caller.send(*a_history(size, duration))
    while (error := caller.error())[0] == -1:
        pass
    assert error[:2] == (5, code)


def test_too_much_history_is_refused(trader: Trader, there: Gateway, clock: Clock) -> None:
    there.history_pacing = True
    assert bars(trader, "1 day", "3 D")
    assert bars(trader, "1 day", "3 D") == []
    assert "pacing" in trader.texts[-1]
    for days in range(4, 8):
        assert bars(trader, "1 day", f"{days} D")
    assert bars(trader, "1 day", "9 D") == []
    clock.turn(seconds=15)
    assert bars(trader, "1 day", "3 D")
    assert trader.codes == [162, 162]


def test_there_is_nothing_to_cancel(caller: Caller) -> None:
    caller.send(25, 1, 5)
    while caller.error()[:2] != (5, 366):
        pass

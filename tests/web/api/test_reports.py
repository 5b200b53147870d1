"""The report by the API: which trades of which accounts, and what is null where only some are asked for."""

from __future__ import annotations

import pytest

from tests.services.exposed import round_trip
from tests.services.test_totals import simulated
from tests.web.api.desk import Desk, Program
from trenddojo.store.seats import Seat

PATH = "/reports/performance"


def test_some_trades_only(program: Program, seat: Seat) -> None:
    round_trip(seat, "AAA", "100", entered=9, left=2)
    round_trip(seat, "BBB", "-50", entered=9, left=1)
    path = f"{PATH}?account={seat.account.id}"
    whole, some = program.get(path), program.get(f"{path}&symbol=AAA")
    assert (whole["statistics"]["net"], some["statistics"]["net"]) == ("50.00", "100.00")
    assert (whole["equity"], whole["curve"][-1]["equity"], whole["band"]) == ("100050.00", "100050.00", "0.00")
    for name in ("equity", "gain", "realised", "ratio", "sessions", "largest_drawdown"):
        assert some[name] is None
    assert some["curve"] == []
    assert some["closed_curve"] == [{"date": "2026-11-17", "net": "100.00", "r": "2"}]
    assert [point["net"] for point in whole["closed_curve"]] == ["100.00", "50.00"]
    assert (some["months"][0]["equity"], some["months"][0]["statistics"]["trades"]) == (None, 1)
    week = {"monday": "2026-11-16", "realised": None, "trades": 1, "net": "100.00", "sum_r": "2"}
    assert some["weeks"][-1] == week
    assert whole["weeks"][-1] == {**week, "realised": "50.00", "trades": 2, "net": "50.00", "sum_r": "1"}
    asked = dict.fromkeys(("tag", "setup", "direction", "quality", "market"))
    assert some["filter"] == {**asked, "symbol": "AAA"}


def test_all_accounts_of_a_mode(program: Program, seat: Seat) -> None:
    round_trip(seat, "AAA", "100")
    round_trip(simulated(seat, "Practice"), "BBB", "-50")
    found = program.get(f"{PATH}?account=all&mode=mock")
    assert (found["account_id"], found["mode"], found["accounts"]) == (None, "mock", ["Practice"])
    assert (found["currency"], found["statistics"]["net"], found["equity"]) == ("USD", "-50.00", "99950.00")
    assert program.get(f"{PATH}?account=all&mode=manual")["mode"] is None


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("account=all", "mode"),
        ("account=all&mode=live", "mode"),
        ("account=all&mode=real", "mode"),
        ("account=any", "account"),
        ("mode=mock", "account"),
        ("account={own}&mode=mock", "mode"),
        ("account={own}&quality=6", "quality"),
        ("account={own}&direction=up", "direction"),
        ("account={own}&symbol=%24%24", "symbol"),
        ("account={own}&tag=" + "x" * 31, "tag"),
        ("account={own}&setup=" + "x" * 61, "setup"),
        ("account={own}&market=%00", "market"),
    ],
)
def test_what_does_not_go_together_is_named(program: Program, seat: Seat, query: str, field: str) -> None:
    simulated(seat, "Practice")
    reply = program.call("GET", f"{PATH}?{query.format(own=seat.account.id)}")
    assert (reply.status_code, list(reply.get_json()["error"]["fields"])) == (422, [field])


def test_somebody_elses_account_is_not_there(program: Program, desk: Desk, strangers: Desk) -> None:
    reply = program.call("GET", f"{PATH}?account={strangers.account_id}&tag=x")
    assert (reply.status_code, list(reply.get_json()["error"]["fields"])) == (404, ["account"])
    assert program.get(f"{PATH}?account=all&mode=manual")["accounts"] == ["Trend Core"]


def test_intervals_and_days(program: Program, seat: Seat) -> None:
    round_trip(seat, "AAA", "100", entered=9, left=2)
    round_trip(seat, "BBB", "-50", entered=9, left=1)
    path = f"{PATH}?account={seat.account.id}"
    whole, some = program.get(path), program.get(f"{path}&symbol=AAA")
    assert (whole["intervals"]["few_r"], whole["intervals"]["few_trades"]) == (True, True)
    assert float(whole["intervals"]["expectancy"]["low"]) < 25 < float(whole["intervals"]["expectancy"]["high"])
    assert some["intervals"]["expectancy"] is None
    assert whole["groups"][0]["intervals"] == whole["intervals"]
    assert whole["daily"]["yearly_rate"] == "0"
    assert float(whole["daily"]["sharpe"]) > 0
    assert 0 < float(whole["daily"]["time_in_market"]) <= 1
    assert some["daily"] is None

"""A trade's whole life by a program, and what else it can do with the desk."""

from __future__ import annotations

import pytest

from tests.conftest import Clock
from tests.web.api.desk import PLAN, Desk, Program
from trenddojo.store.models import User
from trenddojo.store.seats import Seat
from trenddojo.web.api.operations import Operation
from trenddojo.web.api.table import OPERATIONS


def test_from_plan_to_close(program: Program, seat: Seat, clock: Clock) -> None:
    account = {"account_id": str(seat.account.id)}
    sized = program.post("/sizing", {**PLAN, **account, "quantity": None}, 200)
    assert (sized["quantity"], sized["bound_by"], sized["risk_amount"]) == ("200", "risk_per_trade", "1000.00")

    trade = program.post("/trades", {**PLAN, **account, "setup": "Breakout", "thesis": "Tight base.", "tags": ["ai"]})
    path = f"/trades/{trade['id']}"
    assert (trade["status"], trade["plan"]["stop"], trade["notes"][0]["body"]) == ("planning", "95", "Tight base.")
    assert program.patch(path, {"status": "pending"})["status"] == "pending"

    entered = program.post(f"{path}/fills", {"kind": "entry", "quantity": "100", "price": "100.50", "fee": "1"})
    assert entered["fill"]["side"] == "buy"
    assert (entered["trade"]["status"], entered["trade"]["initial_risk"]) == ("active", "550.00")
    corrected = program.patch(f"{path}/fills/{entered['fill']['id']}", {"price": "100"})
    assert corrected["trade"]["average_entry"] == "100"

    clock.turn(hours=1)
    marked = program.post(f"{path}/mark", {"price": "106"})
    assert (marked["mark"]["price"], marked["trade"]["open_pnl"]) == ("106", "599.00")
    moved = program.post(f"{path}/stop", {"price": "101"})
    assert (moved["trade"]["stop"], [change["new"] for change in moved["trade"]["stops"]]) == ("101", ["95", "101"])
    added = program.post(f"{path}/legs", {"entry": "106", "stop": "103", "quantity": "20"})
    assert (added["leg"]["number"], len(added["trade"]["legs"])) == (2, 2)

    partial = {"kind": "exit", "quantity": "40", "price": "107", "fee": "0", "exit_reason": "target"}
    assert program.post(f"{path}/fills", partial)["trade"]["quantity"] == "60"
    closed = program.post(f"{path}/close", {"price": "110", "exit_reason": "trailing_stop", "fee": "0"})["trade"]
    assert (closed["status"], closed["pnl"], closed["r"]) == ("closed", "879.00", "1.758")
    note = program.post(f"{path}/notes", {"kind": "review", "body": "Sold too late."})
    assert program.get(path)["notes"][-1] == note

    relabelled = program.patch(path, {"setup": "Pullback"})
    assert (relabelled["setup"], relabelled["tags"]) == ("Pullback", ["ai"])
    assert program.get("/trades?status=closed")["items"][0]["pnl"] == "879.00"

    report = program.get(f"/reports/performance?account={seat.account.id}&from=2026-11-01&by=setup")
    assert (report["gain"], report["realised"], report["equity"]) == ("879.00", "879.00", "100879.00")
    assert report["groups"][0]["name"] == "Pullback"
    assert report["statistics"]["mean_r"] == report["groups"][0]["statistics"]["best_r"] == "1.758"
    assert (report["statistics"]["win_rate"], report["statistics"]["profit_factor"]) == ("1", None)

    program.delete(path)
    assert program.call("GET", path).status_code == 404
    assert program.get(f"/reports/performance?account={seat.account.id}&period=all")["statistics"]["trades"] == 0


def test_a_split_changes_units_and_no_money(program: Program, desk: Desk) -> None:
    path, account = f"/trades/{desk.trade_id}", f"/accounts/{desk.account_id}/splits"
    before = program.get(path)
    ratio = {"numerator": 4, "denominator": 1}
    made = program.post(f"{path}/splits", {"on": "2026-11-19", **ratio})
    after, split = made["trade"], made["split"]
    assert (split["symbol"], split["on"], split["source"]) == ("NVDA", "2026-11-19", "typed")
    assert (after["quantity"], after["average_entry"], after["stop"]) == ("400", "25", "23.75")
    money = ("initial_risk", "pnl", "fees", "position_value", "stop_outcome", "pnl_percent")
    assert {name: after[name] for name in money} == {name: before[name] for name in money}
    assert after["fills"] == before["fills"], "as they were told"
    assert [one["id"] for one in program.get(account)["items"]] == [split["id"], desk.split_id]
    refused = program.post(f"{path}/splits", {"on": "2026-11-19", **ratio}, 422)
    assert refused["error"]["fields"] == {"on": "A 4-for-1 split is recorded on that day already."}
    assert program.call("DELETE", f"/trades/{desk.plan_id}/splits/{split['id']}").status_code == 404
    assert program.delete(f"{path}/splits/{split['id']}", 200) == before


def test_a_short_gains_when_the_price_falls(program: Program, seat: Seat) -> None:
    body = {**PLAN, "account_id": str(seat.account.id), "direction": "short", "stop": "105"}
    path = f"/trades/{program.post('/trades', body)['id']}"
    program.post(f"{path}/fills", {"kind": "entry", "quantity": "10", "price": "100"})
    closed = program.post(f"{path}/close", {"price": "90", "exit_reason": "target"})
    assert (closed["fill"]["side"], closed["trade"]["pnl"], closed["trade"]["r"]) == ("buy", "100.00", "2")


def test_a_plan_is_given_up_and_taken_up_again(program: Program, desk: Desk) -> None:
    path = f"/trades/{desk.plan_id}"
    for status in ("pending", "planning", "cancelled", "planning"):
        assert program.patch(path, {"status": status})["status"] == status
    refused = program.patch(path, {"status": "pending", "stop": "96"}, 422)
    assert refused["error"]["fields"] == {"status": "Send a change of status alone."}


def test_the_plan_of_an_open_trade_stays(program: Program, desk: Desk) -> None:
    refused = program.patch(f"/trades/{desk.trade_id}", {"stop": "96", "label": "x"}, 422)
    assert refused["error"]["fields"] == {"stop": "The trade is active: its plan can no longer be changed."}


def test_a_fill_is_taken_out(program: Program, desk: Desk) -> None:
    trade = program.delete(f"/trades/{desk.trade_id}/fills/{desk.fill_id}", 200)
    assert (trade["status"], trade["fills"]) == ("planning", [])
    assert program.call("PATCH", f"/trades/{desk.trade_id}/fills/{desk.fill_id}", {"price": "1"}).status_code == 404


def test_nothing_held_cannot_be_closed(program: Program, desk: Desk) -> None:
    refused = program.post(f"/trades/{desk.plan_id}/close", {"price": "1", "exit_reason": "manual"}, 409)
    assert refused["error"] == {
        "code": "CONFLICT",
        "message": "Nothing is held, so there is nothing to close.",
        "fields": {},
    }


def test_an_estimated_fee_follows_a_correction(program: Program, seat: Seat, desk: Desk) -> None:
    program.patch(f"/accounts/{seat.account.id}", {"fee_per_unit": "0.01"})
    path = f"/trades/{desk.trade_id}/fills/{desk.fill_id}"
    assert program.patch(path, {"quantity": "50"})["fill"]["fee"] == "0.5"
    assert program.patch(path, {"fee": "2"})["fill"]["fee_estimated"] is False
    assert program.patch(path, {"quantity": "80"})["fill"]["fee"] == "2"
    assert program.patch(path, {"fee": None})["fill"]["fee"] == "0.8"


def test_accounts_limits_and_cash(program: Program) -> None:
    opened = program.post("/accounts", {"name": "Swing", "starting_balance": "25000", "time_zone": "Europe/Berlin"})
    assert (opened["role"], opened["equity"], opened["opened_on"]) == ("owner", "25000.00", "2026-11-19")
    path = f"/accounts/{opened['id']}"
    assert program.patch(path, {"name": "Swing 2"})["name"] == "Swing 2"
    assert [account["name"] for account in program.get("/accounts")["items"]] == ["Swing 2", "Trend Core"]

    limits = program.get(f"{path}/risk")
    assert program.put(f"{path}/risk", {**limits, "max_risk_per_trade": "0.5"})["max_risk_per_trade"] == "0.5"
    assert program.get(f"{path}/risk")["max_risk_per_trade"] == "0.5"

    paid = program.post(f"{path}/cash", {"on": "2026-11-19", "kind": "withdrawal", "amount": "1000", "note": "Rent"})
    assert (paid["amount"], paid["added"]) == ("1000.00", "-1000.00")
    assert program.get(f"{path}/cash")["items"] == [paid]
    assert program.get(path)["balance"] == "24000.00"


def test_members_are_let_in_and_sent_away(program: Program, seat: Seat, member: User) -> None:
    path = f"/accounts/{seat.account.id}/members"
    shown = program.put(path, {"email": "JON@example.org", "role": "viewer"})
    assert shown == {"user_id": str(member.id), "name": "Jon Berg", "email": "jon@example.org", "role": "viewer"}
    assert program.put(path, {"email": member.email, "role": "trader"})["role"] == "trader"
    assert len(program.get(path)["items"]) == 1
    program.delete(f"{path}?user_id={member.id}")
    assert program.get(path) == {"items": [], "next": None}


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda one: one.name)
def test_every_operation_does_its_example(program: Program, desk: Desk, operation: Operation) -> None:
    query = "&".join(f"{name}={value}" for name, value in desk.query_of(operation).items())
    reply = program.call(operation.method, f"{desk.path_of(operation)}?{query}", desk.body_of(operation))
    assert reply.status_code == operation.status, reply.get_data(as_text=True)
    assert bool(reply.data) == (operation.gives is not None)

"""What a request of each operation may look like: bodies and queries that the models accept."""

from collections.abc import Mapping
from typing import Any

ID = "0b53ef36-31f1-4a7a-9a53-6f1b9d3a9f10"
_ENTRY = {"account_id": ID, "symbol": "ANET", "direction": "long", "entry": "146.20", "stop": "138.40"}

BODIES: Mapping[str, Mapping[str, Any]] = {
    "create_account": {"name": "Swing", "starting_balance": "25000", "time_zone": "America/New_York"},
    "change_account": {"name": "Swing", "fee_per_order": "1.00"},
    "set_risk": {
        "max_risk_per_trade": "1",
        "max_risk_per_day": "3",
        "max_risk_per_week": "6",
        "daily_loss_limit": "2",
        "max_position_value": "30",
        "max_open_positions": 5,
        "max_correlated_positions": 3,
        "sizing_method": "fixed_risk",
        "halve_after_losses": 3,
    },
    "record_cash": {"on": "2026-11-19", "kind": "deposit", "amount": "2500.00", "note": "Savings"},
    "connect_broker": {"mode": "mock", "credentials": {"starting_cash": "100000"}, "name": "Practice"},
    "test_broker": {"mode": "mock", "credentials": {"starting_cash": "100000"}},
    "import_history": {
        "account_id": ID,
        "positions": [{"symbol": "ANET", "stop": "138.40", "initial_stop": "131.20"}],
        "trades": [{"first_fill": "20261103144201::8f1c", "initial_stop": "96.10"}],
    },
    "read_statement": {"zone": "America/New_York", "date_order": "mdy"},
    "book_statement": {"stop_rule": {"kind": "percent", "value": "8"}},
    "ask_broker_for_past": {"since": "2021-01-04"},
    "set_member": {"email": "jon@example.org", "role": "viewer"},
    "compare_books": {"import_id": ID},
    "accept_difference": {"place": 3, "reason": "The broker rounds each fee, we round their sum."},
    "mend_difference": {"place": 0, "on": "2026-11-13", "quantity": "40", "price": "146.20"},
    "size_entry": {**_ENTRY, "target_1": "165"},
    "plan_trade": {**_ENTRY, "target_1": "165", "setup": "Breakout", "thesis": "Tight base, volume dries up."},
    "change_trade": {"stop": "139.10", "tags": ["leader"]},
    "record_fill": {"kind": "entry", "quantity": "118", "price": "146.25", "at": "2026-11-19T14:42:00-05:00"},
    "correct_fill": {"price": "146.22"},
    "close_trade": {"price": "161.05", "exit_reason": "trailing_stop"},
    "move_stop": {"price": "146.20"},
    "place_order": {"type": "limit", "limit_price": "146.20", "time_in_force": "day"},
    "change_order": {"limit_price": "146.05"},
    "review_order": {"verdict": "ended", "reason": "Its page at the broker shows no such order."},
    "record_mark": {"price": "152.80"},
    "record_split": {"on": "2026-11-10", "numerator": 4, "denominator": 1},
    "add_leg": {"entry": "155.10", "stop": "147.90", "quantity": "40"},
    "add_note": {"kind": "management", "body": "Held through the report."},
}
QUERIES: Mapping[str, Mapping[str, str]] = {
    "list_trades": {"status": "closed", "sort": "-closed"},
    "list_orders": {"state": "open"},
    "list_cash": {"limit": "50"},
    "bring_statement": {"name": "2026.csv"},
    "list_statement_lines": {"limit": "100"},
    "list_audit": {"area": "trading", "from": "2026-11-01"},
    "remove_member": {"user_id": ID},
    "get_quote": {"connection": ID},
    "get_rate": {"from": "EUR", "to": "USD", "on": "2026-11-18"},
    "list_bars": {"account": ID, "symbol": "ANET", "timeframe": "1d", "from": "2026-09-01"},
    "report_performance": {"account": ID, "from": "2026-01-01", "to": "2026-06-30", "by": "setup"},
    "report_discipline": {"account": ID, "period": "ytd"},
}

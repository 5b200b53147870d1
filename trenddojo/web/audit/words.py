"""What acts, tables and fields of the audit log are called in plain words.

An act is named by the endpoint, operation, command or job that it came by. What is not listed here is read from that
name, so that a new act is never missing from the page.
"""

from collections.abc import Mapping

from trenddojo.store.areas import Area
from trenddojo.store.models import Source

AREAS: Mapping[Area, str] = {
    Area.TRADING: "Trading",
    Area.RISK: "Risk limits",
    Area.ACCOUNTS: "Accounts and cash",
    Area.BROKERS: "Brokers",
    Area.PEOPLE: "People",
    Area.SIGN_IN: "Sign-in and tokens",
}
SOURCES: Mapping[Source, str] = {
    Source.BROWSER: "browser",
    Source.API: "API",
    Source.COMMAND: "command",
    Source.JOB: "job",
}
_ACTS: Mapping[str, str] = {
    "sign_in": "Signed in",
    "sign_in_failed": "Sign-in refused",
    "sign_out": "Signed out",
    "unlock": "Unlocked live trading",
    "unlock_failed": "Unlocking refused",
    "auth.choose_password": "Chose a password",
    "auth.setup.create_admin": "Set up TrendDojo",
    "auth.setup.create_account": "Opened an account",
    "settings.change_password": "Changed the password",
    "settings.create_token": "Made a token",
    "settings.revoke_token": "Revoked a token",
    "settings.save_profile": "Changed the profile",
    "settings.sign_out_everywhere": "Signed out everywhere",
    "people.create": "Added a person",
    "people.deactivate": "Kept a person out",
    "people.reactivate": "Let a person in again",
    "people.reset_password": "Reset a password",
    "people.set_role": "Changed a role",
    "user create": "Added a person",
    "user reset-password": "Reset a password",
    "demo load": "Loaded the demo year",
    "credentials rotate": "Changed the key of all credentials",
    "accounts.create": "Opened an account",
    "create_account": "Opened an account",
    "accounts.save": "Changed an account",
    "change_account": "Changed an account",
    "accounts.archive": "Archived an account",
    "accounts.restore": "Brought an account back",
    "accounts.set_member": "Gave a seat",
    "set_member": "Gave a seat",
    "accounts.remove_member": "Took a seat away",
    "remove_member": "Took a seat away",
    "accounts.add_item": "Added to the checklist",
    "accounts.save_item": "Changed the checklist",
    "accounts.move_item": "Moved a checklist item",
    "accounts.archive_item": "Removed from the checklist",
    "accounts.restore_item": "Brought a checklist item back",
    "risk.save": "Set risk limits",
    "set_risk": "Set risk limits",
    "cash.record": "Recorded cash",
    "record_cash": "Recorded cash",
    "cash.correct": "Corrected cash",
    "cash.delete": "Deleted cash",
    "cash.restore": "Brought cash back",
    "journal.write": "Wrote in the journal",
    "journal.save": "Changed a journal note",
    "journal.delete": "Deleted a journal note",
    "journal.restore": "Brought a journal note back",
    "ticket.save": "Planned a trade",
    "ticket.save_again": "Changed a plan",
    "plan_trade": "Planned a trade",
    "import_history": "Imported what the account held",
    "orders.send": "Sent an order",
    "place_order": "Sent an order",
    "orders.change": "Changed an order",
    "change_order": "Changed an order",
    "orders.cancel": "Cancelled an order",
    "cancel_order": "Cancelled an order",
    "orders.review": "Decided about an order",
    "review_order": "Decided about an order",
    "order_reviewed": "Decided about an order",
    "orders.protect": "Placed missing stops",
    "protect_trade": "Placed missing stops",
    "orders.sync": "Asked the broker",
    "sync_account": "Asked the broker",
    "orders.accept": "Took the broker's position as right",
    "accept_position": "Took the broker's position as right",
    "order_sync": "Followed the broker",
    "sync": "Asked the brokers",
    "reconcile": "Compared books and brokers",
    "change_trade": "Changed a plan",
    "trade.save_details": "Changed a trade's labels",
    "trade.placed": "Order placed at the broker",
    "trade.unplaced": "Order taken back",
    "trade.cancel": "Gave a plan up",
    "trade.reopen": "Took a plan up again",
    "trade.delete": "Deleted a trade",
    "delete_trade": "Deleted a trade",
    "trade.restore": "Brought a trade back",
    "trade.record_fill": "Recorded a fill",
    "record_fill": "Recorded a fill",
    "trade.correct_fill": "Corrected a fill",
    "correct_fill": "Corrected a fill",
    "trade.delete_fill": "Deleted a fill",
    "delete_fill": "Deleted a fill",
    "trade.restore_fill": "Brought a fill back",
    "close_trade": "Closed a trade",
    "trade.move_stop": "Moved the stop",
    "move_stop": "Moved the stop",
    "trade.add_leg": "Planned an add",
    "add_leg": "Planned an add",
    "trade.remove_leg": "Removed an add",
    "trade.record_price": "Recorded a price",
    "record_mark": "Recorded a price",
    "trade.remove_price": "Removed a price",
    "trade.add_note": "Wrote a note",
    "add_note": "Wrote a note",
    "trade.change_note": "Changed a note",
    "trade.delete_note": "Deleted a note",
    "trade.restore_note": "Brought a note back",
    "broker_refused": "Broker refused to connect",
    "credentials_opened": "Opened credentials",
    "brokers.make": "Connected a broker",
    "connect_broker": "Connected a broker",
    "brokers.reconnect": "Connected a broker again",
    "brokers.disconnect": "Disconnected a broker",
    "brokers.rotate": "Replaced credentials",
}
_TABLES: Mapping[str, str] = {
    "account_members": "Seat",
    "account_syncs": "Following at the broker",
    "accounts": "Account",
    "api_tokens": "Token",
    "broker_connections": "Connection",
    "broker_credentials": "Credentials",
    "cash_movements": "Cash",
    "checklist_items": "Checklist item",
    "checklist_responses": "Checklist answer",
    "executions": "Fill",
    "instruments": "Instrument",
    "journal_notes": "Journal note",
    "legs": "Leg",
    "marks": "Price",
    "orders": "Order",
    "position_checks": "Position at the broker",
    "risk_settings": "Risk limits",
    "setups": "Setup",
    "tags": "Tag",
    "trade_notes": "Note",
    "trade_stops": "Stop",
    "trades": "Trade",
    "users": "Person",
}


def act(name: str) -> str:
    """An act as a person would say it."""
    return _ACTS.get(name) or read(name.rpartition(".")[2])


def table(name: str) -> str:
    """One row of a table."""
    return _TABLES.get(name) or read(name)


def read(name: str) -> str:
    """A name of the program's in plain letters: `planned_stop` reads `Planned stop`."""
    return name.replace("_", " ").replace("-", " ").capitalize()

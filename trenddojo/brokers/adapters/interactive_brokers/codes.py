"""What the gateway's codes mean. Source: IBKR, "Error codes", and what its logs show."""

from collections.abc import Mapping
from types import MappingProxyType

from trenddojo.brokers.adapters.interactive_brokers.heard import Note
from trenddojo.brokers.errors import ALREADY_FINAL, BrokerError, BrokerErrorCode

NAME = "interactive_brokers"
CLIENT_IN_USE, ID_IN_USE = 326, "client_id_in_use"
CANCELLED = 202
NO_HISTORY = 162
READ_ONLY = 321
DELAYED_FOLLOWS = 10167
PARTLY_SUBSCRIBED = frozenset({10090, 10091})

_NOTES = frozenset({399, 404, 2109, 2137, DELAYED_FOLLOWS}) | PARTLY_SUBSCRIBED
"""Warnings: what they are about goes on."""
_SYSTEM = frozenset({1100, 1101, 1102, 1300, CLIENT_IN_USE, 502, 504})
_UNANSWERABLE = frozenset({320, READ_ONLY})
_CHANGE_REFUSED = frozenset({104, 105, 329})
_CANCEL_REFUSED = frozenset({161, 10147, 10148})

_REFUSING = frozenset({*range(102, 500), 10243})
"""IBKR's "TWS error codes": what is wrong with a request, and a fraction where there must be none."""

_REASONS: Mapping[int, str] = MappingProxyType(
    {
        103: "duplicate_order_number",
        104: "not_replaceable",
        105: "not_replaceable",
        329: "not_replaceable",
        135: "not_found",
        10147: "not_found",
        161: "not_cancelable",
        10148: ALREADY_FINAL,
        110: "price_increment",
        CLIENT_IN_USE: ID_IN_USE,
        READ_ONLY: "read_only",
        354: "no_market_data",
        10089: "no_market_data",
        10168: "no_market_data",
        10197: "competing_session",
    }
)
_FIELDS: Mapping[int, str] = MappingProxyType({110: "limit_price", 200: "symbol", 434: "quantity", 10243: "quantity"})
_CODES: Mapping[int, BrokerErrorCode] = MappingProxyType(
    {
        100: BrokerErrorCode.RATE_LIMIT_EXCEEDED,
        101: BrokerErrorCode.RATE_LIMIT_EXCEEDED,
        200: BrokerErrorCode.SYMBOL_NOT_FOUND,
        CLIENT_IN_USE: BrokerErrorCode.CONNECTION_FAILED,
        1100: BrokerErrorCode.CONNECTION_FAILED,
        **dict.fromkeys((103, 104, 105, 110, 135, 161, 201, 202, 203, 320, 321, 329, 388, 383, 109, 434, 435, 460,
                         10147, 10148, 10243), BrokerErrorCode.ORDER_REJECTED),
    }
)  # fmt: skip
_SENTENCES: Mapping[int, str] = MappingProxyType(
    {
        103: "This order's number was used before. Nothing was booked under it.",
        104: "The order has filled, and cannot be changed.",
        110: "The price is not on the grid of prices that this instrument trades at.",
        200: "Interactive Brokers does not know this symbol, or cannot route it that way.",
        READ_ONLY: 'The gateway is read-only: untick "Read-Only API" in its API settings.',
        CLIENT_IN_USE: "Another program is connected with this client ID. Close it, or choose another ID here.",
        354: "This account has no market data subscription for the symbol.",
        10089: "This account has no market data subscription for the symbol.",
        10168: "This account has no market data subscription for the symbol, and delayed data is not switched on.",
        10197: "Another session of this user holds the market data. Close it, in TWS or in the app.",
        435: "The gateway serves several accounts, and none was named.",
    }
)
_BY_TEXT: tuple[tuple[tuple[str, ...], BrokerErrorCode], ...] = (
    (("margin", "insufficient", "available funds", "buying power"), BrokerErrorCode.INSUFFICIENT_FUNDS),
    (("market is closed", "outside of regular", "exchange is closed"), BrokerErrorCode.MARKET_CLOSED),
)
"""What a refusal (201, 202) says, because one code has many reasons."""


def is_note(code: int) -> bool:
    """Whether it warns of something that goes on all the same."""
    return code in _NOTES or 2100 <= code < 2200


def is_about_the_line(code: int) -> bool:
    """Whether it is about the connection, whatever number it carries."""
    return code in _SYSTEM


def refuses_question(code: int) -> bool:
    """Whether it refuses a question that has no number, where it carries none either: its answer never comes."""
    return code in _UNANSWERABLE


def refuses_order(code: int) -> bool:
    """Whether it alone ends an order that was sent, as IBKR's list says of it.

    What refuses a change or a cancel leaves the order as it was. A code that is not on the list decides nothing: some
    only say that a preset changed the order. What becomes of it is told by its status.
    """
    return code in _REFUSING and code not in _NOTES | _CHANGE_REFUSED | _CANCEL_REFUSED


def refuses_change(code: int) -> bool:
    """Whether it refuses a change or a cancel that was sent."""
    return code in _CHANGE_REFUSED | _CANCEL_REFUSED or refuses_order(code)


def error(note: Note) -> BrokerError:
    """The error that a code is. IBKR's own words follow where they say more."""
    told = note.text.removeprefix("Order rejected - reason:").strip()
    sentence = _SENTENCES.get(note.code) or told or "Interactive Brokers refused it without a reason."
    details = {"broker_code": str(note.code), "broker_message": note.text}
    if note.code in _REASONS:
        details["reason"] = _REASONS[note.code]
    if note.code in _FIELDS:
        details["field"] = _FIELDS[note.code]
    return BrokerError(sentence, _code(note), NAME, details)


def _code(note: Note) -> BrokerErrorCode:
    text = note.text.lower()
    if note.code in (201, CANCELLED):
        for words, code in _BY_TEXT:
            if any(one in text for one in words):
                return code
    if note.code == NO_HISTORY and "pacing" in text:
        return BrokerErrorCode.RATE_LIMIT_EXCEEDED
    return _CODES.get(note.code, BrokerErrorCode.API_ERROR)

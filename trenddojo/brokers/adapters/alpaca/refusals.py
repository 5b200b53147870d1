"""What Alpaca's refusals mean: by the JSON `code` and message first, by the HTTP status where they say nothing.

`code` is coarse, one number with many causes, so the message decides among them. Sources: Alpaca's Trading API v2,
errors of each call, and the messages that its SDKs' users have reported.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from trenddojo.brokers.answers import Answer
from trenddojo.brokers.errors import ALREADY_FINAL, BrokerError, BrokerErrorCode, OutcomeUnknown

DUPLICATE = "duplicate_client_order_id"
NOT_FOUND = "not_found"

PENDING_CANCEL = "pending_cancel"
BAD_KEYS = "Alpaca does not accept these keys here: they are wrong, or of the other environment."

_FACTS = (
    "buying_power", "cost_basis", "available", "existing_qty", "held_for_orders", "balance", "symbol",
    "existing_order_id", "reject_reason", "market_price", "stop_price",
)  # fmt: skip
"""The extras of a refusal that are kept as its details."""
_LONGEST = 300


@dataclass(frozen=True, slots=True)
class _Cause:
    """A message that Alpaca uses, our code for it, what it is about, and what to do where the code does not say."""

    pattern: str
    code: BrokerErrorCode
    reason: str = ""
    field: str = ""
    advice: str = ""


_CODE = BrokerErrorCode
_CAUSES = (
    _Cause(r"client_order_id must be unique", _CODE.ORDER_REJECTED, DUPLICATE),
    _Cause(r"order_id is missing|order not found", _CODE.ORDER_REJECTED, NOT_FOUND),
    _Cause(r"position does not exist", _CODE.ORDER_REJECTED, "no_position"),
    _Cause(r"insufficient buying power", _CODE.INSUFFICIENT_FUNDS, field="quantity"),
    _Cause(r"insufficient balance", _CODE.INSUFFICIENT_FUNDS, field="quantity"),
    _Cause(
        r"insufficient qty", _CODE.ORDER_REJECTED, "insufficient_quantity", "quantity",
        "Open exits hold the shares: cancel them first.",
    ),
    _Cause(
        r"wash trade", _CODE.ORDER_REJECTED, "wash_trade", "",
        "An opposite order of yours works on this symbol: cancel it, or send the exits with the entry.",
    ),
    _Cause(r"pattern day trad", _CODE.ORDER_REJECTED, "pattern_day_trader", "", "Another day trade is not allowed."),
    _Cause(r"allowed to short|sold short|not shortable", _CODE.ORDER_REJECTED, "not_shortable", "side"),
    _Cause(r"not fractionable|fractional", _CODE.ORDER_REJECTED, "not_fractionable", "quantity"),
    _Cause(r"cost basis must be|minimal amount", _CODE.ORDER_REJECTED, "too_small", "quantity"),
    _Cause(
        r"rejected by user request", _CODE.ORDER_REJECTED, "suspended", "",
        "Trading is suspended in the account's configuration at Alpaca.",
    ),
    _Cause(r"already in \S+ state|not cancell?able|not open", _CODE.ORDER_REJECTED, ALREADY_FINAL),
    _Cause(r"pending cancel", _CODE.ORDER_REJECTED, PENDING_CANCEL),
    _Cause(r"replace", _CODE.ORDER_REJECTED, "not_replaceable", "", "Cancel it and send a new order instead."),
    _Cause(r"limit_price.*(increment|sub-penny)", _CODE.ORDER_REJECTED, "price_increment", "limit_price"),
    _Cause(r"stop_price.*(increment|sub-penny)", _CODE.ORDER_REJECTED, "price_increment", "stop_price"),
    _Cause(r"increment|sub-penny", _CODE.ORDER_REJECTED, "price_increment"),
    _Cause(r"stop price must be", _CODE.ORDER_REJECTED, "stop_price", "stop_price"),
    _Cause(r"market (is )?(closed|not open)|market hours|trading hours", _CODE.MARKET_CLOSED, field="time_in_force"),
    _Cause(
        r"asset .*(not found|not active|not tradable)|could not find asset|invalid symbol|symbol not found",
        _CODE.SYMBOL_NOT_FOUND, field="symbol",
    ),
    _Cause(
        r"subscription", _CODE.API_ERROR, "subscription", "",
        "The plan at Alpaca does not include this feed: choose iex in the connection's settings.",
    ),
)  # fmt: skip


def refusal(answer: Answer[Any], broker: str, *, changes: bool) -> BrokerError:
    """The error that an answer of 4xx means; `changes` where the request might have changed something.

    A refusal without a JSON body of Alpaca's own may come from anything in between: after a request that changes
    something the outcome is then unknown.
    """
    told: Mapping[str, Any] = answer.data if isinstance(answer.data, dict) else {}
    message = str(told.get("message", ""))[:_LONGEST]
    details = answer.details | _facts(told)
    if not message:
        return _wordless(answer, broker, details, changes)
    if answer.status == HTTPStatus.UNAUTHORIZED or (answer.status == HTTPStatus.FORBIDDEN and _is_gate(told)):
        return BrokerError(BAD_KEYS, BrokerErrorCode.AUTHENTICATION_FAILED, broker, details)
    cause = next((one for one in _CAUSES if re.search(one.pattern, message, re.IGNORECASE)), None)
    if cause is None:
        code = BrokerErrorCode.ORDER_REJECTED if changes else BrokerErrorCode.API_ERROR
        return BrokerError(f"Alpaca says: {_sentence(message)}", code, broker, details)
    named = {"reason": cause.reason, "field": cause.field}
    sentence = f"Alpaca says: {_sentence(message)} {cause.advice}".strip()
    return BrokerError(sentence, cause.code, broker, details | {name: one for name, one in named.items() if one})


def _is_gate(told: Mapping[str, Any]) -> bool:
    """Whether the keys were refused, and not what was asked: `{"message": "forbidden."}`, without a code."""
    return "code" not in told and "forbidden" in str(told.get("message", "")).lower()


def is_not_found(answer: Answer[Any]) -> bool:
    """Whether Alpaca itself says that there is no such thing, which an error page of a proxy's does not prove."""
    is_its_own = isinstance(answer.data, dict) and "not found" in str(answer.data.get("message", "")).lower()
    return answer.status == HTTPStatus.NOT_FOUND and is_its_own


def _wordless(answer: Answer[Any], broker: str, details: Mapping[str, str], changes: bool) -> BrokerError:
    if changes:
        message = f"Something before Alpaca answered in its place ({answer.status})."
        return OutcomeUnknown(message, BrokerErrorCode.API_ERROR, broker, details)
    if answer.status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        return BrokerError(BAD_KEYS, BrokerErrorCode.AUTHENTICATION_FAILED, broker, details)
    message = f"Alpaca's answer cannot be read ({answer.status})."
    return BrokerError(message, BrokerErrorCode.API_ERROR, broker, details)


def _facts(told: Mapping[str, Any]) -> dict[str, str]:
    found = {name: str(told[name]) for name in _FACTS if told.get(name) is not None}
    return found | ({"broker_code": str(told["code"])} if "code" in told else {})


def _sentence(message: str) -> str:
    return message[:1].upper() + message[1:].rstrip(".") + "."

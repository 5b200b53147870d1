"""What moved an account's cash at Alpaca apart from its fills. Source: Alpaca, "Account activities"."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from trenddojo.brokers.adapters.alpaca import shapes
from trenddojo.brokers.adapters.alpaca.fills import PAGE, instant
from trenddojo.brokers.adapters.alpaca.rest import Rest
from trenddojo.brokers.types import CashMoved
from trenddojo.domain.money import ZERO
from trenddojo.domain.terms import CashKind

_FLOWS = ("CSD", "CSW", "JNLC", "ACATC")
"""Deposits and withdrawals, also from another account or another broker; their sign says the way."""
_KINDS: Mapping[str, CashKind] = {
    **dict.fromkeys(("INT", "INTNRA", "INTTW"), CashKind.INTEREST),
    **dict.fromkeys(("DIV", "DIVCGL", "DIVCGS", "DIVFEE", "DIVFT", "DIVNRA", "DIVROC", "DIVTW"), CashKind.DIVIDEND),
    **dict.fromkeys(("DIVTXEX", "DIVWH", "CGD", "CIL"), CashKind.DIVIDEND),
    **dict.fromkeys(("FEE", "CFEE", "PTC"), CashKind.FEE),
}


def since(rest: Rest, start: datetime) -> list[CashMoved]:
    """Everything from an instant on that moved cash, oldest first. What moved units alone is none of it."""
    told = (_moved(one) for one in _activities(rest, start) if one.net_amount != ZERO)
    return sorted(told, key=lambda one: one.on)


def _activities(rest: Rest, start: datetime) -> Iterator[shapes.Activity]:
    asked = {"category": "non_trade_activity", "after": instant(start), "direction": "asc", "page_size": str(PAGE)}
    while True:
        page = rest.get("account/activities", shapes.ACTIVITIES, asked)
        yield from page
        if len(page) < PAGE:
            return
        asked["page_token"] = page[-1].id


def _moved(told: shapes.Activity) -> CashMoved:
    note = " ".join(filter(None, (told.activity_type, told.symbol, told.description)))
    return CashMoved(key=told.id, on=told.date, kind=_kind(told), amount=told.net_amount, note=note)


def _kind(told: shapes.Activity) -> CashKind | None:
    """What it was; None for what is none of ours, and for a fee that was paid back."""
    if told.activity_type in _FLOWS:
        return CashKind.DEPOSIT if told.net_amount > 0 else CashKind.WITHDRAWAL
    kind = _KINDS.get(told.activity_type)
    return None if kind is CashKind.FEE and told.net_amount > 0 else kind

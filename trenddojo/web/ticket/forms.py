"""What stands in the ticket's fields: the defaults of a new plan, an old plan as text, and what can be chosen."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from flask import request

from trenddojo.domain.figures import at_least
from trenddojo.domain.money import FX_PLACES
from trenddojo.domain.terms import AssetType
from trenddojo.services.errors import NotFound
from trenddojo.services.exposure import limits_of
from trenddojo.services.inputs.plans import PlanChange, PlanInput
from trenddojo.store.models import Account
from trenddojo.store.seats import Seat
from trenddojo.web.forms import Form, typed

MARKETS = ("Uptrend", "Pullback", "Range", "Downtrend", "High volatility")
TIMEFRAMES = ("Daily", "Weekly", "Monthly", "4 hours", "1 hour")
TYPES = [
    (AssetType.STOCK, "Stock"),
    (AssetType.ETF, "ETF"),
    (AssetType.OPTION, "Option"),
    (AssetType.FUTURE, "Future"),
    (AssetType.CRYPTO, "Crypto"),
    (AssetType.FOREX, "Forex"),
]
DIRECTIONS = [("long", "Long"), ("short", "Short")]
ARROWS = {"long": "arrow-up-right", "short": "arrow-down-right"}
LONGEST_PREFILL = 200
_PLACES = dict.fromkeys(("entry", "stop", "target_1", "target_2", "risk_percent", "strike"), 2)
"""Decimals that a figure has at least, as people type it."""


def blank(seat: Seat) -> Form:
    """A new plan's fields: what the address asks for, and defaults."""
    limits = limits_of(seat.account)
    values = {
        "direction": "long",
        "risk_percent": f"{limits.max_risk_per_trade:.2f}",
        "timeframe": TIMEFRAMES[0],
        "asset_type": AssetType.STOCK,
        "currency": seat.account.base_currency,
        "account_id": str(seat.account.id),
        "key": uuid4().hex,
    }
    asked = {name: request.args[name][:LONGEST_PREFILL] for name in PlanInput.model_fields if name in request.args}
    return Form(values | asked)


def of_plan(plan: PlanInput, account: Account) -> Form:
    """An old plan's fields as text; the time of planning stays as it is unless one is typed."""
    values = {name: _text(name, getattr(plan, name)) for name in PlanInput.model_fields if name != "planned_at"}
    return Form({**values, "account_id": str(account.id)})


def _text(name: str, value: Any) -> Any:
    match value:
        case None:
            return ""
        case Decimal():
            return at_least(value, _PLACES.get(name, 0), FX_PLACES).replace(",", "")
        case [UUID(), *_]:
            return [str(one) for one in value]
        case list():
            return ", ".join(value)
        case _:
            return str(value)


def checked(form: Form) -> frozenset[str]:
    """The ids of the checklist items that are checked."""
    sent = form.value("checklist") or []
    return frozenset(sent if isinstance(sent, list) else [sent])


def options(known: Sequence[str], chosen: str) -> list[tuple[str, str]]:
    """The choices of a list, with another one that an old plan or a program has used."""
    extra = [chosen] if chosen and chosen not in known else []
    return [(name, name) for name in (*known, *extra)]


def sent_plan() -> Mapping[str, Any]:
    """The sent fields that make a plan."""
    return {name: value for name, value in typed().items() if name in PlanInput.model_fields}


def sent_change() -> Mapping[str, Any]:
    """The sent fields that change a plan; boxes that are all unchecked are sent as nothing, but are an answer."""
    sent = {name: value for name, value in typed().items() if name in PlanChange.model_fields}
    if not sent.get("planned_at"):
        sent.pop("planned_at", None)
    return {"checklist": [], **sent}


def sent_id(name: str) -> UUID:
    """An id that a hidden field carries. Raises NotFound where it is none."""
    try:
        return UUID(request.form.get(name, ""))
    except ValueError:
        raise NotFound from None

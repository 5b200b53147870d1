"""The words beside the ticket's fields: distances, R and money as one types, or what is wrong with a field."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from markupsafe import Markup

from trenddojo.domain.figures import quantity
from trenddojo.domain.sizing import Sizing
from trenddojo.domain.terms import AssetType
from trenddojo.services.inputs.plans import PlanChange
from trenddojo.services.instruments import usual_lot
from trenddojo.services.sectors import sectors_at
from trenddojo.store.seats import Seat
from trenddojo.web.format import money, percent, price, signed_percent
from trenddojo.web.ticket.draft import Draft

HINTED: Final = (
    *("symbol", "entry", "stop", "target_1", "target_2", "risk_percent", "quantity"),
    *("multiplier", "lot", "currency", "fx", "initial_margin", "exchange", "expiry", "strike"),
    *("correlation_group", "sector"),
)
"""The fields that have a hint, in the form's order."""

_BOLD = Markup("<b>{}</b>{}")
_WRONG = Markup('<span class="warn">{}</span>')
_CONTRACTS = (AssetType.OPTION, AssetType.FUTURE)


def hints_of(seat: Seat, draft: Draft, sizing: Sizing | None, errors: Mapping[str, str]) -> dict[str, Markup]:
    """The hint of every field that has one; an error takes its place."""
    typed, base = draft.typed, seat.account.base_currency
    said: dict[str, Markup] = {
        "symbol": _symbol(typed, base),
        "entry": Markup.escape(f"in {typed.currency or base}"),
        "stop": _stop(typed),
        "target_1": _target(typed, typed.target_1),
        "target_2": _target(typed, typed.target_2),
        "risk_percent": _risk(sizing),
        "quantity": _quantity(typed, sizing),
        **_terms(typed, base),
        "sector": _sector(typed, sectors_at(seat)),
    }
    wrong = {name: _WRONG.format(errors[name]) for name in HINTED if name in errors}
    return {name: said.get(name, Markup("")) for name in HINTED} | wrong


def _symbol(typed: PlanChange, base: str) -> Markup:
    asset_type = typed.asset_type or AssetType.STOCK
    name = "ETF" if asset_type is AssetType.ETF else asset_type.capitalize()
    return Markup.escape(f"{name}, {typed.currency or base}")


def _stop(typed: PlanChange) -> Markup:
    if typed.entry is None or typed.stop is None:
        return Markup("")
    distance = typed.stop - typed.entry
    share = percent(abs(distance) / typed.entry, 1)
    return _BOLD.format(_change(distance), f" · {share}")


def _target(typed: PlanChange, target: Decimal | None) -> Markup:
    if typed.entry is None or target is None:
        return Markup("")
    distance = target - typed.entry
    if typed.stop is None or (typed.entry - typed.stop) * distance <= 0:
        return _BOLD.format(_change(distance), f" · {signed_percent(distance / typed.entry, 1)}")
    return _BOLD.format(_change(distance), f" · {distance / (typed.entry - typed.stop):.1f}R")


def _risk(sizing: Sizing | None) -> Markup:
    if sizing is None:
        return Markup("of equity")
    suffix = f" · halved to {quantity(sizing.risk_percent)}%" if sizing.halved else " of equity"
    return _BOLD.format(money(sizing.risk_amount), suffix)


def _quantity(typed: PlanChange, sizing: Sizing | None) -> Markup:
    if sizing is None:
        return Markup("empty: sized for you")
    if typed.quantity is None:
        return Markup("sized for you")
    offer = Markup(
        '<button class="btn btn-sm needs-js" type="button" data-fill="#f-quantity" data-value="">{}</button>'
    )
    return offer.format(f"{quantity(sizing.allowed)} at most")


def _terms(typed: PlanChange, base: str) -> dict[str, Markup]:
    asset_type, currency = typed.asset_type or AssetType.STOCK, typed.currency or base
    told = {
        "multiplier": "" if asset_type in _CONTRACTS else "1 if empty",
        "lot": f"{quantity(usual_lot(asset_type))} if empty",
        "fx": "" if currency == base else f"1 {currency} in {base}",
        "correlation_group": "yours, such as Semis",
    }
    return {name: Markup.escape(text) for name, text in told.items()}


def _sector(typed: PlanChange, known: Mapping[str, str]) -> Markup:
    """What counts while nothing is typed."""
    if typed.sector or not (name := known.get(typed.symbol or "")):
        return Markup("")
    return Markup.escape(name)


def _change(distance: Decimal) -> str:
    text = price(distance)
    return f"+{text}" if distance > 0 else text

"""What a person needs to decide about an order that the broker does not explain: our order beside the broker's word."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from trenddojo.domain.order_states import OrderState
from trenddojo.services.inputs.orders import Verdict
from trenddojo.services.orders.facts import MISMATCH
from trenddojo.store.models import Order, OrderEvent
from trenddojo.web.format import as_typed, price
from trenddojo.web.forms import Form
from trenddojo.web.order_words import TYPES
from trenddojo.web.orders.history import as_price, last_heard


@dataclass(frozen=True, slots=True)
class Compared:
    """One fact as we sent it and as the broker tells it."""

    label: str
    ours: str
    theirs: str
    differs: bool


@dataclass(frozen=True, slots=True)
class Doubt:
    """The evidence, and the form that ends the doubt. `heard_at` is when the broker last told of the order."""

    why: str
    is_mismatch: bool
    missing_since: datetime | None
    heard_at: datetime | None
    lines: Sequence[Compared]
    verdicts: Sequence[tuple[str, str]]
    form: Form


def doubt_of(order: Order, form: Form | None) -> Doubt | None:
    """What is in doubt about an order; None where nothing is."""
    if order.state is not OrderState.NEEDS_REVIEW:
        return None
    heard = last_heard(order.id)
    return Doubt(
        why=order.reason or "The broker does not explain this order.",
        is_mismatch=order.error_code == MISMATCH,
        missing_since=order.missing_since,
        heard_at=heard.at if heard else None,
        lines=_lines(order, heard) if heard else [],
        verdicts=_verdicts(order),
        form=form or Form({"verdict": Verdict.ENDED.value}),
    )


def _lines(order: Order, heard: OrderEvent) -> list[Compared]:
    theirs = {name: str(value) for name, value in heard.evidence.items() if value not in (None, "")}
    kinds = {kind.value: word for kind, word in TYPES.items()}
    lines = [
        _compared("Symbol", order.symbol, theirs.get("symbol", "")),
        _compared("Side", order.side.value, theirs.get("side", "")),
        _compared("Type", TYPES[order.order_type], kinds.get(theirs.get("type", ""), theirs.get("type", ""))),
        _compared("Quantity", as_typed(order.quantity), theirs.get("quantity", "")),
        _compared("Limit", price(order.limit_price), as_price(theirs.get("limit_price", ""))),
        _compared("Stop", price(order.stop_price), as_price(theirs.get("stop_price", ""))),
        _compared("Filled", as_typed(order.filled_quantity), theirs.get("filled", "")),
    ]
    told = Compared("The broker's word", "", theirs.get("raw_status") or theirs.get("status", ""), differs=False)
    return [*(line for line in lines if line.ours or line.theirs), told]


def _compared(label: str, ours: str, theirs: str) -> Compared:
    return Compared(label, ours, theirs, differs=ours != theirs)


def _verdicts(order: Order) -> list[tuple[str, str]]:
    ended = (Verdict.ENDED.value, "It is not at the broker (any more)")
    same = (Verdict.SAME.value, "The broker's order is this one")
    return [ended, same] if order.error_code == MISMATCH else [ended]

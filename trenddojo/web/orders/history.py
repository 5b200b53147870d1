"""What happened to an order, as it is read: each event with its evidence, each request with what became of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from decimal import Decimal, InvalidOperation
from uuid import UUID

from markupsafe import Markup

from trenddojo.domain.order_states import AttemptOutcome, OrderState
from trenddojo.store import orders
from trenddojo.store.models import OrderAttempt, OrderEvent
from trenddojo.store.timeline import names_of
from trenddojo.web.format import moment, price
from trenddojo.web.order_words import STATES, event_title, evidence_of

_KINDS: Mapping[str, str] = {"reviewed": "review", "denied": "note", "missing": "note", "vanished": "note"}
_OUTCOMES: Mapping[AttemptOutcome | None, tuple[str, str]] = {
    None: ("no answer yet", ""),
    AttemptOutcome.ACCEPTED: ("accepted", ""),
    AttemptOutcome.REFUSED: ("refused", "line"),
    AttemptOutcome.NOT_SENT: ("not sent", "line"),
    AttemptOutcome.UNKNOWN: ("unknown", "warn"),
}
_LABELS: Mapping[str, str] = {
    "order_id": "its id there",
    "client_order_id": "our id",
    "raw_status": "its word",
    "average_fill_price": "average price",
    "updated_at": "its time",
    "request_id": "request",
    "broker_code": "its code",
}
_BIRTHS = ("created", "attached", "found", "replaced")
"""Events that an order begins with, before which it had no state."""
_PRICES = ("limit price", "stop price", "trail amount", "average price", "stop")
_THEIRS = "order_id"
"""What stands in every evidence that is a broker's account of an order."""


@dataclass(frozen=True, slots=True)
class Told:
    """One thing that happened. `said` is what the broker told of the order then, `facts` what else there is to know."""

    number: int
    at: datetime
    title: str
    kind: str
    chip: tuple[str, str] | None
    by: str
    facts: Sequence[tuple[str, str | Markup]]
    said: Sequence[tuple[str, str | Markup]]


@dataclass(frozen=True, slots=True)
class Asked:
    """One request to the broker: when, for what, what became of it."""

    at: datetime
    kind: str
    changes: str
    outcome: tuple[str, str]
    message: str
    code: str
    by: str


def history_of(order_id: UUID, zone: tzinfo) -> list[Told]:
    """All that happened to an order, the newest first."""
    found = orders.events_of([order_id])
    names = names_of(one.by for one in found if one.by)
    return [_told(one, names, zone) for one in reversed(found)]


def requests_of(order_id: UUID) -> list[Asked]:
    """The requests that were made about an order, the newest first."""
    found = orders.attempts_of(order_id)
    names = names_of(one.by for one in found if one.by)
    return [_asked(one, names) for one in reversed(found)]


def last_heard(order_id: UUID) -> OrderEvent | None:
    """The event in which the broker last told of an order."""
    return next((one for one in reversed(orders.events_of([order_id])) if _THEIRS in one.evidence), None)


def _told(event: OrderEvent, names: Mapping[UUID, str], zone: tzinfo) -> Told:
    pairs = [(_LABELS.get(name.replace(" ", "_"), name), value) for name, value in evidence_of(event)]
    is_theirs = _THEIRS in event.evidence
    return Told(
        number=event.number,
        at=event.at,
        title=event_title(event),
        kind=_KINDS.get(event.kind, "fill" if event.after is OrderState.FILLED else "order"),
        chip=_chip(event),
        by=names.get(event.by, "") if event.by else "",
        facts=[] if is_theirs else [(name, _shown(name, value, zone)) for name, value in pairs],
        said=[(name, _shown(name, value, zone)) for name, value in pairs] if is_theirs else [],
    )


def _chip(event: OrderEvent) -> tuple[str, str] | None:
    """The state that it led to, where that is another one than before."""
    is_birth = event.before is None and event.kind in _BIRTHS
    is_move = event.before is not None and event.after is not event.before
    return STATES[event.after] if event.after is not None and (is_birth or is_move) else None


def _shown(name: str, text: str, zone: tzinfo) -> str | Markup:
    if name == "its time":
        return moment(datetime.fromisoformat(text), zone)
    return as_price(text) if name in _PRICES else text


def as_price(text: str) -> str:
    """A price that is kept as text, as prices are written; what is none, as it is."""
    try:
        return price(Decimal(text))
    except InvalidOperation:
        return text


def _asked(attempt: OrderAttempt, names: Mapping[UUID, str]) -> Asked:
    asked = ((name.replace("_", " "), str(value)) for name, value in attempt.changes.items() if value is not None)
    return Asked(
        at=attempt.at,
        kind=attempt.kind.value,
        changes=", ".join(f"{name} {as_price(value) if name in _PRICES else value}" for name, value in asked),
        outcome=_OUTCOMES[attempt.outcome],
        message=attempt.message,
        code=attempt.error_code or "",
        by=names.get(attempt.by, "") if attempt.by else "",
    )

"""The life of one of our orders: its states, and the one table of moves between them.

What a broker reports is an `OrderStatus`; a state is what we know of an order, also before and without the broker.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from trenddojo.domain.orders import OrderStatus


class OrderState(StrEnum):
    """Where an order stands."""

    CREATED = "created"
    """Written down, and certainly not at the broker."""
    SUBMITTING = "submitting"
    """Claimed for sending: from here on the broker may have it."""
    ACCEPTED = "accepted"
    PARTIALLY_FILLED = "partially_filled"
    FILLED = "filled"
    CANCELLED = "cancelled"
    REJECTED = "rejected"
    EXPIRED = "expired"
    REPLACED = "replaced"
    UNKNOWN = "unknown"
    """Nobody knows whether the broker has it: we ask, and never send again."""
    NEEDS_REVIEW = "needs_review"
    """The broker does not tell of it any more, or tells of another order under our id: a person decides."""
    DENIED = "denied"
    """Our own rules said no; it was never sent."""

    @property
    def is_final(self) -> bool:
        """Whether nothing but a late fill can still come."""
        return self in _FINAL

    @property
    def is_working(self) -> bool:
        """Whether the broker has it and may fill it."""
        return self in (OrderState.ACCEPTED, OrderState.PARTIALLY_FILLED)

    @property
    def is_unresolved(self) -> bool:
        """Whether it may be at the broker without our knowing."""
        return self in (OrderState.SUBMITTING, OrderState.UNKNOWN)


class IllegalMove(ValueError):
    """An order cannot go from one state to the other."""


class OrderRole(StrEnum):
    """What an order is for."""

    ENTRY = "entry"
    SCALE_IN = "scale_in"
    STOP = "stop"
    TARGET = "target"
    SCALE_OUT = "scale_out"
    EXIT = "exit"
    EXTERNAL = "external"
    """Placed elsewhere than here."""

    @property
    def adds_risk(self) -> bool:
        """Whether it opens a position or adds to one."""
        return self in (OrderRole.ENTRY, OrderRole.SCALE_IN)

    @property
    def label(self) -> str:
        """The word for people."""
        return self.value.replace("_", " ")


class PendingOp(StrEnum):
    """What was asked of a working order and is not answered yet."""

    CANCEL = "cancel"
    REPLACE = "replace"


class AttemptKind(StrEnum):
    """What one request to a broker was for."""

    SUBMIT = "submit"
    CANCEL = "cancel"
    REPLACE = "replace"


class AttemptOutcome(StrEnum):
    """What became of one request."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    NOT_SENT = "not_sent"
    """It is certain that nothing left."""
    UNKNOWN = "unknown"
    """It may have been carried out."""


class SyncStatus(StrEnum):
    """How a trade's books stand with its broker."""

    SYNCED = "synced"
    PENDING = "pending"
    ERROR = "error"
    IMPORTED = "imported"


_S = OrderState
_FINAL = frozenset({_S.FILLED, _S.CANCELLED, _S.REJECTED, _S.EXPIRED, _S.REPLACED, _S.DENIED})
_AT_BROKER = frozenset(
    {_S.ACCEPTED, _S.PARTIALLY_FILLED, _S.FILLED, _S.CANCELLED, _S.REJECTED, _S.EXPIRED, _S.REPLACED}
)

MOVES: Mapping[OrderState, frozenset[OrderState]] = MappingProxyType(
    {
        _S.CREATED: frozenset({_S.SUBMITTING, _S.DENIED, _S.CANCELLED}),
        _S.SUBMITTING: _AT_BROKER | {_S.CREATED, _S.UNKNOWN, _S.NEEDS_REVIEW},
        _S.ACCEPTED: _AT_BROKER - {_S.ACCEPTED} | {_S.NEEDS_REVIEW},
        _S.PARTIALLY_FILLED: _AT_BROKER - {_S.PARTIALLY_FILLED} | {_S.NEEDS_REVIEW},
        _S.UNKNOWN: _AT_BROKER | {_S.NEEDS_REVIEW},
        _S.NEEDS_REVIEW: _AT_BROKER,
        _S.FILLED: frozenset(),
        _S.CANCELLED: frozenset(),
        _S.REJECTED: frozenset(),
        _S.EXPIRED: frozenset(),
        _S.REPLACED: frozenset(),
        _S.DENIED: frozenset(),
    }
)
"""Which states may follow which. A partly filled order becomes accepted again where the broker takes its fill back."""

ADOPTIONS: Mapping[OrderState, frozenset[OrderState]] = MappingProxyType(
    {
        before: _AT_BROKER | {_S.NEEDS_REVIEW}
        for before in (_S.CREATED, _S.SUBMITTING, _S.UNKNOWN, _S.NEEDS_REVIEW, _S.CANCELLED, _S.REJECTED)
    }
)
"""Where an order without a broker's id may go when the broker is found to have it, whatever we believed before."""

_STATES: Mapping[OrderStatus, OrderState] = MappingProxyType(
    {
        OrderStatus.PENDING: _S.ACCEPTED,
        OrderStatus.ACCEPTED: _S.ACCEPTED,
        OrderStatus.PARTIALLY_FILLED: _S.PARTIALLY_FILLED,
        OrderStatus.FILLED: _S.FILLED,
        OrderStatus.CANCELLED: _S.CANCELLED,
        OrderStatus.REJECTED: _S.REJECTED,
        OrderStatus.EXPIRED: _S.EXPIRED,
        OrderStatus.REPLACED: _S.REPLACED,
    }
)


def check_move(before: OrderState, after: OrderState, *, is_adoption: bool = False) -> None:
    """Raise IllegalMove unless an order may go from `before` to `after`."""
    allowed = MOVES[before] | (ADOPTIONS.get(before, frozenset()) if is_adoption else frozenset())
    if after not in allowed:
        raise IllegalMove(f"an order that is {before} cannot become {after}")


def state_of(status: OrderStatus) -> OrderState | None:
    """Our state for a broker's status; None for a word that nobody has mapped, which proves nothing."""
    return _STATES.get(status)

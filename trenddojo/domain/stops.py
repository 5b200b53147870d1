"""Stops: which one is in force, whether a move loosens it, and what becomes of a trade if all of them are hit."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from trenddojo.domain.commissions import Commission
from trenddojo.domain.fills import Fill, cash_of
from trenddojo.domain.legs import quantities_left
from trenddojo.domain.marks import Mark, counting, lots_profit
from trenddojo.domain.money import RATIO_PLACES, ZERO, cents, exactly, rounded
from trenddojo.domain.terms import Direction
from trenddojo.domain.trades import Lot, Position, in_r


@dataclass(frozen=True, slots=True)
class StopChange:
    """The stop of a leg set or moved to `price` per unit."""

    leg: int
    at: datetime
    price: Decimal


def stop_in_force(changes: Iterable[StopChange], leg: int, at: datetime) -> Decimal | None:
    """A leg's stop at a time, changes of that very moment included; of two at once the later in `changes` holds."""
    past = sorted((change for change in changes if change.leg == leg and change.at <= at), key=lambda change: change.at)
    return past[-1].price if past else None


def loosens(direction: Direction, old: Decimal | None, new: Decimal) -> bool:
    """Whether a move goes against the ratchet: a long's stop only rises, a short's only falls."""
    return old is not None and direction.sign * new < direction.sign * old


@dataclass(frozen=True, slots=True)
class StopOutcome:
    """What the open lots would bring if every stop filled at its price (rule 30 of docs/NUMBERS.md).

    `amount` is in the base currency, unrounded, and covers the `protected` quantity, which is the oldest of what is
    open; `unprotected` has no stop. A board adds up `cents` of each trade's `heat` and of each `locked_in`, unnetted.
    """

    amount: Decimal
    protected: Decimal
    unprotected: Decimal

    @property
    def heat(self) -> Decimal:
        """The outcome as a loss, not below 0: what a stop-out takes from what the entries were worth."""
        return max(self.amount.copy_negate(), ZERO)

    @property
    def locked_in(self) -> Decimal:
        """The outcome as a profit, not below 0."""
        return max(self.amount, ZERO)


@exactly
def stop_outcome(
    position: Position, stops: Mapping[int, Decimal | None], fx: Decimal, commission: Commission | None
) -> StopOutcome:
    """Fill every leg's stop, each as one order, at its price and the rate `fx`, after fees.

    `stops` has the stop now in force by leg (None, or no entry: none). `commission` estimates the cost of leaving;
    None where no model exists, and then that cost is not in the amount.
    """
    total, protected = ZERO, ZERO
    for leg, quantity in quantities_left(position).items():
        stop = stops.get(leg)
        if stop is None or not quantity:
            continue
        fee = ZERO if commission is None else commission(quantity, stop)
        total += (position.direction.sign * quantity * stop * position.multiplier - fee) * fx
        protected += quantity
    cost = (cash_of(lot.fill, lot.quantity, position.multiplier).base for lot in _oldest(position.lots, protected))
    return StopOutcome(total + sum(cost, ZERO), protected, position.quantity - protected)


@exactly
def loss_if_stopped(position: Position, outcome: StopOutcome, mark: Mark | None) -> Decimal:
    """What a trade gives back, from its mark, if every stop is hit: open P&L of what is protected less the outcome.

    In the base currency, unrounded; below zero where the stop is better than the mark (rule 30).
    """
    lots = _oldest(position.lots, outcome.protected)
    return lots_profit(position.direction, position.multiplier, lots, counting(position, mark)) - outcome.amount


@exactly
def distance_to_stop(position: Position, stops: Mapping[int, Decimal | None], mark: Mark) -> Decimal | None:
    """The way from the mark to the stops in R of what is open, to 9 places; below zero once a stop is passed.

    None when flat, when some quantity has no stop, or when what is open has no valid initial risk.
    """
    risk, way = position.open_risk, ZERO
    for leg, quantity in quantities_left(position).items():
        stop = stops.get(leg)
        if not quantity:
            continue
        if stop is None:
            return None
        way += quantity * (mark.price - stop)
    if risk is None:
        return None
    return rounded(position.direction.sign * way * position.multiplier * mark.fx / risk, RATIO_PLACES)


@dataclass(frozen=True, slots=True)
class Standing:
    """A trade as it stands with its stops. Two of them, now and after an act, make the rows of an act panel.

    Money is in cents of the base currency. `gives_back` is the loss if stopped, from the mark; `if_stopped` the result
    of the whole trade then, `if_stopped_r` in units of its initial risk, None without one.
    """

    quantity: Decimal
    unprotected: Decimal
    realised: Decimal
    heat: Decimal
    locked_in: Decimal
    gives_back: Decimal
    if_stopped: Decimal
    if_stopped_r: Decimal | None


def standing(
    position: Position,
    stops: Mapping[int, Decimal | None],
    mark: Mark | None,
    fx: Decimal,
    commission: Commission | None,
) -> Standing:
    """How a trade stands: call it again with other `stops`, or with `after_exit`, for how it would stand."""
    outcome = stop_outcome(position, stops, fx, commission)
    if_stopped = position.realised + cents(outcome.amount)
    return Standing(
        quantity=position.quantity,
        unprotected=outcome.unprotected,
        realised=position.realised,
        heat=cents(outcome.heat),
        locked_in=cents(outcome.locked_in),
        gives_back=cents(loss_if_stopped(position, outcome, mark)),
        if_stopped=if_stopped,
        if_stopped_r=in_r(if_stopped, position.initial_risk),
    )


def after_exit(
    position: Position, quantity: Decimal, *, price: Decimal, fee: Decimal, fx: Decimal, leg: int | None = None
) -> Position:
    """An open trade after a supposed exit, right after its last fill; raises ThroughZeroError beyond what is held."""
    last = position.fills[-1]
    exit_ = Fill("", last.at, last.sequence + 1, position.direction.exit_side, quantity, price, fee, True, fx, leg)
    return position.with_fill(exit_)


def _oldest(lots: Iterable[Lot], quantity: Decimal) -> list[Lot]:
    """The first `quantity` of open lots."""
    taken = []
    for lot in lots:
        part = min(lot.quantity, quantity)
        if part:
            taken.append(Lot(lot.fill, part))
        quantity -= part
    return taken

"""How large a trade may be, what binds it, and what it then risks and may gain.

`size` finds the quantity, `assess` takes one that somebody chose; both answer with the same figures.
"""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Final

from trenddojo.domain.budgets import percent_of, share_budget
from trenddojo.domain.cap_rules import cap_rules
from trenddojo.domain.caps import Cap, CapReading, CapRule, read_cap
from trenddojo.domain.kelly import TRADES_NEEDED
from trenddojo.domain.money import EXACT, HUNDRED, ONE, ZERO, exactly
from trenddojo.domain.plans import check_plan
from trenddojo.domain.proposal import PositionFacts, SizingRequest
from trenddojo.domain.terms import SizingMethod

__all__ = [
    "Cap",
    "CapReading",
    "PositionFacts",
    "Sizing",
    "SizingRequest",
    "SizingWarning",
    "TargetOutcome",
    "WarningCode",
    "assess",
    "check_plan",
    "check_quantity",
    "size",
]

CLOSE_STOP_PERCENT: Final = Decimal("0.5")
"""A stop nearer to the entry than this, in percent points of the entry, draws a warning."""


class WarningCode(StrEnum):
    """What a trader should know before going on; none of these stops a trade."""

    CLOSE_STOP = "close_stop"
    KELLY_UNAVAILABLE = "kelly_unavailable"
    RISK_HALVED = "risk_halved"
    NO_COMMISSION_ESTIMATE = "no_commission_estimate"
    LAST_POSITION = "last_position"
    LAST_CORRELATED = "last_correlated"
    LAST_OF_SECTOR = "last_of_sector"


@dataclass(frozen=True, slots=True)
class SizingWarning:
    """A warning with its figure and the limit it is held against, where it has any.

    Close stop: percent points of the entry. Kelly: trades with R, and how many it needs. Halved: losses in a row, and
    how many halve. The last position, correlated one, one of a sector: the count with this one, and its limit.
    """

    code: WarningCode
    figure: Decimal | None = None
    limit: Decimal | None = None


@dataclass(frozen=True, slots=True)
class TargetOutcome:
    """What a target brings for the whole quantity (rule 39 of docs/NUMBERS.md)."""

    price: Decimal
    distance_r: Decimal
    """|target - entry| / |entry - stop|, before commissions."""
    gain: Decimal
    """In base currency after commissions, unrounded; negative where they eat it."""
    reward_to_risk: Decimal | None
    """Gain / loss at the stop, both after commissions; None for a quantity of 0."""


@dataclass(frozen=True, slots=True)
class Sizing:
    """A quantity and what it means. Money is in base currency and unrounded, percentages are percent points of equity.

    A percentage is None where equity is not above 0.
    """

    quantity: Decimal
    allowed: Decimal
    """The largest quantity that satisfies every cap."""
    caps: tuple[CapReading, ...]
    """The caps that apply, the one with the smallest quantity first; those that allow any quantity last."""
    risk_percent: Decimal
    """Of equity, that the trade may risk: its own or half Kelly, the smaller, after halving."""
    risk_amount: Decimal
    halved: bool
    position_value: Decimal | None
    """Of a future its initial margin; None while that is unknown."""
    position_percent: Decimal | None
    loss_at_stop: Decimal
    """Commissions included; not negative."""
    loss_percent: Decimal | None
    commission: Decimal | None
    """Both ways, leaving at the stop; None where there is no model."""
    targets: tuple[TargetOutcome, ...]
    r_per_point: Decimal
    """R gained by a price change of 1 in the trade's favour."""
    warnings: tuple[SizingWarning, ...]

    @property
    def binding(self) -> CapReading:
        """The cap that bound `allowed`: the smallest, ties by the order of `Cap` (rule 34)."""
        return self.caps[0]

    @property
    def breaches(self) -> tuple[CapReading, ...]:
        """The caps that `quantity` breaks, in the order of `Cap`; any of them denies."""
        return tuple(sorted((reading for reading in self.caps if reading.breached), key=_rank))

    def reading(self, cap: Cap) -> CapReading | None:
        """The reading of `cap`; None if it does not apply."""
        return next((reading for reading in self.caps if reading.cap is cap), None)


def size(request: SizingRequest) -> Sizing:
    """The largest quantity on the lot that satisfies every cap (rules 33 to 39 of docs/NUMBERS.md)."""
    return _sized(request, None)


def assess(request: SizingRequest, quantity: Decimal) -> Sizing:
    """The figures of a chosen `quantity`, in instrument units, and the caps that it breaks.

    The quantity need not be on the lot; see `check_quantity`. Raises ValueError unless it is above 0.
    """
    if not quantity.is_finite() or quantity <= 0:
        raise ValueError(f"a quantity must be above 0, not {quantity}")
    return _sized(request, quantity)


def check_quantity(request: SizingRequest, quantity: Decimal) -> str | None:
    """What is wrong with a typed quantity, as a sentence; None if it is above 0 and on the lot."""
    if not quantity.is_finite() or quantity <= 0:
        return "The quantity must be above 0."
    if EXACT.remainder(quantity, request.step):
        return f"The quantity must be a multiple of {request.step:f}."
    return None


@exactly
def _sized(request: SizingRequest, chosen: Decimal | None) -> Sizing:
    ranked = _ranked(request)
    allowed = next(allows for _, allows in ranked if allows is not None)
    quantity = allowed if chosen is None else chosen
    readings = tuple(read_cap(rule, quantity, allows) for rule, allows in ranked)
    return _described(request, quantity, allowed, readings)


def _ranked(request: SizingRequest) -> list[tuple[CapRule, Decimal | None]]:
    """Every cap with what it allows, the smallest first. Sorting is stable, so ties keep the order of the rules."""
    allowances = [(rule, rule.allows(request.step)) for rule in cap_rules(request)]
    return sorted(allowances, key=lambda pair: (pair[1] is None, pair[1] or ZERO))


def _described(request: SizingRequest, quantity: Decimal, allowed: Decimal, readings: tuple[CapReading, ...]) -> Sizing:
    equity = request.account.equity
    loss = request.loss.of(quantity)
    value = None if request.unit_value is None else request.unit_value * quantity
    return Sizing(
        quantity=quantity,
        allowed=allowed,
        caps=readings,
        risk_percent=request.used_risk_percent,
        risk_amount=share_budget(ZERO, request.used_risk_percent, equity).limit,
        halved=request.halved,
        position_value=value,
        position_percent=None if value is None else percent_of(value, equity),
        loss_at_stop=loss,
        loss_percent=percent_of(loss, equity),
        commission=None if request.commission is None else request.round_trip_fees(quantity, request.stop),
        targets=tuple(_outcome(request, quantity, target, loss) for target in request.targets),
        r_per_point=ONE / request.stop_distance,
        warnings=_warnings(request),
    )


def _outcome(request: SizingRequest, quantity: Decimal, target: Decimal, loss: Decimal) -> TargetOutcome:
    distance = abs(target - request.entry)
    gain = distance * request.point_value * quantity - request.round_trip_fees(quantity, target)
    return TargetOutcome(target, distance / request.stop_distance, gain, gain / loss if loss else None)


def _warnings(request: SizingRequest) -> tuple[SizingWarning, ...]:
    found = (_close_stop(request), _no_kelly(request), _halved(request), _no_commission(request), *_last_ones(request))
    return tuple(warning for warning in found if warning is not None)


def _close_stop(request: SizingRequest) -> SizingWarning | None:
    distance = request.stop_distance / request.entry * HUNDRED
    near = request.stop_distance * HUNDRED < CLOSE_STOP_PERCENT * request.entry  # exactly 0.5% does not warn (rule 39)
    return SizingWarning(WarningCode.CLOSE_STOP, distance, CLOSE_STOP_PERCENT) if near else None


def _no_kelly(request: SizingRequest) -> SizingWarning | None:
    if (
        request.limits.sizing_method is not SizingMethod.KELLY
        or request.kelly is None
        or request.half_kelly is not None
    ):
        return None
    return SizingWarning(WarningCode.KELLY_UNAVAILABLE, Decimal(request.kelly.trades), Decimal(TRADES_NEEDED))


def _halved(request: SizingRequest) -> SizingWarning | None:
    streak, needed = Decimal(request.account.losing_streak), Decimal(request.limits.halve_after_losses)
    return SizingWarning(WarningCode.RISK_HALVED, streak, needed) if request.halved else None


def _no_commission(request: SizingRequest) -> SizingWarning | None:
    return SizingWarning(WarningCode.NO_COMMISSION_ESTIMATE) if request.commission is None else None


def _last_ones(request: SizingRequest) -> tuple[SizingWarning | None, ...]:
    if request.position.adds_to_position:
        return ()
    limits, beside = request.limits, request.position
    correlated, of_sector = beside.correlated_positions, beside.sector_positions
    return (
        _last(WarningCode.LAST_POSITION, request.account.open_positions, limits.max_open_positions),
        _last(WarningCode.LAST_CORRELATED, correlated, limits.max_correlated_positions) if correlated else None,
        _last(WarningCode.LAST_OF_SECTOR, of_sector, limits.max_sector_positions) if of_sector else None,
    )


def _last(code: WarningCode, others: int, most: int) -> SizingWarning | None:
    return SizingWarning(code, Decimal(most), Decimal(most)) if others + 1 == most else None


def _rank(reading: CapReading) -> int:
    return list(Cap).index(reading.cap)

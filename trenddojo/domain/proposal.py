"""Everything that deciding a size takes: the plan, the instrument, the limits and the facts about the account."""

from dataclasses import dataclass
from decimal import Decimal

from trenddojo.domain.budgets import AccountRisk
from trenddojo.domain.caps import Cost
from trenddojo.domain.commissions import Commission
from trenddojo.domain.kelly import KellyRecord, half_kelly_percent
from trenddojo.domain.money import ZERO
from trenddojo.domain.plans import check_plan
from trenddojo.domain.risk import RiskLimits, check_limits, check_risk_percent
from trenddojo.domain.terms import AssetType, Direction, SizingMethod


@dataclass(frozen=True, slots=True)
class PositionFacts:
    """What the account has in the instrument already, and beside it. The order being sized is not part of it."""

    adds_to_position: bool
    value: Decimal
    """Held and working in the instrument, gross, in base currency: held at its mark (else entry), working entries at
    their price; of a future, its initial margin."""
    heat: Decimal
    """Heat of the trade it adds to (rule 30 of docs/NUMBERS.md), in base currency; 0 for a new trade."""
    correlated_positions: int
    """Open positions correlated with the instrument (rule 32), the instrument itself not among them."""
    sector_positions: int | None = None
    """Open positions in the instrument's sector, long or short, itself not among them; None without a sector."""


@dataclass(frozen=True, slots=True)
class SizingRequest:
    """One entry to size. Prices are in the instrument's currency; `fx_rate` turns it into the account's base currency.

    Raises ValueError for a plan or settings that `check_plan`, `check_risk_percent` or `check_limits` object to, for a
    multiplier, rate, lot or margin that is not above 0, and for sizing by Kelly without a record.
    """

    direction: Direction
    entry: Decimal
    stop: Decimal
    targets: tuple[Decimal, ...]
    asset_type: AssetType
    multiplier: Decimal
    fx_rate: Decimal
    lot: Decimal
    """The smallest quantity the instrument trades in: 1 for whole shares, or the broker's fractional step."""
    commission: Commission | None
    """Estimate for one order; None where there is no model, which the result then says."""
    limits: RiskLimits
    account: AccountRisk
    position: PositionFacts
    risk_percent: Decimal | None = None
    """The trade's own risk in percent points of equity; None takes the maximum."""
    initial_margin: Decimal | None = None
    """Of one contract, in the instrument's currency; futures only, None while it is not known."""
    bracket: bool = False
    kelly: KellyRecord | None = None

    def __post_init__(self) -> None:
        """Refuse what forms have to catch before: a size of such a request would mean nothing."""
        errors = self._errors()
        if errors:
            raise ValueError("; ".join(f"{field}: {sentence}" for field, sentence in errors.items()))

    @property
    def step(self) -> Decimal:
        """Quantities are multiples of this: the lot, in whole units for a short or a bracket (rule 38)."""
        if self.bracket or self.direction is Direction.SHORT:
            return Decimal(self.lot.as_integer_ratio()[0])  # the numerator: the smallest whole multiple of the lot
        return self.lot

    @property
    def stop_distance(self) -> Decimal:
        """|entry - stop|, in the instrument's currency."""
        return abs(self.entry - self.stop)

    @property
    def point_value(self) -> Decimal:
        """What a price change of 1 is worth on one unit, in base currency."""
        return self.multiplier * self.fx_rate

    @property
    def halved(self) -> bool:
        """Whether a losing streak halves risk percent and fixed units (rule 36)."""
        return self.limits.halved_by(self.account.losing_streak)

    @property
    def own_risk_percent(self) -> Decimal:
        """The trade's own risk, else the maximum, in percent points after halving (rules 35 and 36)."""
        own = self.limits.max_risk_per_trade if self.risk_percent is None else self.risk_percent
        return self.limits.after_streak(own, self.account.losing_streak)

    @property
    def half_kelly(self) -> Decimal | None:
        """Half Kelly in percent points before halving; None if Kelly is not the method or its record says nothing."""
        by_kelly = self.limits.sizing_method is SizingMethod.KELLY
        return half_kelly_percent(self.kelly) if by_kelly and self.kelly is not None else None

    @property
    def kelly_risk_percent(self) -> Decimal | None:
        """Half Kelly after halving, in percent points; None where the maximum binds instead (rule 34)."""
        half_kelly = self.half_kelly
        if half_kelly is None or half_kelly >= self.limits.max_risk_per_trade:
            return None
        return self.limits.after_streak(half_kelly, self.account.losing_streak)

    @property
    def used_risk_percent(self) -> Decimal:
        """What the trade may risk in percent points of equity: its own or half Kelly, the smaller, after halving."""
        by_kelly = self.kelly_risk_percent
        return self.own_risk_percent if by_kelly is None else min(by_kelly, self.own_risk_percent)

    @property
    def unit_value(self) -> Decimal | None:
        """Position value of one unit in base currency; of a future its initial margin, None while that is unknown."""
        if self.asset_type is not AssetType.FUTURE:
            return self.entry * self.point_value
        return None if self.initial_margin is None else self.initial_margin * self.fx_rate

    def fee(self, quantity: Decimal, price: Decimal) -> Decimal:
        """Estimated commission of one order in base currency; 0 where there is no model."""
        if self.commission is None or not quantity:
            return ZERO
        return self.commission(quantity, price) * self.fx_rate

    def round_trip_fees(self, quantity: Decimal, exit_price: Decimal) -> Decimal:
        """Estimated commission of entering, and leaving at `exit_price`, in base currency."""
        return self.fee(quantity, self.entry) + self.fee(quantity, exit_price)

    @property
    def loss(self) -> Cost:
        """Loss at the stop in base currency, commissions at entry and stop included (rule 33)."""
        return Cost(self.stop_distance * self.point_value, lambda quantity: self.round_trip_fees(quantity, self.stop))

    def _errors(self) -> dict[str, str]:
        positive = {"multiplier": self.multiplier, "fx_rate": self.fx_rate, "lot": self.lot}
        if self.initial_margin is not None:
            positive["initial_margin"] = self.initial_margin
        errors = check_plan(self.direction, self.entry, self.stop, self.targets) | check_limits(self.limits)
        errors |= {
            field: "Must be above 0." for field, value in positive.items() if not value.is_finite() or value <= 0
        }
        if self.risk_percent is not None and (sentence := check_risk_percent(self.risk_percent, self.limits)):
            errors["risk_percent"] = sentence
        if self.limits.sizing_method is SizingMethod.KELLY and self.kelly is None:
            errors["kelly"] = "Sizing by Kelly needs the account's record."
        return errors

"""The eleven caps of an entry (rules 33 to 38 of docs/NUMBERS.md), each as one inequality."""

from collections.abc import Iterator
from decimal import Decimal

from trenddojo.domain.budgets import Budget, Unknown, daily_loss, daily_risk, open_positions, share_budget, weekly_risk
from trenddojo.domain.caps import Cap, CapRule, Cost
from trenddojo.domain.money import ONE, ZERO
from trenddojo.domain.proposal import SizingRequest
from trenddojo.domain.terms import SizingMethod

_ONE_UNIT = Cost(ONE)
_ONE_POSITION = Cost(ZERO, lambda quantity: ONE)


def cap_rules(request: SizingRequest) -> tuple[CapRule, ...]:
    """The caps that apply to `request`, in the order that decides ties."""
    return (*_count_rules(request), *_method_rules(request), *_trade_rules(request), *_account_rules(request))


def _count_rules(request: SizingRequest) -> Iterator[CapRule]:
    """An add opens no position, so it counts in none of them (rule 32); without a sector there is none to count."""
    if request.position.adds_to_position:
        return
    yield CapRule(Cap.OPEN_POSITIONS, _ONE_POSITION, open_positions(request.limits, request.account))
    limits, beside = request.limits, request.position
    yield _positions(Cap.CORRELATED_POSITIONS, beside.correlated_positions, limits.max_correlated_positions)
    if beside.sector_positions is not None:
        yield _positions(Cap.SECTOR_POSITIONS, beside.sector_positions, limits.max_sector_positions)


def _positions(cap: Cap, held: int, most: int) -> CapRule:
    return CapRule(cap, _ONE_POSITION, Budget(Decimal(held), Decimal(most)))


def _method_rules(request: SizingRequest) -> Iterator[CapRule]:
    limits = request.limits
    if limits.sizing_method is SizingMethod.FIXED_UNITS and limits.fixed_units is not None:
        units = limits.after_streak(limits.fixed_units, request.account.losing_streak)
        yield CapRule(Cap.FIXED_UNITS, _ONE_UNIT, Budget(ZERO, units))
    if (percent := request.kelly_risk_percent) is not None:
        yield CapRule(Cap.KELLY, request.loss, _trade_budget(request, percent))


def _trade_rules(request: SizingRequest) -> Iterator[CapRule]:
    yield CapRule(Cap.RISK_PER_TRADE, request.loss, _trade_budget(request, request.own_risk_percent))
    yield _position_value(request)
    yield _buying_power(request)


def _account_rules(request: SizingRequest) -> Iterator[CapRule]:
    yield CapRule(Cap.DAILY_RISK, request.loss, daily_risk(request.limits, request.account))
    yield CapRule(Cap.WEEKLY_RISK, request.loss, weekly_risk(request.limits, request.account))
    yield CapRule(Cap.DAILY_LOSS, request.loss, daily_loss(request.limits, request.account))


def _trade_budget(request: SizingRequest, percent: Decimal) -> Budget:
    """Locked-in profit never enlarges an add (rule 35), so heat is not below 0."""
    return share_budget(max(ZERO, request.position.heat), percent, request.account.equity)


def _position_value(request: SizingRequest) -> CapRule:
    unit_value = request.unit_value
    unknown = Unknown.INITIAL_MARGIN if unit_value is None else None
    percent = request.limits.max_position_value
    budget = share_budget(request.position.value, percent, request.account.equity, unknown)
    return CapRule(Cap.POSITION_VALUE, Cost(unit_value or ZERO), budget)


def _buying_power(request: SizingRequest) -> CapRule:
    unit_value, available = request.unit_value, request.account.buying_power
    if unit_value is None:
        return CapRule(Cap.BUYING_POWER, Cost(ZERO), Budget(ZERO, available or ZERO, unknown=Unknown.INITIAL_MARGIN))
    cost = Cost(unit_value, lambda quantity: request.fee(quantity, request.entry))
    unknown = Unknown.BUYING_POWER if available is None else None
    return CapRule(Cap.BUYING_POWER, cost, Budget(ZERO, available or ZERO, unknown=unknown))

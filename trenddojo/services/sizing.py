"""The calculator: how large an entry may be on an account now."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from trenddojo.domain.figures import quantity
from trenddojo.domain.money import ONE
from trenddojo.domain.proposal import SizingRequest
from trenddojo.domain.risk import check_risk_percent
from trenddojo.domain.sizing import Sizing, assess, check_quantity, size
from trenddojo.domain.terms import SizingMethod
from trenddojo.services import exposure
from trenddojo.services.commissions import commission_of
from trenddojo.services.errors import Invalid
from trenddojo.services.inputs.plans import SizingInput
from trenddojo.services.instruments import Terms, known, terms_of
from trenddojo.store.models import Account
from trenddojo.store.seats import Seat


def size_plan(seat: Seat, given: SizingInput, now: datetime, *, without: UUID | None = None) -> Sizing:
    """The largest quantity that every cap allows, or the figures of the quantity that was typed.

    Money is in the account's base currency. `without` leaves a trade that is being changed out of the facts.
    Raises Invalid for fields that do not fit the account, each with its sentence.
    """
    request = sizing_request(seat, given, now, without=without)
    if given.quantity is None:
        return size(request)
    if sentence := check_quantity(request, given.quantity):
        raise Invalid({"quantity": sentence})
    return assess(request, given.quantity)


def sizing_request(seat: Seat, given: SizingInput, now: datetime, *, without: UUID | None = None) -> SizingRequest:
    """Everything that deciding the size takes; raises Invalid as `size_plan` does."""
    account, terms = seat.account, terms_of(given, seat.account)
    fx = fx_of(given, terms, account)
    limits = exposure.limits_of(account)
    if given.risk_percent is not None and (sentence := check_risk_percent(given.risk_percent, limits)):
        raise Invalid({"risk_percent": sentence})
    instrument, found = known(terms), exposure.holdings_of(seat, without=without)
    return SizingRequest(
        direction=given.direction,
        entry=given.entry,
        stop=given.stop,
        targets=given.targets,
        asset_type=terms.asset_type,
        multiplier=terms.multiplier,
        fx_rate=fx,
        lot=terms.lot,
        commission=commission_of(account, terms.asset_type, terms.multiplier),
        limits=limits,
        account=exposure.account_risk(seat, now, found),
        position=exposure.position_facts(
            seat, instrument, found, now, direction=given.direction, group=given.correlation_group
        ),
        risk_percent=given.risk_percent,
        initial_margin=given.initial_margin,
        kelly=exposure.kelly_record(account) if limits.sizing_method is SizingMethod.KELLY else None,
    )


def fx_of(given: SizingInput, terms: Terms, account: Account) -> Decimal:
    """What one unit of the instrument's currency is worth in the account's.

    Raises Invalid where the currencies differ and no rate was given: there is no rate that could be assumed.
    """
    base = account.base_currency
    if terms.currency != base:
        if given.fx is None:
            raise Invalid({"fx": f"What is 1 {terms.currency} in {base}? The account is kept in {base}."})
        return given.fx
    if given.fx is not None and given.fx != ONE:
        raise Invalid({"fx": f"Leave this empty: the account is kept in {base}, so {quantity(given.fx)} cannot hold."})
    return ONE

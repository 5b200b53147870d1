"""What is asked of an account: its terms, and who else may see it."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any

from trenddojo.domain.terms import MemberRole
from trenddojo.services.inputs import kinds
from trenddojo.services.inputs.base import Input
from trenddojo.services.inputs.people import Email
from trenddojo.services.inputs.types import Currency, Day, FeeRate, Leverage, Name, OptionalDay, OptionalKey, TimeZone

StartingBalance = Annotated[Decimal, kinds.number(2, "0", "1000000000000", above=True)]
_BeganWith = Annotated[Decimal, kinds.number(2, "0", "1000000000000")]
"""Nothing, where every deposit is recorded from the first one on."""
Band = Annotated[Decimal, kinds.number(2, "0", "1000000")]
RiskFree = Annotated[Decimal, kinds.number(2, "0", "30")]


class AccountInput(Input):
    """A new account that its owner trades by hand.

    Fees are in the instrument's currency, for each unit and each order. `breakeven_band` is how far from 0 the P&L of a
    breakeven may be, in base currency. Without `opened_on` it opens today. A repeated request
    with the same `key` adds one account.
    """

    name: Name
    base_currency: Currency = "USD"
    starting_balance: StartingBalance
    time_zone: TimeZone
    opened_on: OptionalDay = None
    fee_per_unit: FeeRate = Decimal(0)
    fee_per_order: FeeRate = Decimal(0)
    leverage: Leverage = Decimal(1)
    breakeven_band: Band = Decimal(0)
    risk_free_rate: RiskFree = Decimal(0)
    key: OptionalKey = None


class AccountChange(Input):
    """A change of an account: fields that are left out stay as they are. It may have begun with 0."""

    name: Name | None = None
    base_currency: Currency | None = None
    starting_balance: _BeganWith | None = None
    time_zone: TimeZone | None = None
    opened_on: Day | None = None
    fee_per_unit: FeeRate | None = None
    fee_per_order: FeeRate | None = None
    leverage: Leverage | None = None
    breakeven_band: Band | None = None
    risk_free_rate: RiskFree | None = None

    @property
    def changes(self) -> Mapping[str, Any]:
        """The fields that were sent."""
        return {name: getattr(self, name) for name in self.model_fields_set}

    def problems(self) -> Mapping[str, str]:
        """A field that was sent without a value."""
        return {name: "This is required." for name, value in self.changes.items() if value is None}


class MemberInput(Input):
    """A person who is let in to an account, by the e-mail they sign in with."""

    email: Email
    role: MemberRole

"""What is booked to mend a difference, as it is typed."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated

from trenddojo.services.inputs import kinds
from trenddojo.services.inputs.base import Input
from trenddojo.services.inputs.types import Count, Day, ExitPrice, OptionalFee, OptionalFxRate, Quantity, SignedMoney


class FillMend(Input):
    """The fill that the books lack: of so many units, on the side of the difference.

    `price` and `fee` are in the instrument's currency, `fx` turns that into the account's where the two differ.
    """

    on: Day
    quantity: Quantity
    price: ExitPrice
    fee: OptionalFee = None
    fx: OptionalFxRate = None


class SplitMend(Input):
    """The split that the books lack: `numerator` new units for `denominator` old ones, from `on` on."""

    on: Day
    numerator: Count
    denominator: Count

    @property
    def ratio(self) -> tuple[Decimal, Decimal]:
        """New units, and old ones."""
        return Decimal(self.numerator), Decimal(self.denominator)

    def problems(self) -> Mapping[str, str]:
        """As many new units as old ones are no split."""
        return {"numerator": "As many as before is no split."} if self.numerator == self.denominator else {}


class CashMend(Input):
    """The movement that the books lack, of the kind of the difference; below 0 where it came back."""

    on: Day
    amount: SignedMoney
    note: Annotated[str, kinds.text(0, 200)] = ""

    def problems(self) -> Mapping[str, str]:
        """Nothing moved."""
        return {} if self.amount else {"amount": "Must not be 0."}

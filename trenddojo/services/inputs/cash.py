"""Cash that moved apart from trades, as it is typed."""

from collections.abc import Mapping
from typing import Annotated

from trenddojo.domain.terms import CashKind
from trenddojo.services.inputs import kinds
from trenddojo.services.inputs.base import Input
from trenddojo.services.inputs.types import Day, OptionalKey, SignedMoney

_SIGNED = (CashKind.FEE, CashKind.INTEREST, CashKind.DIVIDEND)


class CashInput(Input):
    """One movement of cash. Interest and dividends that were paid are negative, and so is a fee that came back."""

    on: Day
    kind: CashKind
    amount: SignedMoney
    note: Annotated[str, kinds.text(0, 200)] = ""

    def problems(self) -> Mapping[str, str]:
        """An amount that its kind cannot have."""
        if self.kind in _SIGNED:
            return {} if self.amount else {"amount": "Must not be 0."}
        return {} if self.amount > 0 else {"amount": "Must be above 0: the kind says which way it went."}


class NewCashInput(CashInput):
    """A new movement; `key` makes that a repeated request records it once."""

    key: OptionalKey = None

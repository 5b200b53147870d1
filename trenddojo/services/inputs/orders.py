"""What may be asked of a broker about a trade: an order, a change of one, the end of a doubt."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated

from pydantic import AliasChoices, BeforeValidator, Field

from trenddojo.domain.order_states import OrderRole
from trenddojo.domain.orders import OrderType, TimeInForce
from trenddojo.domain.terms import ExitReason, Side
from trenddojo.services.inputs import kinds
from trenddojo.services.inputs.base import Input
from trenddojo.services.inputs.types import OptionalCount, OptionalReason, Price, Quantity, Reason

_BLANK = BeforeValidator(lambda value: None if kinds.is_blank(value) else value)
_FLAG = BeforeValidator(lambda value: False if value in (None, "") else value)
_OptionalPrice = Annotated[Price | None, _BLANK]
_OptionalQuantity = Annotated[Quantity | None, _BLANK]


class OrderInput(Input):
    """An order for a trade. What is left empty follows from the trade: its entry, its quantity, its exits.

    `role` is what the order is for; without one it is the entry of a plan and the exit of an open trade. `with_exits`
    sends an entry with its stop and its target, which is `target` or else the plan's first. `leg` is the add that a
    scale-in fills. `exit_reason` is why an exit leaves. `extended_hours` lets a limit order work
    outside the session too.
    """

    role: Annotated[OrderRole | None, _BLANK] = None
    side: Annotated[Side | None, _BLANK] = None
    order_type: Annotated[OrderType | None, _BLANK] = Field(
        default=None, validation_alias=AliasChoices("order_type", "type")
    )
    time_in_force: Annotated[TimeInForce | None, _BLANK] = None
    quantity: _OptionalQuantity = None
    limit_price: _OptionalPrice = None
    stop_price: _OptionalPrice = None
    trail_amount: _OptionalPrice = None
    trail_percent: _OptionalPrice = None
    target: _OptionalPrice = None
    with_exits: Annotated[bool, _FLAG] = True
    extended_hours: Annotated[bool, _FLAG] = False
    leg: OptionalCount = None
    exit_reason: Annotated[ExitReason | None, _BLANK] = None


class ReplaceInput(Input):
    """What to change of a working order; what is left empty stays. A stop that loosens needs a `reason`."""

    quantity: _OptionalQuantity = None
    limit_price: _OptionalPrice = None
    stop_price: _OptionalPrice = None
    trail_amount: _OptionalPrice = None
    trail_percent: _OptionalPrice = None
    time_in_force: Annotated[TimeInForce | None, _BLANK] = None
    reason: OptionalReason = ""

    def problems(self) -> Mapping[str, str]:
        """Something has to change."""
        asked = self.model_dump(exclude={"reason"})
        return {} if any(value is not None for value in asked.values()) else {"quantity": "Change something."}


class Verdict(StrEnum):
    """What a person found out about an order that the broker does not explain."""

    ENDED = "ended"
    """It is not at the broker any more, or never was."""
    SAME = "same"
    """The broker's order is this one, whatever differs: its word counts from now on."""


class ReviewInput(Input):
    """How a person ends a doubt, and why; both are kept."""

    verdict: Verdict
    reason: Reason

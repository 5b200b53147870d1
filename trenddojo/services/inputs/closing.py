"""What is told of an exit that closes a trade."""

from trenddojo.domain.terms import ExitReason
from trenddojo.services.inputs.base import Input
from trenddojo.services.inputs.types import ExitPrice, OptionalFee, OptionalFxRate, OptionalInstant, OptionalKey


class CloseInput(Input):
    """The exit of everything that is held; without `at` it happened now.

    `fee` is in the instrument's currency, left empty for the account's estimate; `fx` is needed where the instrument's
    currency is not the account's.
    """

    price: ExitPrice
    exit_reason: ExitReason
    at: OptionalInstant = None
    fee: OptionalFee = None
    fx: OptionalFxRate = None
    key: OptionalKey = None

"""Exact amounts: the scales that the product keeps, and the one rounding it uses.

Prices and fees keep 6 decimal places, FX rates 10, quantities 9; derived money has 2 and is rounded half to even.
"""

from collections.abc import Callable
from decimal import ROUND_HALF_EVEN, Context, Decimal, localcontext
from functools import wraps
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

PRICE_PLACES = 6
FX_PLACES = 10
QUANTITY_PLACES = 9
MONEY_PLACES = 2
RATIO_PLACES = 9
"""R multiples and rates are stored to this many places; they are shown with two."""

DIGITS = 18
"""Significant digits of a stored amount: what a signed 64-bit integer holds with room to add nine of them."""

ZERO = Decimal(0)
ONE = Decimal(1)
HUNDRED = Decimal(100)

EXACT = Context(prec=60, rounding=ROUND_HALF_EVEN)
"""Wide enough that quantizing the product of a price, a quantity, a multiplier and a rate never overflows."""

_QUANTA = tuple(Decimal(1).scaleb(-places) for places in range(41))


def rounded(value: Decimal, places: int) -> Decimal:
    """`value` with exactly `places` decimal places, half to even; zero has no sign."""
    result = EXACT.quantize(value, _QUANTA[places])
    return result if result else EXACT.plus(result)


def cents(value: Decimal) -> Decimal:
    """Money as it is booked: two places, half to even."""
    return rounded(value, MONEY_PLACES)


def exactly(function: Callable[P, T]) -> Callable[P, T]:
    """Run `function` in `EXACT`, whatever the caller's context, so that its operators on amounts lose no digit."""

    @wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        with localcontext(EXACT):
            return function(*args, **kwargs)

    return run

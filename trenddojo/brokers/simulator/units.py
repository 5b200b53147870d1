"""Prices as the simulated market reckons with them: whole units of 0.0001 USD, always on the tick.

The tick is 0.01 USD at prices of 1 USD and above, 0.0001 USD below.
"""

from decimal import Decimal

DOLLAR = 10_000
_CENT = 100


def tick(units: int) -> int:
    """The tick at a price, in units."""
    return _CENT if units >= DOLLAR else 1


def to_tick(units: float) -> int:
    """The nearest price on the tick, at least one unit. A higher price never rounds to a lower one."""
    if units >= DOLLAR:
        return int(units + _CENT / 2) // _CENT * _CENT
    return max(1, int(units + 0.5))


def decimal(units: int) -> Decimal:
    """The price in USD, with two places from 1 USD on, else four."""
    return Decimal(units // _CENT).scaleb(-2) if units >= DOLLAR else Decimal(units).scaleb(-4)

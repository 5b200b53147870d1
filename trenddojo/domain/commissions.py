"""Commission estimates by model. What a broker reports replaces them.

Every model is per order, unrounded, and never falls as the quantity rises: the search for a size relies on that.
"""

from collections.abc import Callable
from decimal import Decimal
from functools import partial

from trenddojo.domain.money import ONE, ZERO
from trenddojo.domain.terms import AssetType

Commission = Callable[[Decimal, Decimal], Decimal]
"""(quantity, price) of one order -> its estimated commission in the instrument's currency: unrounded, not negative."""

_SHARES = (AssetType.STOCK, AssetType.ETF)
_OPTION_CONTRACT = Decimal("0.65")
_IBKR_SHARE = Decimal("0.005")
_IBKR_MINIMUM = Decimal("1.00")
_IBKR_FRACTION_MINIMUM = Decimal("0.01")
_IBKR_MAXIMUM_RATE = Decimal("0.01")
_ALPACA_CRYPTO_RATE = Decimal("0.0025")


def account_fees(per_unit: Decimal, per_order: Decimal) -> Commission:
    """The account's own fees, in the instrument's currency: `per_unit` for each unit and `per_order` for each order."""
    return lambda quantity, price: per_order + per_unit * quantity if quantity else ZERO


FREE = account_fees(per_unit=ZERO, per_order=ZERO)
"""Nothing, whatever is traded."""


def ibkr_fixed(asset_type: AssetType, multiplier: Decimal) -> Commission | None:
    """Interactive Brokers' fixed pricing (rule 40 of docs/NUMBERS.md); None for an asset type that has no model."""
    if asset_type in _SHARES:
        return partial(_ibkr_shares, multiplier)
    return _ibkr_options if asset_type is AssetType.OPTION else None


def alpaca(asset_type: AssetType, multiplier: Decimal) -> Commission | None:
    """Alpaca: nothing for shares and options, 0.25% of the value of crypto; None for an asset type without a model."""
    if asset_type is AssetType.CRYPTO:
        return lambda quantity, price: quantity * price * multiplier * _ALPACA_CRYPTO_RATE
    return FREE if asset_type in (*_SHARES, AssetType.OPTION) else None


def schwab(asset_type: AssetType, _multiplier: Decimal) -> Commission | None:
    """Schwab's online orders: nothing for shares, 0.65 an option contract; None for an asset type without a model."""
    if asset_type is AssetType.OPTION:
        return account_fees(per_unit=_OPTION_CONTRACT, per_order=ZERO)
    return FREE if asset_type in _SHARES else None


def ibkr_shares(quantity: Decimal, price: Decimal) -> Decimal:
    """Interactive Brokers' fixed pricing of shares (rule 40 of docs/NUMBERS.md)."""
    return _ibkr_shares(ONE, quantity, price)


def _ibkr_shares(multiplier: Decimal, quantity: Decimal, price: Decimal) -> Decimal:
    minimum = _IBKR_MINIMUM if quantity >= ONE else _IBKR_FRACTION_MINIMUM
    maximum = quantity * price * multiplier * _IBKR_MAXIMUM_RATE
    return min(max(quantity * _IBKR_SHARE, minimum), maximum)  # in this order: the maximum beats the minimum


def _ibkr_options(quantity: Decimal, _price: Decimal) -> Decimal:
    return max(quantity * _OPTION_CONTRACT, _IBKR_MINIMUM) if quantity else ZERO

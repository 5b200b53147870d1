"""What orders cost on IBKR's fixed plan. Source: IBKR, "Commissions: North America stocks, ETFs", fixed."""

from decimal import ROUND_HALF_UP, Decimal

from tests.brokers.interactive_brokers.gateway.instruments import Instrument

_CENT = Decimal("0.01")
_TEN_THOUSANDTH = Decimal("0.0001")
_A_SHARE = Decimal("0.005")
_LEAST, _LEAST_OF_A_FRACTION = Decimal("1.00"), _CENT
_MOST = Decimal("0.01")
_AN_OPTION = Decimal("0.65")
_A_FUTURE = Decimal("2.25")
_FOREX, _FOREX_LEAST = Decimal("0.00002"), Decimal("2.00")
_COIN = Decimal("0.0018")
_EUROPE, _EUROPE_LEAST = Decimal("0.0005"), Decimal("3.00")


def commission(instrument: Instrument, quantity: Decimal, value: Decimal) -> Decimal:
    """Of an order that has filled so much, in the instrument's currency, without regulatory fees."""
    match instrument.kind:
        case "OPT":
            return max(_LEAST, _AN_OPTION * quantity)
        case "FUT":
            return _A_FUTURE * quantity
        case "CASH":
            return max(_FOREX_LEAST, _rounded(value * _FOREX))
        case "CRYPTO":
            return max(_CENT, _rounded(value * _COIN))
    if instrument.currency != "USD":
        return max(_EUROPE_LEAST, _rounded(value * _EUROPE))
    return _shares(quantity, value)


def _shares(quantity: Decimal, value: Decimal) -> Decimal:
    """At least a dollar an order and at most a hundredth of its value; where these collide the latter wins."""
    least = _LEAST_OF_A_FRACTION if quantity % 1 else _LEAST
    return _rounded(min(max(quantity * _A_SHARE, least), value * _MOST))


def _rounded(amount: Decimal) -> Decimal:
    return amount.quantize(_TEN_THOUSANDTH, ROUND_HALF_UP)

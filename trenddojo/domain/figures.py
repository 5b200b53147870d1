"""Figures as sentences show them: thousands separated, a true minus sign, and never two different ones alike."""

from decimal import Decimal

from trenddojo.domain.money import EXACT, rounded

_MINUS = "\N{MINUS SIGN}"
_MOST_PLACES = 40


def decimal_places(value: Decimal) -> int:
    """How many decimal places `value` has, trailing zeros left out."""
    exponent = value.normalize(EXACT).as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def number(value: Decimal, places: int) -> str:
    """`value` with exactly `places` decimals, rounded half to even: 1234.5 with 2 is "1,234.50"."""
    shown = EXACT.plus(rounded(value, places))  # plus turns -0 into 0
    return f"{shown:,f}".replace("-", _MINUS)


def at_least(value: Decimal, places: int, most: int) -> str:
    """`value` with as many decimals as it has, but no fewer than `places` and no more than `most`."""
    return number(value, min(max(places, decimal_places(value)), most))


def money(value: Decimal) -> str:
    """An amount to the cent, without its currency."""
    return number(value, 2)


def price(value: Decimal) -> str:
    """A price with all its decimals, at least two."""
    return at_least(value, 2, 6)


def quantity(value: Decimal) -> str:
    """A quantity as it is: 118, 0.25."""
    return at_least(value, 0, 9)


def percent(value: Decimal) -> str:
    """Percent points with two to four decimals: "1.00%", "0.125%"."""
    return f"{at_least(value, 2, 4)}%"


def apart(one: Decimal, other: Decimal, places: int) -> tuple[str, str]:
    """Both with the fewest decimals, `places` or more, that make two different numbers read differently (rule 27)."""
    while (shown := number(one, places)) == number(other, places) and one != other and places < _MOST_PLACES:
        places += 1
    return shown, number(other, places)

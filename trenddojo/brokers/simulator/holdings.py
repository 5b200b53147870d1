"""What is held of a symbol, at average cost."""

from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal

from trenddojo.domain.money import PRICE_PLACES, ZERO, rounded
from trenddojo.domain.terms import Side


@dataclass(frozen=True, slots=True)
class Holding:
    """`quantity` in units, negative for a short; `average` is the price per unit that it was opened at."""

    quantity: Decimal = ZERO
    average: Decimal = ZERO

    def closable_by(self, side: Side) -> Decimal:
        """How much an order of this side may close."""
        return max(ZERO, self.quantity if side is Side.SELL else -self.quantity)

    def after(self, signed: Decimal, price: Decimal) -> "Holding":
        """Once `signed` units were bought (or, negative, sold) at `price`.

        What adds moves the average; what reduces leaves it; what turns the position round opens it anew.
        """
        quantity = self.quantity + signed
        if not quantity:
            return Holding()
        if self.quantity * signed >= 0:
            cost = self.quantity * self.average + signed * price
            return Holding(quantity, rounded(cost / quantity, PRICE_PLACES))
        return Holding(quantity, self.average if quantity * self.quantity > 0 else price)


def whole(quantity: Decimal, places: int) -> Decimal:
    """`quantity` cut to what shares divide into, towards zero."""
    return quantity.quantize(Decimal(1).scaleb(-places), ROUND_DOWN)

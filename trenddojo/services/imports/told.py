"""A line of a statement as a fill of the books, or the reason why it cannot be one."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from hashlib import blake2b

from trenddojo.domain.commissions import Commission
from trenddojo.domain.equity import local_date
from trenddojo.domain.fills import Fill
from trenddojo.domain.money import PRICE_PLACES, QUANTITY_PLACES, ZERO, exactly, rounded
from trenddojo.domain.terms import ExitReason
from trenddojo.services.imports.ground import Ground
from trenddojo.statements.lines import Effect, FillLine
from trenddojo.statements.spooled import Spooled

CONTENT = "~"
"""What keys begin with that are made of a fill's content, where the file gives it no name."""
STEP = 64
"""Room between two fills of one moment for those that another file tells of."""
_MOST = Decimal(10) ** 12
"""No fill moves so much money, nor so many units; sums of many still fit into their columns."""


_shared = lru_cache(maxsize=10_000)(rounded)
"""The same amounts come again and again, and a statement's fills are many: one object for all."""


class Refused(ValueError):
    """A line that cannot be booked; the sentence says why."""


@dataclass(frozen=True, slots=True)
class Told:
    """A fill that the statement tells of. `fill.key` is the broker's name as it is kept, or empty."""

    row: int
    line: int
    fill: Fill
    is_dated: bool
    effect: Effect | None
    reason: ExitReason | None

    @property
    def content(self) -> tuple[object, ...]:
        """What tells a fill without a name from others."""
        fill = self.fill
        return fill.side, fill.quantity, fill.price, fill.at


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads the lines of one contract, by its terms and by the account's estimate of fees."""

    ground: Ground
    currency: str
    multiplier: Decimal
    commission: Commission | None

    @exactly
    def told(self, spooled: Spooled[FillLine]) -> Told:
        """One line. Raises Refused."""
        said = spooled.said
        quantity, price = _shared(said.quantity, QUANTITY_PLACES), _shared(said.price, PRICE_PLACES)
        _check(said, quantity, price, self.multiplier, self.ground.now)
        fee, is_estimated = self._fee(said.fee, quantity, price)
        fill = Fill(
            key=self.ground.key(said.key) if said.key else "",
            at=said.at,
            sequence=spooled.sequence * STEP,
            side=said.side,
            quantity=quantity,
            price=price,
            fee=fee,
            fee_estimated=is_estimated,
            fx=self._fx(said),
        )
        return Told(spooled.row, said.line, fill, said.is_dated, said.effect, said.reason)

    def _fee(self, told: Decimal | None, quantity: Decimal, price: Decimal) -> tuple[Decimal, bool]:
        """The fee, and whether it is estimated (rule 11 of docs/NUMBERS.md); 0 where there is no model."""
        if told is not None:
            if abs(told) >= _MOST:
                raise Refused("Its fee is larger than the books can hold.")
            return _shared(told, PRICE_PLACES), False
        return rounded(self.commission(quantity, price), PRICE_PLACES) if self.commission else ZERO, True

    def _fx(self, said: FillLine) -> Decimal:
        on = local_date(said.at, self.ground.zone)
        fx = self.ground.fx(self.currency, said.fx, on)
        if fx is None:
            raise Refused(
                f"What 1 {self.currency} was worth in {self.ground.currency} on {on} is not known. "
                "Import exchange rates of that time, then bring this line again."
            )
        return fx


def _check(said: FillLine, quantity: Decimal, price: Decimal, multiplier: Decimal, now: datetime) -> None:
    if quantity <= 0:
        raise Refused("Its quantity is not above zero.")
    if price < 0:
        raise Refused("Its price is below zero.")
    if said.at > now:
        raise Refused("This is in the future.")
    if quantity >= _MOST or price >= _MOST or quantity * price * multiplier >= _MOST:
        raise Refused("Its amount is larger than the books can hold.")


def content_key(family: str, identity: str, told: Told, ordinal: int) -> str:
    """The key of a fill that the file gives no name: its content, and its number among equals within the file.

    Two brokers' fills of the same content are two.
    """
    fill = told.fill
    amounts = f"{fill.quantity.normalize():f}|{fill.price.normalize():f}"
    words = f"{family}|{identity}|{fill.at.isoformat()}|{fill.side}|{amounts}"
    return f"{CONTENT}{blake2b(words.encode(), digest_size=12).hexdigest()}.{ordinal}"

"""What can be imported of an account, as plain values that outlive the transaction that they were read in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from trenddojo.brokers.types import Execution, Position
from trenddojo.domain.fills import Fill
from trenddojo.domain.money import exactly
from trenddojo.domain.order_states import OrderRole
from trenddojo.domain.terms import AssetType, Direction
from trenddojo.domain.trades import Position as Replayed


@dataclass(frozen=True, slots=True)
class Told:
    """What a broker said of an account: fills of the last 90 days, and what is held now, by symbol."""

    fills: Sequence[Execution]
    held: Mapping[str, Position]


@dataclass(frozen=True, slots=True)
class Named:
    """What a fill is called by its broker beside its key: its root, and which revision of it this is."""

    root: str
    revision: int


@dataclass(frozen=True, slots=True)
class Stops:
    """The stop that a position was entered with, of which its R is made, and where its stop is now; None for none."""

    initial: Decimal | None
    now: Decimal | None


@dataclass(frozen=True, slots=True)
class Resting:
    """A working exit that was placed elsewhere. `price` is what it waits for, None where that moves with the market."""

    order_id: UUID
    role: OrderRole
    quantity: Decimal
    price: Decimal | None


@dataclass(frozen=True, slots=True)
class PositionOffer:
    """A position, or the part of one, that is not in the books.

    `quantity` was held when the account began to be followed, `held` is what of it still is, both in units and not
    below zero. `fills` are those that made it, empty where the broker does not tell all of them: then `entry` is its
    average price there, else the average of what is left open. `resting` are the exits that become the trade's, and
    `is_covered` says that their stops are for all of it. `joins` is an open trade that it belongs to, `absorbs` one
    that was found at the broker and is the end of this one. `why_not` says why it cannot be imported.
    """

    symbol: str
    asset_type: AssetType
    direction: Direction
    quantity: Decimal
    held: Decimal
    entry: Decimal | None
    fills: tuple[Fill, ...] = ()
    market_price: Decimal | None = None
    resting: tuple[Resting, ...] = ()
    is_covered: bool = False
    joins: UUID | None = None
    absorbs: UUID | None = None
    why_not: str = ""

    @property
    def stop(self) -> Decimal | None:
        """The price of the largest stop that rests at the broker."""
        stops = [one for one in self.resting if one.role is OrderRole.STOP and one.price is not None]
        return max(stops, key=lambda one: one.quantity).price if stops else None

    @property
    def opened_at(self) -> datetime | None:
        """When it was entered, as far as that is told."""
        return self.fills[0].at if self.fills else None

    @property
    @exactly
    def open_pnl(self) -> Decimal | None:
        """What is held has gained over its entry so far, before fees, unrounded."""
        if self.entry is None or self.market_price is None:
            return None
        return self.direction.sign * self.held * (self.market_price - self.entry)


@dataclass(frozen=True, slots=True)
class TripOffer:
    """A trade that was closed before the books begin."""

    symbol: str
    asset_type: AssetType
    position: Replayed

    @property
    def id(self) -> str:
        """What names it: the key of its first fill."""
        return self.position.fills[0].key

    @property
    def opened_at(self) -> datetime:
        """Its first fill's time."""
        return self.position.fills[0].at

    @property
    def closed_at(self) -> datetime:
        """Its last fill's time."""
        return self.position.fills[-1].at


@dataclass(frozen=True, slots=True)
class Offer:
    """All that can be imported of an account: positions by symbol, closed trades from the last back.

    `names` are the broker's names of the fills that were told, by key. `left_out` says by symbol why its past is not
    offered.
    """

    account_id: UUID
    positions: tuple[PositionOffer, ...]
    trips: tuple[TripOffer, ...]
    names: Mapping[str, Named] = field(default_factory=dict)
    left_out: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_nothing(self) -> bool:
        """Whether there is nothing to import."""
        return not (self.trips or any(not one.why_not for one in self.positions))

"""What an account held and traded before its books begin, and what was imported of it, as the API answers them."""

from datetime import datetime
from uuid import UUID

from pydantic import Field

from trenddojo.domain.order_states import OrderRole
from trenddojo.domain.terms import AssetType, Direction, Side
from trenddojo.services.onboarding import Line, Outside
from trenddojo.services.onboarding_offers import Offer, PositionOffer, TripOffer
from trenddojo.store.models import Trade
from trenddojo.web.api.outputs.base import Exact, Money, Output
from trenddojo.web.api.outputs.trades import TradeRow


class OutsideLineOut(Output):
    """What is held of a symbol outside of the books, below 0 for a short, with what the broker last said of it."""

    symbol: str
    quantity: Exact
    average_price: Exact | None
    market_price: Exact | None
    market_value: Money | None

    @classmethod
    def of(cls, line: Line) -> "OutsideLineOut":
        """A line as it is stored."""
        seen = line.seen
        return cls(
            symbol=line.symbol,
            quantity=line.quantity,
            average_price=seen.average_price if seen else None,
            market_price=seen.market_price if seen else None,
            market_value=seen.market_value if seen else None,
        )


class OutsideOut(Output):
    """What an account holds outside of the books. `first_pass_at` is null before books and broker were compared."""

    account_id: UUID
    name: str
    first_pass_at: datetime | None
    as_of: datetime | None
    positions: list[OutsideLineOut]

    @classmethod
    def of(cls, found: Outside) -> "OutsideOut":
        """An account."""
        return cls(
            account_id=found.seat.account.id,
            name=found.seat.account.name,
            first_pass_at=found.first_pass_at,
            as_of=found.seen_at,
            positions=[OutsideLineOut.of(line) for line in found.lines],
        )


class OutsidesOut(Output):
    """The accounts of a connection. They are few: `next` is always null."""

    items: list[OutsideOut]
    next: str | None = None


class PastFillOut(Output):
    """A fill as the broker tells it. An estimated fee was not told."""

    execution_id: str = Field(validation_alias="key")
    at: datetime
    side: Side
    quantity: Exact
    price: Exact
    fee: Exact
    fee_estimated: bool


class RestingOut(Output):
    """An exit that works at the broker, and becomes the trade's. `price` is null where it moves with the market."""

    role: OrderRole
    quantity: Exact
    price: Exact | None


class PositionOfferOut(Output):
    """A position that can be imported, by its symbol, unless `why_not` says why it cannot.

    `held` is what is still held of the `quantity` that was. `entry` is the average of its fills; without any it is the
    broker's average price, and `entered_on` has to be sent. `stop` is that of the largest stop order; where the stops
    are for all of it (`is_covered`), that is the stop to send. `joins` is the open trade that it becomes a leg of.
    """

    symbol: str
    asset_type: AssetType
    direction: Direction
    quantity: Exact
    held: Exact
    entry: Exact | None
    market_price: Exact | None
    open_pnl: Money | None
    opened_at: datetime | None
    fills: list[PastFillOut]
    orders: list[RestingOut]
    stop: Exact | None
    is_covered: bool
    joins: UUID | None
    why_not: str

    @classmethod
    def of(cls, found: PositionOffer) -> "PositionOfferOut":
        """A position of an offer."""
        return cls(
            symbol=found.symbol,
            asset_type=found.asset_type,
            direction=found.direction,
            quantity=found.quantity,
            held=found.held,
            entry=found.entry,
            market_price=found.market_price,
            open_pnl=found.open_pnl,
            opened_at=found.opened_at,
            fills=[PastFillOut.model_validate(one) for one in found.fills],
            orders=[RestingOut.model_validate(one) for one in found.resting],
            stop=found.stop,
            is_covered=found.is_covered,
            joins=found.joins,
            why_not=found.why_not,
        )


class TripOfferOut(Output):
    """A closed trade that can be imported, named by its `first_fill`. `pnl` is net, `quantity` that of its entries."""

    first_fill: str
    symbol: str
    direction: Direction
    quantity: Exact
    entry: Exact | None
    exit: Exact | None
    opened_at: datetime
    closed_at: datetime
    pnl: Money
    fills: list[PastFillOut]

    @classmethod
    def of(cls, found: TripOffer) -> "TripOfferOut":
        """A closed trade of an offer."""
        position = found.position
        return cls(
            first_fill=found.id,
            symbol=found.symbol,
            direction=position.direction,
            quantity=position.entered,
            entry=position.average_entry,
            exit=position.average_exit,
            opened_at=found.opened_at,
            closed_at=found.closed_at,
            pnl=position.realised,
            fills=[PastFillOut.model_validate(one) for one in position.fills],
        )


class LeftOutOut(Output):
    """A symbol whose past is not offered, and why."""

    symbol: str
    reason: str


class OfferOut(Output):
    """What can be imported of an account: what is in the books already is not offered."""

    account_id: UUID
    positions: list[PositionOfferOut]
    trades: list[TripOfferOut]
    left_out: list[LeftOutOut]

    @classmethod
    def of(cls, found: Offer) -> "OfferOut":
        """An offer."""
        return cls(
            account_id=found.account_id,
            positions=[PositionOfferOut.of(one) for one in found.positions],
            trades=[TripOfferOut.of(one) for one in found.trips],
            left_out=[LeftOutOut(symbol=symbol, reason=why) for symbol, why in sorted(found.left_out.items())],
        )


class OffersOut(Output):
    """What the accounts of a connection offer. `next` is always null."""

    items: list[OfferOut]
    next: str | None = None


class ImportedOut(Output):
    """The trades that hold what was asked for, whether this request imported it or an earlier one."""

    account_id: UUID
    trades: list[TradeRow]

    @classmethod
    def of(cls, account_id: UUID, found: list[Trade]) -> "ImportedOut":
        """Trades of an account."""
        return cls(account_id=account_id, trades=[TradeRow.model_validate(one) for one in found])

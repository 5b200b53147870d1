"""Trades and their records as the API answers them; their fields are called as the requests call them."""

from datetime import date, datetime
from uuid import UUID

from pydantic import Field

from trenddojo.domain.order_states import SyncStatus
from trenddojo.domain.terms import (
    AssetType,
    Direction,
    ExitReason,
    NoteKind,
    OptionRight,
    Side,
    SplitSource,
    TradeStatus,
)
from trenddojo.web.api.outputs.base import Exact, Money, Output, Percent, Ratio


class TradeRow(Output):
    """A trade of the list. Money is in its account's base currency, prices are in the instrument's.

    `stop` is the one that would be hit first. `pnl` is net and includes open P&L; `r` is the same in units of initial
    risk. What is not known is null: a plan has no `pnl`, a trade entered without a stop has no `r`.
    """

    id: UUID
    account_id: UUID
    symbol: str
    direction: Direction
    status: TradeStatus
    setup: str
    quality: int | None = Field(validation_alias="setup_quality")
    tags: list[str]
    planned_entry: Exact
    planned_stop: Exact | None
    planned_quantity: Exact
    opened_at: datetime | None
    closed_at: datetime | None
    closed_on: date | None
    quantity: Exact
    entered_quantity: Exact
    average_entry: Exact | None
    average_exit: Exact | None
    exit_reason: ExitReason | None
    stop: Exact | None
    last_price: Exact | None
    pnl: Money | None
    r: Ratio | None


class TradePage(Output):
    """Trades in the order asked for; `next` is the address of the page that follows, null at the end."""

    items: list[TradeRow]
    next: str | None


class InstrumentOut(Output):
    """What is traded."""

    symbol: str
    asset_type: AssetType
    currency: str
    exchange: str
    multiplier: Exact
    lot: Exact
    expiry: date | None
    strike: Exact | None
    right: OptionRight | None


class PlanOut(Output):
    """The plan that a trade began with. `bound_by` names the cap that set its quantity, empty for a smaller one."""

    entry: Exact = Field(validation_alias="planned_entry")
    stop: Exact | None = Field(validation_alias="planned_stop")
    quantity: Exact = Field(validation_alias="planned_quantity")
    bound_by: str
    target_1: Exact | None
    target_2: Exact | None
    risk_percent: Exact | None
    fx: Exact
    initial_margin: Exact | None
    planned_at: datetime


class CheckOut(Output):
    """The plan's answer to one item of the checklist, as the item read then."""

    item_id: UUID
    text: str
    required: bool
    checked: bool


class LegOut(Output):
    """The first entry of a trade or an add to it, with its own plan and the stop in force."""

    number: int
    entry: Exact = Field(validation_alias="planned_entry")
    quantity: Exact = Field(validation_alias="planned_quantity")
    stop: Exact | None
    created_at: datetime


class StopOut(Output):
    """One change of a leg's stop; the first of a leg has no `old`. An override loosened it, for the reason given.

    An assumed one was placed by nobody: a rule made it up for a trade from history, and `reason` says which.
    """

    leg: int
    at: datetime
    old: Exact | None
    new: Exact
    reason: str
    is_override: bool
    is_assumed: bool


class FillOut(Output):
    """What was bought or sold. `fee` is in the instrument's currency; `stop` is the one an entry's risk froze at."""

    id: UUID
    at: datetime
    side: Side
    quantity: Exact
    price: Exact
    fee: Exact
    fee_estimated: bool
    fx: Exact
    leg: int | None
    stop: Exact | None
    exit_reason: ExitReason | None
    created_at: datetime


class NoteOut(Output):
    """What somebody wrote about a trade."""

    id: UUID
    kind: NoteKind
    body: str
    at: datetime


class TradeOut(TradeRow):
    """A trade with its plan, its records, and all that follows from them.

    `stop_outcome` is what the open quantity would bring against its entries if every stop filled at its price, and
    `unprotected` the quantity that no stop covers. Of a trade at a broker, `broker_sync_status` says how the books
    stand with it; `broker_commission` is null until all of it is told. `review` says why a person should look. `mae`
    and `mfe` are the extremes of its running gross P&L in the instrument's currency, null where no prices are known.
    """

    instrument: InstrumentOut
    label: str
    market_condition: str
    timeframe: str
    correlation_group: str
    plan: PlanOut
    checklist: list[CheckOut]
    legs: list[LegOut]
    stops: list[StopOut]
    fills: list[FillOut]
    notes: list[NoteOut]
    last_price_at: datetime | None
    last_fx: Exact | None
    initial_risk: Money | None
    realised: Money
    open_pnl: Money
    pnl_percent: Percent | None
    stop_outcome: Money | None
    unprotected: Exact
    position_value: Money
    fees: Money
    mae: Money | None
    mfe: Money | None
    mae_r: Ratio | None
    mfe_r: Ratio | None
    broker_order_id: str | None
    broker_sync_status: SyncStatus | None
    broker_fill_price: Exact | None
    broker_commission: Exact | None
    review: str


class SplitOut(Output):
    """A split of what an account trades, `numerator` new units for `denominator` old ones from `on` on, the first day
    of trading at the new quantity."""

    id: UUID
    symbol: str
    on: date
    numerator: int
    denominator: int
    source: SplitSource


class SplitsOut(Output):
    """The splits that count on an account, the latest first."""

    items: list[SplitOut]


class MarkOut(Output):
    """A price that somebody typed for an instrument."""

    id: UUID
    at: datetime
    price: Exact
    fx: Exact


class RecordedFill(Output):
    """A fill, and the trade as it stands with it."""

    fill: FillOut
    trade: TradeOut


class RecordedMark(Output):
    """A price, and the trade as it stands at it."""

    mark: MarkOut
    trade: TradeOut


class RecordedSplit(Output):
    """A split, and the trade as it stands with it."""

    split: SplitOut
    trade: TradeOut


class PlannedLeg(Output):
    """An add, and the trade as it stands with it."""

    leg: LegOut
    trade: TradeOut


class MovedStop(Output):
    """The trade after its stop moved; `warning` says what to watch, empty where there is nothing."""

    is_override: bool
    warning: str
    trade: TradeOut

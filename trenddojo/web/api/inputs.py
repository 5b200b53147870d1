"""What only programs send: an act's inputs with the account they are meant for, pages of lists, partial changes."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from trenddojo.brokers.registry import specs
from trenddojo.brokers.spec import FieldKind
from trenddojo.domain.order_states import OrderState
from trenddojo.domain.terms import AssetType, ExitReason, Mode, Timeframe
from trenddojo.services.inputs import Input, kinds, types
from trenddojo.services.inputs.accounts import AccountInput
from trenddojo.services.inputs.audit import AuditQuery
from trenddojo.services.inputs.brokers import AccountId, AccountIds, ConnectionName, Fields
from trenddojo.services.inputs.cash import NewCashInput
from trenddojo.services.inputs.imports import BrokerImportInput, ImportOptions, StopRule, rule
from trenddojo.services.inputs.listing import ListQuery
from trenddojo.services.inputs.onboarding import ImportInput
from trenddojo.services.inputs.plans import REQUIRED, PlanChange, PlanInput, SizingInput
from trenddojo.services.inputs.records import FillCorrection, FillInput
from trenddojo.services.inputs.reports import AccountOrAll, PeriodQuery, ReportQuery
from trenddojo.store.models import Execution
from trenddojo.store.orders import LIVE

LONGEST_PAGE = 200
OPEN = "open"
"""The word for orders that may still come to something."""
OrderWord = StrEnum(  # type: ignore[misc]  # made of the states, so that none is forgotten
    "OrderWord", [(OPEN.upper(), OPEN), *((state.name, state.value) for state in OrderState)]
)


_BLANK = BeforeValidator(lambda value: None if kinds.is_blank(value) else value)
Limit = Annotated[int, kinds.whole(1, LONGEST_PAGE)]
Place = Annotated[int, kinds.whole(0, 100_000)]
_OptionalExitReason = Annotated[ExitReason | None, _BLANK]


class AccountBody(AccountInput):
    """A new account that its owner trades by hand.

    Fees are in the instrument's currency, for each unit and each order. `breakeven_band` is how far from 0 the P&L of a
    breakeven may be, in base currency. Without `opened_on` it opens today.
    """


class CashBody(NewCashInput):
    """A movement of cash. Interest and dividends that were paid are negative, and so is a fee that came back."""


class FillBody(FillInput):
    """A fill; without `at` it happened now.

    `fee` is in the instrument's currency, left empty for the account's estimate; `fx` turns that currency into the
    account's and is needed where the two differ. `leg` is the leg that an entry fills, or that an exit names. An exit
    needs its `exit_reason`; only an exit may be at a price of 0, when an option expires.
    """


class SizingBody(SizingInput):
    """One entry to size on an account. Prices are in the instrument's currency.

    Left empty: `risk_percent` takes the account's maximum, `quantity` the largest that is allowed, `currency` the
    account's, `lot` and `multiplier` what is usual for the asset type (options and futures have no usual multiplier).
    `fx` is what one unit of `currency` is worth in the account's; `initial_margin` is a future's, of one contract.
    """

    account_id: types.Id


class PlanBody(PlanInput):
    """A trade's plan on an account; its fields are those of sizing, and what else is written down.

    `checklist` holds the ids of the items that are checked; `planned_at` left empty is now.
    """

    account_id: types.Id


class TradesQuery(ListQuery):
    """Which trades, in which order, how many at once.

    `account` is an id, or left empty for all that the caller may see. `q` is how the symbol begins. `from` and `to` are
    dates of opening, or of closing in that order. `sort` is opened, closed, symbol, pnl or r; a - before it descends.
    """

    limit: Limit = 30


class CashQuery(Input):
    """One page of cash: `after` is the id of the last movement of the page before."""

    after: types.OptionalId = None
    limit: Limit = 30


class ComparisonsQuery(Input):
    """One page of comparisons: `after` is the id of the last one of the page before."""

    after: types.OptionalId = None
    limit: Limit = 30


class CompareBody(Input):
    """A comparison: with the statement of an import, or without one with what the broker's API last told."""

    import_id: types.OptionalId = None


class AcceptBody(Input):
    """The place of a difference among a comparison's findings, and why it may stand."""

    place: Place
    reason: Annotated[str, kinds.text(1, 500)]


class MendBody(Input):
    """The place of a difference among a comparison's findings, and what is booked about it.

    A fill takes `on`, `quantity`, `price`, and where they are known `fee` and `fx`; a split `on`, `numerator` new units
    and `denominator` old ones; cash `on`, `amount` and a `note`. Fields of another kind are left out.
    """

    place: Place
    on: types.Day
    quantity: types.OptionalQuantity = None
    price: Annotated[types.ExitPrice | None, _BLANK] = None
    fee: types.OptionalFee = None
    fx: types.OptionalFxRate = None
    numerator: types.OptionalCount = None
    denominator: types.OptionalCount = None
    amount: Annotated[types.SignedMoney | None, _BLANK] = None
    note: Annotated[str, kinds.text(0, 200)] = ""

    @property
    def told(self) -> dict[str, Any]:
        """What was told of the mend, as its own model takes it."""
        return self.model_dump(mode="json", exclude={"place"}, exclude_unset=True)


class AuditPageQuery(AuditQuery):
    """One page of acts. `from` and `to` are dates in the caller's zone; `after` is the last number of the page before.

    `person` is the id of whoever acted, `account` of the account that the act concerned.
    """

    limit: Limit = 30


def _say_choices(schema: dict[str, Any]) -> None:
    """Name in the schema of a broker's fields those that take one of a few values, whichever broker asks for them."""
    values: dict[str, dict[str, None]] = {}
    for field in (field for spec in specs() for field in spec.fields if field.kind is FieldKind.CHOICE):
        values.setdefault(field.name, {}).update(dict.fromkeys(one.value for one in field.choices))
    schema["properties"] = {name: {"type": "string", "enum": list(words)} for name, words in values.items()}


class TryBody(Input):
    """A connection to a broker: its `credentials` are the fields that the broker asks for in this mode, settings too.

    Without `name` it is named after its broker and mode.
    """

    mode: Mode
    credentials: Annotated[Fields, Field(json_schema_extra=_say_choices)]
    name: ConnectionName = ""


class ConnectBody(TryBody):
    """A connection to a broker: its `credentials` are the fields that the broker asks for in this mode, settings too.

    Without `name` it is named after its broker and mode. `account` restricts it to one account, or `accounts` to some,
    by their numbers there; without either it brings all.
    """

    account: AccountId = None
    accounts: AccountIds = None


class ImportBody(ImportInput):
    """What to import of an account: open positions by their symbols, closed trades by their first fills."""

    account_id: types.Id


class ImportsQuery(Input):
    """One page of imports: `after` is the id of the last one of the page before."""

    after: types.OptionalId = None
    limit: Limit = 30


class StatementQuery(Input):
    """What the file is called."""

    name: Annotated[str, kinds.text(0, 200)] = "statement.csv"


class LinesQuery(Input):
    """Some lines of a statement, from the one at `offset` on."""

    offset: Annotated[int, kinds.whole(0, 99_999_999)] = 0
    limit: Limit = 50


class ReadBody(ImportOptions):
    """How a statement is to be read; `format` is one of the formats' names, left empty for the one that it has."""

    format: Annotated[str, kinds.text(0, 60)] = ""

    @property
    def options(self) -> ImportOptions:
        """The options without the format."""
        return ImportOptions.model_construct(**{name: getattr(self, name) for name in ImportOptions.model_fields})


class BookBody(Input):
    """What is assumed of what a statement does not tell: the stops of its trades, and the end of expired options."""

    stop_rule: Annotated[StopRule | None, BeforeValidator(rule)] = None
    expire_options: types.Checked = False


class BrokerPastBody(BrokerImportInput):
    """From which day on a broker is asked for an account's past."""


class QuoteQuery(Input):
    """Which connection's quote: an id."""

    connection: types.Id


class OrdersQuery(Input):
    """Which orders: `account` and `trade` are ids, `state` is one state or `open`, `after` the last order's id."""

    state: Annotated[OrderWord | None, _BLANK] = None
    account: types.OptionalId = None
    trade: types.OptionalId = None
    symbol: Annotated[types.Symbol | None, _BLANK] = None
    after: types.OptionalId = None
    limit: Limit = 30

    @property
    def states(self) -> tuple[OrderState, ...]:
        """The states that are meant; none for all."""
        if self.state is None:
            return ()
        return LIVE if self.state == OPEN else (OrderState(self.state),)


class MemberQuery(Input):
    """Which member."""

    user_id: types.Id


class PerformanceQuery(ReportQuery):
    """Which accounts, the period, which trades and what to group by.

    `account` is an id, or `all` for those of one `mode`, which need not be sent if all are of one. Dates, `from` and
    `to`, count before a `period` by name. `tag`, `setup`, `symbol`, `direction`, `quality` and `market` (the market's
    condition) each leave out the trades that say otherwise.
    """

    account: AccountOrAll


class DisciplineQuery(PeriodQuery):
    """An account's id and the period. Dates, `from` and `to`, count before a `period` by name."""

    account: types.Id


class PlanState(StrEnum):
    """Where a plan without fills may be put."""

    PLANNING = "planning"
    PENDING = "pending"
    CANCELLED = "cancelled"


class TradeChange(PlanChange):
    """Fields of a trade to change; those that are not sent stay, and null or empty clears what may be empty.

    A trade without fills may change all of them. Once it has fills, only what it is labelled with may change: label,
    setup, quality, market_condition, timeframe, correlation_group and tags. `status`, sent alone, moves a plan: pending
    when its order waits at the broker, planning when it no longer does, cancelled to give it up.
    """

    status: Annotated[PlanState | None, _BLANK] = None

    def problems(self) -> Mapping[str, str]:
        """Required fields that were sent empty, and a status with others beside it."""
        if "status" not in self.model_fields_set:
            return super().problems()
        if self.status is None:
            return {"status": REQUIRED}
        return {"status": "Send a change of status alone."} if len(self.model_fields_set) > 1 else {}


class FillChange(Input):
    """Fields of a fill to correct; those that are not sent stay. A `fee` of null is estimated anew."""

    quantity: types.OptionalQuantity = None
    price: Annotated[types.ExitPrice | None, _BLANK] = None
    fee: types.OptionalFee = None
    fx: types.OptionalFxRate = None
    leg: types.OptionalCount = None
    exit_reason: _OptionalExitReason = None
    at: types.OptionalInstant = None

    def problems(self) -> Mapping[str, str]:
        """Required fields that were sent empty."""
        sent = self.model_fields_set & {"quantity", "price", "at"}
        return {field: REQUIRED for field in sent if getattr(self, field) is None}

    def applied_to(self, fill: Execution) -> FillCorrection:
        """`fill` as it should have been recorded."""
        was = {name: getattr(fill, name) for name in FillCorrection.model_fields}
        was["fee"] = None if fill.fee_estimated else fill.fee
        changes = {name: getattr(self, name) for name in self.model_fields_set}
        return FillCorrection.model_construct(**{**was, **changes})


class RateQuery(Input):
    """What one of the currency `from` was worth in the currency `to`; without `on`, today."""

    base: types.Currency = Field(alias="from")
    quote: types.Currency = Field(alias="to")
    on: types.OptionalDay = None


class BarsQuery(Input):
    """Which bars: of an instrument, as an account sees them, of `1d`, `1h` or `1m`.

    `account` is an id; without `currency` it is the account's. `from` and `to` are dates of the account's time zone,
    `exchange` is needed where there are several listings, `after` is the start of the last bar of the page before.
    """

    account: types.Id
    symbol: types.Symbol
    asset_type: AssetType = AssetType.STOCK
    currency: types.OptionalCurrency = None
    exchange: types.Exchange = ""
    timeframe: Timeframe = Timeframe.DAY
    since: types.OptionalDay = Field(None, alias="from")
    until: types.OptionalDay = Field(None, alias="to")
    after: types.OptionalInstant = None
    limit: Limit = LONGEST_PAGE

    def problems(self) -> Mapping[str, str]:
        """Dates the wrong way round."""
        if self.since and self.until and self.until < self.since:
            return {"to": f"Must not be before the first day, {self.since}."}
        return {}

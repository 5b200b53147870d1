"""What a client sends to place or to change an order: the fields of placeOrder, by name.

Their order is that of both Python libraries' `Client.placeOrder`, which is IBKR's own.
"""

from dataclasses import dataclass
from decimal import Decimal

from tests.brokers.interactive_brokers.gateway.fields import Fields, number, whole
from tests.brokers.interactive_brokers.gateway.instruments import Wanted
from tests.brokers.interactive_brokers.gateway.refusals import malformed

_FIRST = (
    "secIdType secId action totalQuantity orderType lmtPrice auxPrice tif ocaGroup account openClose origin orderRef "
    "transmit parentId blockOrder sweepToFill displaySize triggerMethod outsideRth hidden"
)
_BEFORE_PROFILE = "- discretionaryAmt goodAfterTime goodTillDate faGroup faMethod faPercentage"
_AFTER_PROFILE = (
    "modelCode shortSaleSlot designatedLocation exemptCode ocaType rule80A settlingFirm allOrNone minQty percentOffset "
    "eTradeOnly firmQuoteOnly nbboPriceCap auctionStrategy startingPrice stockRefPrice delta stockRangeLower "
    "stockRangeUpper overridePercentageConstraints volatility volatilityType deltaNeutralOrderType "
    "deltaNeutralAuxPrice"
)
_DELTA_NEUTRAL = (
    "deltaNeutralConId deltaNeutralSettlingFirm deltaNeutralClearingAccount deltaNeutralClearingIntent "
    "deltaNeutralOpenClose deltaNeutralShortSale deltaNeutralShortSaleSlot deltaNeutralDesignatedLocation"
)
_TRAILING = (
    "continuousUpdate referencePriceType trailStopPrice trailingPercent scaleInitLevelSize scaleSubsLevelSize "
    "scalePriceIncrement"
)
_SCALE = (
    "scalePriceAdjustValue scalePriceAdjustInterval scaleProfitOffset scaleAutoReset scaleInitPosition "
    "scaleInitFillQty scaleRandomPercent"
)
_ADJUSTED = (
    "adjustedOrderType triggerPrice lmtPriceOffset adjustedStopPrice adjustedStopLimitPrice adjustedTrailingAmount "
    "adjustableTrailingUnit extOperator softDollarTierName softDollarTierVal cashQty mifid2DecisionMaker "
    "mifid2DecisionAlgo mifid2ExecutionTrader mifid2ExecutionAlgo dontUseAutoPriceForHedge isOmsContainer "
    "discretionaryUpToLimitPrice usePriceMgmtAlgo"
)
_NEWER = {158: "duration", 160: "postToAts", 162: "autoCancelParent", 166: "advancedErrorOverride",
          169: "manualOrderTime"}  # fmt: skip
_NO_PROFILE = 177
"""From this server version on the field faProfile is gone."""


@dataclass(frozen=True, kw_only=True)
class Ticket:
    """A placeOrder message. `terms` are all its fields as text."""

    order_id: int
    wanted: Wanted
    terms: dict[str, str]
    quantity: Decimal
    limit: Decimal | None
    aux: Decimal | None
    trail_stop: Decimal | None
    trail_percent: Decimal | None
    parent_id: int
    transmit: bool
    outside_rth: bool
    what_if: bool

    @property
    def action(self) -> str:
        return self.terms["action"]

    @property
    def type(self) -> str:
        return self.terms["orderType"]

    @property
    def tif(self) -> str:
        return self.terms["tif"] or "DAY"

    @property
    def account(self) -> str:
        return self.terms["account"]

    @property
    def ref(self) -> str:
        return self.terms["orderRef"]

    @property
    def is_buy(self) -> bool:
        return self.action == "BUY"


def read_wanted(fields: Fields) -> Wanted:
    """The twelve fields of a contract. Raises Refusal."""
    con_id, symbol, kind, expiry = fields.integer(), fields.text(), fields.text(), fields.text()
    strike, right, multiplier = number(fields.text()) or Decimal(0), fields.text(), fields.text()
    exchange, primary, currency = fields.text(), fields.text(), fields.text()
    return Wanted(
        con_id, symbol, kind, expiry, strike, right, multiplier, exchange, primary, currency, fields.text(),
        fields.text(),
    )  # fmt: skip


def read_ticket(fields: Fields, version: int) -> Ticket:
    """A placeOrder without its message id. Raises Refusal."""
    order_id = fields.integer()
    wanted = read_wanted(fields)
    terms = fields.texts(_FIRST)
    if wanted.kind == "BAG":
        raise malformed("combos are not supported here")
    terms |= fields.texts(_BEFORE_PROFILE)
    if version < _NO_PROFILE:
        terms |= fields.texts("faProfile")
    terms |= fields.texts(_AFTER_PROFILE)
    if terms["deltaNeutralOrderType"]:
        terms |= fields.texts(_DELTA_NEUTRAL)
    terms |= fields.texts(_TRAILING)
    if (number(terms["scalePriceIncrement"]) or 0) > 0:
        terms |= fields.texts(_SCALE)
    terms |= _hedge_and_algo(fields)
    terms |= fields.texts("algoId whatIf orderMiscOptions solicited randomizeSize randomizePrice")
    if fields.integer():
        raise malformed("conditions are not supported here")
    terms |= fields.texts(_ADJUSTED)
    for since, name in _NEWER.items():
        if version >= since:
            terms[name] = fields.text()
    return _ticket(order_id, wanted, terms)


def _hedge_and_algo(fields: Fields) -> dict[str, str]:
    terms = fields.texts("scaleTable activeStartTime activeStopTime hedgeType")
    if terms["hedgeType"]:
        terms |= fields.texts("hedgeParam")
    terms |= fields.texts("optOutSmartRouting clearingAccount clearingIntent notHeld")
    if fields.flag():
        fields.skip(3)
    terms["algoStrategy"] = fields.text()
    if terms["algoStrategy"]:
        fields.skip(2 * fields.integer())
    return terms


def _ticket(order_id: int, wanted: Wanted, terms: dict[str, str]) -> Ticket:
    return Ticket(
        order_id=order_id,
        wanted=wanted,
        terms=terms,
        quantity=number(terms["totalQuantity"]) or Decimal(0),
        limit=number(terms["lmtPrice"]),
        aux=number(terms["auxPrice"]),
        trail_stop=number(terms["trailStopPrice"]),
        trail_percent=number(terms["trailingPercent"]),
        parent_id=whole(terms["parentId"]),
        transmit=terms["transmit"] == "1",
        outside_rth=terms["outsideRth"] == "1",
        what_if=terms["whatIf"] == "1",
    )

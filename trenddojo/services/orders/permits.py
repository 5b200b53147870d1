"""Whether new risk may be sent: the account's limits against fresh facts, where a fact that is not known denies.

Cancels and orders that only reduce a position never come here: nobody is locked into a position.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from trenddojo.brokers.base import BrokerClient
from trenddojo.brokers.errors import BrokerError, BrokerErrorCode
from trenddojo.brokers.manager import BrokerManager
from trenddojo.brokers.types import AccountInfo, MarketHours
from trenddojo.domain.caps import Cap, CapReading
from trenddojo.domain.figures import quantity
from trenddojo.domain.order_states import OrderRole
from trenddojo.domain.orders import TimeInForce, is_pair
from trenddojo.domain.plans import check_plan
from trenddojo.domain.sizing import Sizing, assess, check_quantity
from trenddojo.domain.worded import breach_sentence, compared
from trenddojo.services import snapshot_records
from trenddojo.services.errors import Invalid, ServiceError
from trenddojo.services.orders.desk import Desk
from trenddojo.services.orders.drafts import Draft
from trenddojo.services.plan_records import sizing_of
from trenddojo.services.sizing import sizing_request
from trenddojo.store import orders, snapshots
from trenddojo.store.database import db, discard
from trenddojo.store.models import Trade
from trenddojo.store.seats import Seat

FRESH = timedelta(seconds=60)
"""How old what a broker said of an account's money may be for new risk."""
AT_ONCE = (TimeInForce.IOC, TimeInForce.FOK)

_CODES = {
    Cap.POSITION_VALUE: BrokerErrorCode.POSITION_SIZE_EXCEEDED,
    Cap.BUYING_POWER: BrokerErrorCode.INSUFFICIENT_FUNDS,
    Cap.DAILY_LOSS: BrokerErrorCode.DAILY_LOSS_LIMIT,
}


@dataclass(frozen=True, slots=True)
class Denial:
    """A rule of ours that an order breaks: its name, the figure and the limit in words, and the whole sentence."""

    rule: str
    code: BrokerErrorCode
    sentence: str
    figure: str = ""
    limit: str = ""

    def as_evidence(self) -> dict[str, str]:
        """The denial as the order's history keeps it."""
        return {
            "rule": self.rule,
            "code": self.code.value,
            "sentence": self.sentence,
            "figure": self.figure,
            "limit": self.limit,
        }


class Denied(ServiceError):
    """Our own rules said no; the order is kept with the reasons."""

    status = 422

    def __init__(self, order_id: str, denials: list[dict[str, Any]]) -> None:
        super().__init__(" ".join(str(one["sentence"]) for one in denials))
        self.code = str(denials[0]["code"])
        self.details = {"order_id": order_id, "denials": denials}


@dataclass(frozen=True, slots=True)
class Facts:
    """What the broker just said that an order is checked against; None where it could not be asked."""

    hours: MarketHours | None
    is_tradable: bool | None
    is_money_fresh: bool

    @property
    def is_closed(self) -> bool:
        """Whether the market is known to be closed."""
        return self.hours is not None and not self.hours.is_open


def look(manager: BrokerManager, desk: Desk, draft: Draft, now: datetime) -> Facts:
    """Ask the broker what an order has to be checked against; no transaction may be open. Raises nothing of the
    broker's: what could not be asked is not known."""
    client, hours, is_tradable = desk.client(manager), None, None
    is_fresh = draft.role.adds_risk and _is_fresh(desk, now)
    with suppress(BrokerError):  # one that fails a question is not asked the next: a person waits for the answer
        if not is_pair(draft.request.symbol):
            hours = client.get_market_hours()
        if draft.role.adds_risk:
            is_tradable = client.is_tradable(draft.request.symbol)
            is_fresh = is_fresh or _refreshed(client, desk, now)
    return Facts(hours, is_tradable, is_money_fresh=is_fresh)


def _is_fresh(desk: Desk, now: datetime) -> bool:
    """Whether what the broker said of the money is recent."""
    seen = snapshots.of_accounts([desk.account_id]).get(desk.account_id)
    is_fresh = seen is not None and seen.taken_at is not None and now - seen.taken_at <= FRESH
    discard()
    return is_fresh


def _refreshed(client: BrokerClient, desk: Desk, now: datetime) -> bool:
    """Keep what the broker says of the money now. Raises BrokerError."""
    info: AccountInfo = client.get_account_info()
    snapshot_records.keep_money(desk.account_id, info, now)
    db.session.commit()
    return True


def denials(seat: Seat, trade: Trade, draft: Draft, facts: Facts, now: datetime) -> list[Denial]:
    """Everything that our own rules say against an order, within the caller's transaction. Raises Invalid for prices
    that make no plan."""
    found = list(_of_session(draft, facts))
    if draft.role.adds_risk:
        found += [*_of_facts(draft, facts), *of_risk(seat, trade, draft, now)]
    return found


def of_risk(seat: Seat, trade: Trade, draft: Draft, now: datetime) -> list[Denial]:
    """What the account's hold and limits say against an order that adds risk."""
    return [*_of_account(seat), *_of_limits(seat, trade, draft, now)]


def sized(seat: Seat, trade: Trade, draft: Draft, now: datetime) -> Sizing:
    """The figures of an order that adds risk, against every limit. Raises Invalid for prices that make no plan."""
    if draft.stop is None:
        raise Invalid({"stop_price": "The plan has no stop. Set one first: an order is sized by it."})
    if found := check_plan(trade.direction, draft.entry, draft.stop):
        raise Invalid({"limit_price": next(iter(found.values()))})
    plan = sizing_of(trade, seat.account).model_copy(
        update={"entry": draft.entry, "stop": draft.stop, "target_1": None, "target_2": None, "risk_percent": None}
    )
    without = trade.id if draft.role is OrderRole.ENTRY else None
    request = sizing_request(seat, plan, now, without=without)
    if sentence := check_quantity(request, draft.request.quantity):
        raise Invalid({"quantity": sentence})
    return assess(request, draft.request.quantity)


def _of_session(draft: Draft, facts: Facts) -> Iterator[Denial]:
    if draft.request.time_in_force in AT_ONCE and facts.is_closed:
        sentence = f"The market is closed, and a {draft.request.time_in_force.upper()} order is for the instant."
        yield Denial("session", BrokerErrorCode.MARKET_CLOSED, sentence)


def _of_account(seat: Seat) -> Iterator[Denial]:
    sync = orders.sync_of(seat.account.id)
    if sync is not None and sync.held_at is not None:
        sentence = f"New orders on {seat.account.name} are held: {sync.held_reason} Open the reconciliation to mend it."
        yield Denial("positions", BrokerErrorCode.ORDER_REJECTED, sentence)


def _of_facts(draft: Draft, facts: Facts) -> Iterator[Denial]:
    symbol = draft.request.symbol
    if facts.is_tradable is False:
        yield Denial("symbol", BrokerErrorCode.SYMBOL_NOT_FOUND, f"The broker does not trade {symbol}.")
    elif facts.is_tradable is None:
        sentence = f"Whether {symbol} is tradable cannot be checked: the broker does not answer."
        yield Denial("symbol", BrokerErrorCode.CONNECTION_FAILED, sentence)
    if facts.hours is None and not is_pair(symbol):
        sentence = "Whether the market is open cannot be checked: the broker does not answer."
        yield Denial("session", BrokerErrorCode.CONNECTION_FAILED, sentence)
    if not facts.is_money_fresh:
        sentence = "Buying power cannot be checked: the broker has not told the account's figures lately."
        yield Denial(Cap.BUYING_POWER.value, BrokerErrorCode.CONNECTION_FAILED, sentence)


def _of_limits(seat: Seat, trade: Trade, draft: Draft, now: datetime) -> Iterator[Denial]:
    for reading in sized(seat, trade, draft, now).breaches:
        yield _denial(reading)


def _denial(reading: CapReading) -> Denial:
    code = _CODES.get(reading.cap, BrokerErrorCode.RISK_LIMIT_EXCEEDED)
    if reading.budget.unknown is not None:
        return Denial(reading.cap.value, code, breach_sentence(reading), "unknown", quantity(reading.budget.limit))
    figure, limit = compared(reading)
    return Denial(reading.cap.value, code, breach_sentence(reading), figure, limit)


def queued_notice(facts: Facts) -> str:
    """What is said of an order that waits for the market, or nothing."""
    if not facts.is_closed or facts.hours is None:
        return ""
    return f"The market is closed: the order waits until it opens, {facts.hours.next_open:%a %d %b %H:%M} UTC."

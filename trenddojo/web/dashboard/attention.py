"""The strip of facts that want a look: the most pressing first, and only what is so."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from flask import url_for

from trenddojo.domain.money import ZERO
from trenddojo.domain.order_states import OrderState
from trenddojo.services.dashboard import Dashboard, Holding
from trenddojo.web.dashboard.working import WorkingOrders
from trenddojo.web.format import quantity, r_amount
from trenddojo.web.order_words import STATES

_MOST = 4


@dataclass(frozen=True, slots=True)
class Attention:
    """A fact that wants a look."""

    symbol: str
    url: str
    subject: str
    text: str


def attention(figures: Dashboard, working: WorkingOrders | None, now: datetime) -> list[Attention]:
    """The most pressing facts first: what no stop covers, orders in doubt, what is near its stop, what has no fresh
    price, plans."""
    at_broker = [*_unguarded(figures, working), *_doubtful(working)] if working else []
    found = [*at_broker, *_unprotected(figures), *_near(figures), *_stale(figures, now), *_plans(figures)]
    return found[:_MOST]


def _unguarded(figures: Dashboard, working: WorkingOrders) -> Iterable[Attention]:
    for holding in figures.holdings:
        if holding.trade.id in working.unguarded:
            url = url_for("trade.show", trade_id=holding.trade.id, _anchor="trade-orders")
            yield Attention("alert-triangle", url, holding.trade.symbol, "lacks its stop at the broker")


def _doubtful(working: WorkingOrders) -> Iterable[Attention]:
    for row in working.doubtful:
        is_unknown = row.chip == STATES[OrderState.UNKNOWN]
        text = "order: we don't know yet whether the broker has it" if is_unknown else "order needs your review"
        url = url_for("orders.show", order_id=row.id)
        yield Attention("help-circle", url, f"{row.symbol} {row.role}", text)


def _unprotected(figures: Dashboard) -> Iterable[Attention]:
    for holding in figures.holdings:
        if holding.trade.unprotected:
            text = f"has {quantity(holding.trade.unprotected)} without a stop"
            yield Attention("alert-triangle", _page_of(holding), holding.trade.symbol, text)


def _near(figures: Dashboard) -> Iterable[Attention]:
    for holding in sorted(figures.holdings, key=lambda holding: holding.to_stop or ZERO):
        to_stop = holding.to_stop
        if to_stop is not None and holding.is_near_stop:
            text = f"is {r_amount(to_stop)} from its stop" if to_stop > 0 else "is at or beyond its stop"
            yield Attention("alert-triangle", _page_of(holding), holding.trade.symbol, text)


def _stale(figures: Dashboard, now: datetime) -> Iterable[Attention]:
    stale = [holding for holding in figures.holdings if holding.has_stale_price(now)]
    if len(stale) == 1:
        known = stale[0].trade.last_price_at
        text = f"was last priced {(now - known).days} days ago" if known else "has no price yet"
        yield Attention("clock", _page_of(stale[0]), stale[0].trade.symbol, text)
    elif stale:
        names = ", ".join(holding.trade.symbol for holding in stale[:3]) + (", …" if len(stale) > 3 else "")
        yield Attention(
            "clock",
            url_for("trades.index", status="active"),
            f"{len(stale)} prices",
            f"are missing or older than 3 days: {names}",
        )


def _plans(figures: Dashboard) -> Iterable[Attention]:
    if not figures.plans or not figures.seat.may_trade:
        return
    names = ", ".join(figures.plans[:3]) + (", …" if len(figures.plans) > 3 else "")
    many = len(figures.plans) != 1
    subject = f"{len(figures.plans)} plans" if many else "1 plan"
    url = url_for("trades.index", status="plans")
    yield Attention("target-arrow", url, subject, f"{'wait' if many else 'waits'} for an entry: {names}")


def _page_of(holding: Holding) -> str:
    return url_for("trade.show", trade_id=holding.trade.id)

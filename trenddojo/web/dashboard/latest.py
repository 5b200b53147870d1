"""The panels of what happened last: fills, and trades that were closed."""

from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from decimal import Decimal

from flask import url_for
from markupsafe import Markup

from trenddojo.domain.terms import ExitReason, Side
from trenddojo.services.dashboard import Dashboard, Fill
from trenddojo.store.listing import Row
from trenddojo.web import drawings
from trenddojo.web.format import day, stamp

_LEFT_BY = {
    ExitReason.STOP_LOSS: "stop hit",
    ExitReason.TRAILING_STOP: "trailing stop hit",
    ExitReason.TARGET: "target",
    ExitReason.MANUAL: "by hand",
    ExitReason.EXPIRED: "expired",
    ExitReason.RECONCILED: "reconciled",
}


@dataclass(frozen=True, slots=True)
class FillRow:
    """One of the latest fills."""

    url: str
    symbol: str
    at: Markup
    words: str
    quantity: Decimal
    price: Decimal
    booked: Decimal | None


@dataclass(frozen=True, slots=True)
class ClosedRow:
    """One of the trades closed last."""

    url: str
    symbol: str
    setup: str
    closed: str
    held: str
    pnl: Decimal | None
    r: Decimal | None
    bar: Markup


def fill_row(fill: Fill, zone: tzinfo, now: datetime) -> FillRow:
    """A fill as shown; `zone` is the viewer's."""
    facts = fill.facts
    side = "buy" if facts.side is Side.BUY else "sell"
    left_by = _LEFT_BY[facts.exit_reason] if facts.exit_reason else "exit"
    way = "entry" if facts.side is facts.direction.entry_side else left_by
    return FillRow(
        url=url_for("trade.show", trade_id=facts.trade_id),
        symbol=facts.symbol,
        at=stamp(facts.at, zone, now),
        words=f"{side}, {way}",
        quantity=facts.quantity,
        price=facts.price,
        booked=fill.booked,
    )


def closed_row(row: Row, figures: Dashboard) -> ClosedRow:
    """A closed trade as shown; its days are the account's."""
    zone = figures.seat.zone
    held = _days(row.opened_at, row.closed_on, zone)
    return ClosedRow(
        url=url_for("trade.show", trade_id=row.id),
        symbol=row.symbol,
        setup=row.setup,
        closed=day(row.closed_on, figures.today),
        held=held,
        pnl=row.pnl,
        r=row.r,
        bar=drawings.r_bar(row.r),
    )


def _days(opened_at: datetime | None, closed_on: date | None, zone: tzinfo) -> str:
    if opened_at is None or closed_on is None:
        return ""
    return f"{(closed_on - opened_at.astimezone(zone).date()).days} d"

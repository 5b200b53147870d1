"""The dashboard's panels, made of its figures."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from decimal import Decimal
from typing import Any
from uuid import uuid4

from flask import url_for
from markupsafe import Markup

from trenddojo.domain.money import ZERO
from trenddojo.domain.terms import Direction
from trenddojo.services.dashboard import Dashboard, Holding, total_r
from trenddojo.services.spans import Period, Span
from trenddojo.store.models import Account
from trenddojo.web import drawings
from trenddojo.web.dashboard.attention import Attention, attention
from trenddojo.web.dashboard.latest import ClosedRow, FillRow, closed_row, fill_row
from trenddojo.web.dashboard.risk import BoardRow, Meter, board_rows, meters
from trenddojo.web.dashboard.working import WorkingOrders, working_orders
from trenddojo.web.format import average, day, money

RANGES = (Period.MONTH, Period.QUARTER, Period.YEAR, Period.ALL)


@dataclass(frozen=True, slots=True)
class Position:
    """One row of the positions table: figures as the filters take them, drawings ready."""

    url: str
    price_url: str
    price_key: str
    symbol: str
    setup: str
    direction: Direction
    quantity: Decimal
    entry: str
    last: Decimal | None
    last_at: datetime | None
    is_stale: bool
    stop: Decimal | None
    unprotected: Decimal
    value: Decimal
    share: Decimal | None
    open_pnl: Decimal | None
    r: Decimal | None
    line: Markup
    to_stop: Decimal | None
    is_near_stop: bool
    to_stop_bar: Markup
    held: str


@dataclass(frozen=True, slots=True)
class Desk:
    """Everything that the page shows beside the curve. `figures` are the services' own."""

    figures: Dashboard
    now: datetime
    zone: tzinfo
    may_trade: bool
    month: str
    since: str
    attention: Sequence[Attention]
    board: Sequence[BoardRow]
    at_stops: Decimal
    meters: Sequence[Meter]
    positions: Sequence[Position]
    total_value: Decimal
    total_share: Decimal | None
    to_stop: Decimal | None
    long_value: Decimal
    short_value: Decimal
    fills: Sequence[FillRow]
    closed: Sequence[ClosedRow]
    working: WorkingOrders | None

    @property
    def account(self) -> Account:
        """The account at hand."""
        return self.figures.seat.account


def desk_of(figures: Dashboard, zone: tzinfo, now: datetime) -> Desk:
    """The page's panels; clock times are those of `zone`, days the account's."""
    holdings, equity = figures.holdings, figures.seat.account.equity
    positions = [_position(holding, now) for holding in holdings]
    value = sum((position.value for position in positions), ZERO)
    board, working = figures.board, working_orders(figures.seat)
    return Desk(
        figures=figures,
        now=now,
        zone=zone,
        may_trade=figures.seat.may_trade,
        month=MONTHS_IN_FULL[figures.today.month - 1],
        since=day(figures.since_january.since, None),
        attention=attention(figures, working, now),
        board=board_rows(board, figures.gaps, holdings, equity),
        at_stops=board.locked_in - board.heat,
        meters=meters(board),
        positions=positions,
        total_value=value,
        total_share=value / equity if equity > 0 else None,
        to_stop=total_r(position.to_stop for position in positions),
        long_value=sum((p.value for p in positions if p.direction is Direction.LONG), ZERO),
        short_value=sum((p.value for p in positions if p.direction is Direction.SHORT), ZERO),
        fills=[fill_row(fill, zone, now) for fill in figures.fills],
        closed=[closed_row(row, figures) for row in figures.closed],
        working=working,
    )


MONTHS_IN_FULL = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)


# ---- equity


@dataclass(frozen=True, slots=True)
class Equity:
    """The panel of the equity curve: `data` is what static/charts.js draws."""

    ranges: Sequence[tuple[str, str, bool]]
    data: dict[str, Any]
    label: str


def equity_of(span: Span, period: Period, account: Account) -> Equity:
    """The curve of a span, with a line where it began."""
    data = {
        "days": [point.date.isoformat() for point in span.points],
        "equity": [str(point.equity) for point in span.points],
        "base": str(span.starting),
    }
    label = (
        f"Equity since {day(span.since, None)} {span.since.year}: "
        f"from {money(span.starting)} to {money(span.equity)} {account.base_currency}"
    )
    ranges = [(one.value, one.value.upper() if one is not Period.ALL else "All", one is period) for one in RANGES]
    return Equity(ranges, data, label)


# ---- positions


def _position(holding: Holding, now: datetime) -> Position:
    trade, now_r, to_stop = holding.trade, holding.now_r, holding.to_stop
    return Position(
        url=url_for("trade.show", trade_id=trade.id),
        price_url=url_for("trade.record_price", trade_id=trade.id),
        price_key=uuid4().hex,
        symbol=trade.symbol,
        setup=trade.setup,
        direction=trade.direction,
        quantity=trade.quantity,
        entry=average(holding.position.average_open_entry),
        last=trade.last_price,
        last_at=trade.last_price_at,
        is_stale=holding.has_stale_price(now),
        stop=trade.stop,
        unprotected=trade.unprotected,
        value=trade.position_value,
        share=holding.share,
        open_pnl=trade.open_pnl,
        r=now_r,
        line=drawings.r_line(now_r, holding.stop_r, holding.target_r),
        to_stop=to_stop,
        is_near_stop=holding.is_near_stop,
        to_stop_bar=drawings.to_stop(to_stop),
        held=f"{holding.held} d" if holding.held else "today",
    )

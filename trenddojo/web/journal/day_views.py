"""What the page of a day shows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from flask import url_for
from markupsafe import Markup

from trenddojo.domain.terms import NoteKind
from trenddojo.services.trading_days import DayTrade, Happening, TradingDay
from trenddojo.store.models import Execution, Trade, TradeNote, TradeStop
from trenddojo.store.seats import Seat
from trenddojo.web.format import money, price, quantity
from trenddojo.web.journal.views import DayCard, card
from trenddojo.web.trade_words import NOTES, REASONS, entered, left


@dataclass(frozen=True, slots=True)
class TradeRow:
    """A trade that was open then. `booked` and `open_change` are the day's, `result` and `r` the whole trade's."""

    id: str
    symbol: str
    direction: str
    setup: str
    part: str
    booked: Decimal
    open_change: Decimal
    result: Decimal | None
    r: Decimal | None


@dataclass(frozen=True, slots=True)
class Item:
    """Something in the day's course, as the timeline draws it."""

    kind: str
    title: str
    at: datetime
    facts: tuple[Markup | str, ...]
    quote: str = ""


@dataclass(frozen=True, slots=True)
class DayPage:
    """The page. `before` and `after` lead to the nearest days with something; times are in `zone`, the account's."""

    day: DayCard
    zone: ZoneInfo
    other: Decimal
    flows: Decimal
    open_change: Decimal
    closed: int
    closed_net: Decimal | None
    closed_r: Decimal | None
    trades: Sequence[TradeRow]
    left_out: int
    items: Sequence[Item]
    before: tuple[str, date] | None
    after: tuple[str, date] | None


def page_of(found: TradingDay, seat: Seat, today: date, *, elsewhere: bool = False) -> DayPage:
    """The day as the person at `seat` sees it; `elsewhere` is on another account than the one at hand."""
    change, closed = found.change, found.closed
    return DayPage(
        day=card(found.day, seat, today),
        zone=seat.zone,
        other=change.other,
        flows=change.deposits - change.withdrawals,
        open_change=change.open_change,
        closed=closed.closed,
        closed_net=closed.net if closed.closed else None,
        closed_r=closed.sum_r if closed.with_r else None,
        trades=[_row(one) for one in found.trades],
        left_out=found.left_out,
        items=[_item(one) for one in found.course],
        before=_link(found.before, seat, elsewhere),
        after=_link(found.after, seat, elsewhere),
    )


def _link(on: date | None, seat: Seat, elsewhere: bool) -> tuple[str, date] | None:
    if on is None:
        return None
    return url_for("journal.day", on=on.isoformat(), account=seat.account.id if elsewhere else None), on


def _row(one: DayTrade) -> TradeRow:
    trade = one.trade
    is_over = one.part.value.endswith("closed")
    return TradeRow(
        id=str(trade.id),
        symbol=trade.symbol,
        direction=trade.direction.value,
        setup=trade.setup,
        part=one.part.value,
        booked=one.booked,
        open_change=one.open_change,
        result=trade.realised if is_over else None,
        r=trade.r if is_over else None,
    )


def _item(one: Happening) -> Item:
    by = (f"by {one.by}",) if one.by else ()
    match one.what:
        case Execution():
            return _filled(one.what, one.trade, by)
        case TradeStop():
            return _moved(one.what, one.trade, by)
        case TradeNote():
            return _noted(one.what, one.trade, by)


def _filled(fill: Execution, trade: Trade, by: tuple[str, ...]) -> Item:
    is_entry = fill.side is trade.direction.entry_side
    verb = entered(trade.direction) if is_entry else left(trade.direction)
    facts = (
        f"leg {fill.leg}" if fill.leg and fill.leg > 1 else "",
        REASONS[fill.exit_reason] if fill.exit_reason else "",
        f"fee {money(fill.fee)}{' estimated' if fill.fee_estimated else ''}" if fill.fee else "",
    )
    title = f"{verb} {quantity(fill.quantity)} {trade.symbol} at {price(fill.price)}"
    return Item("fill" if is_entry else "sold", title, fill.at, (_to(trade), *filter(None, facts), *by))


def _moved(move: TradeStop, trade: Trade, by: tuple[str, ...]) -> Item:
    facts = (
        f"from {price(move.old)}",
        f"leg {move.leg}" if move.leg > 1 else "",
        move.reason,
        "override" if move.is_override else "",
    )
    title = f"Stop of {trade.symbol} to {price(move.new)}"
    return Item("stop", title, move.at, (_to(trade), *filter(None, facts), *by))


def _noted(note: TradeNote, trade: Trade, by: tuple[str, ...]) -> Item:
    kind = "review" if note.kind is NoteKind.REVIEW else "note"
    return Item(kind, f"{NOTES[note.kind]} on {trade.symbol}", note.at, (_to(trade), *by), quote=note.body)


def _to(trade: Trade) -> Markup:
    """The way to the trade."""
    return Markup('<a href="{}">{} {}</a>').format(
        url_for("trade.show", trade_id=trade.id), trade.symbol, trade.direction.value
    )

"""The rows of the trades list, ready to show: one pass over plain tuples, because a page of them is drawn often."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from decimal import Decimal
from functools import lru_cache
from uuid import UUID

from flask import url_for
from markupsafe import Markup, escape

from trenddojo.domain.equity import local_date
from trenddojo.domain.terms import Direction, ExitReason, TradeStatus
from trenddojo.store.listing import Row
from trenddojo.store.seats import Seat
from trenddojo.web import drawings
from trenddojo.web.format import average, day, pnl, pnl_r, price, quantity
from trenddojo.web.frame import mode_of
from trenddojo.web.shell import ShownMode

_NOTHING = Markup("")
_QUALITY = {
    quality: Markup('<span class="q" role="img" aria-label="quality {} of 5">{}<i>{}</i></span>').format(
        quality, "•" * quality, "•" * (5 - quality)
    )
    for quality in range(1, 6)
}
_CHIP = Markup('<span class="chip {}">{}</span>')
_STATUS = {
    TradeStatus.PLANNING: _CHIP.format("plan", "planning"),
    TradeStatus.PENDING: _CHIP.format("plan", "pending"),
    TradeStatus.ACTIVE: _CHIP.format("open", "active"),
    TradeStatus.CLOSED: _CHIP.format("done", "closed"),
    TradeStatus.CANCELLED: _CHIP.format("done", "cancelled"),
}
_LEFT_BY = {
    ExitReason.STOP_LOSS: "stop",
    ExitReason.TARGET: "target",
    ExitReason.MANUAL: "manual",
    ExitReason.TRAILING_STOP: "trailing stop",
    ExitReason.EXPIRED: "expired",
    ExitReason.RECONCILED: "reconciled",
}
_EXIT = {reason: _CHIP.format("done", words) for reason, words in _LEFT_BY.items()}
_SIDE = {
    Direction.LONG: Markup('<span class="side">Long</span>'),
    Direction.SHORT: Markup('<span class="side short">Short</span>'),
}
_NAME = Markup(" <small>{}</small>")
_TAGS_SHOWN = 1


@dataclass(frozen=True, slots=True)
class TradeRow:
    """One trade as the list shows it. Every cell is escaped already, and empty where nothing is known."""

    url: str
    mode: ShownMode
    mode_word: str
    account: Markup
    symbol: Markup
    side: Markup
    setup: Markup
    quality: Markup
    status: Markup
    opened: str
    closed: str
    held: str
    quantity: str
    entry: str
    stop: str
    last: str
    last_class: str
    pnl: Markup | str
    r: Markup | str
    bar: Markup
    tags: Markup


@dataclass(frozen=True, slots=True)
class _Desk:
    """What the rows of one account share."""

    mode: ShownMode
    mode_word: str
    name: Markup
    zone: tzinfo
    today: date


def trade_rows(rows: Sequence[Row], seats: Sequence[Seat], now: datetime) -> list[TradeRow]:
    """The rows as shown, with the account's name where there are several.

    Days are those of each trade's account (rule 17 of docs/NUMBERS.md).
    """
    desks = _desks(seats, now)
    root = url_for("trades.index")
    return [_trade_row(row, desks[row.account_id], root) for row in rows]


def _desks(seats: Sequence[Seat], now: datetime) -> Mapping[UUID, _Desk]:
    desks, several = {}, len(seats) > 1
    for seat in seats:
        mode, zone = mode_of(seat.account.mode), seat.zone
        name = _NAME.format(seat.account.name) if several else _NOTHING
        desks[seat.account.id] = _Desk(mode, mode.upper(), name, zone, local_date(now, zone))
    return desks


def _trade_row(row: Row, desk: _Desk, root: str) -> TradeRow:
    opened = row.sort_at.astimezone(desk.zone).date()
    return TradeRow(
        url=f"{root}/{row.id}",
        mode=desk.mode,
        mode_word=desk.mode_word,
        account=desk.name,
        symbol=escape(row.symbol),
        side=_SIDE[row.direction],
        setup=escape(row.setup),
        quality=_QUALITY[row.setup_quality] if row.setup_quality else _NOTHING,
        status=_EXIT[row.exit_reason] if row.exit_reason else _STATUS[row.status],
        opened=day(opened, desk.today),
        closed=day(row.closed_on, desk.today),
        held=_held(row, opened, desk.today),
        quantity=quantity(_size(row)),
        entry=price(row.planned_entry) if row.average_entry is None else average(row.average_entry),
        stop=price(row.planned_stop if row.stop is None else row.stop),
        last=average(row.average_exit) if row.closed_at else price(row.last_price),
        last_class="" if row.closed_at else " strong",
        pnl=pnl(row.pnl),
        r=pnl_r(row.r),
        bar=drawings.r_bar(row.r),
        tags=tag_labels(tuple(row.tags)) if row.tags else _NOTHING,
    )


def _size(row: Row) -> Decimal:
    """What is held; of a closed trade what was, of a plan what is planned."""
    if row.opened_at is None:
        return row.planned_quantity
    return row.entered_quantity if row.closed_at else row.quantity


def _held(row: Row, opened: date, today: date) -> str:
    """Calendar days from the first entry to the last exit or today (rule 46 of docs/NUMBERS.md)."""
    if row.opened_at is None:
        return ""
    return f"{((row.closed_on or today) - opened) // timedelta(days=1)} d"


@lru_cache(maxsize=4096)
def tag_labels(names: tuple[str, ...]) -> Markup:
    """The first tag, and how many more there are. Trades share few combinations of them."""
    shown = "".join(f'<span class="lbl">{escape(name)}</span>' for name in names[:_TAGS_SHOWN])
    more = names[_TAGS_SHOWN:]
    rest = f'<span class="lbl" title="{escape(", ".join(more))}">+{len(more)}</span>' if more else ""
    return Markup(shown + rest)  # noqa: S704 (names are escaped)

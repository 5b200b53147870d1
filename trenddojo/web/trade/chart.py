"""The trade as the chart draws it: its bars, stop steps, average entry, targets, fills and the prices typed."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from trenddojo.domain.terms import Timeframe
from trenddojo.services.bars import series
from trenddojo.services.books import Books
from trenddojo.services.courses import Course
from trenddojo.services.targets import reached_at, targets_of, waiting_targets
from trenddojo.store.bars import Series
from trenddojo.web.format import price, signed_quantity
from trenddojo.web.trade.axis import Axis, drawn

_AHEAD = timedelta(days=14)
"""How far ahead the levels of a plan are drawn."""


def bars_of(books: Books, timeframe: Timeframe, now: datetime) -> Series:
    """The bars that are drawn of a trade, and of what came before it, in its units."""
    between = drawn(timeframe, _start(books), min(_end(books, now), now))
    return series(books.account, books.instrument, timeframe, between, units=books.units)


def levels(books: Books, course: Course, axis: Axis, zone: ZoneInfo, now: datetime) -> dict[str, Any]:
    """The data of the chart kind `levels`; `zone` is whose clock the hours are written by."""
    start, position = _start(books), books.position
    return {
        "from": axis.at(start),
        "to": axis.at(_end(books, now)),
        "zone": zone.key,
        "bars": [[axis.of(bar), *(str(one) for one in (bar.open, bar.high, bar.low, bar.close))] for bar in axis.bars],
        "prices": _prices(books, start, axis),
        "stop": _stop_steps(course, start, axis),
        "entry": _entry_steps(books, course, start, axis),
        "targets": _targets(books, start, axis),
        "marks": [
            [
                axis.at(fill.at),
                fill.side.value,
                signed_quantity(fill.quantity if fill.side.value == "buy" else -fill.quantity),
                str(fill.price),
            ]
            for fill in position.fills
        ],
        "labels": _labels(books),
    }


def _start(books: Books) -> datetime:
    return books.trade.opened_at or books.trade.planned_at


def _end(books: Books, now: datetime) -> datetime:
    return books.position.closed_at or (now if books.position.fills else now + _AHEAD)


def _prices(books: Books, start: datetime, axis: Axis) -> list[list[str | int]]:
    """The prices that were typed; a plan has none, and is drawn around its entry."""
    if not books.position.fills:
        return [[axis.at(start), str(books.trade.planned_entry)]]
    return [[axis.at(mark.at), str(mark.price)] for mark in books.marks]


def described(books: Books, bars: Series) -> str:
    """The chart in words."""
    trade, count = books.trade, len(books.position.fills)
    stop = f", stop {price(trade.stop)}" if trade.stop is not None else ""
    last = f", last price {price(trade.last_price)}" if trade.last_price is not None else ""
    fills = f"{count} fill{'' if count == 1 else 's'}" if count else f"planned entry {price(trade.planned_entry)}"
    drawn_with = f", {len(bars.bars)} bars" if bars.bars else ""
    return f"{trade.symbol}: {fills}{stop}{last}{drawn_with}"


def _stop_steps(course: Course, start: datetime, axis: Axis) -> list[list[str | int]]:
    """The stop that would be hit first, wherever a fill or a stop move may have changed it."""
    moments = {start, *(change.at for change in course.changes), *(fill.at for fill in course.books.position.fills)}
    found = [(at, course.nearest_stop_at(at)) for at in sorted(moment for moment in moments if moment >= start)]
    return [[axis.at(at), str(stop)] for at, stop in found if stop is not None]


def _entry_steps(books: Books, course: Course, start: datetime, axis: Axis) -> list[list[str | int]]:
    """The average entry of what was open, after each fill; the planned entry before any."""
    if not books.position.fills:
        return [[axis.at(start), str(books.trade.planned_entry)]]
    after = zip(books.position.fills, course.positions[1:], strict=True)
    found = [(fill.at, position.average_open_entry) for fill, position in after]
    return [[axis.at(at), str(average)] for at, average in found if average is not None]


def _targets(books: Books, start: datetime, axis: Axis) -> list[dict[str, Any]]:
    """The targets, each drawn only while it was live."""
    return [
        {
            "from": axis.at(start),
            "to": axis.at(reached) if (reached := reached_at(books, target)) else None,
            "price": str(target),
            "name": name,
        }
        for name, target in targets_of(books)
    ]


def _labels(books: Books) -> list[list[str]]:
    trade, found = books.trade, []
    if not books.position.fills:
        found.append([str(trade.planned_entry), "entry", "ink"])
    if trade.last_price is not None and books.position.quantity:
        found.append([str(trade.last_price), "last", "ink"])
    if trade.stop is not None and not books.position.is_closed:
        found.append([str(trade.stop), "stop", "accent"])
    if not books.position.is_closed:
        found += [[str(target), name, "ink-3"] for name, target in waiting_targets(books)]
    return found

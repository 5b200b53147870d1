"""The trade as the chart draws it: stop steps, average entry, targets, fills and the prices that are known."""

from datetime import datetime, timedelta, tzinfo
from typing import Any

from trenddojo.domain.equity import local_date
from trenddojo.services.books import Books
from trenddojo.services.courses import Course
from trenddojo.services.targets import reached_at, targets_of, waiting_targets
from trenddojo.web.format import price, signed_quantity

_AHEAD = timedelta(days=14)
"""How far ahead the levels of a plan are drawn."""


def levels(books: Books, course: Course, zone: tzinfo, now: datetime) -> dict[str, Any]:
    """The data of the chart kind `levels`, its days those of the account."""
    trade, position = books.trade, books.position
    start = trade.opened_at or trade.planned_at
    end = position.closed_at or (now if position.fills else now + _AHEAD)
    return {
        "from": _day(start, zone),
        "to": _day(end, zone),
        "prices": _prices(books, start, zone),
        "stop": _stop_steps(course, start, zone),
        "entry": _entry_steps(books, course, start, zone),
        "targets": _targets(books, start, zone),
        "marks": [
            [
                _day(fill.at, zone),
                fill.side.value,
                signed_quantity(fill.quantity if fill.side.value == "buy" else -fill.quantity),
                str(fill.price),
            ]
            for fill in position.fills
        ],
        "labels": _labels(books),
    }


def _prices(books: Books, start: datetime, zone: tzinfo) -> list[list[str]]:
    """The prices that were typed; a plan has none, and is drawn around its entry."""
    if not books.position.fills:
        return [[_day(start, zone), str(books.trade.planned_entry)]]
    return [[_day(mark.at, zone), str(mark.price)] for mark in books.marks]


def described(books: Books) -> str:
    """The chart in words."""
    trade, count = books.trade, len(books.position.fills)
    stop = f", stop {price(trade.stop)}" if trade.stop is not None else ""
    last = f", last price {price(trade.last_price)}" if trade.last_price is not None else ""
    fills = f"{count} fill{'' if count == 1 else 's'}" if count else f"planned entry {price(trade.planned_entry)}"
    return f"{trade.symbol}: {fills}{stop}{last}"


def _day(at: datetime, zone: tzinfo) -> str:
    return local_date(at, zone).isoformat()


def _stop_steps(course: Course, start: datetime, zone: tzinfo) -> list[list[str]]:
    """The stop that would be hit first, wherever a fill or a stop move may have changed it."""
    moments = {start, *(change.at for change in course.changes), *(fill.at for fill in course.books.position.fills)}
    found = [(at, course.nearest_stop_at(at)) for at in sorted(moment for moment in moments if moment >= start)]
    return [[_day(at, zone), str(stop)] for at, stop in found if stop is not None]


def _entry_steps(books: Books, course: Course, start: datetime, zone: tzinfo) -> list[list[str]]:
    """The average entry of what was open, after each fill; the planned entry before any."""
    if not books.position.fills:
        return [[_day(start, zone), str(books.trade.planned_entry)]]
    after = zip(books.position.fills, course.positions[1:], strict=True)
    found = [(fill.at, position.average_open_entry) for fill, position in after]
    return [[_day(at, zone), str(average)] for at, average in found if average is not None]


def _targets(books: Books, start: datetime, zone: tzinfo) -> list[dict[str, Any]]:
    """The targets, each drawn only while it was live."""
    return [
        {
            "from": _day(start, zone),
            "to": _day(reached, zone) if (reached := reached_at(books, target)) else None,
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

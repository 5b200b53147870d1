"""One story of a trade: plan, fills, stop moves, notes and corrections, each with its effect, newest first."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from itertools import groupby
from typing import Any
from uuid import UUID

from trenddojo.domain.money import QUANTITY_PLACES, rounded
from trenddojo.domain.trades import Lot
from trenddojo.services.books import Books
from trenddojo.services.courses import Course, course_of
from trenddojo.services.slippage import Slippage, slippages
from trenddojo.services.split_records import first_fills
from trenddojo.store import attachments, orders, trades
from trenddojo.store import timeline as stored
from trenddojo.store.fills import was_imported
from trenddojo.store.models import (
    Attachment,
    Execution,
    Leg,
    Order,
    OrderEvent,
    Trade,
    TradeEvent,
    TradeNote,
    TradeStop,
)


class Chapter(StrEnum):
    """What a timeline can be narrowed to."""

    ALL = "all"
    ORDERS = "orders"
    FILLS = "fills"
    STOPS = "stops"
    NOTES = "notes"


@dataclass(frozen=True, slots=True)
class Planned:
    """The plan as it was made, or an add that was planned (`leg` above 1), its amounts in the units of its moment."""

    trade: Trade
    leg: Leg
    at: datetime
    by: UUID
    entry: Decimal
    stop: Decimal | None
    targets: tuple[Decimal, ...]
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class Filled:
    """A fill with what it did: the risk that an entry froze, the P&L that an exit booked, in cents of base currency."""

    execution: Execution
    is_entry: bool
    is_first: bool
    risk: Decimal | None
    booked: Decimal | None
    slippage: Slippage | None

    @property
    def at(self) -> datetime:
        """When it filled."""
        return self.execution.at

    @property
    def by(self) -> UUID:
        """Who recorded it."""
        return self.execution.created_by


@dataclass(frozen=True, slots=True)
class StopMoved:
    """Stops moved to one price in one act. Heat and result are those of the moment, in cents of base currency.

    `heat_before`, `heat` and `if_stopped` are None while nothing was held; `if_stopped_r` without initial risk too.
    """

    at: datetime
    by: UUID
    legs: tuple[int, ...]
    old: tuple[Decimal, ...]
    new: Decimal
    reason: str
    is_override: bool
    heat_before: Decimal | None
    heat: Decimal | None
    if_stopped: Decimal | None
    if_stopped_r: Decimal | None


@dataclass(frozen=True, slots=True)
class Written:
    """A note."""

    note: TradeNote

    @property
    def at(self) -> datetime:
        """When it was written."""
        return self.note.at

    @property
    def by(self) -> UUID:
        """Who wrote it."""
        return self.note.created_by


@dataclass(frozen=True, slots=True)
class Attached:
    """A picture."""

    attachment: Attachment

    @property
    def at(self) -> datetime:
        """When it was attached."""
        return self.attachment.created_at

    @property
    def by(self) -> UUID:
        """Who attached it."""
        return self.attachment.created_by


@dataclass(frozen=True, slots=True)
class Ordered:
    """What became of one of the trade's orders, beside its fills. `by` is None where the broker or the house did it."""

    order: Order
    event: OrderEvent

    @property
    def at(self) -> datetime:
        """When we learned of it."""
        return self.event.at

    @property
    def by(self) -> UUID | None:
        """Who asked for it."""
        return self.event.by


@dataclass(frozen=True, slots=True)
class Changed:
    """A change of plan, records or status, with what was before and after as the history keeps it."""

    kind: str
    at: datetime
    by: UUID
    detail: dict[str, Any]


Item = Planned | Ordered | Filled | StopMoved | Written | Attached | Changed
_ORDER = (Planned, Ordered, Filled, StopMoved, Written, Attached, Changed)
_CHAPTERS = {
    Chapter.ORDERS: Ordered,
    Chapter.FILLS: Filled,
    Chapter.STOPS: StopMoved,
    Chapter.NOTES: Written | Attached,
}
_TOLD_ELSEWHERE = {"planned"}
"""Events that an item of another kind tells already."""
_STEPS = {"submitting", "adopted", "accepted", "attached", "partially_filled", "filled", "missing", "cancel_asked"}
"""Steps of an order on its usual way: the order's own page tells them, and fills tell themselves."""


@dataclass(frozen=True, slots=True)
class Story:
    """A trade's timeline, newest first, with the names of all who appear in it, and each fill beside its plan."""

    items: tuple[Item, ...]
    names: dict[UUID, str]
    slippages: tuple[Slippage, ...]

    def of(self, chapter: Chapter) -> tuple[Item, ...]:
        """The items of one chapter."""
        kind = _CHAPTERS.get(chapter)
        return self.items if kind is None else tuple(item for item in self.items if isinstance(item, kind))


def story_of(books: Books) -> Story:
    """Tell a trade's story from its records."""
    trade = books.trade
    stops, legs = trades.stops_of(trade.id), trades.legs_of(trade.id)
    course = course_of(books, stops)
    slipped = slippages(course, {leg.number: leg for leg in legs})
    items: list[Item] = [
        *_planned(books, [leg for leg in legs if leg.number not in _imported(books)], stops),
        *_ordered(orders.of_trade(trade.id)),
        *_filled(books, course, slipped),
        *_moved(course, stops),
        *(Written(note) for note in stored.notes_of(trade.id)),
        *(Attached(picture) for picture, _ in attachments.of_trade(trade.account_id, trade.id)),
        *_changed(stored.events_of(trade.id)),
    ]
    items.sort(key=_place, reverse=True)
    return Story(tuple(items), stored.names_of(item.by for item in items if item.by), tuple(slipped.values()))


def _place(item: Item) -> tuple[datetime, int, int]:
    """By time; within one moment the plan comes first, then orders, fills in their order, stops, notes, corrections."""
    sequence = item.execution.sequence if isinstance(item, Filled) else 0
    sequence = item.event.number if isinstance(item, Ordered) else sequence
    return item.at, _ORDER.index(type(item)), sequence


def _imported(books: Books) -> set[int | None]:
    """The legs that were never planned here: the broker told their fills."""
    return {fill.leg for fill in books.executions if was_imported(fill)}


def _planned(books: Books, legs: Sequence[Leg], stops: Sequence[TradeStop]) -> list[Planned]:
    by = {row.leg: row.created_by for row in stops if row.old is None}
    return [_plan(books, leg, by.get(leg.number, books.trade.created_by)) for leg in legs]


def _plan(books: Books, leg: Leg, by: UUID) -> Planned:
    trade = books.trade
    at = trade.planned_at if leg.number == 1 else leg.created_at
    begun = min(at, first_fills(books.position).get(leg.number, at))
    targets = (target for target in (trade.target_1, trade.target_2) if target is not None)
    return Planned(
        trade=trade,
        leg=leg,
        at=at,
        by=by,
        entry=books.then(leg.planned_entry if leg.number > 1 else trade.planned_entry, begun),
        stop=None if trade.planned_stop is None else books.then(trade.planned_stop, begun),
        targets=tuple(books.then(target, begun) for target in targets),
        quantity=rounded(books.units.quantity_then(leg.planned_quantity, begun), QUANTITY_PLACES),
    )


def _ordered(found: Sequence[Order]) -> list[Ordered]:
    by_id = {order.id: order for order in found}
    events = orders.events_of(by_id.keys()) if by_id else ()
    return [Ordered(by_id[event.order_id], event) for event in events if _is_told(event)]


def _is_told(event: OrderEvent) -> bool:
    """Of a replacement, the order that came tells; not the one that went."""
    return event.kind not in _STEPS and not (event.kind == "replaced" and event.before is not None)


def _filled(books: Books, course: Course, slipped: dict[str, Slippage]) -> list[Filled]:
    booked = {booking.fill_key: booking.amount for booking in books.position.bookings}
    entry_side, executions = books.trade.direction.entry_side, {row.key: row for row in books.executions}
    return [
        Filled(
            execution=executions[fill.key],
            is_entry=fill.side is entry_side,
            is_first=index == 0,
            risk=books.position.frozen_risk([Lot(fill, fill.quantity)]) if fill.side is entry_side else None,
            booked=booked.get(fill.key),
            slippage=_as_told(slipped.get(fill.key), fill.at, books),
        )
        for index, fill in enumerate(books.position.fills)
    ]


def _as_told(slippage: Slippage | None, at: datetime, books: Books) -> Slippage | None:
    return None if slippage is None else replace(slippage, planned=books.then(slippage.planned, at))


def _moved(course: Course, stops: Sequence[TradeStop]) -> list[StopMoved]:
    return [_move(course, rows) for rows in acts(stops)]


def acts(stops: Sequence[TradeStop]) -> list[list[TradeStop]]:
    """The moves of each act together, in order; a leg's first stop belongs to its plan."""
    moves = sorted((row for row in stops if row.old is not None), key=_act)
    return [list(rows) for _, rows in groupby(moves, key=_act)]


def _act(row: TradeStop) -> tuple[datetime, Decimal, UUID]:
    return row.at, row.new, row.created_by


def _move(course: Course, rows: list[TradeStop]) -> StopMoved:
    first = rows[0]
    before, after = course.standing_at(first.at, before=True), course.standing_at(first.at)
    held = bool(after.quantity)
    return StopMoved(
        at=first.at,
        by=first.created_by,
        legs=tuple(row.leg for row in rows),
        old=tuple(dict.fromkeys(row.old for row in rows if row.old is not None)),
        new=first.new,
        reason=first.reason,
        is_override=any(row.is_override for row in rows),
        heat_before=before.heat if held else None,
        heat=after.heat if held else None,
        if_stopped=after.if_stopped if held else None,
        if_stopped_r=after.if_stopped_r if held else None,
    )


def _changed(events: Iterable[TradeEvent]) -> list[Changed]:
    return [
        Changed(event.kind, event.at, event.created_by, event.detail)
        for event in events
        if event.kind not in _TOLD_ELSEWHERE
    ]

"""What a split does to a trade's plan and stops: written once for each split that the trade lived through, and taken
back when that split no longer counts.

Fills and prices are kept as they were told, and put into other units where they are read. A plan, its targets and the
stops in force are of now, so that they follow. The trade's history keeps what they were.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import takewhile
from typing import Any
from uuid import UUID, uuid5

from trenddojo.domain.money import EXACT, PRICE_PLACES, QUANTITY_PLACES, exactly, rounded
from trenddojo.domain.splits import Split, Units
from trenddojo.domain.stops import loosens
from trenddojo.domain.trades import Position
from trenddojo.store import timeline, trades
from trenddojo.store.database import db
from trenddojo.store.models import Leg, Trade, TradeEvent, TradeStop

EVENT = "split"
_PRICES = ("planned_entry", "planned_stop", "target_1", "target_2")
_OF_LEG = ("planned_entry", "planned_quantity")
_QUANTITY = "planned_quantity"
_NEXT = timedelta(microseconds=1)


def follow(trade: Trade, legs: Sequence[Leg], position: Position, within: Iterable[Split], by: UUID) -> None:
    """Bring plan and stops of a trade into line with the splits that it lived through, `within`; the caller settles.

    From the first difference on all of them are taken back and written anew, so that each finds what it was written on.
    """
    begun = first_fills(position)
    wanted = [_Wanted(split, _told_before(legs, begun, split)) for split in sorted(within, key=lambda one: one.at)]
    written = timeline.events_of_kind(trade.id, EVENT)
    pairs = zip(wanted, written, strict=False)
    same = sum(1 for _ in takewhile(lambda pair: pair[0].is_written_as(trade, pair[1]), pairs))
    if same == len(wanted) == len(written):
        return
    for event in reversed(written[same:]):
        _unwrite(trade, legs, event)
    db.session.flush()
    for one in wanted[same:]:
        _write(trade, one, by)
    db.session.flush()


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A split, and the legs that were planned before it."""

    split: Split
    legs: Sequence[Leg]

    @property
    def numbers(self) -> list[int]:
        return [leg.number for leg in self.legs]

    def is_written_as(self, trade: Trade, event: TradeEvent) -> bool:
        return event.id == _event_id(trade, self.split) and event.detail["legs"] == self.numbers


def first_fills(position: Position) -> dict[int | None, datetime]:
    """When each leg had its first fill. Its plan and first stop are from before that, whenever they were noted."""
    return {lot.fill.leg: lot.fill.at for lot in reversed(position.entries)}


def _told_before(legs: Iterable[Leg], begun: Mapping[int | None, datetime], split: Split) -> list[Leg]:
    return [leg for leg in legs if min(leg.created_at, begun.get(leg.number, leg.created_at)) < split.at]


def _event_id(trade: Trade, split: Split) -> UUID:
    return uuid5(trade.id, f"split {split.at.isoformat()} {split.numerator}/{split.denominator}")


def _stop_id(event_id: UUID, leg: int) -> UUID:
    return uuid5(event_id, f"stop {leg}")


def stop_ids(trade: Trade) -> set[UUID]:
    """The ids of the stops that splits made."""
    events = timeline.events_of_kind(trade.id, EVENT)
    return {_stop_id(event.id, number) for event in events for number in event.detail["legs"]}


# ---- written


def _write(trade: Trade, wanted: _Wanted, by: UUID) -> None:
    split, before, after = wanted.split, dict[str, Any](), dict[str, Any]()
    planned: list[tuple[str, Trade | Leg, tuple[str, ...]]] = [("", trade, (*_PRICES, _QUANTITY))]
    planned += [(f"leg {leg.number} ", leg, _OF_LEG) for leg in wanted.legs]
    for prefix, row, names in planned:
        for name in names:
            if (was := getattr(row, name)) is not None:
                now = _converted(name, was, split.numerator, split.denominator)
                setattr(row, name, now)
                before[prefix + name], after[prefix + name] = _text(was), _text(now)
    for leg in wanted.legs:
        _write_stop(trade, leg, split, by)
    detail = {
        "name": split.name,
        "ratio": [split.numerator, split.denominator],
        "legs": wanted.numbers,
        "before": before,
        "after": after,
    }
    event_id = _event_id(trade, split)
    db.session.add(TradeEvent(id=event_id, trade_id=trade.id, at=split.at, kind=EVENT, detail=detail, created_by=by))


def _write_stop(trade: Trade, leg: Leg, split: Split, by: UUID) -> None:
    """The stop in force becomes that of the new units; what was moved since is told in them already."""
    rows = [row for row in trades.stops_of(trade.id) if row.leg == leg.number]
    earlier = [row for row in rows if row.old is None or row.at < split.at]
    if not earlier:
        return
    last = earlier[-1]
    new = _converted("stop", last.new, split.numerator, split.denominator)
    db.session.add(
        TradeStop(
            id=_stop_id(_event_id(trade, split), leg.number),
            trade_id=trade.id,
            leg=leg.number,
            at=max(split.at, last.at + _NEXT),
            old=last.new,
            new=new,
            reason=split.name,
            created_by=by,
        )
    )
    _link(trade, leg, rows[len(earlier) : len(earlier) + 1], new)


def _link(trade: Trade, leg: Leg, later: Sequence[TradeStop], price: Decimal) -> None:
    """`price` is in force until the next move, which is measured against it; without one, now."""
    for row in later:
        row.old, row.is_override = price, loosens(trade.direction, price, row.new)
    if not later:
        leg.stop = price


# ---- unwritten


def _unwrite(trade: Trade, legs: Sequence[Leg], event: TradeEvent) -> None:
    detail = event.detail
    numerator, denominator = detail["ratio"]
    rows: Mapping[str, Trade | Leg] = {"": trade, **{f"leg {leg.number} ": leg for leg in legs}}
    for field, was in detail["before"].items():
        prefix, name = _parted(field)
        row = rows.get(prefix)
        if row is None:
            continue
        now = getattr(row, name)
        is_untouched = _text(now) == detail["after"][field]
        setattr(row, name, Decimal(was) if is_untouched else _converted(name, now, denominator, numerator))
    for leg in legs:
        _unwrite_stop(trade, leg, event)
    db.session.delete(event)


def _parted(field: str) -> tuple[str, str]:
    head, _, name = field.rpartition(" ")
    return (f"{head} " if head else ""), name


def _unwrite_stop(trade: Trade, leg: Leg, event: TradeEvent) -> None:
    rows = [row for row in trades.stops_of(trade.id) if row.leg == leg.number]
    for index, row in enumerate(rows):
        if row.id == _stop_id(event.id, leg.number) and row.old is not None:
            _link(trade, leg, rows[index + 1 : index + 2], row.old)
            db.session.delete(row)


# ---- in other units


def first_stop(leg: Leg, rows: Iterable[TradeStop], at: datetime) -> Decimal:
    """A leg's first stop for a moment from before it was noted, in the units of that moment; `rows` are all of the
    leg's, oldest first."""
    by_id = {row.id: row for row in rows}
    found = next(iter(by_id.values())).new
    for event in timeline.events_of_kind(leg.trade_id, EVENT):
        row = by_id.get(_stop_id(event.id, leg.number))
        if row is not None and event.at <= at:
            found = row.new
    return found


def in_units(
    trade: Trade, stops: Iterable[TradeStop], position: Position, splits: Iterable[Split], units: Units
) -> list[TradeStop]:
    """The moves of a trade's stops in `units`, without those that a split alone made: rows to read, not to keep."""
    if units.is_plain:
        return list(stops)
    events, begun = [_event_id(trade, split) for split in splits], first_fills(position)
    moved = [row for row in stops if row.id not in {_stop_id(event_id, row.leg) for event_id in events}]
    return [_copied(row, units, begun.get(row.leg, row.at)) for row in moved]


def _copied(row: TradeStop, units: Units, begun: datetime) -> TradeStop:
    """Its old price stood until its moment, so that both are of one unit there."""
    kept = {name: getattr(row, name) for name in ("id", "trade_id", "leg", "at", "reason", "is_override", "created_by")}
    told_at = min(row.at, begun) if row.old is None else row.at
    old = None if row.old is None else rounded(units.price(row.old, told_at), PRICE_PLACES)
    return TradeStop(**kept, old=old, new=rounded(units.price(row.new, told_at), PRICE_PLACES))


@exactly
def _converted(name: str, value: Decimal, numerator: int, denominator: int) -> Decimal:
    if name == _QUANTITY:
        return rounded(value * numerator / denominator, QUANTITY_PLACES)
    return rounded(value * denominator / numerator, PRICE_PLACES)


def _text(value: Decimal | None) -> str | None:
    return None if value is None else f"{value.normalize(EXACT):f}"

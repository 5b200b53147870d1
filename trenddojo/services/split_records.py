"""What a split does to a trade's plan and stops: written once for each split that the trade lived through, and taken
back when that split no longer counts.

Fills and prices are kept as they were told, and put into other units where they are read. A plan, its targets and the
stops in force are of now, so that they follow. The trade's history keeps what they were.
"""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid5

from trenddojo.domain.money import EXACT, PRICE_PLACES, QUANTITY_PLACES, exactly, rounded
from trenddojo.domain.splits import Split, Units
from trenddojo.domain.stops import loosens
from trenddojo.store import timeline, trades
from trenddojo.store.database import db
from trenddojo.store.models import Leg, Trade, TradeEvent, TradeStop

EVENT = "split"
_PRICES = ("planned_entry", "planned_stop", "target_1", "target_2")
_OF_LEG = ("planned_entry", "planned_quantity")
_QUANTITY = "planned_quantity"


def follow(trade: Trade, legs: Sequence[Leg], within: Iterable[Split], by: UUID) -> None:
    """Bring plan and stops of a trade into line with the splits that it lived through, `within`; the caller settles."""
    wanted = {_event_id(trade, split): split for split in within}
    written = {event.id: event for event in timeline.events_of_kind(trade.id, EVENT)}
    if wanted.keys() == written.keys():
        return
    for event_id in sorted(written.keys() - wanted.keys(), key=lambda one: written[one].at, reverse=True):
        _unwrite(trade, legs, written[event_id])
    for event_id in sorted(wanted.keys() - written.keys(), key=lambda one: wanted[one].at):
        _write(trade, legs, wanted[event_id], by)
    db.session.flush()


def _event_id(trade: Trade, split: Split) -> UUID:
    return uuid5(trade.id, f"split {split.at.isoformat()} {split.numerator}/{split.denominator}")


def _stop_id(event_id: UUID, leg: int) -> UUID:
    return uuid5(event_id, f"stop {leg}")


# ---- written


def _write(trade: Trade, legs: Sequence[Leg], split: Split, by: UUID) -> None:
    event_id, before, after = _event_id(trade, split), dict[str, Any](), dict[str, Any]()
    planned: list[tuple[str, Trade | Leg, tuple[str, ...]]] = []
    if trade.planned_at < split.at:
        planned.append(("", trade, (*_PRICES, _QUANTITY)))
    planned += [(f"leg {leg.number} ", leg, _OF_LEG) for leg in legs if leg.created_at < split.at]
    for prefix, row, names in planned:
        for name in names:
            if (was := getattr(row, name)) is not None:
                now = _converted(name, was, split.numerator, split.denominator)
                setattr(row, name, now)
                before[prefix + name], after[prefix + name] = _text(was), _text(now)
    for leg in legs:
        _write_stop(trade, leg, split, by)
    told = {"name": split.name, "ratio": [split.numerator, split.denominator], "before": before, "after": after}
    db.session.add(TradeEvent(id=event_id, trade_id=trade.id, at=split.at, kind=EVENT, detail=told, created_by=by))


def _write_stop(trade: Trade, leg: Leg, split: Split, by: UUID) -> None:
    """The stop in force becomes that of the new units; what was moved since is told in them already."""
    rows = [row for row in trades.stops_of(trade.id) if row.leg == leg.number]
    earlier, later = [row for row in rows if row.at < split.at], [row for row in rows if row.at >= split.at]
    if not earlier:
        return
    old = earlier[-1].new
    new = _converted("stop", old, split.numerator, split.denominator)
    db.session.add(
        TradeStop(
            id=_stop_id(_event_id(trade, split), leg.number),
            trade_id=trade.id,
            leg=leg.number,
            at=split.at,
            old=old,
            new=new,
            reason=split.name,
            created_by=by,
        )
    )
    _link(trade, leg, later[:1], new)


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


def in_units(trade: Trade, stops: Iterable[TradeStop], splits: Iterable[Split], units: Units) -> list[TradeStop]:
    """The moves of a trade's stops in `units`, without those that a split alone made: rows to read, not to keep."""
    if units.is_plain:
        return list(stops)
    events = [_event_id(trade, split) for split in splits]
    return [_copied(row, units) for row in stops if row.id not in {_stop_id(event_id, row.leg) for event_id in events}]


def _copied(row: TradeStop, units: Units) -> TradeStop:
    """Its old price stood until its moment, so that both are of one unit there."""
    kept = {name: getattr(row, name) for name in ("id", "trade_id", "leg", "at", "reason", "is_override", "created_by")}
    old = None if row.old is None else rounded(units.price(row.old, row.at), PRICE_PLACES)
    return TradeStop(**kept, old=old, new=rounded(units.price(row.new, row.at), PRICE_PLACES))


@exactly
def _converted(name: str, value: Decimal, numerator: int, denominator: int) -> Decimal:
    if name == _QUANTITY:
        return rounded(value * numerator / denominator, QUANTITY_PLACES)
    return rounded(value * denominator / numerator, PRICE_PLACES)


def _text(value: Decimal | None) -> str | None:
    return None if value is None else f"{value.normalize(EXACT):f}"

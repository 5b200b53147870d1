"""The timeline as it is shown: each item a title, its facts in figures, and the acts that it offers."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any
from uuid import UUID

from flask import url_for
from markupsafe import Markup, escape

from trenddojo.domain.caps import Cap
from trenddojo.domain.money import ZERO
from trenddojo.services.books import Books
from trenddojo.services.timeline import (
    Attached,
    Changed,
    Chapter,
    Filled,
    Item,
    Ordered,
    Planned,
    StopMoved,
    Story,
    Written,
)
from trenddojo.web.format import moment, money, pnl, pnl_r, price, quantity, r
from trenddojo.web.gallery import small_size
from trenddojo.web.order_words import event_title, evidence_of, summary_of
from trenddojo.web.trade import words

_WHOLE = ("side", "quantity", "planned_quantity", "price", "planned_entry", "stop", "at")
"""The fields that say what a fill, an add or a price was."""
_QUIET = ("fee_estimated", "checklist")
"""Fields whose change goes without saying, or has no words."""

_WHY = ("message", "reason", "notice")
"""What of an order's evidence says why, in words."""

_EVENTS = {
    "edited": "Plan changed",
    "placed": "Order placed by hand",
    "unplaced": "Order not placed after all",
    "cancelled": "Plan cancelled",
    "reopened": "Plan reopened",
    "deleted": "Trade deleted",
    "restored": "Trade restored",
    "fill_corrected": "Fill corrected",
    "fill_deleted": "Fill deleted",
    "fill_restored": "Fill restored",
    "leg_removed": "Add removed",
    "price_removed": "Price removed",
    "note_edited": "Note changed",
    "details_changed": "Details changed",
    "joined": "Its entry filled into the position that was open",
    "found_at_broker": "Found at the broker",
    "fill_superseded": "Fill corrected by the broker",
}


@dataclass(frozen=True, slots=True)
class Shown:
    """One item. `kind` chooses its node; `edit`, `delete` and `restore` are addresses or empty."""

    kind: str
    title: str
    at: datetime
    facts: tuple[Markup | str, ...] = ()
    quote: str = ""
    quality: int | None = None
    chip: str = ""
    by: str = ""
    edit: str = ""
    delete: str = ""
    restore: str = ""


def shown(story: Story, chapter: Chapter, books: Books, viewer: UUID, zone: tzinfo) -> list[Shown]:
    """The items of a chapter; whoever is not the viewer is named."""
    present = {str(item.execution.id) for item in story.items if isinstance(item, Filled)}
    return [
        _item(item, books, present, zone, story.names.get(item.by, "") if item.by and item.by != viewer else "")
        for item in story.of(chapter)
    ]


def _item(item: Item, books: Books, present: set[str], zone: tzinfo, by: str) -> Shown:
    match item:
        case Planned():
            return _planned(item, books, by)
        case Ordered():
            return _ordered(item, by)
        case Filled():
            return _filled(item, books, by)
        case StopMoved():
            return _moved(item, books, by)
        case Written():
            return _written(item, by)
        case Attached():
            return _attached(item, books, by)
        case Changed():
            return _changed(item, books, present, zone, by)


def _planned(item: Planned, books: Books, by: str) -> Shown:
    trade, leg = item.trade, item.leg
    size = words.units(books.instrument.asset_type, item.quantity)
    if leg.number > 1:
        facts = (size, f"entry {price(item.entry)}")
        return Shown("plan", f"Leg {leg.number} planned", item.at, facts, by=by)
    targets = [price(target) for target in item.targets]
    bound = f", bound by {Cap(trade.bound_by).label.lower()}" if trade.bound_by else ""
    stop = f"stop {price(item.stop)}" if item.stop is not None else ""
    reach = f"target{'s' if len(targets) > 1 else ''} {' and '.join(targets)}" if targets else ""
    told = (f"entry {price(item.entry)}", stop, reach, f"{size}{bound}")
    return Shown("plan", "Planned", item.at, tuple(filter(None, told)), quality=trade.setup_quality, by=by)


def _ordered(item: Ordered, by: str) -> Shown:
    """One step of an order, with a way to all that is known of it."""
    order, event = item.order, item.event
    title = event_title(event)
    link = Markup('<a href="{}">{}</a>').format(url_for("orders.show", order_id=order.id), summary_of(order))
    why = [told for name, told in evidence_of(event) if name in _WHY or "denials" in event.evidence]
    return Shown(
        "order", f"{order.role.label.capitalize()} order: {title[0].lower()}{title[1:]}", item.at, (link, *why), by=by
    )


def _filled(item: Filled, books: Books, by: str) -> Shown:
    execution = item.execution
    trade_id, fill_id = execution.trade_id, execution.id
    facts = _entry_facts(item) if item.is_entry else _exit_facts(item)
    slip = (_figure("slippage", r(item.slippage.r, 3)),) if item.slippage and item.slippage.r is not None else ()
    fee = f"fee {money(execution.fee)}{' estimated' if execution.fee_estimated else ''}" if execution.fee else ""
    return Shown(
        kind="fill" if item.is_entry else "sold",
        title=f"{_verb(item, books)} {quantity(execution.quantity)} at {price(execution.price)}",
        at=item.at,
        facts=(*facts, *slip, *filter(None, (fee,))),
        by=by,
        edit=url_for("trade.edit_fill", trade_id=trade_id, fill_id=fill_id),
        delete=url_for("trade.delete_fill", trade_id=trade_id, fill_id=fill_id),
    )


def _verb(item: Filled, books: Books) -> str:
    direction = books.trade.direction
    if not item.is_entry:
        return words.left(direction)
    return words.entered(direction) if item.is_first else "Added"


def _entry_facts(item: Filled) -> tuple[Markup | str, ...]:
    execution = item.execution
    own = f"leg {execution.leg}, own stop" if execution.leg and execution.leg > 1 else "stop"
    return (
        *((f"plan {price(item.slippage.planned)}",) if item.slippage else ()),
        f"{own} {price(execution.stop)}" if execution.stop is not None else "no stop",
        _figure("risk", money(item.risk), "frozen") if item.risk is not None else "no valid risk",
    )


def _exit_facts(item: Filled) -> tuple[Markup | str, ...]:
    execution = item.execution
    reason = words.REASONS[execution.exit_reason] if execution.exit_reason else ""
    named = f"leg {execution.leg}" if execution.leg else ""
    return (*filter(None, (reason, named)), _figure("booked", pnl(item.booked)))


def _moved(item: StopMoved, books: Books, by: str) -> Shown:
    many = len(books.stops) > 1 and len(item.legs) < len(books.stops)
    which = f" of leg {' and '.join(map(str, item.legs))}" if many else ""
    came = f"from {' and '.join(price(old) for old in item.old)}"
    return Shown(
        kind="stop",
        title=f"Stop{which} to {price(item.new)}",
        at=item.at,
        facts=(f"{came}, {item.reason}" if item.reason else came, *_effect(item)),
        chip="override" if item.is_override else "",
        by=by,
    )


def _effect(item: StopMoved) -> tuple[Markup, ...]:
    """What the move did: profit locked in, else how the risk changed."""
    if item.heat is None or item.heat_before is None or item.if_stopped is None:
        return ()
    if item.heat == ZERO:
        return (_figure("locked in", pnl(item.if_stopped) if item.if_stopped_r is None else pnl_r(item.if_stopped_r)),)
    return (Markup("risk <b>{}</b> to <b>{}</b>").format(money(item.heat_before), money(item.heat)),)


def _written(item: Written, by: str) -> Shown:
    trade_id, note_id = item.note.trade_id, item.note.id
    return Shown(
        kind="review" if item.note.kind == "review" else "note",
        title=words.NOTES[item.note.kind],
        at=item.at,
        quote=item.note.body,
        by=by,
        edit=url_for("trade.edit_note", trade_id=trade_id, note_id=note_id),
        delete=url_for("trade.delete_note", trade_id=trade_id, note_id=note_id),
    )


_SHOT_ROOM = (288, 160)
_SHOT = Markup(
    '<a class="shot" href="{}" target="_blank" rel="noopener">'
    '<img src="{}" width="{}" height="{}" loading="lazy" alt="{}"></a>'
)


def _attached(item: Attached, books: Books, by: str) -> Shown:
    """A small picture that leads to the whole one; the panel of pictures has its acts."""
    picture = item.attachment
    whole = url_for("attachments.show", attachment_id=picture.id)
    small = url_for("attachments.small", attachment_id=picture.id)
    shot = _SHOT.format(
        whole, small, *small_size(picture, _SHOT_ROOM), f"{picture.name}, attached to {books.trade.symbol}"
    )
    return Shown("note", "Picture", item.at, (shot,), by=by)


def _changed(item: Changed, books: Books, present: set[str], zone: tzinfo, by: str) -> Shown:
    detail, trade_id = item.detail, books.trade.id
    title = detail["name"] if item.kind == "split" else _EVENTS.get(item.kind, item.kind.replace("_", " ").capitalize())
    if item.kind == "note_edited":
        return Shown("note", title, item.at, ("it read",), quote=detail["before"]["body"], by=by)
    restore = ""
    if item.kind == "fill_deleted" and detail["fill"] not in present:
        restore = url_for("trade.restore_fill", trade_id=trade_id, fill_id=detail["fill"])
    return Shown("order", title, item.at, tuple(_differences(detail, zone)), by=by, restore=restore)


def _differences(detail: dict[str, Any], zone: tzinfo) -> Iterable[str]:
    """What was and what is, field by field; of something that came or went, what it is."""
    before, after = detail.get("before"), detail.get("after")
    whole = before if after is None else after if before is None else None
    if isinstance(whole, dict):
        yield from (f"{_name(field)} {_told(field, whole[field], zone)}" for field in _WHOLE if whole.get(field))
    elif isinstance(before, dict) and isinstance(after, dict):
        for field, was in before.items():
            if was != after.get(field) and field not in _QUIET:
                then = _told(field, after.get(field), zone)
                yield f"{_name(field)} {_told(field, was, zone)} to {then}"


def _name(field: str) -> str:
    return "time" if field == "at" else field.replace("_", " ")


def _told(field: str, value: Any, zone: tzinfo) -> str:
    if field == "at" or field.endswith("_at"):
        return moment(datetime.fromisoformat(value), zone).striptags() if value else "none"
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "none"
    return str(value) if value not in (None, "") else "none"


def _figure(name: str, figure: str, after: str = "") -> Markup:
    """A fact with its figure set apart."""
    return Markup("{} <b>{}</b>{}").format(name, escape(figure), f" {after}" if after else "")

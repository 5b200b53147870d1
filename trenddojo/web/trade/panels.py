"""The act panels: what each form holds before anybody types, and what it offers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_DOWN, Decimal
from uuid import uuid4
from zoneinfo import ZoneInfo

from trenddojo.domain.money import ONE, ZERO
from trenddojo.domain.terms import ExitReason, NoteKind, TradeStatus
from trenddojo.services.books import Books
from trenddojo.services.fills import leg_to_fill, unfilled
from trenddojo.services.inputs.records import ExitIdea
from trenddojo.services.targets import waiting_targets
from trenddojo.store.models import Leg
from trenddojo.web.format import price, quantity
from trenddojo.web.forms import Form
from trenddojo.web.trade.rows import After, after_exit, after_stop

_SHARES = (Decimal("0.25"), Decimal(1) / 3, Decimal("0.5"), ONE)


@dataclass(frozen=True, slots=True)
class Quick:
    """A value that one press puts into a field."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Panel:
    """A form with its quick values and, of those that change what is at stake, its rows."""

    form: Form
    quick: tuple[Quick, ...] = ()
    after: After | None = None


def plain(value: Decimal | None) -> str:
    """A number as a person would type it."""
    if value is None:
        return ""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def plain_price(value: Decimal | None) -> str:
    """A price as a person would type it."""
    return price(value).replace(",", "")


def local(at: datetime, zone: ZoneInfo) -> str:
    """The value of a datetime-local input, to the second, so that one act never falls before the last."""
    return f"{at.astimezone(zone):%Y-%m-%dT%H:%M:%S}"


def new_key() -> str:
    """What makes a form count once, however often it is sent."""
    return uuid4().hex


def entry_panel(books: Books, legs: Sequence[Leg], now: datetime, zone: ZoneInfo, sent: Form | None) -> Panel:
    """An entry: the waiting leg's plan, as much of it as is not filled, now."""
    leg = leg_to_fill(books, list(legs))
    remaining = unfilled(books, leg) if leg else ZERO
    values = {
        "key": new_key(),
        "quantity": plain(remaining) if remaining else "",
        "price": plain_price(leg.planned_entry) if leg and remaining else "",
        "at": local(now, zone),
        "fx": _fx(books),
        "leg": str(leg.number) if leg else "",
    }
    return Panel(sent or Form(values))


def exit_panel(books: Books, now: datetime, zone: ZoneInfo, sent: Form | None, *, whole: bool) -> Panel:
    """An exit: a third of what is held, or all of it, at the last known price, now."""
    held, trade = books.position.quantity, books.trade
    amount = held if whole else _share(held, _SHARES[1], books.instrument.lot) or held
    values = {
        "key": new_key(),
        "quantity": plain(amount),
        "price": plain_price(trade.last_price),
        "at": local(now, zone),
        "fx": _fx(books),
        "exit_reason": likely_reason(books),
    }
    idea = (
        ExitIdea.model_construct(quantity=amount, price=trade.last_price)
        if trade.last_price is not None and sent is None
        else None
    )
    return Panel(sent or Form(values), _portions(held, books.instrument.lot), after_exit(books, idea))


def stop_panel(books: Books, sent: Form | None) -> Panel:
    """A stop move, nothing typed yet."""
    return Panel(sent or Form(), _stop_ideas(books), after_stop(books, None))


def had_panel(sent: Form | None) -> Panel:
    """The stop that a closed trade had, nothing typed yet."""
    return Panel(sent or Form())


def leg_panel(books: Books, sent: Form | None) -> Panel:
    """An add."""
    return Panel(sent or Form({"key": new_key(), "entry": plain_price(books.trade.last_price)}))


def note_panel(books: Books, sent: Form | None) -> Panel:
    """A note of the kind that the trade's state suggests."""
    suggested = {TradeStatus.ACTIVE: NoteKind.MANAGEMENT, TradeStatus.CLOSED: NoteKind.REVIEW}
    kind = suggested.get(books.trade.status, NoteKind.ENTRY)
    return Panel(sent or Form({"key": new_key(), "kind": kind.value}))


def mark_panel(books: Books, now: datetime, zone: ZoneInfo, sent: Form | None) -> Panel:
    """The last price."""
    return Panel(sent or Form({"key": new_key(), "at": local(now, zone), "fx": _fx(books)}))


def split_panel(sent: Form | None) -> Panel:
    """A split, nothing typed yet."""
    return Panel(sent or Form({"key": new_key()}))


def fraction_panel(books: Books, sent: Form | None) -> Panel:
    """What was paid for a fraction, nothing typed yet."""
    return Panel(sent or Form({"key": new_key(), "fx": _fx(books)}))


def likely_reason(books: Books) -> str:
    """Why the position is probably left at the last known price."""
    trade, stop = books.trade, books.trade.stop
    last, sign = trade.last_price, books.trade.direction.sign
    if last is None:
        return ""
    if stop is not None and sign * (last - stop) <= 0:
        moved = stop != trade.planned_stop
        return (ExitReason.TRAILING_STOP if moved else ExitReason.STOP_LOSS).value
    if any(sign * (last - target) >= 0 for _, target in waiting_targets(books)):
        return ExitReason.TARGET.value
    return ExitReason.MANUAL.value


def _fx(books: Books) -> str:
    """The last known rate, for a field that shows it; nothing where none is needed."""
    return plain(books.fx) if books.instrument.currency != books.account.base_currency else ""


def _share(held: Decimal, share: Decimal, lot: Decimal) -> Decimal:
    """A share of what is held, rounded down to whole lots."""
    if share == ONE:
        return held
    return (held * share / lot).quantize(ONE, rounding=ROUND_DOWN) * lot


def _portions(held: Decimal, lot: Decimal) -> tuple[Quick, ...]:
    amounts = [(_share(held, share, lot), share) for share in _SHARES]
    return tuple(Quick(f"{quantity(amount)} · {share:.0%}", plain(amount)) for amount, share in amounts if amount)


def _stop_ideas(books: Books) -> tuple[Quick, ...]:
    """Whole steps of R from the average entry that tighten the stop and leave room to the last price."""
    entry, risk, trade = books.position.average_open_entry, books.position.open_risk, books.trade
    if entry is None or risk is None or trade.last_price is None:
        return ()
    sign, places = trade.direction.sign, Decimal("0.01") if entry >= 1 else Decimal("0.0001")
    unit = risk / (books.position.quantity * books.instrument.multiplier * books.fx)
    named = [("Breakeven", ZERO), ("+1R", ONE), ("+2R", Decimal(2)), ("+3R", Decimal(3))]
    ideas = [(name, (entry + sign * steps * unit).quantize(places)) for name, steps in named]
    fitting = [
        Quick(f"{name} {price(at)}", plain_price(at))
        for name, at in ideas
        if sign * (trade.last_price - at) > 0 and (trade.stop is None or sign * (at - trade.stop) > 0)
    ]
    return tuple(fitting[-3:])

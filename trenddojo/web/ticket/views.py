"""The ticket as it is shown: sizes, limits, hints and levels as text, from a draft that may be half typed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from markupsafe import Markup

from trenddojo.domain.budgets import daily_risk, percent_of
from trenddojo.domain.caps import Cap
from trenddojo.domain.money import ZERO
from trenddojo.domain.sizing import Sizing
from trenddojo.domain.terms import AssetType
from trenddojo.domain.worded import binding_sentence, breach_sentence, cap_label, warning_sentence
from trenddojo.services.errors import Invalid
from trenddojo.services.exposure import account_risk, holdings_of, limits_of
from trenddojo.services.inputs.plans import SizingInput
from trenddojo.services.instruments import known, terms_of
from trenddojo.services.sizing import size_plan
from trenddojo.store import trades
from trenddojo.store.seats import Seat
from trenddojo.web import drawings
from trenddojo.web.format import money, percent, pnl, price, quantity
from trenddojo.web.ticket.draft import Draft, read
from trenddojo.web.ticket.hints import hints_of
from trenddojo.web.ticket.levels import Levels, levels_of

NAMES = {
    "direction": "direction",
    "entry": "entry",
    "stop": "stop",
    "multiplier": "multiplier",
    "fx": "FX rate",
}
UNITS = {
    AssetType.STOCK: "share",
    AssetType.ETF: "share",
    AssetType.OPTION: "contract",
    AssetType.FUTURE: "contract",
    AssetType.CRYPTO: "unit",
    AssetType.FOREX: "unit",
}
_WITHOUT = ("risk_percent", "quantity")
_WAITING = (
    Cap.RISK_PER_TRADE,
    Cap.POSITION_VALUE,
    Cap.BUYING_POWER,
    Cap.DAILY_RISK,
    Cap.WEEKLY_RISK,
    Cap.DAILY_LOSS,
)
_NEARLY_FULL = Decimal("0.9")


@dataclass(frozen=True, slots=True)
class Row:
    """One line under the caps: a label, a quiet note and a figure."""

    label: str
    note: str
    figure: Markup | str


@dataclass(frozen=True, slots=True)
class CapRow:
    """One cap as a bar."""

    label: str
    figure: str
    bar: Markup
    binds: bool


@dataclass(frozen=True, slots=True)
class Say:
    """A note of the size panel: `kind` is bind, err, or nothing for a plain fact."""

    kind: str
    head: str
    detail: str


@dataclass(frozen=True, slots=True)
class Ticket:
    """All that changes as one types. `dock` is the sentence that a phone keeps in view."""

    quantity: str
    unit: str
    value: str
    share: str
    say: Say
    caps: tuple[CapRow, ...]
    rows: tuple[Row, ...]
    warnings: tuple[str, ...]
    hints: Mapping[str, Markup]
    levels: Levels | None
    dock: tuple[str, str]
    held: UUID | None
    symbol: str

    @property
    def spoken(self) -> str:
        """The size in one sentence, for those who hear the page."""
        return f"{self.quantity} {self.unit}. {self.say.head}" if self.quantity else self.say.head


def ticket(seat: Seat, values: Mapping[str, Any], now: datetime, without: UUID | None = None) -> Ticket:
    """The ticket for what stands in its fields; `without` leaves out the trade whose plan is being changed."""
    draft = read(values)
    sizing, refused = _size(seat, draft, now, without)
    errors = {**draft.errors, **{name: text for name, text in refused.items() if values.get(name)}}
    missing = (*draft.missing, *(name for name in refused if not values.get(name)))
    shown = {
        "hints": hints_of(seat, draft, sizing, errors),
        "levels": levels_of(draft, sizing),
        "held": _held(seat, draft, without),
        "symbol": draft.typed.symbol or "",
    }
    if sizing is None or draft.given is None:
        return _waiting(draft, _wanted(errors, missing), _rows_before(seat, now, without), shown)
    return _sized(seat, draft.given, sizing, shown)


def _size(seat: Seat, draft: Draft, now: datetime, without: UUID | None) -> tuple[Sizing | None, Mapping[str, str]]:
    """The size, if need be without a risk or a quantity that does not fit the account; and what does not fit."""
    if draft.given is None:
        return None, {}
    try:
        return size_plan(seat, draft.given, now, without=without), {}
    except Invalid as refusal:
        if not refusal.fields.keys() <= set(_WITHOUT):
            return None, refusal.fields
        plainer = draft.given.model_copy(update=dict.fromkeys(_WITHOUT))
        return size_plan(seat, plainer, now, without=without), refusal.fields


def _held(seat: Seat, draft: Draft, without: UUID | None) -> UUID | None:
    """The open trade in the same instrument, if there is one."""
    if draft.given is None or (instrument := known(terms_of(draft.given, seat.account))) is None:
        return None
    held = trades.open_trade_in(seat.account.id, instrument.id)
    return held.id if held is not None and held.id != without else None


def _unit(asset_type: AssetType, size: Decimal) -> str:
    return UNITS[asset_type] if size == 1 else f"{UNITS[asset_type]}s"


# ---- sized


def _sized(seat: Seat, given: SizingInput, sizing: Sizing, shown: Mapping[str, Any]) -> Ticket:
    value, share = sizing.position_value, sizing.position_percent
    size = quantity(sizing.quantity)
    unit = _unit(given.asset_type, sizing.quantity)
    loss = sizing.loss_percent
    risk = f"risk {money(sizing.loss_at_stop)}{'' if loss is None else f' · {_points(loss)}'}"
    return Ticket(
        quantity=size,
        unit=unit,
        value="" if value is None else money(value),
        share="" if share is None else f"{_points(share, 1)} of equity",
        say=_say(given, sizing),
        caps=_caps(sizing),
        rows=_rows(seat, given, sizing),
        warnings=tuple(warning_sentence(warning) for warning in sizing.warnings),
        dock=(f"{size} {given.symbol or unit} at {price(given.entry)}", risk),
        **shown,
    )


def _say(given: SizingInput, sizing: Sizing) -> Say:
    bound = binding_sentence(sizing)
    if sizing.breaches:
        fits = f"{quantity(sizing.allowed)} would fit." if sizing.allowed else "Nothing would fit."
        return Say("err", "Too large.", f"{breach_sentence(sizing.breaches[0])} {fits}")
    if not sizing.quantity:
        return Say("err", bound.head, bound.detail)
    if given.quantity is not None and sizing.quantity < sizing.allowed:
        return Say("", "Your own size.", f"{quantity(sizing.allowed)} would be allowed. {bound.detail}")
    return Say("bind", bound.head, bound.detail)


def _caps(sizing: Sizing) -> tuple[CapRow, ...]:
    readings = [reading for reading in sizing.caps if reading.allows is not None]
    scale = drawings.cap_scale(sizing.quantity or max((reading.allows or ZERO for reading in readings), default=ZERO))
    return tuple(
        CapRow(
            label=cap_label(reading),
            figure=quantity(reading.allows),
            bar=drawings.cap_bar(reading.allows or ZERO, sizing.quantity, scale, reading is sizing.binding),
            binds=reading is sizing.binding,
        )
        for reading in readings
    )


def _rows(seat: Seat, given: SizingInput, sizing: Sizing) -> tuple[Row, ...]:
    loss_note = "" if sizing.loss_percent is None else f"{_points(sizing.loss_percent)} of equity"
    paid = sizing.commission
    return (
        Row("Loss at stop", loss_note, pnl(-sizing.loss_at_stop)),
        *_gains(given, sizing),
        Row(
            "Commission, both ways",
            "" if paid is None else "estimate",
            "not estimated" if paid is None else money(paid),
        ),
        _risk_today(sizing),
        _heat(seat, sizing.loss_at_stop),
    )


def _gains(given: SizingInput, sizing: Sizing) -> list[Row]:
    """One row for each target, set or not, so that nothing moves once it is."""
    found = {outcome.price: outcome for outcome in sizing.targets}
    rows = []
    for number, target in enumerate((given.target_1, given.target_2), 1):
        outcome = None if target is None else found[target]
        note = "" if outcome is None else f"{outcome.distance_r:.1f}R"
        rows.append(Row(f"Gain at target {number}", note, "" if outcome is None else pnl(outcome.gain)))
    return rows


def _risk_today(sizing: Sizing) -> Row:
    reading = sizing.reading(Cap.DAILY_RISK)
    if reading is None or reading.budget.percent is None:
        return Row("Risk today after entry", "", "")
    share = reading.budget.share(reading.after)
    full = reading.after >= reading.budget.limit * _NEARLY_FULL
    figure = "" if share is None else _toned(_points(share), full)
    return Row("Risk today after entry", f"of {_points(reading.budget.percent)}", figure)


def _heat(seat: Seat, added: Decimal) -> Row:
    """What the open trades lose at their stops, in percent of equity, before and after the entry."""
    equity = seat.account.equity
    outcomes = [trade.stop_outcome or ZERO for trade in trades.open_trades(seat.account.id)]
    heat = sum((-outcome for outcome in outcomes if outcome < 0), ZERO)
    before, after = percent_of(heat, equity), percent_of(heat + added, equity)
    if before is None or after is None:
        return Row("Heat after entry", "", "")
    return Row("Heat after entry", f"now {_points(before)}", _points(after))


# ---- waiting for more


def _waiting(draft: Draft, say: Say, rows: tuple[Row, ...], shown: Mapping[str, Any]) -> Ticket:
    """The same panel without figures: what is missing, what is used of today's risk already."""
    asset_type = draft.typed.asset_type or AssetType.STOCK
    return Ticket(
        quantity="",
        unit=_unit(asset_type, ZERO),
        value="",
        share="",
        say=say,
        caps=tuple(CapRow(cap.label, "", drawings.progress(0, 1), False) for cap in _WAITING),
        rows=rows,
        warnings=(),
        dock=("No size yet", "entry and stop decide it"),
        **shown,
    )


def _wanted(errors: Mapping[str, str], missing: Sequence[str]) -> Say:
    if missing:
        names = [NAMES.get(name, name) for name in missing]
        listed = names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
        return Say("", f"Waiting for {listed}.", "The size follows from the stop and your limits.")
    name = next(iter(errors), "")
    return Say("", "Not sized.", f"{errors[name]}" if name else "")


def _rows_before(seat: Seat, now: datetime, without: UUID | None) -> tuple[Row, ...]:
    limits = limits_of(seat.account)
    today = daily_risk(limits, account_risk(seat, now, holdings_of(seat, without=without)))
    used = today.share(today.used)
    empty = [Row(label, "", "") for label in ("Loss at stop", "Gain at target 1", "Gain at target 2")]
    return (
        *empty,
        Row("Commission, both ways", "", ""),
        Row("Risk today now", f"of {_points(limits.max_risk_per_day)}", "" if used is None else _points(used)),
        _heat_now(seat),
    )


def _heat_now(seat: Seat) -> Row:
    row = _heat(seat, ZERO)
    return Row("Heat now", "", row.figure)


# ---- words


def _points(points: Decimal, places: int = 2) -> str:
    """Percent points as text."""
    return percent(points / 100, places)


def _toned(text: str, warns: bool) -> Markup | str:
    return Markup('<span class="warn">{}</span>').format(text) if warns else text

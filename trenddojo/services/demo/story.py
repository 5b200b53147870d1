"""What the demo year tells: plans, fills, stops, notes, cash. Written down once, by `services.demo`."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from trenddojo.domain.bars import Bar
from trenddojo.domain.fills import Fill
from trenddojo.domain.marks import Mark
from trenddojo.domain.sizing import Sizing
from trenddojo.domain.terms import CashKind, ExitReason, NoteKind, TradeStatus
from trenddojo.services.demo.market import Listing
from trenddojo.services.demo.signals import Signal


@dataclass(frozen=True, slots=True)
class Plan:
    """A trade as it was planned. `risk_percent` is its own, in percent points of equity, before any halving."""

    signal: Signal
    planned_at: datetime
    risk_percent: Decimal
    sizing: Sizing
    quality: int
    market_condition: str


@dataclass(frozen=True, slots=True)
class LegPlan:
    """One add of a trade, the first included, with its stop as planned."""

    number: int
    planned_at: datetime
    entry: Decimal
    quantity: Decimal
    stop: Decimal


@dataclass(frozen=True, slots=True)
class StopMove:
    """A leg's stop set (no `old`) or moved; `reason` is required when it loosens."""

    leg: int
    at: datetime
    old: Decimal | None
    new: Decimal
    reason: str = ""
    is_override: bool = False


@dataclass(frozen=True, slots=True)
class Note:
    """What the trader wrote about a trade."""

    kind: NoteKind
    at: datetime
    body: str


@dataclass(frozen=True, slots=True)
class Exit:
    """Why a fill left the position, by the fill's key."""

    key: str
    reason: ExitReason


@dataclass(frozen=True, slots=True)
class Story:
    """One trade from its plan to whatever it came to by now."""

    plan: Plan
    status: TradeStatus
    legs: tuple[LegPlan, ...]
    fills: tuple[Fill, ...] = ()
    exits: tuple[Exit, ...] = ()
    moves: tuple[StopMove, ...] = ()
    notes: tuple[Note, ...] = ()
    marks: tuple[Mark, ...] = ()
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Cash:
    """Cash that moved apart from trades; `amount` as `store.models.CashMovement` has it."""

    on: date
    kind: CashKind
    amount: Decimal
    note: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A page of the daily journal."""

    on: date
    at: datetime
    body: str


@dataclass(frozen=True, slots=True)
class Year:
    """Everything that happened on the demo account. `prices` are the daily bars, oldest first, of what it trades."""

    opened_on: date
    stories: tuple[Story, ...]
    cash: tuple[Cash, ...]
    journal: tuple[Entry, ...]
    prices: Mapping[Listing, tuple[Bar, ...]]

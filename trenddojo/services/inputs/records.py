"""What may be recorded about a trade after its plan: fills, adds, stop moves, prices, notes, labels."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated

from pydantic import BeforeValidator, Field

from trenddojo.domain.terms import ExitReason, NoteKind
from trenddojo.services.inputs import kinds
from trenddojo.services.inputs.base import Input
from trenddojo.services.inputs.types import (
    Checked,
    ExitPrice,
    Instant,
    Label,
    OptionalCount,
    OptionalFee,
    OptionalFxRate,
    OptionalInstant,
    OptionalKey,
    OptionalReason,
    Price,
    Prose,
    Quality,
    Quantity,
    Tags,
)

SHORTEST_REASON = 5
"""Characters that a reason needs before it may override a rule."""

_OptionalExitReason = Annotated[
    ExitReason | None, BeforeValidator(lambda value: None if kinds.is_blank(value) else value)
]


class FillKind(StrEnum):
    """Whether a fill adds to the trade or reduces it."""

    ENTRY = "entry"
    EXIT = "exit"


class _Fill(Input):
    quantity: Quantity
    price: ExitPrice
    fee: OptionalFee = None
    fx: OptionalFxRate = None
    leg: OptionalCount = None
    exit_reason: _OptionalExitReason = None


class FillCorrection(_Fill):
    """A fill as it should have been recorded. Times are read in the account's zone.

    `fee` is in the instrument's currency, blank for the account's estimate; `fx` turns that currency into the account's
    base currency and is needed where the two differ. `leg` is the leg that an entry fills, or that an exit names.
    """

    at: Instant


class ExitIdea(_Fill):
    """An exit that somebody thinks about: its fields as in `FillCorrection`, its time now."""


class FillInput(_Fill):
    """A fill to record, its fields as in `FillCorrection`; without `at` it happened now.

    `key` makes that a repeated request records it once.
    """

    kind: FillKind
    at: OptionalInstant = None
    key: OptionalKey = None

    def problems(self) -> Mapping[str, str]:
        """An entry has a price; an exit, and only an exit, has a reason."""
        return fill_problems(self, self.kind)


def fill_problems(fill: FillInput | FillCorrection, kind: FillKind) -> dict[str, str]:
    """What does not fit a fill of its kind; only an exit may be at 0: an option that expires (rule 14)."""
    found = {}
    if kind is FillKind.ENTRY and not fill.price:
        found["price"] = "Must be above 0."
    if kind is FillKind.ENTRY and fill.exit_reason is not None:
        found["exit_reason"] = "Only an exit has a reason."
    if kind is FillKind.EXIT and fill.exit_reason is None:
        found["exit_reason"] = "Say why you left, such as stop_loss or target."
    return found


class LegInput(Input):
    """An add to an open trade: a further leg with its own plan and stop."""

    entry: Price
    stop: Price
    quantity: Quantity
    key: OptionalKey = None


class StopInput(Input):
    """A stop moved to `price`: of one leg, or without `leg` of every leg that holds something.

    `reason` is free, but a move that loosens the stop needs one of at least five characters, which overrides the rule.

    With `from_entry` it is the stop that a closed trade had from its entry on, in the units of then, where none was
    told or one was only assumed; no leg and no time goes with it.
    """

    price: Price
    leg: OptionalCount = None
    at: OptionalInstant = None
    reason: OptionalReason = ""
    key: OptionalKey = None
    from_entry: Checked = False

    def problems(self) -> Mapping[str, str]:
        """The stop that a trade had is that of all its legs, from its entry on."""
        told = {"leg": self.leg, "at": self.at} if self.from_entry else {}
        return {name: "Leave this out: it is from the entry on." for name, value in told.items() if value is not None}


class MarkInput(Input):
    """A price that is known for a trade's instrument; without `at` it is the price of now."""

    price: ExitPrice
    at: OptionalInstant = None
    fx: OptionalFxRate = None
    key: OptionalKey = None


class NoteInput(Input):
    """What a person writes about a trade."""

    kind: NoteKind = NoteKind.MANAGEMENT
    body: Prose
    key: OptionalKey = None


class DetailsInput(Input):
    """How a trade is labelled: what reports break down by. It changes no figure.

    `sector` is that of its symbol, for every trade in it.
    """

    label: Label = ""
    setup: Label = ""
    quality: Quality = None
    market_condition: Label = ""
    timeframe: Label = ""
    correlation_group: Label = ""
    sector: Label = ""
    tags: Tags = Field(default_factory=list)

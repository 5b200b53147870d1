"""The discipline report as the API answers it. R is in units of initial risk; what is not known is null."""

from datetime import date, datetime
from uuid import UUID

from pydantic import AliasPath, Field

from trenddojo.domain.paper import PaperState
from trenddojo.domain.stop_moves import Knowledge
from trenddojo.domain.terms import Direction
from trenddojo.services.discipline.report import Discipline
from trenddojo.services.discipline.stop_moves import MoveKind
from trenddojo.web.api.outputs.base import Exact, Money, Output, Ratio

_SUBJECT = Field(validation_alias="subject")


class SubjectOut(Output):
    """The closed trade that something is told of."""

    id: UUID
    symbol: str
    direction: Direction
    setup: str
    closed_on: date
    r: Ratio | None


class MoveOut(Output):
    """Stops moved to one price in one act, on the `legs` that they guarded.

    `r` and `amount`, in the instrument's currency, say by how much the trade did better than with the stop left where
    it was; of an override's cost, above zero is a loss by it. They are null unless `knowledge` is known.
    """

    trade: SubjectOut = _SUBJECT
    at: datetime
    kind: MoveKind
    legs: list[int]
    old: list[Exact]
    new: Exact
    reason: str
    knowledge: Knowledge = Field(validation_alias=AliasPath("effect", "knowledge"))
    amount: Money | None = Field(validation_alias=AliasPath("effect", "amount"))
    r: Ratio | None = Field(validation_alias=AliasPath("effect", "r"))


class MoveSumOut(Output):
    """Moves summed up: how many there are, and of those with a figure in R their sum, mean and signs.

    `no_bars` lack prices, of `running` the old stop is not reached yet, and `without_r` have no initial risk.
    """

    name: str
    count: int
    known: int
    no_bars: int
    running: int
    without_r: int
    sum_r: Ratio
    mean_r: Ratio | None
    helped: int
    hurt: int


class MovesOut(Output):
    """Each move against its own old stop, summed by kind; `whole` sets each trade once against its first stops."""

    groups: list[MoveSumOut]
    whole: MoveSumOut
    moves: list[MoveOut]


class OverridesOut(Output):
    """What each override cost (rule 24 of docs/NUMBERS.md), and all of them."""

    total: MoveSumOut
    moves: list[MoveOut]


class PaperOut(Output):
    """What became of a plan on paper; of an open one `exit` and `r` are at the last close."""

    state: PaperState
    entered_at: datetime | None
    entry: Exact | None
    ended_at: datetime | None
    exit: Exact | None
    r: Ratio | None


class SkippedPlanOut(Output):
    """A plan that was given up; `paper` is null for one without a stop."""

    id: UUID
    symbol: str
    direction: Direction
    setup: str
    skipped_at: datetime
    entry: Exact
    stop: Exact | None
    target: Exact | None
    paper: PaperOut | None


class SkippedOut(Output):
    """The skipped plans beside the trades taken. `ended` were entered and left on paper, and make `sum_r`."""

    ended: int
    open: int
    not_entered: int
    no_bars: int
    without_stop: int
    sum_r: Ratio
    mean_r: Ratio | None
    taken: int
    taken_r: Ratio | None
    plans: list[SkippedPlanOut]


class SlipSumOut(Output):
    """Fills that share a setup or a reason; below zero is worse than planned. `amount` is in base currency."""

    name: str
    fills: int
    with_r: int
    mean_r: Ratio | None
    worst_r: Ratio | None
    amount: Money


class SlipOut(Output):
    """One fill beside its plan; `r` is in units of the risk that it opened or closed."""

    trade: SubjectOut = _SUBJECT
    step: str = Field(validation_alias=AliasPath("slippage", "step"))
    planned: Exact = Field(validation_alias=AliasPath("slippage", "planned"))
    filled: Exact = Field(validation_alias=AliasPath("slippage", "filled"))
    quantity: Exact = Field(validation_alias=AliasPath("slippage", "quantity"))
    amount: Money = Field(validation_alias=AliasPath("slippage", "amount"))
    r: Ratio | None = Field(validation_alias=AliasPath("slippage", "r"))


class SlippedOut(Output):
    """Entries by setup and exits by reason, all of each, and the worst fills."""

    entries: SlipSumOut
    exits: SlipSumOut
    by_setup: list[SlipSumOut]
    by_reason: list[SlipSumOut]
    worst: list[SlipOut]


class SideOut(Output):
    """The trades on one side of a checklist item."""

    trades: int
    win_rate: Ratio | None
    with_r: int
    mean_r: Ratio | None


class DifferenceOut(Output):
    """Mean R ticked less mean R not ticked, with its 95% interval; that is null under 2 trades on a side."""

    mean: Ratio
    low: Ratio | None
    high: Ratio | None


class ScoreOut(Output):
    """One checklist item, as it read last. `is_few`: nothing can be concluded from it yet."""

    item_id: UUID
    text: str
    required: bool
    ticked: SideOut
    unticked: SideOut
    difference: DifferenceOut | None
    is_few: bool


class ChecklistOut(Output):
    """Every item that closed trades answered; `unanswered` trades had no checklist."""

    items: list[ScoreOut]
    unanswered: int


class DriftOut(Output):
    """One trade's quantity and risk as planned and as they were, of the legs that filled; `ratio` is of the risks."""

    trade: SubjectOut = _SUBJECT
    planned_quantity: Exact
    quantity: Exact
    planned_risk: Money
    risk: Money
    ratio: Ratio
    bound_by: str


class BoundOut(Output):
    """The trades whose size one cap set; empty for a size that was typed below every cap."""

    cap: str
    trades: int
    mean_ratio: Ratio | None


class SizingDriftOut(Output):
    """Sizing drift, the trades furthest from their plan first; `over` are more than 10% above it."""

    mean_ratio: Ratio | None
    spread: Ratio | None
    over: int
    left_out: int
    bounds: list[BoundOut]
    trades: list[DriftOut]


class LegLineOut(Output):
    """One leg by its own lots, first in first out."""

    number: int
    entry: Exact | None
    quantity: Exact
    risk: Money | None
    realised: Money
    r: Ratio | None


class PyramidOut(Output):
    """A trade with several legs, and its adds together."""

    trade: SubjectOut = _SUBJECT
    legs: list[LegLineOut] = Field(validation_alias=AliasPath("pyramid", "legs"))
    adds_realised: Money = Field(validation_alias=AliasPath("pyramid", "adds_realised"))
    adds_risk: Money | None = Field(validation_alias=AliasPath("pyramid", "adds_risk"))
    adds_r: Ratio | None = Field(validation_alias=AliasPath("pyramid", "adds_r"))


class PyramidsOut(Output):
    """The closed trades with several legs; `helped` did better for their adds."""

    first_realised: Money
    adds_realised: Money
    adds_risk: Money
    adds_r: Ratio | None
    helped: int
    trades: list[PyramidOut]


class DisciplineOut(Output):
    """What keeping to the plan brought and cost, of the trades closed from `since` to `until`.

    Every figure is of the last `counted` of these `trades`.
    """

    account_id: UUID
    currency: str
    since: date
    until: date
    trades: int
    counted: int
    stop_moves: MovesOut = Field(validation_alias="moves")
    overrides: OverridesOut
    skipped: SkippedOut
    slippage: SlippedOut = Field(validation_alias="slipped")
    checklist: ChecklistOut = Field(validation_alias="scores")
    sizing: SizingDriftOut = Field(validation_alias="drifts")
    pyramids: PyramidsOut


def discipline_out(report: Discipline) -> DisciplineOut:
    """The whole report."""
    return DisciplineOut.model_validate(report)

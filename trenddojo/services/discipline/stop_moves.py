"""What moving stops brought, move by move; and what overriding their rule cost (rule 24 of docs/NUMBERS.md)."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from trenddojo.domain.money import ZERO
from trenddojo.domain.samples import mean
from trenddojo.domain.stop_moves import Effect, Knowledge, cost_of_override, effect_of_move
from trenddojo.services.discipline.cases import Case, Prices, Subject
from trenddojo.services.timeline import acts
from trenddojo.store.models import TradeStop


class MoveKind(StrEnum):
    """Which way a stop was moved."""

    TIGHTENED = "tightened"
    LOOSENED = "loosened"


@dataclass(frozen=True, slots=True)
class Move:
    """Stops moved to one price in one act, on what they guarded, and what that did. Prices are per unit."""

    subject: Subject
    at: datetime
    kind: MoveKind
    legs: tuple[int, ...]
    old: tuple[Decimal, ...]
    new: Decimal
    reason: str
    effect: Effect


@dataclass(frozen=True, slots=True)
class Group:
    """Moves of one kind, or costs of overrides: those with a figure in R, and those without."""

    name: str
    count: int
    known: int
    no_bars: int
    running: int
    sum_r: Decimal
    mean_r: Decimal | None
    helped: int
    hurt: int

    @property
    def without_r(self) -> int:
        """What is known of a trade that has no R."""
        return self.count - self.known - self.no_bars - self.running


@dataclass(frozen=True, slots=True)
class Moves:
    """Every move of a period's closed trades, the latest first, and their sums by kind.

    Each is set against its own old stop, so that a trade's moves overlap; `whole` sets each trade once against its
    first stops, all moves together, and adds up.
    """

    moves: tuple[Move, ...]
    groups: tuple[Group, ...]
    whole: Group


def moves_of(cases: Iterable[Case], prices: Prices) -> Moves:
    """What each move of a stop brought against its old place, of the closed trades that it guarded something of."""
    moved = [case for case in cases if any(row.old is not None for row in case.stops)]
    found = sorted((move for case in moved for move in _moves(case, prices)), key=lambda move: move.at, reverse=True)
    groups = (group(kind, [move.effect for move in found if move.kind is kind]) for kind in MoveKind)
    whole = [effect for case in moved if (effect := _whole(case, prices)) is not None]
    return Moves(tuple(found), tuple(groups), group("all", whole))


def _whole(case: Case, prices: Prices) -> Effect | None:
    """A trade beside the same with no stop of it moved: of each leg's first move, the sum."""
    run, first = prices.run(case), {row.leg: row for row in reversed(case.stops) if row.old is not None}
    made = [effect_of_move(run, row.at, _old([row])) for row in first.values()]
    effects = [effect for effect in made if effect is not None]
    if not effects:
        return None
    unknown = [effect for effect in effects if effect.knowledge is not Knowledge.KNOWN]
    if unknown:
        return unknown[0]
    rs = [effect.r for effect in effects if effect.r is not None]
    amount = sum((effect.amount or ZERO for effect in effects), ZERO)
    return Effect(Knowledge.KNOWN, amount, sum(rs, ZERO) if rs else None)


def _moves(case: Case, prices: Prices) -> Iterator[Move]:
    for rows in acts(case.stops):
        first, run = rows[0], prices.run(case)
        effect = effect_of_move(run, first.at, _old(rows))
        if effect is not None:
            yield _move(case, rows, effect)


def _old(rows: Sequence[TradeStop]) -> dict[int, Decimal]:
    return {row.leg: row.old for row in rows if row.old is not None}


def _move(case: Case, rows: Sequence[TradeStop], effect: Effect) -> Move:
    first = rows[0]
    return Move(
        subject=case.subject,
        at=first.at,
        kind=MoveKind.LOOSENED if any(row.is_override for row in rows) else MoveKind.TIGHTENED,
        legs=tuple(row.leg for row in rows),
        old=tuple(dict.fromkeys(_old(rows).values())),
        new=first.new,
        reason=first.reason,
        effect=effect,
    )


@dataclass(frozen=True, slots=True)
class Overrides:
    """What each override of a period's closed trades cost, the latest first, and all together."""

    moves: tuple[Move, ...]
    total: Group


def overrides_of(cases: Iterable[Case], prices: Prices) -> Overrides:
    """The cost of each override in R, above zero for a loss by it. Of several old stops the nearest counts."""
    found = [
        _move(case, rows, cost_of_override(prices.run(case), rows[0].at, _nearest(case, rows)))
        for case in cases
        for rows in acts(case.stops)
        if any(row.is_override for row in rows) and case.course.position_at(rows[0].at).quantity
    ]
    found.sort(key=lambda move: move.at, reverse=True)
    return Overrides(tuple(found), group("overrides", [move.effect for move in found]))


def _nearest(case: Case, rows: Sequence[TradeStop]) -> Decimal:
    sign = case.trade.direction.sign
    return max(_old([row for row in rows if row.is_override]).values(), key=lambda stop: sign * stop)


def group(name: str, effects: Sequence[Effect]) -> Group:
    """Effects summed up."""
    rs = [effect.r for effect in effects if effect.r is not None]
    return Group(
        name=name,
        count=len(effects),
        known=len(rs),
        no_bars=sum(effect.knowledge is Knowledge.NO_BARS for effect in effects),
        running=sum(effect.knowledge is Knowledge.RUNNING for effect in effects),
        sum_r=sum(rs, ZERO),
        mean_r=mean(rs),
        helped=sum(r > 0 for r in rs),
        hurt=sum(r < 0 for r in rs),
    )

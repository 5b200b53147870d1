"""From plan to fill: what entries lost against their planned price, and exits against their stop or target."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from trenddojo.domain.money import ZERO
from trenddojo.domain.samples import mean
from trenddojo.domain.terms import ExitReason
from trenddojo.services.discipline.cases import Case, Subject
from trenddojo.services.slippage import Slippage, slippages


@dataclass(frozen=True, slots=True)
class Slip:
    """One fill beside its plan. `reason` is why it left, None for an entry."""

    subject: Subject
    reason: ExitReason | None
    slippage: Slippage


@dataclass(frozen=True, slots=True)
class SlipGroup:
    """Fills that share a setup or a reason. R is in units of the risk that each fill opened or closed; below zero is
    worse than planned."""

    name: str
    fills: int
    with_r: int
    mean_r: Decimal | None
    worst_r: Decimal | None
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Slipped:
    """Entries by setup (the name is empty for none), exits by reason, all of each, and the worst fills."""

    entries: SlipGroup
    exits: SlipGroup
    by_setup: tuple[SlipGroup, ...]
    by_reason: tuple[SlipGroup, ...]
    worst: tuple[Slip, ...]


_WORST = 5


def slipped(cases: Iterable[Case]) -> Slipped:
    """The slippage of every fill of closed trades that had a planned price."""
    found = [slip for case in cases for slip in _slips(case)]
    entries = [slip for slip in found if slip.reason is None]
    exits = [slip for slip in found if slip.reason is not None]
    worse = [slip for slip in found if slip.slippage.r is not None and slip.slippage.r < 0]
    worse.sort(key=lambda slip: slip.slippage.r or ZERO)
    return Slipped(
        entries=_group("entries", entries),
        exits=_group("exits", exits),
        by_setup=_groups((slip.subject.setup, slip) for slip in entries),
        by_reason=_groups((slip.reason or "", slip) for slip in exits),
        worst=tuple(worse[:_WORST]),
    )


def _slips(case: Case) -> list[Slip]:
    reasons = {row.key: row.exit_reason for row in case.course.books.executions}
    found = slippages(case.course, {leg.number: leg for leg in case.legs})
    return [Slip(case.subject, reasons[key], slippage) for key, slippage in found.items()]


def _groups(named: Iterable[tuple[str, Slip]]) -> tuple[SlipGroup, ...]:
    """The largest first."""
    by_name: defaultdict[str, list[Slip]] = defaultdict(list)
    for name, slip in named:
        by_name[name].append(slip)
    made = (_group(name, slips) for name, slips in by_name.items())
    return tuple(sorted(made, key=lambda group: (-group.fills, group.name)))


def _group(name: str, slips: Sequence[Slip]) -> SlipGroup:
    rs = [slip.slippage.r for slip in slips if slip.slippage.r is not None]
    amount = sum((slip.slippage.amount for slip in slips), ZERO)
    return SlipGroup(name, len(slips), len(rs), mean(rs), min(rs, default=None), amount)

"""Whether a plan's prices make sense: the stop on the losing side of the entry, every target on the winning one."""

from collections.abc import Sequence
from decimal import Decimal

from trenddojo.domain.figures import price
from trenddojo.domain.terms import Direction

MOST_TARGETS = 2


def check_plan(direction: Direction, entry: Decimal, stop: Decimal, targets: Sequence[Decimal] = ()) -> dict[str, str]:
    """What is wrong with a plan: `entry`, `stop`, `target_1` or `target_2` -> a sentence; empty when nothing is.

    Prices are in the instrument's currency; a long needs stop < entry < target, a short the reverse. A target that was
    left out is not passed; raises ValueError for more than two.
    """
    if len(targets) > MOST_TARGETS:
        raise ValueError(f"a plan has at most {MOST_TARGETS} targets, not {len(targets)}")
    named = {"entry": entry, "stop": stop} | {f"target_{n}": target for n, target in enumerate(targets, 1)}
    errors = {field: "Must be a price above 0." for field, value in named.items() if not _is_price(value)}
    if "entry" in errors:
        return errors
    checks = {field: _side_error(direction, entry, field, value) for field, value in named.items() if field != "entry"}
    wrong_side = {field: sentence for field, sentence in checks.items() if sentence is not None}
    return wrong_side | errors


def _is_price(value: Decimal) -> bool:
    return value.is_finite() and value > 0


def _side_error(direction: Direction, entry: Decimal, field: str, value: Decimal) -> str | None:
    """A stop belongs against the trade's direction, a target with it."""
    if not _is_price(value):
        return None  # said already
    wanted = -direction.sign if field == "stop" else direction.sign
    if (value - entry) * wanted > 0:
        return None
    noun = "stop" if field == "stop" else "target"
    side = "above" if wanted > 0 else "below"
    return f"A {direction}'s {noun} must be {side} its entry of {price(entry)}."

"""Entry, stop and targets of a draft as drawings: the levels to scale, and the line from stop to reward."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from markupsafe import Markup

from trenddojo.domain.money import ZERO
from trenddojo.domain.sizing import Sizing, TargetOutcome
from trenddojo.services.inputs.plans import SizingInput
from trenddojo.web import drawings
from trenddojo.web.format import percent, price, signed
from trenddojo.web.ticket import picture
from trenddojo.web.ticket.draft import Draft
from trenddojo.web.ticket.picture import Level, Zone

FARTHEST: Final = Decimal(1000)
"""A target further away than this, in R, is no longer drawn: nothing else could be told apart."""


@dataclass(frozen=True, slots=True)
class Levels:
    """The two drawings of a plan, and its reward to risk as text."""

    picture: Markup
    reward: Markup
    ratio: str
    about: str
    line: str


def levels_of(draft: Draft, sizing: Sizing | None) -> Levels | None:
    """The drawings of a draft that has its entry and stop on the right sides; None before."""
    given = draft.given
    if given is None:
        return None
    risk = abs(given.entry - given.stop)
    drawn = sorted(
        (target for target in given.targets if abs(target - given.entry) <= FARTHEST * risk),
        key=lambda target: abs(target - given.entry),
    )
    farthest = _farthest(sizing)
    return Levels(
        picture=picture.levels(_marked(given, drawn, risk), _zones(given, drawn, risk, sizing)),
        reward=drawings.reward(_line(given, drawn, risk)) if drawn else Markup(""),
        ratio="" if farthest is None or farthest.reward_to_risk is None else f"{farthest.reward_to_risk:.2f} : 1",
        about=_about(given),
        line=f"{given.direction.capitalize()}, stop {percent(risk / given.entry, 1)} from entry",
    )


def _about(given: SizingInput) -> str:
    if not given.targets:
        return "no target set"
    return "all at the far target" if len(given.targets) > 1 else "all at the target"


def _farthest(sizing: Sizing | None) -> TargetOutcome | None:
    return max(sizing.targets, key=lambda outcome: outcome.distance_r, default=None) if sizing else None


def _marked(given: SizingInput, targets: list[Decimal], risk: Decimal) -> list[Level]:
    def at(value: Decimal) -> float:
        return float((value - given.entry) / risk)

    named = {given.target_1: "T1", given.target_2: "T2"}
    return [
        Level("entry", "entry", price(given.entry), 0.0),
        Level("stop", "stop", price(given.stop), at(given.stop)),
        *(Level("target", named[target], price(target), at(target)) for target in targets),
    ]


def _zones(given: SizingInput, targets: list[Decimal], risk: Decimal, sizing: Sizing | None) -> list[Zone]:
    up = given.direction.sign
    lost = f" · {signed(-sizing.loss_at_stop)}" if sizing and sizing.quantity else ""
    zones = [Zone(-up, 0.0, False, "1R at risk", f"{_change(given.stop - given.entry)}{lost}")]
    gains = {outcome.price: outcome.gain for outcome in sizing.targets} if sizing and sizing.quantity else {}
    start = 0.0
    for target in targets:
        end = float((target - given.entry) / risk)
        gain = gains.get(target, ZERO)
        detail = f"{_change(target - given.entry)}{f' · {signed(gain)}' if gain else ''}"
        zones.append(Zone(start, end, True, f"{abs(end):.1f}R to {'T1' if target == given.target_1 else 'T2'}", detail))
        start = end
    return zones


def _line(given: SizingInput, targets: list[Decimal], risk: Decimal) -> list[tuple[Decimal, str, str]]:
    points = [(abs(target - given.entry) / risk, target) for target in targets]
    return [
        (ZERO, price(given.stop), "stop"),
        (Decimal(1), price(given.entry), "entry"),
        *((1 + distance, price(target), f"{distance:.1f}R") for distance, target in points),
    ]


def _change(distance: Decimal) -> str:
    text = price(distance)
    return f"+{text}" if distance > 0 else text

"""A plan drawn to scale: entry, stop and targets as levels, what lies between them in R, and the results before it."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import ceil

from markupsafe import Markup, escape

from trenddojo.web.format import MINUS

HEIGHT, PAD = 372, 24
_TAG, _GAP = 20, 22
_STEPS = (1, 2, 5, 10, 20, 50, 100)
_MOST_LINES = 9
_TALL_ENOUGH = 40
_COLUMN, _ROOM = 8, 11
_BEYOND = 3.0


@dataclass(frozen=True, slots=True)
class Level:
    """One price of the plan: `kind` is entry, stop, target or last; `r` its distance from the entry in R, signed."""

    kind: str
    name: str
    price: str
    r: float


@dataclass(frozen=True, slots=True)
class Zone:
    """What lies between two prices, in R from the entry: `gain` or loss, and two lines that say how much it is."""

    start: float
    end: float
    gain: bool
    head: str
    detail: str


_LINES = {
    "entry": '<rect x="0" y="{y}" width="100%" height="1.5" class="v-ink"/>',
    "stop": '<rect x="0" y="{y}" width="100%" height="1.5" class="v-acc"/>',
    "target": '<line x1="0" x2="100%" y1="{y}" y2="{y}" class="s-ink3" stroke-dasharray="2 3"/>',
    "last": '<line x1="0" x2="100%" y1="{y}" y2="{y}" class="v-line2" stroke-dasharray="1 2"/>',
}
_FILLS = {"entry": "v-ink", "stop": "v-acc", "target": "seg1", "last": "seg2"}


def levels(marked: Sequence[Level], zones: Sequence[Zone]) -> Markup:
    """Draw the levels of a plan with the way between them; the winning side is up for longs and down for shorts.

    `r` runs upwards with the price, so a short's targets have to be handed over below zero.
    """
    low, high = min(level.r for level in marked), max(level.r for level in marked)
    scale = _Axis(low, high)
    loses = next(level.r for level in marked if level.kind == "stop")
    parts = [_grid(scale, loses)]
    parts += [_zone(zone, scale) for zone in zones]
    parts += [_LINES[level.kind].format(y=_n(scale.at(level.r))) for level in marked]
    parts += _tags(marked, scale)
    return Markup(f'<svg class="vis" width="100%" height="{HEIGHT}" aria-hidden="true">{"".join(parts)}</svg>')  # noqa: S704


def results(latest: Sequence[Decimal]) -> Markup:
    """Draw the latest results in R as columns, the newest at the right; those beyond 3R are cut there."""
    middle = _ROOM + 1
    parts = [f'<line x1="0" x2="{_COLUMN * len(latest)}" y1="{middle}" y2="{middle}" class="v-line2"/>']
    for place, r in enumerate(reversed(latest)):
        tall = max(1.0, min(abs(float(r)), _BEYOND) / _BEYOND * _ROOM)
        top, kind = (middle - tall, "v-gain") if r > 0 else (middle, "v-loss" if r < 0 else "v-mid")
        parts.append(f'<rect x="{place * _COLUMN}" width="5" y="{_n(top)}" height="{_n(tall)}" class="{kind}"/>')
    width = _COLUMN * len(latest)
    return Markup(f'<svg class="vis" width="{width}" height="{2 * middle}" aria-hidden="true">{"".join(parts)}</svg>')  # noqa: S704


@dataclass(frozen=True, slots=True)
class _Axis:
    low: float
    high: float

    def at(self, r: float) -> float:
        """The pixel of a distance in R."""
        return PAD + (self.high - r) / (self.high - self.low) * (HEIGHT - 2 * PAD)


def _grid(scale: _Axis, loses: float) -> str:
    """Whole values of R; those on the side of the stop, `loses`, are below zero."""
    reach = scale.high - scale.low
    step = next((step for step in _STEPS if reach / step <= _MOST_LINES), ceil(reach / _MOST_LINES))
    first = ceil(scale.low / step) * step
    lines = []
    value = first
    while value <= scale.high:
        y = _n(scale.at(value))
        text = f"{MINUS if value * loses > 0 else '+'}{abs(value)}R" if value else "0"
        lines.append(f'<line x1="0" x2="100%" y1="{y}" y2="{y}" class="v-line"/>')
        lines.append(f'<text x="0" y="{_n(scale.at(value) - 4)}">{text}</text>')
        value += step
    return "".join(lines)


def _zone(zone: Zone, scale: _Axis) -> str:
    top, bottom = sorted((scale.at(zone.start), scale.at(zone.end)))
    kind, middle = "gain" if zone.gain else "loss", (top + bottom) / 2
    parts = [
        f'<rect x="0" y="{_n(top)}" width="100%" height="{_n(bottom - top)}" class="v-{kind}" opacity=".09"/>',
        f'<rect x="34" y="{_n(top)}" width="3" height="{_n(bottom - top)}" class="v-{kind}"/>',
    ]
    if bottom - top >= _TALL_ENOUGH:
        parts.append(f'<text x="48" y="{_n(middle - 2)}" class="k t11">{escape(zone.head)}</text>')
        parts.append(f'<text x="48" y="{_n(middle + 13)}" class="t11">{escape(zone.detail)}</text>')
    return "".join(parts)


def _tags(marked: Sequence[Level], scale: _Axis) -> list[str]:
    """The names and prices at the right edge, moved apart where levels lie close together."""
    ordered = sorted(marked, key=lambda level: -level.r)
    places = _apart([scale.at(level.r) for level in ordered])
    return [_tag(level, place) for level, place in zip(ordered, places, strict=True)]


def _apart(wanted: Sequence[float]) -> list[float]:
    """Places in rising order, at least a gap apart, as near as they can be to `wanted` from the top down."""
    places: list[float] = []
    for y in wanted:
        places.append(max(y, places[-1] + _GAP) if places else y)
    last = HEIGHT - _TAG / 2
    for index in range(len(places) - 1, -1, -1):
        places[index] = min(places[index], last - (len(places) - 1 - index) * _GAP)
    return places


def _tag(level: Level, y: float) -> str:
    wide, fill = 7 * len(level.price) + 16, _FILLS[level.kind]
    return (
        f'<svg x="100%" y="{_n(y - _TAG / 2)}" overflow="visible">'
        f'<rect x="{-wide - 46}" width="45" height="{_TAG}" rx="3" class="{fill}"/>'
        f'<rect x="{-wide}" width="{wide}" height="{_TAG}" rx="3" class="{fill}"/>'
        f'<text x="{-wide - 23.5}" y="14" text-anchor="middle" class="on t11">{escape(level.name)}</text>'
        f'<text x="{-wide / 2}" y="14" text-anchor="middle" class="on t11">{escape(level.price)}</text></svg>'
    )


def _n(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")

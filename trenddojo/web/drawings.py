"""The small drawings beside figures: SVG made of attributes alone, because the page's policy forbids inline style.

Pure functions from figures to Markup, exposed to templates as `draw`. A drawing is hidden from assistive technology,
as its figure stands beside it. Unknown draws nothing. Drawings of one column or panel share one scale: pass it.
Lengths are pixels where a width is given, else percent of whatever room there is.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from math import floor, log10

from markupsafe import Markup, escape

Number = Decimal | int | float


@dataclass(frozen=True, slots=True)
class Scale:
    """A horizontal axis: `low` at the left edge and `high` at the right, `width` pixels apart."""

    low: float
    high: float
    width: float

    def at(self, value: Number) -> float:
        """The pixel of a value, held inside the axis."""
        share = (float(value) - self.low) / (self.high - self.low)
        return min(max(share, 0.0), 1.0) * self.width


R_LINE = Scale(-1.25, 5, 168)
R_BAR = Scale(-1.5, 4, 110)
EXCURSION = Scale(-1.75, 5, 168)
WIN_RATE = Scale(0, 1, 96)
MEAN_R = Scale(-1.25, 1.75, 150)
EFFECT = Scale(-2, 2, 80)
SLIP = Scale(-0.1, 0.05, 80)
DRIFT = Scale(-0.5, 0.5, 96)
APART = Scale(-1.5, 1.5, 120)
NOTHING = Markup("")


# ---- results in R


def r_line(now: Number | None, stop: Number | None, target: Number | None = None, scale: Scale = R_LINE) -> Markup:
    """Draw an open trade from its entry at 0 to its price `now`, all in R.

    Solid is locked in by the stop, pale still at risk; the tick is the stop, dots lead to it, a diamond is the target.
    """
    if now is None:
        return NOTHING
    zero, here, height = scale.at(0), scale.at(now), 22
    kind = "v-gain" if now >= 0 else "v-loss"
    locked = scale.at(stop) if stop is not None and stop > 0 and now > 0 else zero
    parts = [_grid(scale, height)]
    if now > 0:
        parts.append(_rect(zero, min(locked, here) - zero, 7, 8, kind))
        parts.append(_rect(min(locked, here), here - min(locked, here), 7, 8, f"{kind} v-soft"))
    else:
        parts.append(_rect(here, zero - here, 7, 8, kind))
    if stop is not None:
        parts.append(_way_to_stop(scale.at(stop), min(zero, here)))
    parts.append(_rect(here - 1, 2, 6, 10, kind))
    if stop is not None:
        parts.append(_rect(scale.at(stop) - 1, 2, 4, 14, "v-ink"))
    if target is not None:
        parts.append(
            f'<path d="M{_n(scale.at(target))} 7l4 4l-4 4l-4 -4z" fill="none" class="s-ink3" stroke-width="1.25"/>'
        )
    return _svg(scale.width, height, parts)


def _grid(scale: Scale, height: float) -> str:
    """Draw a tick at every whole value and a full line at zero."""
    return "".join(
        _line(scale.at(value), 0, height, "v-line2") if value == 0 else _line(scale.at(value), 8, 14, "v-line")
        for value in range(-floor(-scale.low), floor(scale.high) + 1)
    )


def _way_to_stop(stop: float, start: float) -> str:
    if stop >= start:
        return ""
    return f'<line x1="{_n(stop)}" x2="{_n(start)}" y1="11" y2="11" class="s-ink3" stroke-dasharray="2 2"/>'


def axis(labels: Iterable[tuple[Number, str]], scale: Scale) -> Markup:
    """Draw the labels of a column's scale for its head."""
    parts = [
        f'<text x="{_n(scale.at(value))}" y="11" text-anchor="middle">{escape(text)}</text>' for value, text in labels
    ]
    return _svg(scale.width, 14, parts)


def r_axis(scale: Scale = R_LINE) -> Markup:
    """Draw the whole values of a scale in R, the last with its unit."""
    values = range(-floor(-scale.low), floor(scale.high) + 1)
    return axis([(v, f"{v}R" if v == values[-1] else str(v).replace("-", "\u2212")) for v in values], scale)


def bar(value: Number | None, scale: Scale = R_BAR, height: float = 16, kind: str = "") -> Markup:
    """Draw a result from zero, green to the right and red to the left; a cut end means beyond the axis.

    What is neither gain nor loss names its own `kind`.
    """
    if value is None:
        return NOTHING
    zero, end = scale.at(0), scale.at(value)
    parts = [_line(zero, 0, height, "v-line2")]
    if value:
        drawn = kind or ("v-gain" if value > 0 else "v-loss")
        parts.append(_rect(min(zero, end), abs(end - zero), height / 2 - 3, 6, drawn))
    if value > scale.high or value < scale.low:
        cut = scale.width - 6 if value > 0 else 9
        parts.append(f'<path d="M{_n(cut)} 0l-3 {_n(height)}" class="s-surface" stroke-width="2"/>')
    return _svg(scale.width, height, parts)


r_bar = bar


def excursion(mae: Number | None, mfe: Number | None, result: Number | None, scale: Scale = R_BAR) -> Markup:
    """Draw how far a trade went against (red) and for its trader (green) from its entry at 0, and its result as a tick.

    A cut end means beyond the axis.
    """
    if mae is None or mfe is None:
        return NOTHING
    height, zero = 16, scale.at(0)
    low, high = scale.at(mae), scale.at(mfe)
    parts = [_line(zero, 0, height, "v-line2")]
    parts.append(_rect(low, zero - low, 5, 6, "v-loss v-soft") + _rect(zero, high - zero, 5, 6, "v-gain v-soft"))
    if result is not None:
        parts.append(_rect(scale.at(result) - 1, 2, 2, 12, "v-ink"))
    for value, cut in ((mae, 9.0), (mfe, scale.width - 6)):
        if value < scale.low or value > scale.high:
            parts.append(f'<path d="M{_n(cut)} 0l-3 {height}" class="s-surface" stroke-width="2"/>')
    return _svg(scale.width, height, parts)


def to_stop(distance: Number | None, width: float = 44, near: float = 0.5, most: float = 2) -> Markup:
    """Draw the distance to the stop in R, from 0 to `most`, with a notch at `near` and amber below it."""
    if distance is None:
        return NOTHING
    scale = Scale(0, most, width)
    kind = "v-warn" if distance < near else "v-mid"
    return _svg(
        width,
        6,
        [
            f'<rect width="{_n(width)}" height="6" rx="1" class="v-track"/>',
            f'<rect width="{_n(scale.at(distance))}" height="6" rx="1" class="{kind}"/>',
            f'<rect x="{_n(scale.at(near) - 0.5)}" width="1" height="6" class="v-surface"/>',
        ],
    )


# ---- parts of a whole: as wide as the panel


def meter(taken: Number, limit: Number, lost: Number = 0) -> Markup:
    """Draw what a limit has left: risk taken in violet, realised loss in grey; amber from 90% of the limit."""
    limit = float(limit)
    shares = [min(float(part) / limit, 1.0) if limit > 0 else 0.0 for part in (taken, lost)]
    shares[1] = min(shares[1], 1.0 - shares[0])
    full = float(taken) + float(lost) >= 0.9 * limit
    return _stack([(share, kind) for share, kind in zip(shares, ("v-warn" if full else "v-acc", "v-mid"), strict=True)])


def progress(done: Number, whole: Number) -> Markup:
    """Draw how far long work has come."""
    return _stack([(min(float(done) / float(whole), 1.0) if whole else 0.0, "v-acc")])


def _stack(shares: Iterable[tuple[float, str]]) -> Markup:
    parts, start = ['<rect width="100%" height="8" rx="2" class="v-track"/>'], 0.0
    for share, kind in shares:
        if share > 0:
            parts.append(_share(start, share, 8, kind))
            start += share
    return _svg("100%", 8, parts)


def runs(reached: Sequence[bool]) -> Markup:
    """Draw periods in order, one block each: full where reached, an outline where missed."""
    blocks = [
        f'<rect x="{14 * i + 0.5}" y="0.5" width="11" height="9" rx="1.5" class="{kind} s-ink3"/>'
        for i, kind in enumerate("v-ink" if one else "v-surface" for one in reached)
    ]
    return _svg(14 * len(blocks), 10, blocks) if blocks else NOTHING


def share_bar(parts: Sequence[tuple[str, Number]], whole: Number, kind: str = "", height: int = 18) -> Markup:
    """Draw named parts of `whole` by size, each with its name where it fits; all bars of a panel share one `whole`.

    `kind` is "" (two greys in turn), "gain" or "loss".
    """
    drawn, start, total = [f'<rect width="100%" height="{height}" rx="2" class="v-track"/>'], 0.0, float(whole)
    for index, (name, value) in enumerate(sorted(parts, key=lambda part: -float(part[1]))):
        share = min(float(value) / total, 1.0 - start) if total > 0 else 0.0
        if share <= 0:
            continue
        drawn.append(_share(start, share, height, f"v-{kind}" if kind else f"seg{1 + index % 2}"))
        if share * _PANEL_WIDTH >= 6.5 * len(name) + 3:
            drawn.append(
                f'<text x="{_n(100 * (start + share / 2))}%" y="{height / 2 + 3.5}" text-anchor="middle" '
                f'class="seg-t">{escape(name)}</text>'
            )
        start += share
    return _svg("100%", height, drawn)


_PANEL_WIDTH = 340  # pixels that a panel's bar has at least on a desktop and on a phone


def _share(start: float, share: float, height: int, kind: str) -> str:
    end = _n(100 * (start + share))
    return (
        f'<rect x="{_n(100 * start)}%" width="{_n(100 * share)}%" height="{height}" class="{kind}"/>'
        f'<rect x="{end}%" width="1" height="{height}" class="v-surface"/>'
    )


# ---- the ticket


def cap_scale(chosen: Number) -> float:
    """Return the right end of all cap bars of a ticket: the next round number from twice the chosen size on."""
    wanted = 2 * float(chosen)
    if wanted <= 0:
        return 1.0
    power = 10.0 ** floor(log10(wanted))
    return next(step * power for step in (1.0, 2.0, 2.5, 5.0, 10.0) if step * power >= wanted)


def cap_bar(allows: Number, chosen: Number, scale: float, binds: bool = False) -> Markup:
    """Draw how much one cap allows, with a line at the chosen size; `//` at the end means beyond the scale."""
    share = min(float(allows) / scale, 1.0)
    parts = [
        '<rect y="9" width="100%" height="6" rx="1" class="v-track"/>',
        f'<rect y="9" width="{_n(100 * share)}%" height="6" rx="1" class="{"v-acc" if binds else "v-mid"}"/>',
    ]
    if float(allows) > scale:
        parts += [f'<rect x="{x}%" y="7" width="2" height="10" class="v-surface"/>' for x in (93, 96)]
    parts.append(f'<rect x="{_n(min(100 * float(chosen) / scale, 100))}%" width="1" height="24" class="v-acc"/>')
    return _svg("100%", 24, parts)


def reward(levels: Sequence[tuple[Number, str, str]]) -> Markup:
    """Draw stop, entry and targets on one line of money: red to the entry, green to the first target, pale beyond.

    `levels` are (distance from the stop in R, price as text, name), in that order: stop, entry, targets.
    """
    reach = max(float(at) for at, _, _ in levels)
    ends = [100 * float(at) / reach for at, _, _ in levels]
    kinds = ("v-loss", "v-gain", "v-gain v-soft", "v-gain v-soft")
    parts = [
        f'<rect x="{_n(a)}%" y="18" width="{_n(b - a)}%" height="10" class="{kind}"/>'
        for a, b, kind in zip(ends, ends[1:], kinds, strict=False)
    ]
    for end, (_, price, name) in zip(ends, levels, strict=True):
        anchor = "start" if end == 0 else "end" if end == 100 else "middle"
        place = f'x="{_n(end)}%" text-anchor="{anchor}"'
        parts.append(f'<rect x="{_n(end)}%" y="14" width="1.5" height="18" class="v-ink"/>')
        parts.append(f'<text {place} y="10" class="k t11">{escape(price)}</text>')
        parts.append(f'<text {place} y="43" class="t11">{escape(name)}</text>')
    return _svg("100%", 46, parts)


def steps(done: int, total: int) -> Markup:
    """Draw a checklist's state: one block a step."""
    blocks = [
        f'<rect x="{12 * i}" width="10" height="6" rx="1" class="{"v-acc" if i < done else "v-track"}"/>'
        for i in range(total)
    ]
    return _svg(12 * total, 6, blocks)


# ---- statistics


def interval(mean: Number | None, low: Number | None, high: Number | None, scale: Scale, zero: bool = True) -> Markup:
    """Draw a mean as a dot and its 95% interval as a line; hollow and grey where the interval includes zero.

    With `zero` false (win rates) there is no zero line and nothing to include.
    """
    if mean is None:
        return NOTHING
    height, grey = 18, zero and low is not None and high is not None and low <= 0 <= high
    ink = "s-ink3" if grey else "s-ink"
    parts = [_line(scale.at(0), 0, height, "v-line2")] if zero else []
    if low is not None and high is not None:
        left, right = scale.at(low), scale.at(high)
        parts.append(f'<line x1="{_n(left)}" x2="{_n(right)}" y1="9" y2="9" class="{ink}" stroke-width="1.25"/>')
        parts += [
            f'<line x1="{_n(x)}" x2="{_n(x)}" y1="5.5" y2="12.5" class="{ink}" stroke-width="1.25"/>'
            for x in (left, right)
        ]
    dot = "v-surface s-ink3" if grey else "v-acc"
    parts.append(f'<circle cx="{_n(scale.at(mean))}" cy="9" r="3.6" class="{dot}" stroke-width="1.4"/>')
    return _svg(scale.width, height, parts)


def sparkline(values: Sequence[Number], entry: int | None = None, width: float = 76, height: float = 24) -> Markup:
    """Draw a course of prices without colour; a ring at index `entry`, a dot at the end."""
    if len(values) < 2:
        return NOTHING
    low, high = float(min(values)), float(max(values))
    reach = high - low or 1.0
    points = [
        (2 + (width - 5) * i / (len(values) - 1), 3 + (height - 6) * (high - float(value)) / reach)
        for i, value in enumerate(values)
    ]
    course = " ".join(f"{_n(x)},{_n(y)}" for x, y in points)
    parts = [f'<polyline points="{course}" fill="none" class="s-ink3" stroke-width="1.2" stroke-linejoin="round"/>']
    if entry is not None:
        x, y = points[entry]
        parts.append(f'<circle cx="{_n(x)}" cy="{_n(y)}" r="2.4" class="v-surface s-acc" stroke-width="1.4"/>')
    x, y = points[-1]
    parts.append(f'<circle cx="{_n(x)}" cy="{_n(y)}" r="1.8" class="v-ink"/>')
    return _svg(width, height, parts)


def equity_curve(values: Sequence[Number], label: str) -> Markup:
    """Draw an account's equity as wide as its panel and as high as the page makes it; a dashed line at its begin.

    `label` tells what it shows, for who does not see it.
    """
    if len(values) < 2:
        return NOTHING
    low, reach = float(min(values)), float(max(values)) - float(min(values)) or 1.0
    points = [(100 * i / (len(values) - 1), 2 + 44 * (1 - (float(one) - low) / reach)) for i, one in enumerate(values)]
    course, begin = " ".join(f"{_n(x)},{_n(y)}" for x, y in points), _n(points[0][1])
    still = 'vector-effect="non-scaling-stroke"'
    parts = [
        f'<polygon points="0,48 {course} 100,48" class="v-acc" opacity=".1"/>',
        f'<line x1="0" x2="100" y1="{begin}" y2="{begin}" class="v-line2" stroke-dasharray="3 3" {still}/>',
        f'<polyline points="{course}" fill="none" class="s-acc" stroke-width="1.5" stroke-linejoin="round" {still}/>',
    ]
    frame = f'viewBox="0 0 100 48" preserveAspectRatio="none" role="img" aria-label="{escape(label)}"'
    return Markup(f'<svg class="vis" {frame}>{"".join(parts)}</svg>')  # noqa: S704 (numbers, and text that is escaped)


def histogram(
    bins: Sequence[tuple[Number, Number, int]], mean: Number, low: Number | None, high: Number | None
) -> Markup:
    """Draw counts of closed trades by R, with the mean and its 95% interval behind them.

    `bins` are (from, to, count), of equal width, in order.
    """
    if not bins:
        return NOTHING
    width, base, room = 368.0, 260.0, 234.0
    scale, most = Scale(float(bins[0][0]), float(bins[-1][1]), width), max(count for _, _, count in bins) or 1
    parts = []
    if low is not None and high is not None:
        left, right = scale.at(low), scale.at(high)
        parts.append(f'<rect x="{_n(left)}" y="6" width="{_n(right - left)}" height="254" class="v-acc" opacity=".1"/>')
    for start, end, count in bins:
        left, right, tall = scale.at(start) + 2, scale.at(end) - 2, room * count / most
        if count:
            kind = "v-gain" if float(start) >= 0 else "v-loss"
            parts.append(_rect(left, right - left, base - tall, tall, f"{kind} v-half"))
            parts.append(_label((left + right) / 2, base - tall - 5, str(count), "k t11"))
        if float(start) % 1 == 0:
            text = f"{int(start):+d}R".replace("-", "\u2212").replace("+0R", "0R")
            parts.append(_label(scale.at(start), 275, text, "t11"))
    parts.append(f'<line x1="0" x2="{_n(width)}" y1="260" y2="260" class="v-line2"/>')
    x = _n(scale.at(mean))
    parts.append(f'<line x1="{x}" x2="{x}" y1="6" y2="260" class="s-acc" stroke-width="1.5"/>')
    summary = ", ".join(f"{_n(float(a))} to {_n(float(b))}R {count} trades" for a, b, count in bins if count)
    opening = f'<svg class="vis" viewBox="0 0 368 290" role="img" aria-label="{escape("Histogram of R: " + summary)}">'
    return Markup(f"{opening}{''.join(parts)}</svg>")  # noqa: S704 (numbers, and text that is escaped)


def courses(lines: Sequence[Sequence[tuple[date, Number]]], names: Sequence[str]) -> Markup:
    """Draw results in R added up by date, each line from 0: the first in violet, the second dashed in ink.

    All share one scale of dates and of R. `names` tell them apart for who does not see them.
    """
    days = [day for line in lines for day, _ in line]
    if not days:
        return NOTHING
    values = [0.0, *(float(value) for line in lines for _, value in line)]
    across = Scale(min(days).toordinal() - 1, max(days).toordinal(), 640)
    up = Scale(min(values), max(*values, min(values) + 1), 190)
    zero = _n(200 - up.at(0))
    parts = [f'<line x1="0" x2="640" y1="{zero}" y2="{zero}" class="v-line2"/><text x="646" y="{zero}">0R</text>']
    for line, style in zip(lines, ('class="s-acc"', 'class="s-ink" stroke-dasharray="5 3"'), strict=True):
        points = [f"0,{zero}", *(f"{_n(across.at(day.toordinal()))},{_n(200 - up.at(value))}" for day, value in line)]
        parts.append(f'<polyline points="{" ".join(points)}" fill="none" stroke-width="1.6" {style}/>')
        if line:
            end = f"{float(line[-1][1]):+.1f}R".replace("-", "\u2212")
            parts.append(f'<text x="646" y="{_n(204 - up.at(line[-1][1]))}" class="k">{end}</text>')
    ends = ", ".join(
        f"{name}: {float(line[-1][1]) if line else 0:+.2f}R" for line, name in zip(lines, names, strict=True)
    )
    label = escape(f"R added up by date of closing. {ends}".replace("-", "\u2212"))
    opening = f'<svg class="vis" viewBox="0 0 690 206" role="img" aria-label="{label}">'
    return Markup(f"{opening}{''.join(parts)}</svg>")  # noqa: S704 (numbers, and text that is escaped)


@dataclass(frozen=True, slots=True)
class Spot:
    """One trade in a scatter: how far it went against and for its trader in R, and what came of it."""

    against: Number
    favour: Number
    r: Number
    name: str


_AGAINST, _FAVOUR = Scale(-2, 0, 368), Scale(0, 6, 238)
"""The axes of a scatter; the second upwards. What lies beyond stands at the edge."""


def scatter(spots: Sequence[Spot]) -> Markup:
    """Draw trades by how far they went against (to the left) and for their trader (upwards), in R.

    A win is a filled green disc, a loss a red cross, so that the shape tells it too.
    """
    if not spots:
        return NOTHING
    parts = [_level(_FAVOUR, value) for value in range(7)] + [
        _post(_AGAINST, value) for value in (-2, -1.5, -1, -0.5, 0)
    ]
    parts += [_spot(one) for one in spots]
    parts.append(_label(184, 288, "went against, at most", "t11"))
    parts.append('<text x="4" y="12" class="t11">went for, at most</text>')
    label = f"{len(spots)} trades by how far they went against and for you, in R"
    opening = f'<svg class="vis" viewBox="-2 0 396 292" role="img" aria-label="{escape(label)}">'
    return Markup(f"{opening}{''.join(parts)}</svg>")  # noqa: S704 (numbers, and text that is escaped)


def _level(scale: Scale, value: float) -> str:
    y = _n(256 - scale.at(value))
    text = f'<text x="372" y="{_n(260 - scale.at(value))}">{_n(value)}R</text>'
    return f'<line x1="0" x2="368" y1="{y}" y2="{y}" class="{"v-line" if value else "v-line2"}"/>{text}'


def _post(scale: Scale, value: float) -> str:
    text = f"{_n(value)}R".replace("-", "\u2212")
    return _line(scale.at(value), 252, 256, "v-line2") + _label(scale.at(value), 272, text, "")


def _spot(one: Spot) -> str:
    x, y = _AGAINST.at(one.against), 256 - _FAVOUR.at(one.favour)
    title = f"<title>{escape(one.name)}</title>"
    if one.r > 0:
        return f'<circle cx="{_n(x)}" cy="{_n(y)}" r="3.4" class="v-gain v-half">{title}</circle>'
    arms = f"M{_n(x - 3)} {_n(y - 3)}L{_n(x + 3)} {_n(y + 3)}M{_n(x - 3)} {_n(y + 3)}L{_n(x + 3)} {_n(y - 3)}"
    return f'<path d="{arms}" class="s-loss" stroke-width="1.6">{title}</path>'


# ---- pieces


def _n(value: float) -> str:
    """Write a coordinate in at most two decimals."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def _rect(x: float, width: float, y: float, height: float, kind: str) -> str:
    if width <= 0:
        return ""
    return f'<rect x="{_n(x)}" y="{_n(y)}" width="{_n(width)}" height="{_n(height)}" class="{kind}"/>'


def _line(x: float, top: float, bottom: float, kind: str) -> str:
    return f'<line x1="{_n(x)}" x2="{_n(x)}" y1="{_n(top)}" y2="{_n(bottom)}" class="{kind}"/>'


def _label(x: float, y: float, text: str, kind: str) -> str:
    return f'<text x="{_n(x)}" y="{_n(y)}" text-anchor="middle" class="{kind}">{escape(text)}</text>'


def _svg(width: float | str, height: float, parts: Iterable[str]) -> Markup:
    wide = width if isinstance(width, str) else _n(width)
    return Markup(f'<svg class="vis" width="{wide}" height="{_n(height)}" aria-hidden="true">{"".join(parts)}</svg>')  # noqa: S704

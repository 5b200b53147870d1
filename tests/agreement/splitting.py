"""Accounts whose instruments were split while trades ran: the same figures from records in the units of their moments.

A history is in the units in which each of its trades ended. Here it is put back into what people were told, so that
what the product makes of that has to be what the oracle, which knows of no split, makes of the history.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from random import Random
from zoneinfo import ZoneInfo

from tests.agreement.worlds import Labels, World
from tests.histories import OracleTrade
from tests.oracle import sorted_fills, trade_figures

_RATIOS = ((2, 1), (4, 1), (5, 1), (3, 2), (1, 2), (1, 5), (1, 10))
_HOMES = {"JPY": "Asia/Tokyo"}


@dataclass(frozen=True)
class Split:
    """What one trade, by its number, was split while it ran."""

    number: int
    on: date
    at: datetime
    ratio: tuple[int, int]


def split_world(world: World) -> tuple[World, tuple[Split, ...]]:
    """The account as it was told, with its splits: about every third trade that ran over a day or more has one."""
    rng, told, splits = Random(world.seed), list(world.history.trades), []
    labels = list(world.labels)
    for number, trade in enumerate(told):
        alone = sum(other.symbol == trade.symbol for other in told) == 1
        for split in _splits(rng, number, trade, world.now) if alone and rng.random() < 0.5 else ():
            before, target = _told(trade, split), _target(labels[number], split)
            if before is not None and target is not None:
                told[number], labels[number] = before, target
                splits.append(split)
                break
    history = replace(world.history, trades=tuple(told))
    return replace(world, history=history, labels=tuple(labels)), tuple(splits)


def _splits(rng: Random, number: int, trade: OracleTrade, now: datetime) -> Iterator[Split]:
    """Splits that the trade may have lived through, in a random order."""
    fills, home = sorted_fills(trade), ZoneInfo(_HOMES.get(trade.currency, "America/New_York"))
    end = trade_figures(trade).closed_at or now
    days = [fills[0].at.date() + timedelta(days=n) for n in range((end - fills[0].at).days + 2)]
    for on in rng.sample(days, len(days)):
        at = datetime.combine(on, time(), home).astimezone(UTC)
        if fills[0].at < at <= end:
            for ratio in rng.sample(_RATIOS, len(_RATIOS)):
                yield Split(number, on, at, ratio)


def _told(trade: OracleTrade, split: Split) -> OracleTrade | None:
    """The trade with what is from before the split in its units; None where those have too many places."""
    many, one = Fraction(*split.ratio), Fraction(1, 1) / Fraction(*split.ratio)
    fills = [
        replace(
            fill,
            quantity=_exact(fill.quantity, one, 9),
            price=_exact(fill.price, many, 6),
            stop=None if fill.stop is None else _exact(fill.stop, many, 6),
        )
        if fill.at < split.at
        else fill
        for fill in trade.fills
    ]
    marks = [replace(mark, price=_exact(mark.price, many, 6)) if mark.at < split.at else mark for mark in trade.marks]
    stops = [replace(stop, price=_exact(stop.price, many, 6)) if stop.at < split.at else stop for stop in trade.stops]
    amounts = [amount for fill in fills for amount in (fill.quantity, fill.price, fill.stop or Decimal(0))]
    amounts += [one.price for one in (*marks, *stops)]
    if not all(amount.is_finite() for amount in amounts):
        return None
    return replace(trade, fills=tuple(fills), marks=tuple(marks), stops=tuple(stops))


def _target(labels: Labels, split: Split) -> Labels | None:
    if labels.target is None:
        return labels
    target = _exact(labels.target, Fraction(*split.ratio), 6)
    return replace(labels, target=target) if target.is_finite() else None


def _exact(amount: Decimal, factor: Fraction, places: int) -> Decimal:
    """An amount times a factor, not a number where that has more places than are kept."""
    found = Fraction(amount) * factor * 10**places
    return Decimal(found.numerator).scaleb(-places) if found.denominator == 1 else Decimal("NaN")

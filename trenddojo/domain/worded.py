"""A sizing in plain English: what bound it, why a quantity is denied, what to watch."""

from dataclasses import dataclass

from trenddojo.domain.budgets import Unknown
from trenddojo.domain.caps import Cap, CapReading
from trenddojo.domain.figures import apart, decimal_places, money, percent, quantity
from trenddojo.domain.sizing import Sizing, SizingWarning, WarningCode

_QUANTITY_PLACES = 9
_PERCENT_PLACES = 4

_UNKNOWN = {
    Unknown.ENTRY_RISK: "an entry has no valid stop, so the risk taken is unknown",
    Unknown.BUYING_POWER: "the account's buying power is unknown",
    Unknown.INITIAL_MARGIN: "the contract's initial margin is unknown",
}

_BREACH = {
    Cap.OPEN_POSITIONS: ("Open positions would be {}", "your limit is {}"),
    Cap.CORRELATED_POSITIONS: ("Correlated positions would be {}", "your limit is {}"),
    Cap.SECTOR_POSITIONS: ("Positions in its sector would be {}", "your limit is {}"),
    Cap.FIXED_UNITS: ("The quantity would be {}", "your fixed size is {}"),
    Cap.KELLY: ("Risk of this trade would be {}", "half Kelly is {}"),
    Cap.RISK_PER_TRADE: ("Risk of this trade would be {}", "your limit is {}"),
    Cap.POSITION_VALUE: ("Position value would be {}", "your limit is {}"),
    Cap.BUYING_POWER: ("The order would take {}", "your buying power is {}"),
    Cap.DAILY_RISK: ("Risk today would be {}", "your limit is {}"),
    Cap.WEEKLY_RISK: ("Risk this week would be {}", "your limit is {}"),
    Cap.DAILY_LOSS: ("Loss today would be {}", "your limit is {}"),
}

_WARNING = {
    WarningCode.CLOSE_STOP: "The stop is {figure}% from the entry, nearer than {limit}%.",
    WarningCode.KELLY_UNAVAILABLE: (
        "Kelly needs {limit} closed trades with R, and a loss among them; with {figure}, fixed risk applies."
    ),
    WarningCode.RISK_HALVED: "{figure} losses in a row: risk and fixed units are halved until the next win.",
    WarningCode.NO_COMMISSION_ESTIMATE: "There is no commission model for this broker and asset: none is estimated.",
    WarningCode.LAST_POSITION: "This would be position {figure} of {limit}.",
    WarningCode.LAST_CORRELATED: "This would be correlated position {figure} of {limit}.",
    WarningCode.LAST_OF_SECTOR: "This would be position {figure} of {limit} in its sector.",
}


_COUNTED = (Cap.OPEN_POSITIONS, Cap.CORRELATED_POSITIONS, Cap.SECTOR_POSITIONS, Cap.FIXED_UNITS)


@dataclass(frozen=True, slots=True)
class Binding:
    """What bound a size: a head to stand out, and the figures behind it."""

    head: str
    detail: str

    def __str__(self) -> str:
        return f"{self.head} {self.detail}"


def cap_label(reading: CapReading) -> str:
    """The cap's name, with its percentage where that is the cap: "Risk per trade 1.00%", "Position value 30%"."""
    if reading.budget.percent is None:
        return reading.cap.label
    if reading.cap is Cap.POSITION_VALUE:
        return f"{reading.cap.label} {quantity(reading.budget.percent)}%"
    shows = reading.cap in (Cap.RISK_PER_TRADE, Cap.KELLY)
    return f"{reading.cap.label} {percent(reading.budget.percent)}" if shows else reading.cap.label


def binding_sentence(sizing: Sizing) -> Binding:
    """What bound the size, and beside it what the trade's own risk would have allowed."""
    reading = sizing.binding
    verb = "Bound" if reading.allows else "Nothing allowed"
    head = f"{verb} by {reading.cap.label[0].lower()}{reading.cap.label[1:]}."
    detail = _UNKNOWN[reading.budget.unknown] if reading.budget.unknown else _room(reading, sizing.halved)
    own = None if reading.cap is Cap.RISK_PER_TRADE else sizing.reading(Cap.RISK_PER_TRADE)
    if own is None or own.allows is None or own.budget.percent is None:
        return Binding(head, f"{detail[0].upper()}{detail[1:]}.")
    return Binding(head, f"{percent(own.budget.percent)} would allow {quantity(own.allows)}; {detail}.")


def breach_sentence(reading: CapReading) -> str:
    """The rule, the number and the limit: "Risk today would be 3.4% of equity; your limit is 3.0%."."""
    if reading.budget.unknown is not None:
        return f"{reading.cap.label} cannot be checked: {_UNKNOWN[reading.budget.unknown]}."
    figure, limit = compared(reading)
    subject, rule = _BREACH[reading.cap]
    return f"{subject.format(figure)}; {rule.format(limit)}."


def warning_sentence(warning: SizingWarning) -> str:
    """What to watch, with its figures."""
    if warning.figure is None or warning.limit is None:
        return _WARNING[warning.code]
    if warning.code is WarningCode.CLOSE_STOP:
        figure, limit = apart(warning.figure, warning.limit, 1)
    else:
        figure, limit = quantity(warning.figure), quantity(warning.limit)
    return _WARNING[warning.code].format(figure=figure, limit=limit)


def _room(reading: CapReading, halved: bool) -> str:
    """How much of its limit the binding cap has left."""
    budget = reading.budget
    used, limit, left = quantity(budget.used), money(budget.limit), money(budget.left)
    match reading.cap:
        case Cap.OPEN_POSITIONS:
            return f"{used} of {quantity(budget.limit)} positions are open"
        case Cap.CORRELATED_POSITIONS:
            return f"{used} of {quantity(budget.limit)} correlated positions are open"
        case Cap.SECTOR_POSITIONS:
            return f"{used} of {quantity(budget.limit)} positions in its sector are open"
        case Cap.FIXED_UNITS:
            return f"your fixed size{', halved,' if halved else ''} is {quantity(budget.limit)}"
        case Cap.BUYING_POWER:
            return f"buying power is {money(budget.limit)}"
        case Cap.DAILY_RISK:
            return f"today has {left} left of {limit}"
        case Cap.WEEKLY_RISK:
            return f"this week has {left} left of {limit}"
        case Cap.DAILY_LOSS:
            return f"the daily loss limit has {left} left of {limit}"
        case _:
            return _room_of_equity(reading)


def _room_of_equity(reading: CapReading) -> str:
    """The caps on one trade: a share of equity, less what the trade has of it already."""
    budget = reading.budget
    share = "" if budget.percent is None else f"{percent(budget.percent)} of equity"
    subject = f"half Kelly, {share}," if reading.cap is Cap.KELLY else share
    if not budget.used:
        return f"{subject} is {money(budget.limit)}"
    return f"{subject} leaves {money(budget.left)} of {money(budget.limit)}"


def compared(reading: CapReading) -> tuple[str, str]:
    """What would be used and its limit, in the unit people set the limit in, as two texts that differ."""
    budget, after = reading.budget, reading.after
    share = budget.share(after)
    if share is not None and budget.percent is not None:
        places = min(max(1, decimal_places(budget.percent)), _PERCENT_PLACES)
        figure, limit = apart(share, budget.percent, places)
        of = "the day's starting equity" if reading.cap is Cap.DAILY_LOSS else "equity"
        return f"{figure}% of {of}", f"{limit}%"
    if reading.cap in _COUNTED:
        places = max(decimal_places(after), decimal_places(budget.limit))
        return apart(after, budget.limit, min(places, _QUANTITY_PLACES))
    return apart(after, budget.limit, 2)

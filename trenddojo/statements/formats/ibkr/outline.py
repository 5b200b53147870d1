"""What a file has to be read for once before its lines can be told: its levels of detail, dates, and instruments."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from trenddojo.statements.format import DateOrder, Options
from trenddojo.statements.formats.ibkr.clocks import slashed
from trenddojo.statements.formats.ibkr.contracts import Terms
from trenddojo.statements.formats.ibkr.records import Record
from trenddojo.statements.formats.ibkr.sections import Placed, Section
from trenddojo.statements.formats.ibkr.trades import cancels_another
from trenddojo.statements.formats.ibkr.words import category_of
from trenddojo.statements.lines import Refusal, Skipped
from trenddojo.statements.settling import Dates

Levels = Mapping[Section, tuple[str, ...]]

FLEX_LEVELS: Final[Levels] = {
    Section.TRADES: ("EXECUTION", "", "ORDER"),
    Section.CASH: ("DETAIL", "", "SUMMARY"),
    Section.ACTIONS: ("DETAIL", "", "SUMMARY"),
    Section.HELD: ("SUMMARY", "", "LOT"),
    Section.CASH_REPORT: ("CURRENCY", "", "BASECURRENCY"),
}
"""Of the levels that a file tells a section in, the first of these counts: the finest, but positions as a whole."""
ACTIVITY_LEVELS: Final[Levels] = {**FLEX_LEVELS, Section.TRADES: ("ORDER", "TRADE", "EXECUTION", "")}
"""In activity statements every trade is an order first, and its parts are told in some of them only."""

_MOST_INSTRUMENTS = 20_000
_LONGEST = 100
"""Characters of a term that are kept."""
_DATES = ("when", "trade_date", "report_date", "settle_date", "since", "expiry")

_TERMS = ("underlying", "multiplier", "expiry", "strike", "kind", "description")

Instruments = dict[tuple[str, str], Terms]
"""The terms of instruments by asset class and symbol."""


@dataclass(frozen=True, slots=True)
class Outline:
    """What the file as a whole shows.

    `expected` is the level of detail that counts in a section; `has_cancellations` says that a line takes a fill back.
    """

    expected: Mapping[Section, str]
    order: DateOrder
    instruments: Instruments
    has_cancellations: bool


def outlined(placed: Iterable[Placed | Refusal | Skipped], levels: Levels, options: Options) -> Outline:
    """The outline of a file. Raises Unsettled where its dates can be read in two ways."""
    seen: defaultdict[Section, set[str]] = defaultdict(set)
    dates, instruments, cancels = Dates(), Instruments(), False
    for one in placed:
        if not isinstance(one, Placed):
            continue
        seen[one.section].add(one.level)
        if one.record.mentions("/") or "/" in one.account.until:
            _look_at(one, dates)
        cancels = cancels or (one.section is Section.TRADES and cancels_another(one.record))
        if one.section is Section.INSTRUMENTS and len(instruments) < _MOST_INSTRUMENTS:
            instruments.update(_instrument(one.record))
    expected = {
        section: next((level for level in levels[section] if level in found), "")
        for section, found in seen.items()
        if section in levels
    }
    return Outline(expected, dates.order(options.date_order), instruments, cancels)


def _look_at(placed: Placed, dates: Dates) -> None:
    told = [placed.record.get(field) for field in _DATES]
    for text in (*told, placed.account.since, placed.account.until):
        if (date := slashed(text)) is not None:
            dates.look_at(date)


def _instrument(record: Record) -> Instruments:
    """An instrument under each of its symbols, of which it may have had several."""
    get = record.get
    asset = category_of(get("asset"))
    underlying, multiplier, expiry, strike, right, description = (get(field)[:_LONGEST] for field in _TERMS)
    terms = Terms("", asset, "", underlying, multiplier, expiry, strike, right, description)
    return {(asset, symbol.strip()): terms for symbol in get("symbol")[:_LONGEST].split(",")}

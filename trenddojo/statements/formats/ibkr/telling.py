"""What the records of a statement come to, once it is known what the file as a whole shows."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from trenddojo.statements.format import Options
from trenddojo.statements.formats.ibkr.actions import Actions
from trenddojo.statements.formats.ibkr.cancelled import without_cancelled
from trenddojo.statements.formats.ibkr.cash import moved, transferred
from trenddojo.statements.formats.ibkr.contracts import Terms, terms_of
from trenddojo.statements.formats.ibkr.outline import Levels, Outline, outlined
from trenddojo.statements.formats.ibkr.sections import Placed, Section, Source
from trenddojo.statements.formats.ibkr.sums import cash_sums, held, realised
from trenddojo.statements.formats.ibkr.trades import Item, Trade, trade
from trenddojo.statements.formats.ibkr.words import (
    CONVERSION,
    ENDINGS_TOLD_APART,
    TOLD_BY_TRADES,
    codes_of,
    is_conversion,
    why_skipped,
)
from trenddojo.statements.lines import Said, Skipped
from trenddojo.statements.values import BadValue


def told(source: Source, levels: Levels, options: Options) -> Iterator[Said]:
    """What a file says. Raises Unreadable, and Unsettled where its dates can be read in two ways."""
    outline = outlined(source(), levels, options)
    settled = replace(options, date_order=outline.order)

    def items() -> Iterator[Item]:
        teller = Teller(outline, settled)
        for placed in source():
            if isinstance(placed, Placed):
                yield from teller.items(placed)
            else:
                yield placed

    if outline.has_cancellations:
        yield from without_cancelled(items, settled)
    else:
        for item in items():
            yield from item.said() if isinstance(item, Trade) else (item,)


class Teller:
    """Tells the records of one file in their order."""

    def __init__(self, outline: Outline, options: Options) -> None:
        self._outline, self._options = outline, options
        self._actions = Actions(options)

    def items(self, placed: Placed) -> Iterable[Item]:
        """What a record says; one with a bad value is refused. Of instruments nothing is said: others name them."""
        if placed.section is Section.INSTRUMENTS:
            return ()
        if (why := self._why_skipped(placed)) is not None:
            return (Skipped(placed.record.line, why),)
        try:
            return self._items(placed)
        except BadValue as why_not:
            return (placed.record.refused(why_not),)

    def _why_skipped(self, placed: Placed) -> str | None:
        if placed.section is Section.OTHER:
            return (
                f"“{placed.title}” says nothing for the books." if placed.title else "This says nothing for the books."
            )
        expected = self._outline.expected.get(placed.section)
        return why_skipped(placed.level, expected) if expected is not None else None

    def _items(self, placed: Placed) -> Iterable[Item]:
        match placed.section:
            case Section.TRADES:
                return (self._trade(placed),)
            case Section.CASH:
                return (moved(placed, self._options),)
            case Section.ACTIONS:
                return (self._actions.said(placed),)
            case Section.TRANSFERS:
                return (transferred(placed, self._options),)
            case Section.HELD:
                return (held(placed, self._terms(placed), self._options),)
            case Section.CASH_REPORT:
                return cash_sums(placed, self._options)
            case _:
                return (realised(placed, self._terms(placed), self._options),)

    def _trade(self, placed: Placed) -> Item:
        record, terms = placed.record, self._terms(placed)
        if is_conversion(terms.asset, record.get("exchange"), codes_of(record.get("codes"))):
            return Skipped(record.line, CONVERSION)
        if record.get("type") in ENDINGS_TOLD_APART:
            return Skipped(record.line, TOLD_BY_TRADES)
        return trade(record, self._options, placed.account, terms, placed.charged)

    def _terms(self, placed: Placed) -> Terms:
        """The terms of a record's instrument; what it does not tell itself is taken from the list of instruments."""
        told_here = terms_of(placed.record, self._options.currency)
        if not self._outline.instruments:
            return told_here
        known = self._outline.instruments.get((told_here.asset, told_here.symbol))
        if known is None:
            return told_here
        return told_here._replace(
            underlying=told_here.underlying or known.underlying,
            multiplier=told_here.multiplier or known.multiplier,
            expiry=told_here.expiry or known.expiry,
            strike=told_here.strike or known.strike,
            right=told_here.right or known.right,
            description=told_here.description or known.description,
        )

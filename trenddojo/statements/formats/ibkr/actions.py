"""Corporate actions: splits are kept, everything else is refused, because it changes positions in ways of its own.

IBKR tells a split by its description, "XYZ(US0000000001) SPLIT 4 FOR 1 (XYZ, ...)", a reverse split twice: the old
shares that went, and the new ones that came. It is booked in the evening, and counts for the next day.
"""

import re
from datetime import date
from typing import Final

from trenddojo.statements.format import Options
from trenddojo.statements.formats.ibkr.clocks import day_after_close
from trenddojo.statements.formats.ibkr.contracts import Terms, contract
from trenddojo.statements.formats.ibkr.sections import Placed
from trenddojo.statements.formats.ibkr.words import CANCELLED, STK, category_of, codes_of
from trenddojo.statements.lines import Contract, Said, Skipped, SplitLine
from trenddojo.statements.ratios import Ratio, worded
from trenddojo.statements.values import BadValue

_SPLIT = re.compile(r"\s*([^()]{1,40}?)\s*\([^()]*\)\s+SPLIT\s+([^()]{1,40})", re.IGNORECASE)
_MOST = 20_000

NO_SPLIT: Final = (
    "This corporate action is no split. What it did to positions and cash is not booked: record it by hand."
)
CANCELS: Final = "This line takes a corporate action back. Check its positions by hand."
TOLD_BEFORE: Final = "This split is told by line {line}."


class Actions:
    """The corporate actions of one file, of which a split may be told several times."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._told: dict[tuple[str, Contract, date, Ratio], int] = {}

    def said(self, placed: Placed) -> Said:
        """The split of a record. Raises BadValue for any other action."""
        split = self._split(placed)
        identity = split.account, split.contract, split.on, (split.numerator, split.denominator)
        if (line := self._told.get(identity)) is not None:
            return Skipped(split.line, TOLD_BEFORE.format(line=line))
        if len(self._told) < _MOST:
            self._told[identity] = split.line
        return split

    def _split(self, placed: Placed) -> SplitLine:
        record, options = placed.record, self._options
        if CANCELLED in codes_of(record.get("codes")):
            raise BadValue(CANCELS)
        found = _SPLIT.match(record.get("description")) or _SPLIT.match(record.get("action"))
        ratio = worded(found[2]) if found else None
        if found is None or ratio is None:
            raise BadValue(NO_SPLIT)
        asset = category_of(record.get("asset") or STK)
        if asset != STK:
            raise BadValue(NO_SPLIT)
        terms = Terms(found[1].removesuffix(".OLD"), asset, record.get("currency") or options.currency)
        on = day_after_close(record.first("when", "report_date"), "Date/Time", options)
        account = record.get("account") or placed.account.name
        key = record.first("action_id", "transaction_id")
        return SplitLine(record.line, contract(terms, options.date_order), on, *ratio, key, account)

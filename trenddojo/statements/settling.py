"""How a whole file writes its dates and decimals, where one cell alone could be read in more ways than one."""

import re
from collections.abc import Mapping
from types import MappingProxyType

from trenddojo.statements.format import DateOrder, Need, Unreadable, Unsettled

_DATE = re.compile(r"\s*(\d{1,2})[-/.](\d{1,2})[-/.](?:\d{4}|\d\d)(?!\d)", re.ASCII)
_NAMES: Mapping[DateOrder, str] = MappingProxyType(
    {DateOrder.MONTH_FIRST: "month first", DateOrder.DAY_FIRST: "day first"}
)
_MONTHS = 12
_SHOWN = 20

_POINT = re.compile(r"\d{1,3}(?:,\d{3})+\.\d*|\d*\.(?:\d{1,2}|\d{4,})|(?:0|\d{4,})?\.\d+", re.ASCII)
_COMMA = re.compile(r"\d{1,3}(?:\.\d{3})+,\d*|\d*,(?:\d{1,2}|\d{4,})|(?:0|\d{4,})?,\d+", re.ASCII)
_ROUND_IT = "+-\u2212\u2013()$€£¥@ \t"


class Dates:
    """What the dates of a file show of their order, as they are looked at."""

    def __init__(self) -> None:
        self._examples: dict[DateOrder | None, str] = {}

    def look_at(self, text: str) -> None:
        """Take one date into account. What is none, or reads the same both ways, shows nothing."""
        found = _DATE.match(text)
        if found is None:
            return
        first, second = int(found[1]), int(found[2])
        if first <= _MONTHS and second <= _MONTHS and first != second:
            self._examples.setdefault(None, text[:_SHOWN])
        elif first <= _MONTHS < second:
            self._examples.setdefault(DateOrder.MONTH_FIRST, text[:_SHOWN])
        elif second <= _MONTHS < first:
            self._examples.setdefault(DateOrder.DAY_FIRST, text[:_SHOWN])

    def order(self, said: DateOrder | None) -> DateOrder:
        """The order of the file's dates: as a person said, or as its own dates show.

        Raises Unsettled where neither tells, and Unreadable where a person says what none of the dates can be.
        """
        shown = [one for one in _NAMES if one in self._examples]
        if said is not None and said in _NAMES:
            self._agrees(said, shown)
            return said
        if len(shown) == 1:
            return shown[0]
        if self._examples:
            example = self._examples.get(None) or self._examples[shown[0]]
            raise Unsettled(
                Need.DATE_ORDER,
                f"Dates such as “{example}” can be read day first or month first, and the file does not settle which. "
                "Say how it writes dates.",
            )
        return DateOrder.MONTH_FIRST

    def _agrees(self, said: DateOrder, shown: list[DateOrder]) -> None:
        if shown and said not in shown:
            (other,) = shown
            raise Unreadable(f"“{self._examples[other]}” shows that dates are {_NAMES[other]} here. Choose that.")


class Decimals:
    """What the numbers of a file show of their decimal sign, as they are looked at."""

    def __init__(self) -> None:
        self._points = self._commas = 0

    def look_at(self, text: str) -> None:
        """Take one number into account. "1,234" and "1.234" show nothing."""
        bare = text.strip(_ROUND_IT)
        self._points += bool(_POINT.fullmatch(bare))
        self._commas += bool(_COMMA.fullmatch(bare))

    def has_comma(self, delimiter: str) -> bool:
        """Whether decimals follow a comma: as most numbers show.

        Where none shows it, they do in files whose cells are separated by semicolons: spreadsheets write those where a
        comma is the decimal sign.
        """
        if self._points == self._commas:
            return delimiter == ";"
        return self._commas > self._points

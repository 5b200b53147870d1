"""An account's fills in Tradervue's generic import format, for whoever leaves.

Source of the format: Tradervue's help, "Generic Import Format" (help.tradervue.com/article/3429): columns by name,
dates as yyyy-mm-dd, times as HH:MM:SS of a zone that is chosen there, sides that begin with B or S, fees positive where
they cost. Options are written by their OCC symbol, of which that page's public part says nothing.
"""

import csv
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta, tzinfo
from decimal import Decimal

from trenddojo.domain.csv_cells import Cell, cell_text
from trenddojo.domain.money import EXACT, ZERO
from trenddojo.domain.terms import Direction, OptionRight, Side
from trenddojo.store.archive import snapshot
from trenddojo.store.fills import Leaving, fills_between
from trenddojo.store.models import Instrument
from trenddojo.store.seats import Seat

HEADS = ("Date", "Time", "Symbol", "Quantity", "Price", "Side", "Commission", "TransFee", "ECNFee")
_SIDES = {
    (Direction.LONG, Side.BUY): "B",
    (Direction.LONG, Side.SELL): "S",
    (Direction.SHORT, Side.SELL): "SS",
    (Direction.SHORT, Side.BUY): "BC",
}
_A_DAY = timedelta(days=1)


class _Line:
    """The line that a CSV writer wrote last."""

    text = ""

    def write(self, text: str) -> None:
        self.text = text


def tradervue_file(seat: Seat, since: date | None, until: date | None) -> Iterator[bytes]:
    """The fills of an account's trades from one of its dates to another, both included, in order: a line at a time.

    Dates and times are in the account's zone. Ends the caller's transaction.
    """
    zone, account_id = seat.zone, seat.account.id
    begin = None if since is None else datetime.combine(since, time(), zone)
    end = None if until is None else datetime.combine(until + _A_DAY, time(), zone)
    line = _Line()
    writer = csv.writer(line)
    with snapshot():
        writer.writerow(HEADS)
        yield line.text.encode()
        for found in fills_between(account_id, begin, end):
            writer.writerow(map(cell_text, _row(found, zone)))
            yield line.text.encode()


def _row(found: Leaving, zone: tzinfo) -> tuple[Cell, ...]:
    fill, at = found.execution, found.execution.at.astimezone(zone)
    charge, rebate = max(fill.fee, ZERO), min(fill.fee, ZERO)
    return (
        at.date(),
        f"{at:%H:%M:%S}",
        _symbol(found.instrument),
        _digits(fill.quantity),
        _digits(fill.price),
        _SIDES[found.direction, fill.side],
        _digits(charge),
        _digits(ZERO),
        _digits(rebate),
    )


def _symbol(of: Instrument) -> str:
    """The symbol; of an option that of the OCC: root, yymmdd, C or P, strike in thousandths in eight digits."""
    if of.expiry is None or of.strike is None or of.right is None:
        return of.symbol
    right = "C" if of.right is OptionRight.CALL else "P"
    return f"{of.symbol}{of.expiry:%y%m%d}{right}{int(of.strike * 1000):08}"


def _digits(number: Decimal) -> Decimal:
    return number.normalize(EXACT)

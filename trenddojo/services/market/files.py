"""Bars from a file, for everybody here: read line by line, the good lines kept in portions, the others named.

A file of any size costs no more than a portion of it and the times that it names. Each portion is a transaction of its
own, so that nobody waits long for the database; where it is cut off, the file imported again adds the rest.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import islice
from typing import IO
from zoneinfo import ZoneInfo

from trenddojo.domain.bar_files import BadFile, Kind, Refused, read_bars
from trenddojo.domain.bars import Bar
from trenddojo.domain.money import ONE
from trenddojo.domain.nyse import NEW_YORK
from trenddojo.domain.terms import AssetType, Timeframe
from trenddojo.services import audit, price_history
from trenddojo.services.bars import REAL
from trenddojo.services.errors import Invalid
from trenddojo.services.inputs.bars import BarsInput
from trenddojo.services.instruments import Terms, instrument_for, usual_lot
from trenddojo.services.market.listings import listed
from trenddojo.store.areas import Area
from trenddojo.store.database import db, discard
from trenddojo.store.models import Instrument

LARGEST = 16 << 20
"""Bytes of a file at most; 200,000 lines are about 12 MB."""
REFUSED_SHOWN = 200
FIELD = "file"
"""The field that a refusal stands by."""
_BARS_AT_ONCE = 500


@dataclass(slots=True)
class ImportedBars:
    """What an import did: bars kept, of which dates, and the lines that were refused, of many the first ones."""

    symbol: str
    timeframe: Timeframe
    source: str
    kept: int = 0
    first: date | None = None
    last: date | None = None
    refused: int = 0
    lines: list[Refused] = field(default_factory=list)

    def note_refused(self, one: Refused) -> None:
        """Count a line, and keep the first ones."""
        self.refused += 1
        if len(self.lines) < REFUSED_SHOWN:
            self.lines.append(one)

    def note_kept(self, bars: list[Bar], zone: ZoneInfo) -> None:
        """Count a portion that was kept."""
        dates = [bar.start.astimezone(zone).date() for bar in bars]
        self.kept += len(bars)
        self.first = min(filter(None, (self.first, *dates)))
        self.last = max(filter(None, (self.last, *dates)))


def import_bars(file: IO[bytes], name: str, entered: BarsInput, now: datetime) -> ImportedBars:
    """Keep the bars of a file, in place of those of the same times; the same file again changes nothing.

    Ends the caller's transaction without keeping it. Raises Invalid where the instrument is not clear, where the file
    is no table of prices, and where no line of it can be read; nothing is then kept.
    """
    discard()
    instrument = _instrument(entered)
    kind = Kind(entered.timeframe, ZoneInfo("UTC") if entered.asset_type is AssetType.CRYPTO else NEW_YORK)
    done = ImportedBars(instrument.symbol, entered.timeframe, _printable(name))
    try:
        told = _good(read_bars(file, kind, now), done)
        while portion := list(islice(told, _BARS_AT_ONCE)):
            price_history.keep(instrument, REAL, done.source, portion, now, is_raw=entered.is_raw)
            db.session.commit()
            done.note_kept(portion, kind.zone)
    except BadFile as error:
        discard()
        raise Invalid({FIELD: f"{error} {_so_far(done)}"}) from None
    if not done.kept:
        discard()
        raise Invalid({FIELD: _nothing(done)})
    audit.note("bars_imported", Area.TRADING, done.source, symbol=done.symbol, kept=done.kept, refused=done.refused)
    db.session.commit()
    return done


def _good(told: Iterator[Bar | Refused], done: ImportedBars) -> Iterator[Bar]:
    for one in told:
        if isinstance(one, Refused):
            done.note_refused(one)
        else:
            yield one


def _instrument(entered: BarsInput) -> Instrument:
    """The instrument that is meant: the known one of this symbol, type and currency, else a new one."""
    known = listed(entered.symbol, entered.asset_type, entered.currency, entered.exchange)
    return known or instrument_for(_terms(entered))


def _terms(entered: BarsInput) -> Terms:
    return Terms(
        symbol=entered.symbol,
        asset_type=entered.asset_type,
        currency=entered.currency,
        exchange=entered.exchange,
        multiplier=ONE,
        lot=usual_lot(entered.asset_type),
        expiry=None,
        strike=None,
        right=None,
    )


def _printable(name: str) -> str:
    """A file's name as it is kept, whatever was sent as one."""
    return "".join(letter for letter in name if letter.isprintable())[:80]


def _so_far(done: ImportedBars) -> str:
    return f"{done.kept:,} bars before it were kept." if done.kept else "Nothing was imported."


def _nothing(done: ImportedBars) -> str:
    if not done.lines:
        return "There is no line of prices after the header. Nothing was imported."
    shown = " ".join(f"Line {one.line}: {one.why}" for one in done.lines[:3])
    return f"No line can be read. {shown} Nothing was imported."

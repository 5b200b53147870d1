"""Exchange rates from the ECB's files: checked as a whole, then written in portions.

The first reading keeps nothing, so that a file of any size costs no more than a line of it, and a wrong one changes
nothing. The second writes a few months at a time, each in a transaction of its own, so that nobody waits long for
the database; where it is cut off, the file imported again adds the rest.
"""

import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from typing import IO

from trenddojo.domain.ecb import BASE, BadFile, DayRates, read_days
from trenddojo.domain.rates import ECB, DatedRate
from trenddojo.services import audit
from trenddojo.services.errors import Invalid
from trenddojo.store import rates
from trenddojo.store.areas import Area
from trenddojo.store.database import db, discard

LARGEST = 8 << 20
"""Bytes of a file at most; all rates since 1999 are about 2 MB."""
LARGEST_ZIP = 2 << 20
_DAYS_AT_ONCE = 150
FIELD = "file"
"""The field that a refusal stands by."""


@dataclass(frozen=True, slots=True)
class ImportedRates:
    """What an import did: rates that were new, that differed from what was kept, and those known already."""

    added: int
    changed: int
    known: int
    currencies: int
    first: date
    last: date


def import_rates(file: IO[bytes], name: str, today: date, now: datetime) -> ImportedRates:
    """Keep the rates of one of the ECB's files, plain or zipped; the same file again changes nothing.

    Ends the caller's transaction without keeping it. `today` is the latest date that may stand in it. Raises Invalid
    with the line where the file is not one of the ECB's, and has then changed nothing.
    """
    discard()
    try:
        for _ in _read(file, today):
            pass
        done = _Counted()
        told = _read(file, today)
        while days := tuple(islice(told, _DAYS_AT_ONCE)):
            done.add(days, _keep(days, now))
    except BadFile as error:
        raise Invalid({FIELD: f"{error} Nothing was imported."}) from None
    result = done.result()
    audit.note("rates_imported", Area.ACCOUNTS, _printable(name), added=result.added, changed=result.changed)
    db.session.commit()
    return result


def _printable(name: str) -> str:
    """A file's name as the audit log keeps it, whatever was sent as one."""
    return "".join(letter for letter in name if letter.isprintable())[:80]


class _Counted:
    """What the portions of a file came to so far."""

    def __init__(self) -> None:
        self._added = self._changed = self._known = 0
        self._currencies: set[str] = set()
        self._dates: set[date] = set()

    def add(self, days: Sequence[DayRates], kept: tuple[int, int]) -> None:
        told = sum(len(day.rates) for day in days)
        self._added, self._changed = self._added + kept[0], self._changed + kept[1]
        self._known += told - sum(kept)
        self._currencies.update(code for day in days for code in day.rates)
        self._dates.update(day.on for day in days)

    def result(self) -> ImportedRates:
        first, last = min(self._dates), max(self._dates)
        return ImportedRates(self._added, self._changed, self._known, len(self._currencies), first, last)


def _keep(days: Sequence[DayRates], now: datetime) -> tuple[int, int]:
    """Write what is new or differs of some dates, and commit: how many of each."""
    dates = [day.on for day in days]
    known = rates.of_ecb(BASE, {code for day in days for code in day.rates}, min(dates), max(dates))
    told = [DatedRate(ECB, BASE, code, day.on, rate) for day in days for code, rate in day.rates.items()]
    news = [one for one in told if known.get((one.quote, one.on)) != one.rate]
    rates.keep(news, now)
    db.session.commit()
    changed = sum((one.quote, one.on) in known for one in news)
    return len(news) - changed, changed


def _read(file: IO[bytes], today: date) -> Iterator[DayRates]:
    file.seek(0)
    head = file.read(4)
    if head[:2] != b"PK":
        file.seek(0)
        yield from read_days(file, today)
        return
    with _unzipped(file) as inner:
        yield from read_days(inner, today)


@contextmanager
def _unzipped(file: IO[bytes]) -> Iterator[IO[bytes]]:
    """The one CSV file in a zip, unpacked as it is read. Raises BadFile for another zip, at whatever point."""
    if file.seek(0, 2) > LARGEST_ZIP:
        raise BadFile(f"A zip file may have {LARGEST_ZIP >> 20} MB at most.")
    try:
        with zipfile.ZipFile(file) as archive, archive.open(_only(archive.namelist())) as inner:
            yield inner
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError, ValueError) as error:
        if isinstance(error, BadFile):
            raise
        raise BadFile("The zip file is damaged, locked by a password, or packed in a way that is not known.") from None


def _only(names: Iterable[str]) -> str:
    found = list(names)
    if len(found) != 1 or not found[0].lower().endswith(".csv"):
        raise BadFile("The zip file should hold one file whose name ends in .csv, and nothing else.")
    return found[0]

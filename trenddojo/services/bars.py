"""The bars of prices that an account may see: its own market's, never another's."""

from datetime import datetime

from trenddojo.domain.bars import Bar, finest
from trenddojo.domain.splits import PLAIN, Units
from trenddojo.domain.terms import Mode
from trenddojo.store import bars
from trenddojo.store.models import Account, Instrument

REAL = ""
"""The realm of the real market's prices, whoever told them."""


def realms_of(account: Account) -> tuple[str, str]:
    """Whose prices an account sees: its own (a demo's), else those of its simulated exchange or of the real market."""
    return str(account.id), str(account.connection_id) if account.mode is Mode.MOCK else REAL


def finest_bars(
    account: Account, instrument: Instrument, since: datetime, until: datetime, units: Units = PLAIN
) -> list[Bar]:
    """The finest bars of an instrument that the account sees, of all time between two instants, in order, in `units`.

    `domain.splits.Units.bar` says what bars are told in.
    """
    told = (units.bar(bar) for bar in known_bars(account, instrument, since, until))
    return [bar for bar in finest(told) if bar.end > since and bar.start <= until]


def known_bars(account: Account, instrument: Instrument, since: datetime, until: datetime) -> list[Bar]:
    """Every bar of an instrument that the account sees of the days from one instant to another, as it was told.

    `domain.bars.finest` chooses among them.
    """
    return bars.bars_between(instrument.id, realms_of(account), since, until)

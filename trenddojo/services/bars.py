"""The bars of prices that an account may see: its own market's, never another's."""

from collections.abc import Sequence
from datetime import datetime

from trenddojo.domain.bars import Bar, Split, finest
from trenddojo.domain.terms import Mode, Timeframe
from trenddojo.store import bars
from trenddojo.store.bars import Series
from trenddojo.store.models import Account, BrokerConnection, Instrument

REAL = ""
"""The realm of the real market's prices, whoever told them."""
MOST_IN_A_SERIES = 1500
"""Six years of days, or almost a year of hours of a session."""


def realms_of(account: Account) -> tuple[str, str]:
    """Whose prices an account sees: its own (a demo's), else those of its simulated exchange or of the real market."""
    return str(account.id), str(account.connection_id) if account.mode is Mode.MOCK else REAL


def realm_of(connection: BrokerConnection) -> str:
    """Whose prices a connection tells: those of its simulated exchange alone, or of the real market."""
    return str(connection.id) if connection.mode is Mode.MOCK else REAL


def finest_bars(account: Account, instrument: Instrument, since: datetime, until: datetime) -> list[Bar]:
    """The finest bars of an instrument that the account sees, of all time between two instants, in order."""
    return [
        bar for bar in finest(known_bars(account, instrument, since, until)) if bar.end > since and bar.start <= until
    ]


def known_bars(
    account: Account, instrument: Instrument, since: datetime, until: datetime, splits: Sequence[Split] = ()
) -> list[Bar]:
    """Every bar of an instrument that the account sees of the days from one instant to another.

    `domain.bars.finest` chooses among them. With the instrument's `splits` prices are in the shares of after the last
    of them, else as they were told.
    """
    return bars.bars_between(instrument.id, realms_of(account), since, until, splits)


def series(
    account: Account,
    instrument: Instrument,
    timeframe: Timeframe,
    between: tuple[datetime, datetime],
    most: int = MOST_IN_A_SERIES,
) -> Series:
    """The bars of one length that the account sees, which begin from one instant on and before another.

    Of more than `most` the newest; prices are as they were told.
    """
    return bars.series(instrument.id, realms_of(account), timeframe, between, most)

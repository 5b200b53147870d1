"""The bars of prices that an account may see: its own market's, never another's."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from trenddojo.domain.bars import Bar, finest, rounded_bar
from trenddojo.domain.splits import PLAIN, Units
from trenddojo.domain.terms import Mode, Timeframe
from trenddojo.store import bars
from trenddojo.store.bars import Realms, Series
from trenddojo.store.models import Account, BrokerConnection, Instrument

REAL = ""
"""The realm of the real market's prices, whoever told them."""
MOST_IN_A_SERIES = 1500
"""Six years of days, or almost a year of hours of a session."""


def brought_realm(account_id: UUID) -> str:
    """The realm of the market's prices that an archive brought with an account: nobody else sees them."""
    return f"archive-{account_id}"


def realm_of(connection: BrokerConnection) -> str:
    """Whose prices a connection tells: those of its simulated exchange alone, or of the real market."""
    return str(connection.id) if connection.mode is Mode.MOCK else REAL


def realms_of(account: Account) -> Realms:
    """Whose prices an account sees: its own (a demo's), else those of its simulated exchange or of the real market.

    Of the real market's, those that came with it in an archive go before those that were told here.
    """
    market = str(account.connection_id) if account.mode is Mode.MOCK else REAL
    return Realms(str(account.id), brought_realm(account.id), market)


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


def series(
    account: Account,
    instrument: Instrument,
    timeframe: Timeframe,
    between: tuple[datetime, datetime],
    *,
    units: Units,
    most: int = MOST_IN_A_SERIES,
) -> Series:
    """The bars of one length that the account sees, which begin from one instant on and before another, in `units`.

    Of more than `most` the newest; prices are rounded to the 6 places that they are kept to.
    """
    found = bars.series(instrument.id, realms_of(account), timeframe, between, most)
    return replace(found, bars=[rounded_bar(units.bar(bar)) for bar in found.bars])

"""How the setup at hand has done so far on the account."""

from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

from trenddojo.domain.money import ONE
from trenddojo.store.plans import record_of, setups_of
from trenddojo.store.seats import Seat
from trenddojo.web import drawings
from trenddojo.web.drawings import Scale
from trenddojo.web.format import percent, pnl_r
from trenddojo.web.ticket.picture import results

LATEST: Final = 13
FEW: Final = 30
"""Under so many trades a record says little (rule 52 of docs/NUMBERS.md)."""

_MEAN, _RATE = Scale(-1, 2, 104), Scale(0, 1, 104)


@dataclass(frozen=True, slots=True)
class SetupRecord:
    """A setup's closed trades as shown; `name` is empty for all of the account's trades."""

    name: str
    trades: int
    mean_r: Markup | str
    mean_bar: Markup
    with_r: str
    win_rate: str
    rate_bar: Markup
    wins: str
    latest: Markup
    few: bool


def setup_record(seat: Seat, setup: str) -> SetupRecord:
    """The record of `setup`, as the account writes it, or of every trade where it is empty."""
    name = next(
        (known.name for known in setups_of(seat.account.id) if known.name.casefold() == setup.casefold()), setup
    )
    found = record_of(seat.account.id, name, seat.account.breakeven_band, LATEST)
    mean = found.sum_r / found.with_r if found.with_r else None
    rate = ONE * found.wins / found.trades if found.trades else None
    return SetupRecord(
        name=name,
        trades=found.trades,
        mean_r=pnl_r(mean),
        mean_bar=drawings.bar(mean, _MEAN, 18),
        with_r=f"{found.with_r} with R",
        win_rate=percent(rate, 0),
        rate_bar=drawings.interval(rate, None, None, _RATE, zero=False),
        wins=f"{found.wins} of {found.trades}",
        latest=results(found.latest_r),
        few=found.trades < FEW,
    )

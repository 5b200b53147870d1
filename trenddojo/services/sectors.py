"""The sectors that an account gives symbols: said once, one holds for the shares and for every contract on them."""

from collections.abc import Mapping

from trenddojo.services.errors import Forbidden
from trenddojo.services.inputs.sectors import SectorInput
from trenddojo.store import accounts
from trenddojo.store.database import db
from trenddojo.store.models import Sector
from trenddojo.store.seats import Seat
from trenddojo.store.sectors import sector_row, sectors_of


def sectors_at(seat: Seat) -> Mapping[str, str]:
    """The sector of each symbol that has one on the account, by symbol in order."""
    return sectors_of(seat.account.id)


def set_sector(seat: Seat, entered: SectorInput) -> Mapping[str, str]:
    """Give a symbol its sector, or none; it counts from the next plan on. Raises Forbidden for who may only look."""
    if not seat.may_trade:
        raise Forbidden(f"You may look at {seat.account.name}, but not say what its sectors are.")
    accounts.lock(seat.account)
    say(seat, entered.symbol, entered.sector)
    db.session.commit()
    return sectors_at(seat)


def say(seat: Seat, symbol: str, name: str) -> None:
    """Write the sector of a symbol as other symbols spell it; an empty name takes it away. The caller commits."""
    row, known = sector_row(seat.account.id, symbol), sectors_at(seat)
    spelled = next((one for of, one in known.items() if of != symbol and one.casefold() == name.casefold()), name)
    if row is None and spelled:
        db.session.add(Sector(account_id=seat.account.id, symbol=symbol, name=spelled))
    elif row is not None and spelled:
        row.name = spelled
    elif row is not None:
        db.session.delete(row)
    db.session.flush()

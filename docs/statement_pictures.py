"""An account whose history comes from two statements: one is in the books, one is looked at before it is."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from trenddojo.domain.terms import ImportStatus
from trenddojo.services import accounts
from trenddojo.services.imports import acts, uploads, work
from trenddojo.services.inputs import parse
from trenddojo.services.inputs.accounts import AccountInput
from trenddojo.services.inputs.imports import ImportOptions
from trenddojo.store.database import discard
from trenddojo.store.models import User
from trenddojo.store.seats import Seat

START = Decimal(60_000)
FEE = Decimal("1.00")
ZONE = "America/New_York"
_HEAD = """Statement,Header,Field Name,Field Value
Statement,Data,BrokerName,Interactive Brokers LLC
Statement,Data,Period,"{period}"
Account Information,Header,Field Name,Field Value
Account Information,Data,Account,U7714302
Account Information,Data,Base Currency,USD
"""
_TRADES = (
    "Trades,Header,DataDiscriminator,Asset Category,Currency,Symbol,Date/Time,Quantity,T. Price,C. Price,Proceeds,"
    "Comm/Fee,Basis,Realized P/L,MTM P/L,Code"
)
_CASH = "Cash Report,Header,Currency Summary,Currency,Total,Securities,Futures,"
_HELD = (
    "Open Positions,Header,DataDiscriminator,Asset Category,Currency,Symbol,Quantity,Mult,Cost Price,Cost Basis,"
    "Close Price,Value,Unrealized P/L,Code"
)
_REALISED = "Realized & Unrealized Performance Summary,Header,Asset Category,Symbol,Cost Adj.,Realized Total,Total,Code"


@dataclass(frozen=True, slots=True)
class Trip:
    """A purchase and its sale: days of 2026, units, prices. Without a day out it is still held."""

    symbol: str
    units: int
    day_in: str
    price_in: str
    day_out: str = ""
    price_out: str = ""

    @property
    def paid(self) -> Decimal:
        """What the purchase cost, its fee included."""
        return self.units * Decimal(self.price_in) + FEE

    @property
    def brought(self) -> Decimal:
        """What the sale brought after its fee; 0 while it is held."""
        return self.units * Decimal(self.price_out) - FEE if self.day_out else Decimal(0)


UNTOLD = Trip("ORCL", 35, "09-22", "142.30")
"""Held at the end; the line of its purchase is damaged."""
FIRST = [
    Trip("AMD", 60, "02-03", "118.40", "02-19", "127.85"), Trip("COST", 10, "03-02", "912.00", "03-24", "897.50"),
    Trip("ANET", 55, "04-09", "104.10", "05-28", "121.65"), Trip("CRM", 24, "06-11", "268.75", "06-30", "259.20"),
    Trip("NFLX", 9, "07-14", "1188.00", "08-21", "1243.50"), Trip("PANW", 30, "09-03", "187.60", "09-25", "201.15"),
    Trip("KO", 90, "09-10", "69.85"), UNTOLD,
]  # fmt: skip
SECOND = [
    Trip("PANW", 30, "09-03", "187.60", "09-25", "201.15"), Trip("KO", 90, "09-10", "69.85", "10-20", "71.40"),
    Trip("TSM", 26, "10-06", "241.20", "10-29", "268.90"), Trip("UBER", 70, "10-15", "91.35", "11-04", "88.10"),
    Trip("AVGO", 18, "10-27", "338.40"), Trip("SHOP", 45, "11-03", "134.75"),
]  # fmt: skip


def bring(user: User, now: datetime) -> tuple[UUID, UUID]:
    """Its account with both statements: the import of the one in the books, and of the one that is looked at."""
    entered = {"name": "IBKR by statement", "starting_balance": str(START), "time_zone": ZONE}
    seat = accounts.create_account(user, parse(AccountInput, {**entered, "opened_on": "2026-01-02"}), now)
    damaged = _statement("January 2, 2026 - September 30, 2026", FIRST).replace(",35,142.30", ",3S,142.30")
    first = _looked_at(seat, "U7714302 January to September.csv", damaged, now)
    acts.take(seat, first, {})
    _work(first, now)
    later = _statement("September 1, 2026 - November 13, 2026", SECOND).replace(",45,134.75", ",45,about 134")
    return first, _looked_at(seat, "U7714302 September to November.csv", later + _FLOWS, now)


_FLOWS = """Deposits & Withdrawals,Header,Currency,Settle Date,Description,Amount
Deposits & Withdrawals,Data,USD,2026-10-02,Electronic Fund Transfer,"5,000"
"""


def _looked_at(seat: Seat, name: str, text: str, now: datetime) -> UUID:
    sent = uploads.folder().incoming()
    sent.write(text.encode())
    row = uploads.receive(seat, name, sent, now).row
    found = row.id
    if row.status is ImportStatus.RECEIVED:  # of later files with these columns the answer is known
        acts.answer(seat, found, "", parse(ImportOptions, {"zone": ZONE}), now)
    _work(found, now)
    return found


def _work(import_id: UUID, now: datetime) -> None:
    discard()
    work.work(import_id, None, now)


def _statement(period: str, trips: list[Trip]) -> str:
    """An activity statement of IBKR whose cash report tells a fee and a dividend that it has no line of."""
    lines = (*_report(trips), *_positions(trips), *_fills(trips), *_gains(trips))
    return _HEAD.format(period=period) + "".join(f"{line}\n" for line in lines)


def _report(trips: list[Trip]) -> Iterator[str]:
    fills = sum(2 if one.day_out else 1 for one in trips)
    fee, dividend = Decimal("10.00"), Decimal("22.05")
    ending = START + sum(one.brought - one.paid for one in trips) - fee + dividend
    figures = {"Commissions": -FEE * fills, "Other Fees": -fee, "Dividends": dividend, "Ending Cash": ending}
    yield _CASH
    for label, total in figures.items():
        yield f"Cash Report,Data,{label},USD,{total},{total},0,"


def _positions(trips: list[Trip]) -> Iterator[str]:
    yield _HELD
    for one in trips:
        if not one.day_out:
            told = f"{one.symbol},{one.units},1,{one.paid / one.units:.4f},{one.paid},{one.price_in},{one.paid},0,"
            yield f"Open Positions,Data,Summary,Stocks,USD,{told}"


def _fills(trips: list[Trip]) -> Iterator[str]:
    yield _TRADES
    for one in trips:
        yield _fill(one.symbol, one.day_in, one.units, one.price_in, "O")
        if one.day_out:
            yield _fill(one.symbol, one.day_out, -one.units, one.price_out, "C")


def _fill(symbol: str, day: str, units: int, price: str, code: str) -> str:
    money = f"{units},{price},{price},{-units * Decimal(price)},-{FEE},0,0,0"
    return f'Trades,Data,Order,Stocks,USD,{symbol},"2026-{day}, 10:31:07",{money},{code}'


def _gains(trips: list[Trip]) -> Iterator[str]:
    yield _REALISED
    for one in trips:
        if one.day_out:
            gain = one.brought - one.paid
            yield f"Realized & Unrealized Performance Summary,Data,Stocks,{one.symbol},0,{gain},{gain},"

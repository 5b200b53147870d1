"""Files for the tests of formats, what is read of them, and fills at random."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from trenddojo.domain.terms import AssetType, OptionRight, Side
from trenddojo.statements import registry
from trenddojo.statements.format import DateOrder, Format, Options
from trenddojo.statements.lines import Contract, FillLine, Refusal, Said, Skipped
from trenddojo.statements.tables import head_of

Kind = TypeVar("Kind")
NEW_YORK = ZoneInfo("America/New_York")
BERLIN = ZoneInfo("Europe/Berlin")
HUNDRED = Decimal(100)


def options(
    zone: ZoneInfo = NEW_YORK, *, order: DateOrder | None = None, columns: Mapping[str, str] | None = None
) -> Options:
    """An account in Berlin, in dollars, whose file has the clocks of `zone`."""
    return Options(BERLIN, zone, "USD", order, columns or {})


def read(found: Format, content: str | bytes, how: Options | None = None) -> list[Said]:
    """What a file of this content says. Raises Unreadable."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "statement.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return list(found.read(path, how or options()))


def recognised(content: str | bytes) -> str:
    """The name of the format of a file, empty for none."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "statement.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        found, _ = registry.recognised(path)
        return found.name if found else ""


def claimants(content: str) -> list[str]:
    """The names of all formats that take a file for theirs."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "statement.csv"
        path.write_bytes(content.encode())
        head = head_of(path)
    return [one.name for one in registry.FORMATS if one.recognises(head)]


def of(kind: type[Kind], lines: list[Said]) -> list[Kind]:
    """The lines of one kind."""
    return [line for line in lines if isinstance(line, kind)]


def only(lines: list[Said]) -> Said:
    """The one line that is no skipped one."""
    (line,) = [line for line in lines if not isinstance(line, Skipped)]
    return line


def refusal(lines: list[Said]) -> str:
    """The reason of the one refusal."""
    (line,) = of(Refusal, lines)
    return line.reason


def stock(symbol: str, currency: str = "USD") -> Contract:
    """A share."""
    return Contract(symbol, AssetType.STOCK, currency)


def shown(fill: FillLine) -> tuple[object, ...]:
    """What matters of a fill, for comparing it with the one that was written."""
    return fill.contract, fill.at.astimezone(UTC), fill.side, fill.quantity, fill.price, fill.fee


def moments(zone: ZoneInfo = NEW_YORK) -> st.SearchStrategy[datetime]:
    """Instants to the second, none in the hour that a clock shows twice or the one that it leaves out."""
    days = st.dates(date(2015, 1, 1), date(2026, 11, 1))
    seconds = st.integers(4 * 3600, 20 * 3600)
    return st.builds(
        lambda on, second: datetime(on.year, on.month, on.day, tzinfo=zone) + timedelta(seconds=second), days, seconds
    )


symbols = st.sampled_from(["AAPL", "NVDA", "BRK/B", "F", "SPY", "MSFT"])
shares = st.builds(stock, symbols)
calls = st.builds(
    lambda root, expiry, strike, right: Contract(
        root, AssetType.OPTION, "USD", "", HUNDRED, expiry, Decimal(strike) / 2, right
    ),
    st.sampled_from(["AAPL", "NVDA", "SPY"]),
    st.dates(date(2015, 1, 1), date(2030, 1, 1)),
    st.integers(1, 9_999),
    st.sampled_from(OptionRight),
)
quantities = st.integers(1, 100_000).map(Decimal)
prices = st.integers(1, 99_999_999).map(lambda n: Decimal(n) / 10_000)
costs = st.integers(0, 99_999).map(lambda n: Decimal(n) / 100)
sides = st.sampled_from(Side)


def fills(contracts: st.SearchStrategy[Contract] = shares | calls) -> st.SearchStrategy[list[FillLine]]:
    """Some fills, told by a file that names everything but the line that they will stand in."""
    one = st.builds(
        FillLine,
        line=st.just(0),
        contract=contracts,
        at=moments(),
        is_dated=st.just(False),
        side=sides,
        quantity=quantities,
        price=prices,
        fee=costs,
    )
    return st.lists(one, min_size=1, max_size=8)


def dotted(fills: list[FillLine]) -> list[FillLine]:
    """The same with BRK.B for BRK/B, as the books call it where the file has a blank."""
    return [replace(one, contract=replace(one.contract, symbol=one.contract.symbol.replace("/", "."))) for one in fills]


def occ(contract: Contract) -> str:
    """A symbol as exports write it: of an option root, date, right and strike in thousandths."""
    if contract.expiry is None or contract.strike is None or contract.right is None:
        return contract.symbol
    right = "C" if contract.right is OptionRight.CALL else "P"
    return f"{contract.symbol}{contract.expiry:%y%m%d}{right}{int(contract.strike * 1000):08}"

"""Files in layouts of their own, read by the columns that a person names, whatever their habits."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given as each
from hypothesis import settings
from hypothesis import strategies as st

from tests.statements.formats import given
from tests.statements.formats.examples import MAPPED, MAPPED_COLUMNS
from tests.statements.formats.given import BERLIN, NEW_YORK, of, refusal, shown, stock
from trenddojo.domain.terms import AssetType, OptionRight, Side
from trenddojo.statements.format import DateOrder, Need, Unreadable, Unsettled
from trenddojo.statements.formats.mapped import FIELDS
from trenddojo.statements.formats.mapped import MAPPED as TABLE
from trenddojo.statements.lines import Contract, Effect, FillLine, LabelLine, Said
from trenddojo.statements.options import option

COLUMNS = {"date": "When", "symbol": "What", "quantity": "Units", "price": "Each"}
MORE = {
    **COLUMNS,
    "side": "Way",
    "commission": "Broker",
    "fees": "Others",
    "effect": "Effect",
    "currency": "Money",
    "fx": "Rate",
    "asset_type": "Kind",
    "expiry": "Until",
    "strike": "Strike",
    "right": "Right",
    "multiplier": "Times",
    "account": "Where",
    "key": "Number",
    "note": "Note",
    "tags": "Tags",
}


def read(
    *lines: str, columns: dict[str, str] | None = None, delimiter: str = ",", order: DateOrder | None = None
) -> list[Said]:
    named = columns or COLUMNS
    content = "\n".join([delimiter.join(named.values()), *lines])
    return given.read(TABLE, content, given.options(columns=named, order=order))


def one(delimiter: str = ",", **cells: str) -> list[Said]:
    """What one line with all the columns says."""
    usual = {"date": "2024-03-04 09:31:06", "symbol": "AAPL", "quantity": "10", "price": "150.25", "side": "Buy"}
    return read(delimiter.join((usual | cells).get(field, "") for field in MORE), columns=MORE, delimiter=delimiter)


def fill(said: list[Said]) -> FillLine:
    (found,) = of(FillLine, said)
    return found


def test_a_file_with_habits_of_its_own() -> None:
    said = of(FillLine, given.read(TABLE, MAPPED, given.options(BERLIN, columns=MAPPED_COLUMNS)))
    assert said == [
        FillLine(2, stock("SAP", "EUR"), datetime(2024, 3, 28, 9, 31, 6, tzinfo=BERLIN), False, Side.BUY,
                 Decimal(100), Decimal("1178.50"), Decimal("4.90")),
        FillLine(3, stock("SAP", "EUR"), datetime(2024, 3, 4, 10, tzinfo=BERLIN), False, Side.SELL,
                 Decimal(100), Decimal("181.25"), Decimal("4.90")),
    ]  # fmt: skip


def test_four_columns_are_enough() -> None:
    said = read("2024-03-04 09:31:06,AAPL,-10,150.25", "2024-03-05,AAPL,10,151")
    first, second = of(FillLine, said)
    assert (first.side, first.quantity, first.fee) == (Side.SELL, 10, None)
    assert (second.side, second.is_dated) == (Side.BUY, True)
    assert first.contract == stock("AAPL")


def test_everything_that_can_be_told() -> None:
    said = one(
        ";",
        commission="1",
        fees="0.25",
        effect="open",
        currency="eur",
        fx="1.08",
        account="U1",
        key="T-1",
        note="Why",
        tags="a, b,a",
    )
    assert fill(said) == FillLine(
        2,
        stock("AAPL", "EUR"),
        datetime(2024, 3, 4, 9, 31, 6, tzinfo=NEW_YORK),
        False,
        Side.BUY,
        Decimal(10),
        Decimal("150.25"),
        Decimal("1.25"),
        Decimal("1.08"),
        "T-1",
        "U1",
        Effect.OPEN,
    )
    assert of(LabelLine, said) == [LabelLine(2, "Why", ("a", "b"))]


@pytest.mark.parametrize(
    ("cells", "contract"),
    [
        (
            {"strike": "150", "expiry": "2024-06-21", "right": "put"},
            option("AAPL", expiry=date(2024, 6, 21), strike=Decimal(150), right=OptionRight.PUT, currency="USD"),
        ),
        (
            {"symbol": "AAPL240621P00150000", "multiplier": "10"},
            option(
                "AAPL",
                expiry=date(2024, 6, 21),
                strike=Decimal(150),
                right=OptionRight.PUT,
                currency="USD",
                multiplier=Decimal(10),
            ),
        ),
        (
            {"symbol": "ESH24", "asset_type": "Future", "multiplier": "50"},
            Contract("ESH24", AssetType.FUTURE, "USD", "", Decimal(50)),
        ),
        ({"symbol": "BTC/USD", "asset_type": "crypto"}, Contract("BTC/USD", AssetType.CRYPTO, "USD")),
        ({"symbol": "SPY", "asset_type": "ETF"}, Contract("SPY", AssetType.ETF, "USD")),
    ],
)
def test_contracts(cells: dict[str, str], contract: Contract) -> None:
    assert fill(one(**cells)).contract == contract


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ({"asset_type": "future"}, "Times: what one future of AAPL is worth is not told"),
        ({"asset_type": "option"}, "What: AAPL is an option whose terms are not told"),
        ({"asset_type": "painting"}, "Kind: “painting”"),
        ({"strike": "-1", "expiry": "2024-06-21", "right": "put"}, "Strike: a strike is above zero"),
        ({"strike": "1", "expiry": "", "right": "put"}, "Until: an empty cell is not a date"),
        ({"strike": "1", "expiry": "2024-06-21"}, "Right:"),
        ({"multiplier": "0"}, "Times: a multiplier is above zero"),
        ({"currency": "dollars"}, "Money: “DOLLARS”"),
        ({"fx": "-1"}, "Rate: a rate is above zero"),
        ({"side": "swap"}, "Way: “swap” is no side"),
        ({"quantity": "0"}, "Units: a fill of nothing"),
        ({"price": "-5"}, "Each: a price below zero"),
        ({"date": "soon"}, "When: “soon” is not a date"),
        ({"date": ""}, "When: the date is missing"),
        ({"symbol": "=cmd"}, "What: “=cmd” is not a symbol"),
    ],
)
def test_what_cannot_be_read_is_said_by_the_name_of_its_column(cells: dict[str, str], reason: str) -> None:
    assert reason in refusal(one(**cells))


def test_the_sign_of_a_fee_is_that_of_most() -> None:
    columns = {**COLUMNS, "commission": "Cost"}
    minus = [f"2024-03-04,AAPL,1,150,{cost}" for cost in ("-1.00", "-2.00", "0.50", "0")]
    plus = [f"2024-03-04,AAPL,1,150,{cost}" for cost in ("1.00", "2.00", "-0.50", "0")]
    for lines in (minus, plus):
        fees = [line.fee for line in of(FillLine, read(*lines, columns=columns))]
        assert fees == [1, 2, Decimal("-0.5"), 0]


def test_columns_that_are_not_there_or_not_named() -> None:
    with pytest.raises(Unreadable, match="lacks the column “Each”"):
        given.read(TABLE, "When,What,Units\n2024-03-04,AAPL,1", given.options(columns=COLUMNS))
    with pytest.raises(Unsettled, match="Price") as asked:
        read("2024-03-04,AAPL,1,1", columns={**COLUMNS, "price": ""})
    assert asked.value.need is Need.COLUMNS
    with pytest.raises(Unreadable, match="no field “colour”"):
        read("2024-03-04,AAPL,1,1,red", columns={**COLUMNS, "colour": "Colour"})
    assert set(MORE) | {"time"} == set(FIELDS)


def test_ambiguous_dates_are_asked() -> None:
    with pytest.raises(Unsettled) as asked:
        read("03/04/2024,AAPL,1,1")
    assert asked.value.need is Need.DATE_ORDER
    assert fill(read("03/04/2024,AAPL,1,1", order=DateOrder.DAY_FIRST)).at.month == 4


@pytest.mark.parametrize(
    ("at", "utc"),
    [
        ("2024-03-04T09:31:06Z", datetime(2024, 3, 4, 9, 31, 6, tzinfo=UTC)),
        ("2024-03-04T09:31:06.250+01:00", datetime(2024, 3, 4, 8, 31, 6, 250_000, tzinfo=UTC)),
        ("20240304 093106", datetime(2024, 3, 4, 14, 31, 6, tzinfo=UTC)),
        ("1709544666", datetime(2024, 3, 4, 9, 31, 6, tzinfo=UTC)),
        ("1709544666250", datetime(2024, 3, 4, 9, 31, 6, 250_000, tzinfo=UTC)),
        ("2024-03-04 9:31 PM", datetime(2024, 3, 5, 2, 31, tzinfo=UTC)),
    ],
)
def test_moments_as_programs_write_them(at: str, utc: datetime) -> None:
    assert fill(one(date=at)).at.astimezone(UTC) == utc


@settings(max_examples=80, deadline=None)
@each(
    drawn=given.fills(given.shares),
    comma=st.booleans(),
    order=st.sampled_from(["%Y-%m-%d", "%d.%m.%Y", "%m/%d/%Y"]),
    signed=st.booleans(),
)
def test_fills_come_back_as_they_were_written(drawn: list[FillLine], comma: bool, order: str, signed: bool) -> None:
    """With point or comma, in three orders of dates, sides by words or signs; dates that nothing settles are told."""
    columns = {**COLUMNS, "commission": "Cost", "time": "Clock"} | ({} if signed else {"side": "Way"})
    delimiter = ";" if comma else ","

    def cell(line: FillLine, field: str) -> str:
        match field:
            case "date":
                return line.at.strftime(order)
            case "time":
                return f"{line.at:%H:%M:%S}"
            case "symbol":
                return line.contract.symbol
            case "side":
                return line.side.value
            case "quantity":
                minus = signed and line.side is Side.SELL
                return figure(-line.quantity if minus else line.quantity)
            case "price":
                return figure(line.price)
            case _:
                return figure(line.fee or Decimal(0))

    def figure(value: Decimal) -> str:
        text = f"{value:,.4f}"
        return text.translate(str.maketrans(",.", ".,")) if comma else text.replace(",", "")

    how = {"%d.%m.%Y": DateOrder.DAY_FIRST, "%m/%d/%Y": DateOrder.MONTH_FIRST}.get(order)
    rows = [delimiter.join(cell(line, field) for field in columns) for line in drawn]
    said = of(FillLine, read(*rows, columns=columns, delimiter=delimiter, order=how))
    assert [shown(line) for line in said] == [shown(line) for line in drawn]

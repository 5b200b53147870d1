"""thinkorswim's statement: the history tells the fills, the cash their fees, and both are the same trades once."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given as each
from hypothesis import settings
from hypothesis import strategies as st

from tests.statements.formats import given
from tests.statements.formats.examples import EXAMPLES
from tests.statements.formats.given import NEW_YORK, of, only, refusal, shown, stock
from trenddojo.domain.terms import CashKind, ExitReason, OptionRight, Side
from trenddojo.statements.formats import thinkorswim
from trenddojo.statements.formats.thinkorswim.descriptions import described
from trenddojo.statements.formats.thinkorswim.joining import shared
from trenddojo.statements.lines import (
    CashLine,
    Contract,
    Effect,
    FillLine,
    HeldLine,
    Refusal,
    Said,
    Skipped,
    SumKind,
    SumLine,
)
from trenddojo.statements.options import option
from trenddojo.statements.values import BadValue

CASH = "DATE,TIME,TYPE,REF #,DESCRIPTION,Misc Fees,Commissions & Fees,AMOUNT,BALANCE"
HISTORY = ",Exec Time,Spread,Side,Qty,Pos Effect,Symbol,Exp,Strike,Type,Price,Net Price,Order Type"


def read(cash: list[str] | None = None, history: list[str] | None = None) -> list[Said]:
    """What a statement of these lines says, the cash first."""
    lines = ["Account Statement for D-1 (margin) since 3/1/24 through 3/31/24", ""]
    lines += [] if cash is None else ["Cash Balance", CASH, *cash, ""]
    lines += [] if history is None else ["Account Trade History", HISTORY, *history]
    return given.read(thinkorswim.STATEMENT, "\n".join(lines))


def fills(said: list[Said]) -> list[tuple[Side, Decimal, Decimal, Decimal | None]]:
    return [(one.side, one.quantity, one.price, one.fee) for one in of(FillLine, said)]


def put(root: str, expiry: date, strike: int) -> Contract:
    return option(root, expiry=expiry, strike=Decimal(strike), right=OptionRight.PUT, currency="USD")


def test_a_statement() -> None:
    said = given.read(thinkorswim.STATEMENT, EXAMPLES["thinkorswim"])
    assert not of(Refusal, said)
    trades = [one for one in of(FillLine, said) if one.reason is None]
    assert [one.contract.symbol for one in trades] == ["NVDA", "PLTR", "PLTR", "SPX", "SPX", "AAPL"]
    assert sum((one.fee or Decimal(0) for one in trades), Decimal(0)) == Decimal("6.18")
    assert {one.account for one in trades} == {"D-70001234"}


def test_a_spread_is_its_legs_at_their_own_prices() -> None:
    said = of(FillLine, given.read(thinkorswim.STATEMENT, EXAMPLES["thinkorswim"]))
    sold, bought = [one for one in said if one.contract.symbol == "SPX" and one.reason is None]
    assert sold.contract == put("SPX", date(2024, 3, 15), 5000)
    assert bought.contract == put("SPX", date(2024, 3, 15), 4990)
    assert sold.at == bought.at == datetime(2024, 3, 4, 10, 15, 40, tzinfo=NEW_YORK)
    assert fills([sold, bought]) == [
        (Side.SELL, 2, Decimal("7.6"), Decimal("2.44")),
        (Side.BUY, 2, Decimal("5.5"), Decimal("2.44")),
    ]
    assert sold.effect is Effect.OPEN


def test_options_that_expired_leave_after_the_last_trade_in_them() -> None:
    said = given.read(thinkorswim.STATEMENT, EXAMPLES["thinkorswim"])
    short, long = [one for one in of(FillLine, said) if one.reason is ExitReason.EXPIRED]
    assert (short.side, short.quantity, short.price) == (Side.BUY, 2, 0)
    assert (long.side, long.contract) == (Side.SELL, put("SPX", date(2024, 3, 15), 4990))
    assert short.at == datetime(2024, 3, 15, 17, tzinfo=NEW_YORK)


def test_cash_has_the_number_of_its_line() -> None:
    dividend, paid_out = of(CashLine, given.read(thinkorswim.STATEMENT, EXAMPLES["thinkorswim"]))
    assert (dividend.kind, dividend.amount, dividend.key) == (CashKind.DIVIDEND, Decimal("37.5"), "1005000005")
    assert (paid_out.kind, paid_out.amount, paid_out.on) == (CashKind.WITHDRAWAL, 1000, date(2024, 3, 12))


def test_without_a_history_the_descriptions_are_the_fills() -> None:
    said = read(['3/5/24,11:00:02,TRD,="1","tIPAD SOLD -1,000 PLTR @25.10",-0.63,-0.10,"25,100.00","60,489.49"'])
    assert only(said) == FillLine(
        5,
        stock("PLTR"),
        datetime(2024, 3, 5, 11, 0, 2, tzinfo=NEW_YORK),
        False,
        Side.SELL,
        Decimal(1000),
        Decimal("25.10"),
        Decimal("0.73"),
        account="D-1",
    )


def test_without_a_history_a_spread_is_refused_because_its_legs_have_no_prices() -> None:
    said = read(
        ["3/5/24,11:00:02,TRD,,BOT +1 VERTICAL SPX 100 (Weeklys) 6 MAR 26 6870/6880 CALL @7.70 CBOE,,,-770.00,"]
    )
    assert "Account Trade History" in refusal(said)


def test_an_option_on_other_than_a_hundred_shares() -> None:
    cash = "3/5/24,11:00:02,TRD,,BOT +1 ABC 10 15 MAR 24 40 PUT @2.00,,,-20.00,"
    assert of(FillLine, read([cash]))[0].contract.multiplier == 10
    told = ",3/5/24 11:00:02,SINGLE,BUY,+1,TO OPEN,ABC,15 MAR 24,40,PUT,2.00,2.00,LMT"
    assert of(FillLine, read([cash], [told]))[0].contract.multiplier == 10
    assert "not quantity times price" in refusal(read([cash.replace(" 10 15", " 15")]))


STOCK = ",3/5/24 11:00:0{second},STOCK,{side},{quantity},TO OPEN,F,,,STOCK,12.00,12.00,LMT"
MOVE = '3/5/24,11:00:0{second},TRD,,"{word} {quantity} F @12.00",,-{fee},,'


def history(side: str, quantity: str, second: int) -> str:
    return STOCK.format(side=side, quantity=quantity, second=second)


def move(word: str, quantity: str, second: int, fee: str) -> str:
    return MOVE.format(word=word, quantity=quantity, second=second, fee=fee)


@pytest.mark.parametrize("apart", [0, 1, 2])
def test_the_two_may_be_two_seconds_apart(apart: int) -> None:
    said = read([move("BOT", "+10", 1 + apart, "0.50")], [history("BUY", "+10", 1)])
    assert fills(said) == [(Side.BUY, 10, 12, Decimal("0.5"))]
    said = read([move("BOT", "+10", 1, "0.50")], [history("BUY", "+10", 1 + apart)])
    assert fills(said) == [(Side.BUY, 10, 12, Decimal("0.5"))]


def test_what_is_further_apart_is_two_trades() -> None:
    said = read([move("BOT", "+10", 1, "0.50")], [history("BUY", "+10", 4)])
    assert fills(said) == [(Side.BUY, 10, 12, Decimal("0.5")), (Side.BUY, 10, 12, None)]


def test_identical_fills_in_one_second_stay_two() -> None:
    said = read([move("BOT", "+10", 1, "0.50"), move("BOT", "+10", 1, "0.25")], [history("BUY", "+10", 1)] * 2)
    assert fills(said) == [(Side.BUY, 10, 12, Decimal("0.5")), (Side.BUY, 10, 12, Decimal("0.25"))]


def test_fills_that_the_cash_tells_together_share_its_fees_by_quantity() -> None:
    said = read([move("SOLD", "-100", 1, "1.00")], [history("SELL", "-25", 1), history("SELL", "-75", 1)])
    assert [one[3] for one in fills(said)] == [Decimal("0.25"), Decimal("0.75")]
    said = read([move("SOLD", "-60", 1, "0.60"), move("SOLD", "-40", 1, "0.40")], [history("SELL", "-100", 1)])
    assert [one[3] for one in fills(said)] == [Decimal(1)]


def test_cash_that_is_no_trade_of_the_history_is_refused_and_no_second_fill() -> None:
    said = read([move("BOT", "+7", 1, "0.50"), move("SOLD", "-5", 1, "0.50")], [history("BUY", "+10", 1)])
    assert fills(said) == [(Side.BUY, 10, 12, None)]
    assert len(of(Refusal, said)) == 2


def test_more_trades_in_a_moment_than_can_be_told_apart_are_never_booked_twice() -> None:
    many = 1_500
    said = read([move("BOT", "+10", 1, "0.50")] * many, [history("BUY", "+10", 2)] * many)
    assert len(of(FillLine, said)) == many
    assert len(of(Refusal, said)) + len(of(Skipped, said)) == many


def test_orders_that_the_history_lists_beside_a_title_of_today() -> None:
    content = f"Today's Trade Activity for 1\n\nFilled Orders\n{HISTORY}\n{history('BUY', '+10', 1)}\n"
    assert given.recognised(content) == "thinkorswim"
    assert fills(given.read(thinkorswim.STATEMENT, content)) == [(Side.BUY, 10, 12, None)]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (",3/5/24 11:00:01,FUTURE,BUY,+1,TO OPEN,/ESH24,MAR 24,,FUTURE,5100,5100,LMT", "neither share nor option"),
        (",,,BUY,+1,TO OPEN,SPX,15 MAR 24,4990,PUT,5.50,CREDIT,", "whose first line is missing"),
        (",3/5/24 11:00:01,SINGLE,BUY,+1,TO OPEN,SPX,soon,4990,PUT,5.50,5.50,", "Exp: “soon”"),
        (",3/5/24 11:00:01,STOCK,HOLD,+1,TO OPEN,F,,,STOCK,5.50,5.50,", "Side: “HOLD” is no side"),
    ],
)
def test_lines_of_the_history_that_cannot_be_read(line: str, reason: str) -> None:
    assert reason in refusal(read(None, [line]))


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("3/5/24,20:22:37,TRD,,BOT 500.0 SNSXX UPON ,,,-500.00,", "does not tell a trade"),
        ("3/5/24,20:22:37,RAD,,STOCK SPLIT ABC,,,,", "moved securities without a trade"),
        ("3/5/24,20:22:37,JRN,,MARK TO THE MARKET,,,5.00,", "is not known here"),
        ("3/5/24,20:22:37,TRD,,BOT +1 /ESH24 @5100.25,,,,", "is a future"),
    ],
)
def test_movements_that_cannot_be_read(line: str, reason: str) -> None:
    assert reason in refusal(read([line]))


@pytest.mark.parametrize(
    ("text", "symbol", "units", "single"),
    [
        ("BOT +100 AAPL @150.25", "AAPL", None, True),
        ("SOLD -1,611 HBAN @17.92 NASDAQ", "HBAN", None, True),
        ("BOT +1 SPX 100 (Weeklys) 20 FEB 26 7040 CALL @.30 CBOE", "SPX", 100, True),
        ("SOLD -3 IRON CONDOR SPY 100 21 APR 17 240.5/241.5/228.5/227.5 CALL/PUT @.37", "SPY", 100, False),
        ("BOT +2 CALENDAR FSLR 100 16 JUN 17/19 MAY 17 25 CALL @.31", "FSLR", 100, False),
        ("BOT +1 VERTICAL SPX @-3.25", "SPX", None, False),
        ("BOT +1 VERTICAL SPX 21 OCT 20 3375/3365 PUT @1.45 COBE", "SPX", None, False),
        ("BOT +1 VERTICAL ABC 10 21 OCT 20 33/36 PUT @1.45", "ABC", 10, False),
        ("SOLD -2 VERTICAL EBAY MAR 15 55/57.5 CALL @.73", "EBAY", None, False),
    ],
)
def test_descriptions(text: str, symbol: str, units: int | None, single: bool) -> None:
    found = described(text)
    assert (found.symbol, found.units, found.contract is not None) == (symbol, units, single)
    assert found.side is (Side.BUY if "BOT" in text else Side.SELL)


@pytest.mark.parametrize("text", ["", "BOT", "BOT +0 AAPL @1", "BOT +1 AAPL", "x" * 70_000, "BOT +1 AA?PL @1"])
def test_what_is_no_description(text: str) -> None:
    with pytest.raises(BadValue):
        described(text)


@each(
    fee=st.integers(-(10**6), 10**6).map(lambda n: Decimal(n) / 100),
    quantities=st.lists(st.integers(1, 10_000).map(Decimal), min_size=1, max_size=9),
)
def test_shares_of_a_fee_add_up_to_it(fee: Decimal, quantities: list[Decimal]) -> None:
    assert sum(shared(fee, quantities), Decimal(0)) == fee


@settings(max_examples=60, deadline=None)
@each(drawn=given.fills(), data=st.data())
def test_fills_come_back_as_they_were_written(drawn: list[FillLine], data: st.DataObject) -> None:
    """With the cash up to two seconds away. Trades in one symbol are minutes apart, so that fees are each one's own."""
    cash, told, written = [], [], []
    for turn, fill in enumerate(drawn):
        at = (datetime(2024, 3, 4, 9, 30, tzinfo=NEW_YORK) + timedelta(minutes=turn)).replace(tzinfo=NEW_YORK)
        written.append(shown(FillLine(0, fill.contract, at, False, fill.side, fill.quantity, fill.price, fill.fee)))
        cash.append(_move(fill, at + timedelta(seconds=data.draw(st.integers(-2, 2)))))
        told.append(_history(fill, at))
    assert [shown(one) for one in of(FillLine, read(cash, told))] == written
    assert {type(one) for one in read(cash, told)} == {FillLine, Skipped}


def test_what_is_held_and_the_sums_at_the_end() -> None:
    said = given.read(thinkorswim.STATEMENT, EXAMPLES["thinkorswim"])
    end = date(2024, 3, 31)
    assert [(one.contract.symbol, one.quantity, one.average_price, one.on) for one in of(HeldLine, said)] == [
        ("AAPL", 100, Decimal("150.25"), end),
        ("PLTR", -1000, Decimal("25.10"), end),
        ("NVDA", 1, Decimal("12.50"), end),
    ]
    assert [(one.kind, one.since, one.until, one.amount) for one in of(SumLine, said)] == [
        (SumKind.CASH, end, end, Decimal("58276.32")),
        (SumKind.FEES, date(2024, 3, 1), end, Decimal("6.18")),
    ]


def test_positions_are_of_no_day_where_the_statement_tells_none() -> None:
    content = EXAMPLES["thinkorswim"].replace("since 3/1/24 through 3/31/24", "")
    said = given.read(thinkorswim.STATEMENT, content)
    assert not of(HeldLine, said)
    assert not of(SumLine, said)
    assert {one.account for one in of(FillLine, said)} == {"D-70001234"}


def test_what_a_movement_cost_is_in_it() -> None:
    cash = only(read(["3/5/24,09:00:00,WOU,,WIRE OUTGOING,,-25.00,-100.00,"]))
    assert isinstance(cash, CashLine)
    assert (cash.kind, cash.amount) == (CashKind.WITHDRAWAL, 125)


def _signed(fill: FillLine) -> str:
    return f"{'+' if fill.side is Side.BUY else '-'}{fill.quantity:,}"


def _move(fill: FillLine, at: datetime) -> str:
    of_it, what = fill.contract, fill.contract.symbol
    if of_it.expiry and of_it.right:
        day = f"{of_it.expiry.day} {of_it.expiry:%b %y}".upper()
        what += f" 100 (Weeklys) {day} {of_it.strike:f} {of_it.right.name}"
    word = "BOT" if fill.side is Side.BUY else "SOLD"
    when = f"{at.month}/{at.day}/{at:%y},{at:%H:%M:%S}"
    return f'{when},TRD,="1","{word} {_signed(fill)} {what} @{fill.price:f}",,-{fill.fee},,'


def _history(fill: FillLine, at: datetime) -> str:
    of_it, terms = fill.contract, ",,STOCK"
    if of_it.expiry and of_it.right:
        terms = f"{of_it.expiry.day} {of_it.expiry:%b %y},{of_it.strike:f},{of_it.right.name}".upper()
    side = "BUY" if fill.side is Side.BUY else "SELL"
    when = f"{at.month}/{at.day}/{at:%y} {at:%H:%M:%S}"
    return f',{when},SINGLE,{side},"{_signed(fill)}",TO OPEN,{of_it.symbol},{terms},{fill.price:f},{fill.price:f},LMT'

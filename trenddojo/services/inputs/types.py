"""The types that inputs are made of."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import BeforeValidator, Field

from trenddojo.domain.money import FX_PLACES, MONEY_PLACES, PRICE_PLACES, QUANTITY_PLACES
from trenddojo.services.inputs import kinds

_BLANK = BeforeValidator(lambda value: None if kinds.is_blank(value) else value)

Price = Annotated[Decimal, kinds.number(PRICE_PLACES, "0", "10000000", above=True)]
ExitPrice = Annotated[Decimal, kinds.number(PRICE_PLACES, "0", "10000000")]
Quantity = Annotated[Decimal, kinds.number(QUANTITY_PLACES, "0", "100000000", above=True)]
Multiplier = Annotated[Decimal, kinds.number(PRICE_PLACES, "0", "100000", above=True)]
FxRate = Annotated[Decimal, kinds.number(FX_PLACES, "0", "1000000", above=True)]
Fee = Annotated[Decimal, kinds.number(PRICE_PLACES, "-1000000", "1000000")]
FeeRate = Annotated[Decimal, kinds.number(PRICE_PLACES, "0", "10000")]
PositiveMoney = Annotated[Decimal, kinds.number(MONEY_PLACES, "0", "1000000000000", above=True)]
MoneyFromZero = Annotated[Decimal, kinds.number(MONEY_PLACES, "0", "1000000000000")]
SignedMoney = Annotated[Decimal, kinds.number(MONEY_PLACES, "-1000000000000", "1000000000000")]
RiskPercent = Annotated[Decimal, kinds.number(2, "0.1", "10")]
PositionPercent = Annotated[Decimal, kinds.number(2, "0.1", "100")]
Leverage = Annotated[Decimal, kinds.number(2, "1", "100")]
OptionalPrice = Annotated[Price | None, _BLANK]
OptionalQuantity = Annotated[Quantity | None, _BLANK]
OptionalFee = Annotated[Fee | None, _BLANK]
OptionalFxRate = Annotated[FxRate | None, _BLANK]
OptionalRiskPercent = Annotated[RiskPercent | None, _BLANK]

Count = Annotated[int, kinds.whole(1, 100)]
OptionalCount = Annotated[Count | None, _BLANK]
Quality = Annotated[Annotated[int, kinds.whole(1, 5)] | None, _BLANK]

Name = Annotated[str, kinds.text(1, 80)]
Label = Annotated[str, kinds.text(0, 60)]
Prose = Annotated[str, kinds.text(1, 8000, lines=True)]
OptionalProse = Annotated[str, kinds.text(0, 8000, lines=True)]
Reason = Annotated[str, kinds.text(5, 500, lines=True)]
OptionalReason = Annotated[str, kinds.text(0, 500, lines=True)]
Tags = Annotated[list[str], kinds.tags()]

Symbol = Annotated[
    str,
    kinds.matching(r"[A-Z0-9][A-Z0-9 ./:^=_-]{0,31}", "Enter a symbol of letters and digits, such as NVDA or BRK.B."),
]
Currency = Annotated[str, kinds.matching(r"[A-Z]{3}", "Enter a currency code of three letters, such as USD.")]
OptionalCurrency = Annotated[Currency | None, _BLANK]
Exchange = Annotated[str, kinds.text(0, 20)]
TimeZone = Annotated[str, kinds.time_zone()]
Key = Annotated[
    str, kinds.matching(r"[A-Za-z0-9_.:-]{8,80}", "Must be 8 to 80 letters, digits or - _ . :", upper=False)
]
OptionalKey = Annotated[Key | None, _BLANK]

Id = Annotated[UUID, kinds.identity()]
OptionalId = Annotated[Id | None, _BLANK]
Day = Annotated[date, kinds.day()]
OptionalDay = Annotated[Day | None, _BLANK]
Instant = Annotated[datetime, kinds.instant()]
OptionalInstant = Annotated[Instant | None, _BLANK]

Checked = Annotated[bool, BeforeValidator(lambda value: False if value in (None, "") else value)]
Password = Annotated[str, Field(max_length=1000)]

"""What a statement says, line by line, before anybody knows what of it is new.

Every kind names the `line` of the file that it was read from, counted from 1 as an editor counts them (where a record
spans several, its first). Amounts are as the file has them, exact; `key` is the file's own name of a fact, empty where
it gives none.
"""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from trenddojo.domain.money import ONE
from trenddojo.domain.terms import AssetType, CashKind, ExitReason, OptionRight, Side


class Effect(StrEnum):
    """What a fill did to the position, where the file says so."""

    OPEN = "open"
    CLOSE = "close"


@dataclass(frozen=True, slots=True)
class Contract:
    """What was traded. `currency` and `exchange` are empty where the file does not tell them.

    An option's `symbol` is its underlying's, as everywhere in the books; expiry, strike and right tell which it is.
    """

    symbol: str
    asset_type: AssetType = AssetType.STOCK
    currency: str = ""
    exchange: str = ""
    multiplier: Decimal = ONE
    expiry: date | None = None
    strike: Decimal | None = None
    right: OptionRight | None = None


@dataclass(frozen=True, slots=True)
class FillLine:
    """One execution. `at` is aware; `is_dated` says that only its date was told (rule 5 of docs/NUMBERS.md).

    `fee` is the cost of it in the contract's currency, negative for a rebate, None where the file does not tell fees.
    `fx` turns that currency into the account's, None where untold. `account` is the broker's name of the account, and
    `reason` says why the position ended where the file tells (an expiry).
    """

    line: int
    contract: Contract
    at: datetime
    is_dated: bool
    side: Side
    quantity: Decimal
    price: Decimal
    fee: Decimal | None
    fx: Decimal | None = None
    key: str = ""
    account: str = ""
    effect: Effect | None = None
    reason: ExitReason | None = None


@dataclass(frozen=True, slots=True)
class LabelLine:
    """What a journal wrote about the trade that the fill of the same line opened."""

    line: int
    note: str
    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CashLine:
    """Cash that moved apart from trades; the sign of `amount` is that of `store.models.CashMovement`."""

    line: int
    on: date
    kind: CashKind
    amount: Decimal
    currency: str
    note: str
    key: str = ""
    account: str = ""


@dataclass(frozen=True, slots=True)
class SplitLine:
    """A stock split: `numerator` new units for `denominator` old ones from `on` on."""

    line: int
    contract: Contract
    on: date
    numerator: Decimal
    denominator: Decimal
    key: str = ""
    account: str = ""


@dataclass(frozen=True, slots=True)
class HeldLine:
    """A position that the statement says was held at the end of `on`; below zero for a short."""

    line: int
    contract: Contract
    on: date
    quantity: Decimal
    average_price: Decimal | None
    price: Decimal | None
    account: str = ""


class SumKind(StrEnum):
    """Which figure of a statement a sum is."""

    CASH = "cash"
    FEES = "fees"
    REALISED = "realised"
    DEPOSITS = "deposits"
    WITHDRAWALS = "withdrawals"
    INTEREST = "interest"
    DIVIDENDS = "dividends"


@dataclass(frozen=True, slots=True)
class SumLine:
    """A figure that the statement tells for [since, until], both included: for one symbol, or for all (empty).

    Cash is the balance at the end of `until`. Fees are positive where they cost.
    """

    line: int
    kind: SumKind
    since: date
    until: date
    currency: str
    amount: Decimal
    symbol: str = ""
    account: str = ""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A line that could not be read, in full sentences: why, and its text as the file has it (shortened if endless)."""

    line: int
    reason: str
    text: str


@dataclass(frozen=True, slots=True)
class Skipped:
    """A line that says nothing for the books, and why it is none: a total, an order that was never filled."""

    line: int
    reason: str


Line = FillLine | LabelLine | CashLine | SplitLine | HeldLine | SumLine
"""Something for the books, or to compare them with."""

Said = Line | Refusal | Skipped
"""Whatever a line of a file can turn out to be: no line is passed over in silence."""

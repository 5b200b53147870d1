"""What an account is worth and may do, and the values by which the gateway tells it.

Source: IBKR's "TWS API: Account Updates". Margins are a Reg T account's, with rates of the house's own.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from tests.brokers.interactive_brokers.gateway.account import Account, Holding, Price, Rate
from tests.brokers.interactive_brokers.gateway.instruments import Instrument
from tests.brokers.interactive_brokers.gateway.orders import ZERO

INITIAL, MAINTENANCE = Decimal("0.30"), Decimal("0.25")
"""What of a share's value a position ties up, at first and to go on."""
_FUTURE_INITIAL, _FUTURE_MAINTENANCE = Decimal("0.06"), Decimal("0.05")
_LEVERAGE = 4
_CENT = Decimal("0.01")
Value = tuple[str, str, str]
"""Tag, value, currency."""
_SEGMENTED = (
    "AccruedCash", "AvailableFunds", "EquityWithLoanValue", "ExcessLiquidity", "GrossPositionValue", "InitMarginReq",
    "MaintMarginReq", "NetLiquidation", "TotalCashValue",
)  # fmt: skip
_FULL = ("AvailableFunds", "ExcessLiquidity", "InitMarginReq", "MaintMarginReq")


@dataclass(frozen=True)
class Figures:
    """An account at present prices, in USD unless a currency is named."""

    account: Account
    price: Price
    rate: Rate

    @property
    def cash(self) -> Decimal:
        return sum((amount * self.rate(currency) for currency, amount in self.account.cash.items()), ZERO)

    @property
    def equity(self) -> Decimal:
        return self.cash + sum((self._worth(one) for one in self._held()), ZERO)

    @property
    def gross(self) -> Decimal:
        return sum((abs(self._market_value(one)) for one in self._held() if one.instrument.kind != "FUT"), ZERO)

    @property
    def initial(self) -> Decimal:
        return sum((margin(one.instrument, self._market_value(one))[0] for one in self._held()), ZERO)

    @property
    def maintenance(self) -> Decimal:
        return sum((margin(one.instrument, self._market_value(one))[1] for one in self._held()), ZERO)

    @property
    def unrealized(self) -> Decimal:
        return sum((self.unrealized_of(one) for one in self._held()), ZERO)

    @property
    def realized(self) -> Decimal:
        return sum((amount * self.rate(currency) for currency, amount in self.account.realized.items()), ZERO)

    def unrealized_of(self, holding: Holding) -> Decimal:
        """In USD."""
        instrument = holding.instrument
        value = holding.quantity * self.price(instrument) * instrument.multiplier
        return (value - holding.cost) * self.rate(instrument.currency)

    def initial_with(self, instrument: Instrument, change: Decimal) -> Decimal:
        """What would be tied up after a change of a position."""
        return self.initial + self._change(instrument, change)[0]

    def change_with(self, instrument: Instrument, change: Decimal) -> tuple[Decimal, Decimal]:
        """How the initial and the maintenance margin would change."""
        return self._change(instrument, change)

    def values(self, *, is_ready: bool) -> Iterator[Value]:
        """Everything that account updates tell."""
        yield from (("AccountCode", self.account.id, ""), ("AccountReady", "true" if is_ready else "false", ""))
        yield from (("AccountType", "INDIVIDUAL", ""), ("Currency", "BASE", "BASE"), ("DayTradesRemaining", "-1", ""))
        told = self._base()
        yield from ((tag, _told(amount), "USD") for tag, amount in told.items())
        for tag in _SEGMENTED:
            yield from ((f"{tag}-S", _told(told[tag]), "USD"), (f"{tag}-C", "0.00", "USD"))
        for tag in _FULL:
            yield from ((f"{prefix}{tag}", _told(told[tag]), "USD") for prefix in ("Full", "LookAhead"))
        yield "Cushion", f"{self._cushion():.6f}", ""
        yield "Leverage-S", f"{self._leverage():.2f}", ""
        for currency in self._currencies():
            yield from self._ledger(currency)

    def _base(self) -> dict[str, Decimal]:
        equity, initial, maintenance = self.equity, self.initial, self.maintenance
        return {
            "AccruedCash": ZERO,
            "AvailableFunds": equity - initial,
            "BuyingPower": max(ZERO, (equity - initial) * _LEVERAGE),
            "EquityWithLoanValue": equity,
            "ExcessLiquidity": equity - maintenance,
            "GrossPositionValue": self.gross,
            "InitMarginReq": initial,
            "MaintMarginReq": maintenance,
            "NetLiquidation": equity,
            "PreviousDayEquityWithLoanValue": self.account.starting_cash,
            "RegTEquity": equity,
            "RegTMargin": self.gross / 2,
            "SettledCash": self.cash,
            "SMA": equity - self.gross / 2,
            "TotalCashValue": self.cash,
        }

    def _currencies(self) -> list[str]:
        held = {one.instrument.currency for one in self._held()}
        return ["BASE", *sorted(held | {code for code, amount in self.account.cash.items() if amount or code == "USD"})]

    def _ledger(self, currency: str) -> Iterator[Value]:
        """The values that are told for every currency and, added up in USD, for BASE."""
        is_base = currency == "BASE"
        rate = Decimal(1) if is_base else self.rate(currency)
        mine = [one for one in self._held() if is_base or one.instrument.currency == currency]
        by_kind: dict[str, Decimal] = defaultdict(Decimal)
        for one in mine:
            by_kind[one.instrument.kind] += self._market_value(one) / rate
        cash = self.cash if is_base else self.account.cash[currency]
        realized = self.realized if is_base else self.account.realized[currency]
        unrealized = sum((self.unrealized_of(one) for one in mine), ZERO) / rate
        worth = sum((self._worth(one) for one in mine), ZERO) / rate
        yield "CashBalance", _told(cash), currency
        yield "TotalCashBalance", _told(cash), currency
        yield "ExchangeRate", f"{rate:.5f}", currency
        yield "NetLiquidationByCurrency", _told(cash + worth), currency
        yield "OptionMarketValue", _told(by_kind["OPT"]), currency
        yield "RealizedPnL", _told(realized), currency
        yield "RealCurrency", currency, currency
        yield "StockMarketValue", _told(by_kind["STK"]), currency
        yield "Cryptocurrency", _told(by_kind["CRYPTO"]), currency
        yield "UnrealizedPnL", _told(unrealized), currency

    def _held(self) -> list[Holding]:
        """What is held, without pairs of currencies: these are in the cash."""
        return [one for one in self.account.holdings.values() if one.instrument.kind != "CASH"]

    def _market_value(self, holding: Holding) -> Decimal:
        instrument = holding.instrument
        value = holding.quantity * self.price(instrument) * instrument.multiplier
        return value * self.rate(instrument.currency)

    def _worth(self, holding: Holding) -> Decimal:
        """What it adds to the cash; commissions have been taken from that."""
        if holding.instrument.kind != "FUT":
            return self._market_value(holding)
        return self.unrealized_of(holding) + holding.fees * self.rate(holding.instrument.currency)

    def _change(self, instrument: Instrument, change: Decimal) -> tuple[Decimal, Decimal]:
        unit = self.price(instrument) * instrument.multiplier * self.rate(instrument.currency)
        held = self.account.held(instrument)
        before, after = margin(instrument, held * unit), margin(instrument, (held + change) * unit)
        return after[0] - before[0], after[1] - before[1]

    def _cushion(self) -> Decimal:
        return (self.equity - self.maintenance) / self.equity if self.equity > 0 else ZERO

    def _leverage(self) -> Decimal:
        return self.gross / self.equity if self.equity > 0 else ZERO


def margin(instrument: Instrument, value: Decimal) -> tuple[Decimal, Decimal]:
    """What a position of that value ties up, at first and to go on."""
    size = abs(value)
    match instrument.kind:
        case "CASH":
            return size * Decimal("0.025"), size * Decimal("0.02")
        case "FUT":
            return size * _FUTURE_INITIAL, size * _FUTURE_MAINTENANCE
        case "CRYPTO" | "OPT" if value >= 0:
            return size, size
    return size * INITIAL, size * MAINTENANCE


def _told(amount: Decimal) -> str:
    return f"{amount.quantize(_CENT):f}"

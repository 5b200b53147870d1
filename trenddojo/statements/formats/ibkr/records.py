"""One record of IBKR's, read by the names of its fields, whether they stand in a header or are XML attributes.

IBKR names a field much alike in CSV and XML ("IBExecID", "ibExecID"), and otherwise in activity statements. Source:
IBKR, "Activity Flex Query Reference", "Trade Confirmation Flex Query Reference".
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from trenddojo.statements.columns import Columns
from trenddojo.statements.lines import Refusal
from trenddojo.statements.values import BadValue

FIELDS: Final[Mapping[str, Sequence[str]]] = {
    "account": ("ClientAccountID", "AccountID", "Account"),
    "currency": ("CurrencyPrimary", "Currency"),
    "asset": ("AssetClass", "AssetCategory"),
    "symbol": ("Symbol",),
    "underlying": ("UnderlyingSymbol", "Underlying"),
    "description": ("Description",),
    "multiplier": ("Multiplier", "Mult"),
    "strike": ("Strike",),
    "expiry": ("Expiry", "Expiration"),
    "right": ("Put/Call", "PutCall"),
    "trade_id": ("TradeID",),
    "execution_id": ("IBExecID", "ExecID"),
    "transaction_id": ("TransactionID",),
    "cancelled_trade_id": ("OrigTradeID",),
    "cancelled_transaction_id": ("OrigTransactionID",),
    "cancelled_date": ("OrigTradeDate",),
    "when": ("DateTime", "Date/Time", "Date"),
    "trade_date": ("TradeDate",),
    "trade_time": ("TradeTime",),
    "report_date": ("ReportDate",),
    "settle_date": ("SettleDate",),
    "type": ("TransactionType",),
    "side": ("Buy/Sell", "BuySell"),
    "quantity": ("Quantity", "Position", "Qty"),
    "price": ("TradePrice", "Price", "T. Price"),
    "proceeds": ("Proceeds", "TradeMoney", "Notional Value"),
    "exchange": ("Exchange",),
    "fee": ("IBCommission", "Commission", "Comm/Fee"),
    "fee_currency": ("IBCommissionCurrency", "CommissionCurrency"),
    "taxes": ("Taxes", "Tax"),
    "effect": ("Open/CloseIndicator", "OpenCloseIndicator"),
    "codes": ("Notes/Codes", "Notes", "Code", "Codes"),
    "fx": ("FXRateToBase",),
    "level": ("LevelOfDetail", "DataDiscriminator"),
    # cash, corporate actions, transfers
    "kind": ("Type",),
    "amount": ("Amount",),
    "action_id": ("ActionID",),
    "action": ("ActionDescription",),
    "direction": ("Direction",),
    "cash": ("CashTransfer", "Cash Amount"),
    # positions
    "mark": ("MarkPrice", "Close Price"),
    "cost": ("CostBasisPrice", "Cost Price"),
    # sums
    "since": ("FromDate",),
    "until": ("ToDate",),
    "ending": ("EndingCash",),
    "commissions": ("Commissions",),
    "other_fees": ("OtherFees",),
    "broker_fees": ("BrokerFees",),
    "transaction_tax": ("TransactionTax", "TransactionTaxes"),
    "deposits": ("Deposits",),
    "withdrawals": ("Withdrawals",),
    "interest": ("BrokerInterest",),
    "dividends": ("Dividends",),
    "in_lieu": ("PaymentInLieu",),
    "withheld": ("WithholdingTax",),
    "realised": ("Realized Total", "TotalRealizedPnl"),
    "label": ("Currency Summary", "Field Name"),
    "total": ("Total", "Field Value"),
}
"""Our names of fields, and IBKR's, the usual one first."""

IN_ACTIVITY: Final[Mapping[str, Sequence[str]]] = {
    **FIELDS,
    "price": ("T. Price",),
    "when": ("Date/Time", "Date", "Settle Date"),
    "asset": ("Asset Category",),
    "currency": ("Currency",),
}
"""The same of activity statements, where they differ or are called otherwise first."""

_SHOWN = 2_000
"""Characters of a refused record that are kept."""


class Record:
    """What one line or one element tells."""

    __slots__ = ("_cells", "_places", "line", "text")

    def __init__(self, line: int, columns: Columns, cells: Sequence[str], text: str) -> None:
        self.line, self.text = line, text
        self._places, self._cells = columns.places, cells

    def get(self, field: str) -> str:
        """The field's text, empty where it is not told."""
        place = self._places.get(field)
        return self._cells[place] if place is not None and place < len(self._cells) else ""

    def first(self, *fields: str) -> str:
        """The first of several fields that is told; empty where none is."""
        return next((told for field in fields if (told := self.get(field))), "")

    def has(self, field: str) -> bool:
        """Whether the table has a column for the field, told or not."""
        return field in self._places

    def mentions(self, mark: str) -> bool:
        """Whether a text stands anywhere in the record."""
        return any(mark in cell for cell in self._cells)

    def refused(self, why: BadValue | str) -> Refusal:
        """That this record cannot be read, and why."""
        return Refusal(self.line, str(why), self.text[:_SHOWN])


def columns_of(
    header: Sequence[str], needed: Iterable[str] = (), fields: Mapping[str, Sequence[str]] = FIELDS
) -> Columns:
    """Where the fields stand in a header. Raises Unreadable, which names what is missing of `needed`."""
    return Columns(header, fields, needed)

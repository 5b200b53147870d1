"""Flex queries as XML: each record an element, whose fields are attributes.

Source: IBKR, "Activity Flex Query Reference", "Trade Confirmation Flex Query Reference".
"""

import re
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Final

from trenddojo.statements.format import Format, Head, Need, Options, Unreadable
from trenddojo.statements.formats.ibkr.elements import Element, elements
from trenddojo.statements.formats.ibkr.outline import FLEX_LEVELS
from trenddojo.statements.formats.ibkr.sections import Placed, Section, level_of
from trenddojo.statements.formats.ibkr.telling import told
from trenddojo.statements.formats.ibkr.trades import Account
from trenddojo.statements.formats.ibkr.words import FAMILY
from trenddojo.statements.lines import Refusal, Said, Skipped

_HEAD = re.compile(r"<Flex(QueryResponse|Statements?|StatementResponse)\b")

_SECTIONS: Final[Mapping[str, Section]] = {
    "Trade": Section.TRADES,
    "TradeConfirm": Section.TRADES,
    "Order": Section.TRADES,
    "Lot": Section.TRADES,
    "SymbolSummary": Section.TRADES,
    "AssetSummary": Section.TRADES,
    "WashSale": Section.TRADES,
    "CashTransaction": Section.CASH,
    "CorporateAction": Section.ACTIONS,
    "Transfer": Section.TRANSFERS,
    "OpenPosition": Section.HELD,
    "CashReportCurrency": Section.CASH_REPORT,
    "FIFOPerformanceSummaryUnderlying": Section.REALISED,
}
_LEVELS: Final[Mapping[str, str]] = {
    "Order": "ORDER",
    "Lot": "CLOSED_LOT",
    "SymbolSummary": "SYMBOL_SUMMARY",
    "AssetSummary": "ASSET_SUMMARY",
    "WashSale": "WASH_SALE",
}
"""The level of detail of an element that does not tell it."""

_FRAMES: Final = ("FlexQueryResponse", "FlexStatements", "FlexStatement", "AccountInformation")

NO_STATEMENT: Final = "This is no Flex statement, but IBKR's answer that there is none. Run the query again."
NO_FLEX: Final = "This XML file is no Flex statement of Interactive Brokers."
FRAME: Final = "What the statement is about: the lines below take it from here."


def _recognises(head: Head) -> bool:
    return head.text.lstrip("\ufeff \r\n\t").startswith("<") and _HEAD.search(head.text) is not None


def _read(path: Path, options: Options) -> Iterator[Said]:
    return told(partial(_placed, path), FLEX_LEVELS, options)


def _placed(path: Path) -> Iterator[Placed | Refusal | Skipped]:
    account, is_flex = Account(), False
    for element in elements(path):
        if isinstance(element, Refusal):
            yield element
            continue
        is_flex = is_flex or _is_flex(element)
        if element.tag in _FRAMES:
            account = _account(account, element)
            yield Skipped(element.line, FRAME)
        else:
            yield _record(element, account)
    if not is_flex:
        raise Unreadable(NO_FLEX)


def _is_flex(element: Element) -> bool:
    """True, for the first element that has attributes. Raises Unreadable where the file is no statement."""
    if element.tag == "FlexStatementResponse":
        raise Unreadable(NO_STATEMENT)
    if element.tag not in _FRAMES:
        raise Unreadable(NO_FLEX)
    return True


def _record(element: Element, account: Account) -> Placed:
    record = element.record()
    section = _SECTIONS.get(element.tag, Section.OTHER)
    level = level_of(section, record) or _LEVELS.get(element.tag, "")
    return Placed(section, element.tag, level, record, account)


def _account(account: Account, element: Element) -> Account:
    """What is known of the account from here on; a further statement in the file begins anew."""
    if element.tag == "FlexStatement":
        return Account(element.get("accountId"), "", element.get("fromDate"), element.get("toDate"))
    if element.tag == "AccountInformation":
        return account._replace(
            name=element.get("accountId") or account.name, base=element.get("currency") or account.base
        )
    return account


FLEX_XML = Format(
    "ibkr_flex_xml", "Interactive Brokers: Flex query (XML)", FAMILY, _recognises, _read, frozenset({Need.ZONE})
)

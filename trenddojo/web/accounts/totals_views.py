"""What the page of all accounts together shows."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from trenddojo.domain.rates import ECB, FoundRate
from trenddojo.services.totals import AccountTotal, Figure, ModeTotals, Sum, Totals
from trenddojo.web.format import fixed
from trenddojo.web.frame import broker_of, mode_of
from trenddojo.web.shell import ShownMode


@dataclass(frozen=True, slots=True)
class AccountLine:
    """One account: its figures in the order of the columns. The rate is empty where none is needed or known.

    `source` says whose rate it is, `on` of which date.
    """

    id: str
    name: str
    broker: str
    currency: str
    is_other: bool
    rate: str
    source: str
    on: date | None
    today: date
    figures: tuple[Figure, ...]


@dataclass(frozen=True, slots=True)
class ModePanel:
    """The accounts of one mode with their sums, in the order of the columns; `notes` are what the sums lack."""

    mode: ShownMode
    lines: tuple[AccountLine, ...]
    sums: tuple[Sum, ...]
    notes: tuple[str, ...]


def panels(found: Totals) -> list[ModePanel]:
    """One panel a mode."""
    return [_panel(one, found.currency) for one in found.modes]


def _panel(found: ModeTotals, currency: str) -> ModePanel:
    sums = (found.equity, found.day, found.month, found.year, found.open_pnl, found.heat)
    return ModePanel(
        mode=mode_of(found.mode),
        lines=tuple(_line(one, currency) for one in found.accounts),
        sums=sums,
        notes=tuple(_notes(found, sums, currency)),
    )


def _line(one: AccountTotal, currency: str) -> AccountLine:
    account = one.seat.account
    rate = one.rate if account.base_currency != currency else None
    return AccountLine(
        id=str(account.id),
        name=account.name,
        broker=broker_of(account),
        currency=account.base_currency,
        is_other=account.base_currency != currency,
        rate=_rate(rate, account.base_currency, currency) if rate else "",
        source=_source(rate) if rate else "",
        on=rate.on if rate else None,
        today=one.today,
        figures=(one.equity, one.day, one.month, one.year, one.open_pnl, one.heat),
    )


def _rate(found: FoundRate, base: str, quote: str) -> str:
    """Of the two directions the one that is above 1, which is how people quote it."""
    if found.rate >= 1:
        return f"1 {base} = {fixed(found.rate, 4)} {quote}"
    return f"1 {quote} = {fixed(1 / found.rate, 4)} {base}"


def _source(found: FoundRate) -> str:
    name = "ECB" if found.source == ECB else "its broker"
    return f"{name}, over {found.over}" if found.over else name


def _notes(found: ModeTotals, sums: Sequence[Sum], currency: str) -> Iterator[str]:
    """What is left out of which sums, and what would mend it."""
    for one in found.unconverted:
        account = one.seat.account
        yield f"{account.name} is left out: no rate of {account.base_currency} in {currency} is known."
    unknown = {one.seat.account.name for one in found.unconverted}
    for name in dict.fromkeys(name for total in sums for name in total.without if name not in unknown):
        yield f"{name} is left out of some sums: no rate is known of some of the days on which it earned."

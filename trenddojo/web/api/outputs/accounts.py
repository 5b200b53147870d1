"""Accounts, their limits, their members and their cash as the API answers them."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from trenddojo.domain.terms import AccountType, CashKind, MemberRole, Mode, SizingMethod
from trenddojo.store.seats import Seat, SeatRole
from trenddojo.web.api.outputs.base import Exact, Money, Output


class AccountOut(Output):
    """A trading account, and what the asking person is on it. Money is in `base_currency`, days are of `time_zone`."""

    id: UUID
    role: SeatRole
    name: str
    broker: str
    account_type: AccountType
    mode: Mode | None
    base_currency: str
    time_zone: str
    opened_on: date
    starting_balance: Money
    balance: Money
    equity: Money
    open_trades: int
    fee_per_unit: Exact
    fee_per_order: Exact
    leverage: Exact
    breakeven_band: Money
    risk_free_rate: Exact
    created_at: datetime

    @classmethod
    def of(cls, seat: Seat) -> "AccountOut":
        """The account as it is seen from a seat."""
        fields = {name: getattr(seat.account, name) for name in cls.model_fields if name != "role"}
        return cls(role=seat.role, **fields)


class AccountsOut(Output):
    """The accounts that a person may see, their own first. They are few: `next` is always null."""

    items: list[AccountOut]
    next: str | None = None


class RiskOut(Output):
    """An account's limits. Percentages are percent points of equity."""

    max_risk_per_trade: Exact
    max_risk_per_day: Exact
    max_risk_per_week: Exact
    daily_loss_limit: Exact
    max_position_value: Exact
    max_open_positions: int
    max_correlated_positions: int
    max_sector_positions: int
    sizing_method: SizingMethod
    fixed_units: Exact | None
    halve_after_losses: int


class SectorOut(Output):
    """A symbol and the sector that an account sees it in."""

    symbol: str
    sector: str


class SectorsOut(Output):
    """The symbols that have a sector on an account, in order."""

    items: list[SectorOut]

    @classmethod
    def of(cls, known: Mapping[str, str]) -> "SectorsOut":
        """Sectors by symbol."""
        return cls(items=[SectorOut(symbol=symbol, sector=name) for symbol, name in known.items()])


class MemberOut(Output):
    """Somebody else who may see, or also trade, an account."""

    user_id: UUID
    name: str
    email: str
    role: MemberRole


class MembersOut(Output):
    """Everybody but the owner who may see an account. They are few: `next` is always null."""

    items: list[MemberOut]
    next: str | None = None


class CashOut(Output):
    """A movement of cash. `added` is what it adds to the balance, below 0 for what went out."""

    id: UUID
    on: date
    kind: CashKind
    amount: Money
    added: Money
    note: str
    created_at: datetime


class CashPage(Output):
    """Movements of cash, the latest first; `next` is the address of the page that follows, null at the end."""

    items: list[CashOut]
    next: str | None


def cash_out(movement: object, added: Decimal) -> CashOut:
    """A movement with what it adds."""
    fields = {name: getattr(movement, name) for name in CashOut.model_fields if name != "added"}
    return CashOut(added=added, **fields)

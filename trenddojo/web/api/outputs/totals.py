"""Exchange rates, and all accounts in one currency, as the API answers them."""

from datetime import date
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import PlainSerializer, WithJsonSchema

from trenddojo.domain.money import FX_PLACES, rounded
from trenddojo.domain.rates import FoundRate
from trenddojo.domain.terms import Mode
from trenddojo.services.totals import AccountTotal, Sum, Totals
from trenddojo.web.api.outputs.base import Money, Output, plain


def _rate(value: Decimal) -> str:
    return plain(rounded(value, FX_PLACES))


Rate = Annotated[
    Decimal,
    PlainSerializer(_rate, return_type=str),
    WithJsonSchema({"type": "string", "format": "decimal", "description": f"at most {FX_PLACES} decimal places"}),
]


class RateOut(Output):
    """What one `base` was worth in `quote` on the date `on`: null where nobody told.

    `as_of` is the date of the rate, of a cross the older of its two, and `over` the currency between.
    """

    base: str
    quote: str
    on: date
    rate: Rate | None
    as_of: date | None
    source: str | None
    over: str | None

    @classmethod
    def of(cls, base: str, quote: str, on: date, found: FoundRate | None) -> "RateOut":
        """A rate as it was found, or that there is none."""
        told = {
            "rate": found.rate if found else None,
            "as_of": found.on if found else None,
            "source": found.source or None if found else None,
            "over": found.over or None if found else None,
        }
        return cls(base=base, quote=quote, on=on, **told)


FIGURES = ("equity", "day", "month", "year", "open_pnl", "heat")


class FigureOut(Output):
    """An amount in the account's currency, and `converted` into the person's; null where a rate is missing."""

    own: Money
    converted: Money | None


class AccountTotalOut(Output):
    """An account's figures. `rate` is of its currency in the person's, on its own date of today."""

    account_id: UUID
    name: str
    currency: str
    rate: RateOut
    equity: FigureOut
    day: FigureOut
    month: FigureOut
    year: FigureOut
    open_pnl: FigureOut
    heat: FigureOut

    @classmethod
    def of(cls, found: AccountTotal, quote: str) -> "AccountTotalOut":
        """The account beside the person's currency."""
        account = found.seat.account
        return cls(
            account_id=account.id,
            name=account.name,
            currency=account.base_currency,
            rate=RateOut.of(account.base_currency, quote, found.today, found.rate),
            **{name: FigureOut.model_validate(getattr(found, name)) for name in FIGURES},
        )


class SumOut(Output):
    """A sum in the person's currency, null where nothing could be added; `without` names the accounts left out."""

    amount: Money | None
    without: list[str]


class SumsOut(Output):
    """The sums of a mode."""

    equity: SumOut
    day: SumOut
    month: SumOut
    year: SumOut
    open_pnl: SumOut
    heat: SumOut


class ModeTotalsOut(Output):
    """The accounts of one mode, which is null for those kept by hand, with their sums."""

    mode: Mode | None
    accounts: list[AccountTotalOut]
    sums: SumsOut


class TotalsOut(Output):
    """All accounts that a person may see, by mode. Sums are in `currency`."""

    currency: str
    modes: list[ModeTotalsOut]


def totals_out(found: Totals) -> TotalsOut:
    """All accounts as the API answers them."""
    return TotalsOut(
        currency=found.currency,
        modes=[
            ModeTotalsOut(
                mode=one.mode,
                accounts=[AccountTotalOut.of(account, found.currency) for account in one.accounts],
                sums=SumsOut(**{name: _sum(getattr(one, name)) for name in FIGURES}),
            )
            for one in found.modes
        ],
    )


def _sum(found: Sum) -> SumOut:
    return SumOut(amount=found.amount, without=list(found.without))

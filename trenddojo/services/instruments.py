"""What is traded, found or made by its terms, so that each instrument exists once."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from trenddojo.domain.figures import quantity
from trenddojo.domain.money import ONE
from trenddojo.domain.terms import AssetType, OptionRight
from trenddojo.services.inputs.plans import SizingInput
from trenddojo.store.database import db
from trenddojo.store.instruments import instrument_by_identity
from trenddojo.store.models import Account, Instrument

SATOSHI: Final = Decimal("0.00000001")


@dataclass(frozen=True, slots=True)
class Terms:
    """An instrument's terms. `lot` is the smallest quantity that people trade it in, and no part of its identity."""

    symbol: str
    asset_type: AssetType
    currency: str
    exchange: str
    multiplier: Decimal
    lot: Decimal
    expiry: date | None
    strike: Decimal | None
    right: OptionRight | None

    @property
    def identity(self) -> str:
        """All the terms in one text: "stock|NVDA|USD||1", "option|NVDA|USD||100|2026-12-18|150|call"."""
        exchange = self.exchange.upper().replace("|", "/")
        parts = [self.asset_type, self.symbol, self.currency, exchange, _plain(self.multiplier)]
        if self.expiry is not None:
            parts.append(self.expiry.isoformat())
        if self.strike is not None and self.right is not None:
            parts += [_plain(self.strike), self.right]
        return "|".join(parts)


def terms_of(given: SizingInput, account: Account) -> Terms:
    """The terms that an input names, with what is usual where it leaves them empty.

    Usual is the account's currency, a multiplier of 1, and a lot of 1 unit, 0.00000001 of a cryptocurrency.
    """
    return Terms(
        symbol=given.symbol or "",
        asset_type=given.asset_type,
        currency=given.currency or account.base_currency,
        exchange=given.exchange,
        multiplier=given.multiplier or ONE,
        lot=given.lot or usual_lot(given.asset_type),
        expiry=given.expiry,
        strike=given.strike,
        right=given.right,
    )


def usual_lot(asset_type: AssetType) -> Decimal:
    """The smallest quantity that instruments of a type usually trade in."""
    return SATOSHI if asset_type is AssetType.CRYPTO else ONE


def known(terms: Terms) -> Instrument | None:
    """The instrument with these terms, if somebody has planned it before."""
    return instrument_by_identity(terms.identity) if terms.symbol else None


def instrument_for(terms: Terms) -> Instrument:
    """The instrument with these terms, made if need be; the caller commits."""
    found = known(terms)
    if found is None:
        found = Instrument(
            identity=terms.identity,
            symbol=terms.symbol,
            asset_type=terms.asset_type,
            currency=terms.currency,
            exchange=terms.exchange,
            multiplier=terms.multiplier,
            lot=terms.lot,
            expiry=terms.expiry,
            strike=terms.strike,
            right=terms.right,
        )
        db.session.add(found)
        db.session.flush()
    found.lot = min(found.lot, terms.lot)  # people at other brokers may trade finer parts of it
    return found


def _plain(number: Decimal) -> str:
    return quantity(number).replace(",", "")

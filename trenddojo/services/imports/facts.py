"""What the books hold of one instrument while an import works on it, read in one short transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from uuid import UUID

from trenddojo.domain.commissions import Commission
from trenddojo.domain.marks import Mark
from trenddojo.domain.splits import Split
from trenddojo.domain.terms import AssetType
from trenddojo.services.commissions import commission_of
from trenddojo.services.errors import Conflict
from trenddojo.services.imports.cutting import WHOLE, Part
from trenddojo.services.instruments import Terms
from trenddojo.store import import_books, import_parts
from trenddojo.store.import_books import StoredFill, StoredTrade
from trenddojo.store.models import Account, Instrument
from trenddojo.store.splits import splits_of


@dataclass(frozen=True, slots=True)
class Facts:
    """One instrument on one account. `instrument_id` is None while it has to be made.

    `hands` says, of trades that imports made, what people added since: those are kept as they are, like those that no
    import made. `has_bars`: prices are known that tell how far its trades ran. `is_part`: there is so much of it that
    this is a stretch.
    """

    instrument_id: UUID | None
    identity: str
    symbol: str
    asset_type: AssetType
    currency: str
    multiplier: Decimal
    expiry: date | None
    commission: Commission | None
    fills: Sequence[StoredFill] = ()
    trades: Mapping[UUID, StoredTrade] | None = None
    hands: Mapping[UUID, str] | None = None
    marks: tuple[Mark, ...] = ()
    splits: tuple[Split, ...] = ()
    has_bars: bool = False
    is_part: bool = False

    def is_kept(self, trade_id: UUID) -> bool:
        """Whether a trade is more than what imports made of it."""
        return self.trade(trade_id).import_id is None or trade_id in (self.hands or {})

    def is_anchor(self, row: StoredFill) -> bool:
        """Whether a fill stays in its trade, whatever a statement tells."""
        if not self.is_kept(row.trade_id):
            return False
        return row.import_id is None or self.trade(row.trade_id).import_id is not None

    def trade(self, trade_id: UUID) -> StoredTrade:
        """One of the instrument's trades that count."""
        return (self.trades or {})[trade_id]

    def with_later(self, later: "Facts") -> "Facts":
        """Both parts of an instrument's past that follow one another."""
        trades, hands = {**(self.trades or {}), **(later.trades or {})}, {**(self.hands or {}), **(later.hands or {})}
        return replace(later, fills=[*self.fills, *later.fills], trades=trades, hands=hands)


def facts_of(account: Account, instrument: Instrument, part: Part = WHOLE) -> Facts:
    """What the books hold of an instrument, in a part of its past.

    Raises Conflict where a trade reaches out of it: that was not so when it was cut.
    """
    fills = import_books.fills_of(account.id, instrument.id, *part)
    trades = {one.id: one for one in import_books.trades_at({row.trade_id for row in fills})}
    if import_parts.reach_out({row.trade_id for row in fills if row.counts}, *part):
        raise Conflict(f"Trades in {instrument.symbol} were changed meanwhile. Try again when it is calm.")
    made = [one.id for one in trades.values() if one.import_id is not None]
    hands = import_books.hand_made(made) if made else {}
    return replace(terms_at(account, instrument), fills=fills, trades=trades, hands=hands, is_part=part != WHOLE)


def terms_at(account: Account, instrument: Instrument) -> Facts:
    """The same of an instrument without its fills and trades."""
    marks = import_books.marks_of(account.id, instrument.id)
    terms = terms_of(account, instrument, has_bars=import_books.has_bars(instrument.id))
    return replace(terms, marks=tuple(Mark(price, at, fx) for price, at, fx in marks))


def terms_of(account: Account, instrument: Instrument, *, has_bars: bool) -> Facts:
    """The same without its fills, trades and marks: what an instrument is on an account."""
    return Facts(
        instrument_id=instrument.id,
        identity=instrument.identity,
        symbol=instrument.symbol,
        asset_type=instrument.asset_type,
        currency=instrument.currency,
        multiplier=instrument.multiplier,
        expiry=instrument.expiry,
        commission=commission_of(account, instrument.asset_type, instrument.multiplier),
        splits=tuple(splits_of(account, instrument.id)),
        has_bars=has_bars,
    )


def facts_of_new(account: Account, terms: Terms) -> Facts:
    """The same of an instrument that nobody has traded yet."""
    commission = commission_of(account, terms.asset_type, terms.multiplier)
    what = terms.identity, terms.symbol, terms.asset_type, terms.currency, terms.multiplier, terms.expiry
    return Facts(None, *what, commission)

"""What a statement calls a contract as an instrument of the books: found among what the account trades, else made."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from trenddojo.domain.terms import AssetType
from trenddojo.services.imports.ground import Ground
from trenddojo.services.instruments import Terms, instrument_for, known, usual_lot
from trenddojo.statements.lines import Contract
from trenddojo.store import import_books
from trenddojo.store.models import Instrument

_SHARES = frozenset({AssetType.STOCK, AssetType.ETF})


@dataclass(frozen=True, slots=True)
class Group:
    """Contracts of a statement that are one instrument, each with its number in the spool."""

    contract: Contract
    numbered: tuple[tuple[int, Contract], ...]


def grouped(found: Iterable[tuple[int, Contract]], ground: Ground) -> list[Group]:
    """Contracts by what they are: an exchange, and whether shares are a fund's, tell no two of them apart."""
    groups: dict[Contract, list[tuple[int, Contract]]] = {}
    for number, one in found:
        groups.setdefault(plain(one, ground), []).append((number, one))
    return [Group(contract, tuple(numbered)) for contract, numbered in groups.items()]


def single(one: Contract, ground: Ground) -> Group:
    """One contract alone."""
    return Group(plain(one, ground), ((0, one),))


def plain(one: Contract, ground: Ground) -> Contract:
    """A contract by what tells it from others."""
    asset_type = AssetType.STOCK if one.asset_type in _SHARES else one.asset_type
    return replace(one, asset_type=asset_type, currency=one.currency or ground.currency, exchange="")


def terms_of(group: Group, ground: Ground) -> Terms:
    """The terms of the instrument, as a plan typed by hand would name them."""
    first = group.numbered[0][1]
    return Terms(
        symbol=first.symbol,
        asset_type=first.asset_type,
        currency=group.contract.currency,
        exchange="",
        multiplier=first.multiplier,
        lot=usual_lot(first.asset_type),
        expiry=first.expiry,
        strike=first.strike,
        right=first.right,
    )


def instrument_of(group: Group, ground: Ground) -> Instrument | None:
    """The instrument that the account trades already, or anybody; None where it has to be made."""
    traded = import_books.instruments_traded(ground.account_id, group.contract.symbol)
    same = [one for one in traded if _is(one, group.contract)]
    return _preferred(same, group) or known(terms_of(group, ground))


def _is(one: Instrument, contract: Contract) -> bool:
    asset_type = AssetType.STOCK if one.asset_type in _SHARES else one.asset_type
    its = asset_type, one.currency, one.multiplier, one.expiry, one.strike, one.right
    told = contract.asset_type, contract.currency, contract.multiplier, contract.expiry, contract.strike, contract.right
    return its == told


def _preferred(found: Sequence[Instrument], group: Group) -> Instrument | None:
    """Of several on different exchanges the one that the statement names, else the first."""
    exchanges = {contract.exchange for _, contract in group.numbered}
    return next((one for one in found if one.exchange in exchanges), found[0] if found else None)


def made(group: Group, ground: Ground) -> Instrument:
    """The instrument, added if need be; the caller commits."""
    return instrument_of(group, ground) or instrument_for(terms_of(group, ground))

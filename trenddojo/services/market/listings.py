"""Which instrument a symbol means, where several may be called so."""

from trenddojo.domain.terms import AssetType
from trenddojo.services.errors import Invalid
from trenddojo.store import instruments
from trenddojo.store.models import Instrument


def listed(symbol: str, asset_type: AssetType, currency: str, exchange: str = "") -> Instrument | None:
    """The known instrument of this symbol, type and currency, without an exchange that of whichever there is.

    Raises Invalid where there are several.
    """
    found = [
        one
        for one in instruments.named(symbol)
        if (one.asset_type, one.currency) == (asset_type, currency) and exchange in ("", one.exchange)
    ]
    if len(found) > 1:
        known = ", ".join(sorted(one.exchange or "no exchange" for one in found))
        raise Invalid({"exchange": f"{symbol} is known with {known}: name the one that is meant."})
    return found[0] if found else None

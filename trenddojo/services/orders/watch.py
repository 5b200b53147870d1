"""The alert of a position without its stop, which lasts as long as what it tells of."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from trenddojo.domain.figures import quantity
from trenddojo.services import alerts
from trenddojo.services.orders import exits
from trenddojo.services.orders.desk import Desk
from trenddojo.services.orders.exits import Standing
from trenddojo.store import orders
from trenddojo.store.alerts import open_with_prefix
from trenddojo.store.database import db, discard
from trenddojo.store.models import Account

_PREFIX = "unprotected:"


def over(desk: Desk, now: datetime, only: UUID | None = None) -> None:
    """`tell` of the account's open trades, or of one, as they stand now; ends the caller's transaction."""
    discard()
    account = orders.lock_account(desk.account_id)
    tell(account, exits.open_standings(account, only), now, only)
    db.session.commit()


def tell(account: Account, standings: Iterable[Standing], now: datetime, only: UUID | None = None) -> None:
    """Ring once for each open trade whose planned stop has no working order of its full size, until it has one.

    `standings` are those of all the account's open trades, or of `only` one, in the caller's transaction, which has
    locked the account.
    """
    unsafe = {f"{_PREFIX}{found.trade.id}": found for found in standings if not found.is_safe}
    told = open_with_prefix(account.owner_id, account.id, f"{_PREFIX}{only or ''}")
    for key in unsafe.keys() - told:
        _ring(account, key, unsafe[key], now)
    if over_now := told - unsafe.keys():
        alerts.resolve(over_now, now)


def _ring(account: Account, key: str, found: Standing, now: datetime) -> None:
    trade = found.trade
    alerts.ring(
        account.owner_id,
        key,
        "STOP_MISSING",
        f"{account.name}: {quantity(found.now.unguarded)} of {quantity(trade.quantity)} {trade.symbol} have no stop "
        "at the broker.",
        "Open the trade and press Protect: it places what is missing.",
        now=now,
        account_id=account.id,
        trade_id=trade.id,
    )

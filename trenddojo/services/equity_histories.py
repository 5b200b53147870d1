"""An account's past equity as its broker tells it: asked once a day, by the job that takes the snapshots alone."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from trenddojo.brokers.errors import BrokerError
from trenddojo.brokers.types import EquityPoint
from trenddojo.domain.money import cents
from trenddojo.store import snapshots
from trenddojo.store.models import EquityHistory

DAYS = 90
"""How far back a broker is asked."""
_AGAIN_AFTER = timedelta(hours=20)
"""Less than a day, so that a job that begins a little earlier than the day before still asks."""
_AGAIN_AFTER_FAILURE = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class PastEquity:
    """What an account was worth, in its currency, oldest first and at least once; the broker told it at `taken_at`."""

    taken_at: datetime
    points: tuple[EquityPoint, ...]


def due(account_ids: Collection[UUID], now: datetime) -> frozenset[UUID]:
    """The accounts of which a broker is to be asked again.

    What it told holds for 20 hours, that it tells nothing too, and that it could not be asked for one.
    """
    kept = snapshots.equity_histories_of(account_ids)
    return frozenset(one for one in account_ids if one not in kept or _is_due(kept[one], now))


def of_accounts(account_ids: Collection[UUID]) -> dict[UUID, PastEquity]:
    """The past equity of each account of which a broker has told any."""
    kept = snapshots.equity_histories_of(account_ids)
    return {one: PastEquity(row.taken_at, _read(row)) for one, row in kept.items() if row.taken_at and row.points}


def keep(account_id: UUID, found: Sequence[EquityPoint] | BrokerError, now: datetime) -> bool:
    """Write what was asked at `now`: whether pages should look again. After a failure, what was told before stays."""
    row = snapshots.fresh_equity_history(account_id)
    if row.taken_at is not None and row.taken_at > now:
        return False
    if isinstance(found, BrokerError):
        row.failed_at = now
        return False
    had_any = bool(row.points)
    row.taken_at, row.failed_at, row.points = now, None, [_written(one) for one in found]
    return had_any or bool(row.points)


def forget(account_ids: Collection[UUID]) -> None:
    """Forget what was told of these accounts, so that it is asked anew; the caller commits."""
    snapshots.clear_equity_histories(account_ids)


def _is_due(row: EquityHistory, now: datetime) -> bool:
    is_old = row.taken_at is None or now - row.taken_at >= _AGAIN_AFTER
    return is_old and (row.failed_at is None or now - row.failed_at >= _AGAIN_AFTER_FAILURE)


def _written(point: EquityPoint) -> dict[str, str]:
    return {"at": point.at.astimezone(UTC).isoformat(), "equity": f"{cents(point.equity):f}"}


def _read(row: EquityHistory) -> tuple[EquityPoint, ...]:
    return tuple(EquityPoint(at=datetime.fromisoformat(one["at"]), equity=Decimal(one["equity"])) for one in row.points)

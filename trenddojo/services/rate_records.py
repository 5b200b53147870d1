"""Exchange rates that a broker tells with an account's figures: kept by date, for that account alone."""

from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from trenddojo.brokers.types import AccountInfo
from trenddojo.domain.equity import local_date
from trenddojo.domain.money import FX_PLACES, rounded
from trenddojo.domain.rates import DatedRate
from trenddojo.store import accounts, rates


def keep(account_id: UUID, info: AccountInfo, now: datetime) -> None:
    """Write what is new, within the caller's transaction: a date ends with the last rates told on it."""
    account = accounts.account_by_id(account_id)
    if not info.rates or account is None:
        return
    on, source = local_date(now, ZoneInfo(account.time_zone)), rates.source_of(account_id)
    known = rates.told_on(source, on)
    told = {code: rounded(rate, FX_PLACES) for code, rate in info.rates.items() if code != info.currency}
    news = [
        DatedRate(source, code, info.currency, on, rate) for code, rate in told.items() if _is_news(code, rate, known)
    ]
    rates.keep(news, now, account_id)


def _is_news(code: str, rate: Decimal, known: dict[str, Decimal]) -> bool:
    """Whether it is another rate than the one kept; one that rounds to nothing is none."""
    return rate > 0 and known.get(code) != rate

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
    news = {
        code: rate for code, rate in told.items() if rate > 0 and known.get(code) != rate
    }  # 0: it rounds to nothing
    rates.keep([DatedRate(source, code, info.currency, on, rate) for code, rate in news.items()], now, account_id)

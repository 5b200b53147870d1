"""Short ways to know exchange rates."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from io import BytesIO
from uuid import UUID

from tests.conftest import NOW
from trenddojo.domain.rates import ECB, DatedRate
from trenddojo.services.rate_files import ImportedRates, import_rates
from trenddojo.store import rates
from trenddojo.store.database import db

TODAY = date(2026, 11, 19)
HISTORY = b"""Date,USD,JPY,GBP,CYP,
2026-11-18,1.25,160,0.875,N/A,
2026-11-13,1.2,150,0.9,N/A,
2026-01-05,1,140,0.8,0.58231,
"""


def told(base: str, quote: str, rate: str, ago: int = 1, account_id: UUID | None = None) -> None:
    """The ECB, or the broker of an account, told a rate so many days ago."""
    source = rates.source_of(account_id) if account_id else ECB
    dated = DatedRate(source, base, quote, TODAY - timedelta(days=ago), Decimal(rate))
    rates.keep([dated], NOW, account_id)
    db.session.commit()


def taken(content: bytes, name: str = "eurofxref-hist.csv") -> ImportedRates:
    return import_rates(BytesIO(content), name, TODAY, NOW)

"""Queries about exchange rates: those of a span with what held before it, those an import meets, and what is known."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import and_, func, or_, select

from trenddojo.domain.rates import ECB, DatedRate
from trenddojo.store.database import db
from trenddojo.store.models import ExchangeRate
from trenddojo.store.upserts import put

_COLUMNS = (
    ExchangeRate.source,
    ExchangeRate.base_currency,
    ExchangeRate.quote_currency,
    ExchangeRate.on,
    ExchangeRate.rate,
)
_PAIR = (ExchangeRate.source, ExchangeRate.base_currency, ExchangeRate.quote_currency)


class Known(NamedTuple):
    """What a source tells of a pair: how many dates, the first and the last, and the last rate."""

    source: str
    base: str
    quote: str
    dates: int
    first: date
    last: date
    rate: Decimal


def source_of(account_id: UUID) -> str:
    """The name of what the broker of an account tells of rates, which counts for that account alone."""
    return f"account-{account_id}"


def within(currencies: Collection[str], sources: Collection[str], since: date, until: date) -> list[DatedRate]:
    """The rates between the currencies on every date of a span, and the last before it of each pair, in one query."""
    among = and_(
        ExchangeRate.source.in_(sources),
        ExchangeRate.base_currency.in_(currencies),
        ExchangeRate.quote_currency.in_(currencies),
    )
    before = (
        select(*_PAIR, func.max(ExchangeRate.on).label("on"))
        .where(among, ExchangeRate.on < since)
        .group_by(*_PAIR)
        .subquery()
    )
    same = (ExchangeRate.source == before.c.source, ExchangeRate.base_currency == before.c.base_currency)
    matched = and_(*same, ExchangeRate.quote_currency == before.c.quote_currency)
    query = (
        select(*_COLUMNS)
        .outerjoin(before, matched)
        .where(among, ExchangeRate.on <= until, or_(ExchangeRate.on >= since, ExchangeRate.on == before.c.on))
    )
    return [DatedRate(*row) for row in db.session.execute(query)]


def of_ecb(base: str, quotes: Collection[str], first: date, last: date) -> dict[tuple[str, date], Decimal]:
    """What is kept of the ECB's rates of a few dates, by currency and date."""
    query = select(ExchangeRate.quote_currency, ExchangeRate.on, ExchangeRate.rate).where(
        ExchangeRate.source == ECB,
        ExchangeRate.base_currency == base,
        ExchangeRate.quote_currency.in_(quotes),
        ExchangeRate.on.between(first, last),
    )
    return {(quote, on): rate for quote, on, rate in db.session.execute(query)}


def told_on(source: str, on: date) -> dict[str, Decimal]:
    """What a source that tells of one currency said on a date, by the other."""
    query = select(ExchangeRate.base_currency, ExchangeRate.rate).where(
        ExchangeRate.source == source, ExchangeRate.on == on
    )
    return {row.base_currency: row.rate for row in db.session.execute(query)}


def keep(rates: Sequence[DatedRate], taken_at: datetime, account_id: UUID | None = None) -> None:
    """Write rates, each in place of the one that its source told of the date before."""
    put(
        ExchangeRate,
        ("source", "base_currency", "quote_currency", "on"),
        [_row(one, taken_at, account_id) for one in rates],
    )


def _row(one: DatedRate, taken_at: datetime, account_id: UUID | None) -> dict[str, Any]:
    return {
        "source": one.source,
        "base_currency": one.base,
        "quote_currency": one.quote,
        "on": one.on,
        "rate": one.rate,
        "taken_at": taken_at,
        "account_id": account_id,
    }


def known(sources: Collection[str]) -> list[Known]:
    """Every pair that the sources tell of, by currency."""
    spans = (
        select(
            *_PAIR,
            func.count().label("dates"),
            func.min(ExchangeRate.on).label("first"),
            func.max(ExchangeRate.on).label("last"),
        )
        .where(ExchangeRate.source.in_(sources))
        .group_by(*_PAIR)
        .subquery()
    )
    same = (
        ExchangeRate.source == spans.c.source,
        ExchangeRate.base_currency == spans.c.base_currency,
        ExchangeRate.quote_currency == spans.c.quote_currency,
        ExchangeRate.on == spans.c.last,
    )
    query = select(spans, ExchangeRate.rate).join(ExchangeRate, and_(*same))
    return [Known(*row) for row in db.session.execute(query.order_by(*spans.c[:3]))]

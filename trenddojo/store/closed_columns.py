"""The closed trades of a period as arrays: integers as the database keeps them, for figures over many trades at once.

One query without rows of objects and without Decimals: money in cents, R in 10^-9, times in microseconds of UTC.
"""

from collections.abc import Collection, Iterator, Sequence
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import BigInteger, ColumnElement, Integer, Numeric, Text, case, cast, func, literal, type_coerce

from trenddojo.domain.money import MONEY_PLACES, RATIO_PLACES
from trenddojo.store.closed import ClosedFilter, closed
from trenddojo.store.database import db
from trenddojo.store.models import Trade

Whole = NDArray[np.int64]
NO_R = -(2**63)
"""What stands where a trade has no R: less than any R can be."""
_EPOCH = date(1970, 1, 1)
_T = Trade.__table__.c


class Words(NamedTuple):
    """A column of texts: each element's place among the different `names`, which stand in order of appearance."""

    codes: Whole
    names: list[str]

    def at(self, rows: NDArray[np.bool_]) -> "Words":
        """The chosen elements."""
        return Words(self.codes[rows], self.names)


class ClosedColumns(NamedTuple):
    """Closed trades in order of closing, one element each; `account` is a place among the ids asked for.

    `quality` is 0 where it is empty, `tags` are JSON lists, `closed_on` counts days and `opened_at` microseconds since
    1970.
    """

    account: Whole
    realised: Whole
    r: Whole
    quality: Whole
    opened_at: Whole
    closed_on: Whole
    symbol: Words
    direction: Words
    setup: Words
    market: Words
    tags: Words

    def at(self, rows: NDArray[np.bool_]) -> "ClosedColumns":
        """The chosen trades."""
        return ClosedColumns._make(column.at(rows) if isinstance(column, Words) else column[rows] for column in self)


def closed_columns(account_ids: Sequence[UUID], since: date, until: date, only: ClosedFilter) -> ClosedColumns:
    """The accounts' trades closed on the dates of a span, both ends included, in order of closing (rule 45)."""
    query = closed(list(_columns(account_ids)), account_ids, since, until, only)
    rows = db.session.execute(query).all()
    account, realised, r, quality, opened, closed_on, *texts = zip(*rows, strict=True) if rows else [()] * 11
    return ClosedColumns(
        _whole(account), _whole(realised), _whole(r), _whole(quality), _times(opened, "us"), _times(closed_on, "D"),
        *map(_words, texts),
    )  # fmt: skip


def _columns(account_ids: Sequence[UUID]) -> Iterator[ColumnElement[Any]]:
    """The fields of `ClosedColumns` as their database gives them fastest."""
    lite = db.engine.dialect.name == "sqlite"
    places = {account_id: place for place, account_id in enumerate(account_ids)}
    yield case(places, value=_T.account_id) if len(places) > 1 else literal(0)
    yield _units(_T.realised, MONEY_PLACES, lite)
    yield func.coalesce(_units(_T.r, RATIO_PLACES, lite), literal(NO_R, BigInteger))
    yield func.coalesce(_T.setup_quality, 0)
    micros = func.extract("epoch", _T.opened_at) * 1_000_000
    yield type_coerce(_T.opened_at, Text) if lite else cast(micros, BigInteger)
    yield type_coerce(_T.closed_on, Text) if lite else type_coerce(_T.closed_on - literal(_EPOCH), Integer)
    for word in (_T.symbol, _T.direction, _T.setup, _T.market_condition):
        yield type_coerce(word, Text)
    yield type_coerce(_T.tags, Text) if lite else cast(_T.tags, Text)


def _units(column: ColumnElement[Any], places: int, lite: bool) -> ColumnElement[Any]:
    """The smallest units of an exact number, which SQLite keeps as they are (see `store.types.Scaled`)."""
    if lite:
        return type_coerce(column, BigInteger)
    return cast(type_coerce(column, Numeric) * 10**places, BigInteger)


def _whole(values: Collection[int]) -> Whole:
    return np.fromiter(values, np.int64, len(values))


def _times(values: Collection[Any], unit: str) -> Whole:
    """Counts since 1970, of SQLite's texts or of numbers."""
    if values and isinstance(next(iter(values)), str):
        return np.array(values, dtype=f"datetime64[{unit}]").astype(np.int64)
    return _whole(values)


def _words(values: Collection[str]) -> Words:
    places = {name: place for place, name in enumerate(dict.fromkeys(values))}
    return Words(np.fromiter(map(places.__getitem__, values), np.int64, len(values)), list(places))

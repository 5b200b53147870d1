"""Closed trades of a scope as arrays: judged in their account's currency, then converted; with its days.

A result is converted at the rate of the date of its last exit (rules 55 and 57 of docs/NUMBERS.md); R has no currency.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta, tzinfo
from decimal import Decimal
from uuid import UUID

import numpy as np

from trenddojo.domain.conversion import Conversion, converted
from trenddojo.domain.equity import local_date
from trenddojo.domain.money import EXACT, MONEY_PLACES
from trenddojo.services.closed_arrays import BREAKEVEN, LOSS, WIN, Results
from trenddojo.services.exact_sums import Whole
from trenddojo.services.scopes import Scope
from trenddojo.store.closed import ClosedFilter
from trenddojo.store.closed_columns import ClosedColumns, closed_columns

_EPOCH, _BEGINNING = date(1970, 1, 1), datetime(1970, 1, 1, tzinfo=UTC)
_DAY = 86_400_000_000
"""Microseconds."""


def closed_arrays(
    scope: Scope, conversions: Mapping[UUID, Conversion], since: date, until: date, only: ClosedFilter
) -> tuple[Results, set[UUID]]:
    """The trades closed in a span, in order of closing, and the accounts that lack a rate for one of them."""
    ids = [seat.account.id for seat in scope.seats]
    rows = closed_columns(ids, since, until, only)
    realised, outcome, opened_on = rows.realised.copy(), np.empty_like(rows.account), np.empty_like(rows.account)
    unknown: set[UUID] = set()
    for place, seat in enumerate(scope.seats):
        of = np.flatnonzero(rows.account == place)
        outcome[of] = _judged(rows.realised[of], seat.account.breakeven_band)
        opened_on[of] = local_days(rows.opened_at[of], seat.zone)
        if not _convert(realised, rows, of, conversions[seat.account.id]):
            unknown.add(seat.account.id)
    return Results(rows._replace(realised=realised), outcome, opened_on), unknown


def without(given: Results, scope: Scope, left_out: set[UUID]) -> Results:
    """The results of all accounts but those."""
    if not left_out:
        return given
    stays = np.array([seat.account.id not in left_out for seat in scope.seats])[given.columns.account]
    return Results(given.columns.at(stays), given.outcome[stays], given.opened_on[stays])


def _judged(realised: Whole, band: Decimal) -> Whole:
    cents = int(band.scaleb(MONEY_PLACES, EXACT))
    return np.where(np.abs(realised) <= cents, BREAKEVEN, np.where(realised > 0, WIN, LOSS))


def local_days(micros: Whole, zone: tzinfo) -> Whole:
    """The local date of moments, as days since 1970; one by one only on days on which the clocks are put."""
    days, place = np.unique(micros // _DAY, return_inverse=True)
    first, last = _offsets(days, zone), _offsets(days + 1, zone)
    found = (micros + first[place]) // _DAY
    for one in np.flatnonzero((first != last)[place]):
        found[one] = (local_date(_BEGINNING + timedelta(microseconds=int(micros[one])), zone) - _EPOCH).days
    return found


def _offsets(days: Whole, zone: tzinfo) -> Whole:
    """By how many microseconds the zone is ahead of UTC at the beginnings of days."""
    moments = (_BEGINNING + timedelta(days=day) for day in days.tolist())
    ahead = (moment.astimezone(zone).utcoffset() or timedelta() for moment in moments)
    return np.array([one // timedelta(microseconds=1) for one in ahead], dtype=np.int64)


def _convert(realised: Whole, rows: ClosedColumns, of: Whole, conversion: Conversion) -> bool:
    """Put amounts in the other currency in their places, at the rates of their dates; whether all are known."""
    if conversion.base == conversion.quote:
        return True
    dates = np.unique(rows.closed_on[of]).tolist()
    rates = {on: conversion.at(_EPOCH + timedelta(days=on)) for on in dates}
    is_whole = True
    for one in of:
        found, value = rates[int(rows.closed_on[one])], int(realised[one])
        if found is not None:
            amount = converted(Decimal(value).scaleb(-MONEY_PLACES, EXACT), found.rate)
            realised[one] = int(amount.scaleb(MONEY_PLACES, EXACT))
        elif value:
            is_whole = False
    return is_whole

"""Exchange rates, and all accounts in one currency."""

from trenddojo.services import rates
from trenddojo.services.totals import totals
from trenddojo.web import deps
from trenddojo.web.api.inputs import RateQuery
from trenddojo.web.api.operations import Group
from trenddojo.web.api.outputs.totals import RateOut, TotalsOut, totals_out

group = Group("Totals")


@group.get("/accounts/totals")
def list_totals() -> TotalsOut:
    """Add up the accounts that you may see, in your currency.

    By mode, because amounts of different modes are never added. What stands is at the rate of today, what was earned
    at the rate of each day; what has no rate is left out of the sum, which names it.
    """
    return totals_out(totals(deps.user(), deps.seats(), deps.now()))


@group.get("/rates")
def get_rate(query: RateQuery) -> RateOut:
    """Look at what a currency was worth in another.

    The last rate known on or before a date, without one today: direct, inverse, or over EUR or USD, as the European
    Central Bank told it. Where no rate is known it is null.
    """
    on = query.on or deps.now().date()
    found = rates.rate_at(query.base, query.quote, on)
    return RateOut.of(query.base, query.quote, on, found)

"""Which accounts a report is of: one, or several of one mode taken together in the person's currency."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from trenddojo.domain.equity import local_date
from trenddojo.domain.terms import Mode
from trenddojo.services.errors import Invalid, NotFound
from trenddojo.services.inputs.reports import ALL_ACCOUNTS, AccountMode, ReportQuery
from trenddojo.services.spans import Period, beginning_of, first_day
from trenddojo.services.totals import currency_of
from trenddojo.store.models import Account, User
from trenddojo.store.seats import Seat


@dataclass(frozen=True, slots=True)
class Scope:
    """The seats at the accounts, all of one mode, and the currency of what is reported. `is_joint`: all of a mode."""

    seats: tuple[Seat, ...]
    currency: str
    is_joint: bool = False

    @classmethod
    def of(cls, seat: Seat) -> "Scope":
        """One account in its own currency."""
        return cls((seat,), seat.account.base_currency)

    @property
    def account(self) -> Account | None:
        """The one account; None where all of a mode are taken together."""
        return None if self.is_joint else self.seats[0].account

    @property
    def mode(self) -> Mode | None:
        """The mode of the accounts; None: kept by hand."""
        return self.seats[0].account.mode

    @property
    def band(self) -> Decimal | None:
        """How far from 0 a breakeven may be; None for several accounts, each of which has its own."""
        return self.account.breakeven_band if self.account else None

    def today(self, now: datetime) -> date:
        """The latest of the accounts' dates of today."""
        return max(local_date(now, seat.zone) for seat in self.seats)

    def beginning(self) -> date:
        """When the first of the accounts began."""
        return min(beginning_of(seat.account) for seat in self.seats)

    def start_of(self, period: Period, now: datetime) -> date:
        """The first date of a period by name, which ends today."""
        return first_day(period, self.beginning(), self.today(now))

    def within(self, since: date | None, until: date | None, now: datetime) -> tuple[date, date]:
        """The first and the last day of a report: neither further back than the accounts nor beyond today.

        Raises Invalid for a first day in the future.
        """
        last = min(until or self.today(now), self.today(now))
        if since is not None and since > last:
            raise Invalid({"from": f"Must not be after {last}."})
        beginning = self.beginning()
        return min(max(since or beginning, beginning), last), last


def scope_of(user: User, seats: Sequence[Seat], query: ReportQuery, current: Seat | None = None) -> Scope:
    """The accounts that a person asks for among their `seats`; without an answer the one at hand.

    Raises NotFound for an account that is not theirs to see, Invalid where several modes would have to be added.
    """
    if query.account == ALL_ACCOUNTS:
        return Scope(_of_mode(seats, query.mode), currency_of(user, seats), is_joint=True)
    if query.account is None:
        if current is None:
            raise NotFound("You have no account yet.")
        return Scope.of(current)
    return Scope.of(_seat_at(seats, query.account))


def _seat_at(seats: Sequence[Seat], account_id: UUID | str) -> Seat:
    found = next((seat for seat in seats if seat.account.id == account_id), None)
    if found is None:
        raise NotFound
    return found


def _of_mode(seats: Sequence[Seat], mode: AccountMode | None) -> tuple[Seat, ...]:
    """The accounts of a mode, or without an answer all if they are of one."""
    modes = {AccountMode.of(seat.account.mode) for seat in seats}
    if not modes:
        raise NotFound("You have no account yet.")
    if mode is None and len(modes) > 1:
        offered = " or ".join(one for one in AccountMode if one in modes)
        raise Invalid({"mode": f"Amounts of different modes are never added. Choose {offered}."})
    if mode is not None and mode not in modes:
        raise Invalid({"mode": f"You have no {mode} account."})
    return tuple(seat for seat in seats if mode in (None, AccountMode.of(seat.account.mode)))

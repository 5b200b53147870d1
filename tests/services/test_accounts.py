"""Accounts: what a new one has, what follows from a change, and who is let in."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from tests.conftest import NOW, make_seat, make_user
from tests.services.exposed import bought, days_ago, fill, planned, round_trip, settled
from trenddojo.domain.terms import CashKind, MemberRole, Role, Side
from trenddojo.services import accounts, cash
from trenddojo.services.checklist import items_of
from trenddojo.services.errors import Conflict, Forbidden, Invalid, NotFound
from trenddojo.services.exposure import limits_of
from trenddojo.services.inputs import parse
from trenddojo.services.inputs.accounts import AccountChange, AccountInput, MemberInput
from trenddojo.services.inputs.cash import NewCashInput
from trenddojo.store import days
from trenddojo.store.database import db
from trenddojo.store.models import Trade, User
from trenddojo.store.seats import Seat, SeatRole, seat_at, seats_of

NEW = {"name": "Swing", "base_currency": "EUR", "starting_balance": "25000", "time_zone": "Europe/Berlin"}


def change(**fields: str) -> AccountChange:
    return parse(AccountChange, fields)


def member(email: str, role: str) -> MemberInput:
    return parse(MemberInput, {"email": email, "role": role})


class TestCreate:
    def test_a_new_account_has_limits_and_a_checklist(self, user: User) -> None:
        seat = accounts.create_account(user, parse(AccountInput, NEW), NOW)
        assert seat.role is SeatRole.OWNER
        assert seat.account.balance == seat.account.equity == Decimal(25000)
        assert seat.account.opened_on == date(2026, 11, 19)
        assert limits_of(seat.account).max_risk_per_trade == 1
        assert [item.required for item in items_of(seat)] == [True, False, False, False, False]

    def test_today_is_the_accounts_own(self, user: User) -> None:
        late = NOW.replace(hour=23, minute=30)
        assert accounts.create_account(user, parse(AccountInput, NEW), late).account.opened_on == date(2026, 11, 20)

    def test_a_repeated_request_adds_one(self, user: User) -> None:
        entered = parse(AccountInput, {**NEW, "key": "0123456789abcdef"})
        first = accounts.create_account(user, entered, NOW)
        assert accounts.create_account(user, entered, NOW).account.id == first.account.id
        assert len(seats_of(user)) == 1

    def test_the_same_key_of_somebody_else_is_another_account(self, user: User) -> None:
        entered = parse(AccountInput, {**NEW, "key": "0123456789abcdef"})
        other = make_user("pia@example.org", "Pia")
        assert (
            accounts.create_account(user, entered, NOW).account.id
            != accounts.create_account(other, entered, NOW).account.id
        )

    def test_viewers_add_none(self, user: User) -> None:
        user.role = Role.VIEWER
        with pytest.raises(Forbidden):
            accounts.create_account(user, parse(AccountInput, NEW), NOW)

    def test_it_does_not_open_tomorrow(self, user: User) -> None:
        with pytest.raises(Invalid) as refused:
            accounts.create_account(user, parse(AccountInput, {**NEW, "opened_on": "2026-11-20"}), NOW)
        assert refused.value.fields == {"opened_on": "This is in the future."}


class TestUpdate:
    def test_only_what_is_sent_changes(self, seat: Seat) -> None:
        accounts.update_account(seat, change(name="Other"), NOW)
        assert (seat.account.name, seat.account.time_zone) == ("Other", "America/New_York")

    def test_a_starting_balance_moves_equity(self, seat: Seat) -> None:
        round_trip(seat, "NVDA", "150")
        accounts.update_account(seat, change(starting_balance="50000"), NOW)
        assert seat.account.balance == seat.account.equity == Decimal(50150)

    def test_a_band_turns_small_results_into_breakevens(self, seat: Seat) -> None:
        round_trip(seat, "NVDA", "5")
        accounts.update_account(seat, change(breakeven_band="5"), NOW)
        tally = days.tally_between(seat.account.id, None, None)
        assert (tally.wins, tally.breakevens) == (0, 1)

    def test_a_zone_moves_trades_and_bookings_to_its_dates(self, seat: Seat) -> None:
        trade = planned(seat, "NVDA")
        fill(trade, seat, Side.BUY, "10", "100", ago=2, stop="95")
        fill(trade, seat, Side.SELL, "10", "103", ago=1)
        settled(trade, seat)
        assert trade.closed_on == date(2026, 11, 18)
        accounts.update_account(seat, change(time_zone="Pacific/Auckland"), NOW)
        db.session.expire_all()
        assert db.session.get_one(Trade, trade.id).closed_on == date(2026, 11, 19)
        [booked] = [day for day in days.changes_between(seat.account.id, None, None) if day.booked]
        assert (booked.date, booked.booked) == (date(2026, 11, 19), 30)
        assert days.tally_between(seat.account.id, date(2026, 11, 19), date(2026, 11, 19)).wins == 1
        assert seat.account.equity == Decimal(100_030)

    def test_fees_count_in_what_the_stops_of_open_trades_would_bring(self, seat: Seat) -> None:
        trade = bought(seat, "NVDA", "10", "100", "95")
        assert trade.stop_outcome == -50
        accounts.update_account(seat, change(fee_per_order="1.5"), NOW)
        assert trade.stop_outcome == Decimal("-51.50")

    def test_the_currency_stays_once_something_is_recorded(self, seat: Seat) -> None:
        accounts.update_account(seat, change(base_currency="EUR"), NOW)
        planned(seat, "NVDA")
        with pytest.raises(Invalid) as refused:
            accounts.update_account(seat, change(base_currency="USD"), NOW)
        assert "base_currency" in refused.value.fields

    def test_it_opened_before_its_first_cash(self, seat: Seat) -> None:
        deposit = {"on": "2025-03-03", "kind": CashKind.DEPOSIT, "amount": "10"}
        cash.record_cash(seat, parse(NewCashInput, deposit), NOW)
        accounts.update_account(seat, change(opened_on="2025-03-03"), NOW)
        with pytest.raises(Invalid) as refused:
            accounts.update_account(seat, change(opened_on="2025-03-04"), NOW)
        assert "2025-03-03" in refused.value.fields["opened_on"]

    @pytest.mark.parametrize("name", sorted(AccountChange.model_fields))
    def test_nothing_absurd_gets_in(self, name: str) -> None:
        bad = [None, "", "NaN", "1e400", "-1", "٣", "x" * 10_000, []]
        fine = {"name": ["NaN", "1e400", "-1", "٣"], "base_currency": ["NaN"]}.get(name, [])
        for value in (value for value in bad if value not in fine):
            with pytest.raises(Invalid) as refused:
                parse(AccountChange, {name: value})
            assert list(refused.value.fields) == [name]

    def test_only_the_owner_changes_it(self, seat: Seat) -> None:
        trader = Seat(make_user("pia@example.org", "Pia"), seat.account, SeatRole.TRADER)
        for act in (
            lambda: accounts.update_account(trader, change(name="Mine"), NOW),
            lambda: accounts.archive_account(trader, NOW),
            lambda: accounts.set_member(trader, member("marta@example.org", "trader")),
            lambda: accounts.remove_member(trader, seat.user.id),
        ):
            with pytest.raises(Forbidden):
                act()


class TestArchive:
    def test_an_archived_account_is_gone_until_it_is_restored(self, seat: Seat) -> None:
        accounts.archive_account(seat, NOW)
        assert seat_at(seat.user, seat.account.id) is None
        assert [account.id for account in accounts.archived_accounts(seat.user)] == [seat.account.id]
        accounts.restore_account(seat.user, seat.account.id)
        assert seat_at(seat.user, seat.account.id) is not None

    def test_open_trades_keep_it(self, seat: Seat) -> None:
        bought(seat, "NVDA", "10", "100", "95")
        with pytest.raises(Conflict, match="1 open trade:"):
            accounts.archive_account(seat, NOW)

    def test_nobody_restores_what_is_not_theirs(self, seat: Seat) -> None:
        accounts.archive_account(seat, NOW)
        with pytest.raises(NotFound):
            accounts.restore_account(make_user("pia@example.org", "Pia"), seat.account.id)


class TestMembers:
    def test_a_member_sees_and_a_trader_trades(self, seat: Seat) -> None:
        pia = make_user("pia@example.org", "Pia")
        accounts.set_member(seat, member(" PIA@example.org ", "viewer"))
        found = seat_at(pia, seat.account.id)
        assert found is not None
        assert not found.may_trade
        accounts.set_member(seat, member("pia@example.org", "trader"))
        [only] = accounts.members(seat)
        assert (only.user.id, only.role) == (pia.id, MemberRole.TRADER)
        found = seat_at(pia, seat.account.id)
        assert found is not None
        assert found.may_trade
        assert not found.may_manage

    def test_who_leaves_sees_nothing(self, seat: Seat) -> None:
        pia = make_user("pia@example.org", "Pia")
        accounts.set_member(seat, member("pia@example.org", "viewer"))
        accounts.remove_member(seat, pia.id)
        assert seat_at(pia, seat.account.id) is None
        with pytest.raises(NotFound):
            accounts.remove_member(seat, pia.id)

    def test_refusals_name_the_field(self, seat: Seat) -> None:
        watcher = make_user("ole@example.org", "Ole", Role.VIEWER)
        gone = make_user("gone@example.org", "Gone")
        gone.is_active = False
        for email, role, field in (
            ("nobody@example.org", "viewer", "email"),
            (gone.email, "viewer", "email"),
            (seat.user.email, "trader", "email"),
            (watcher.email, "trader", "role"),
        ):
            with pytest.raises(Invalid) as refused:
                accounts.set_member(seat, member(email, role))
            assert list(refused.value.fields) == [field]
        accounts.set_member(seat, member(watcher.email, "viewer"))
        assert [found.user.id for found in accounts.members(seat)] == [watcher.id]

    def test_another_account_is_untouched(self, seat: Seat) -> None:
        other = make_seat(make_user("pia@example.org", "Pia"), "Hers")
        assert accounts.members(other) == []
        assert days_ago(1) < NOW

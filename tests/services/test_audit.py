"""Who did what, from where: how acts are named, what they are about, who sees them."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from uuid import uuid4

import pytest
from flask import Flask

from tests.conftest import NOW, PASSWORD, make_seat, make_user
from tests.services.connected import FAKE, INTEGRATIONS, connect, furnish, with_fake
from tests.services.fake_broker import KEYS, World
from trenddojo.brokers.manager import BrokerManager
from trenddojo.domain.terms import Role
from trenddojo.security import chain
from trenddojo.services import access, audit, checklist, connections, fills, people, plans, risk_settings, stops
from trenddojo.services.accounts import set_member
from trenddojo.services.errors import Invalid
from trenddojo.services.faults import Refused
from trenddojo.services.inputs import parse
from trenddojo.services.inputs.accounts import MemberInput
from trenddojo.services.inputs.checklist import NewItemInput
from trenddojo.services.inputs.people import NewPasswordInput, UnlockInput
from trenddojo.services.inputs.plans import PlanChange, PlanInput
from trenddojo.services.inputs.records import FillInput, StopInput
from trenddojo.services.inputs.risk import RiskInput
from trenddojo.store import origin
from trenddojo.store.areas import Area
from trenddojo.store.audit_log import Filters
from trenddojo.store.database import db
from trenddojo.store.models import AuditEntry, ChecklistResponse, Setup, Source, Trade, User
from trenddojo.store.origin import HOUSE, Actor, Origin, acting, acting_beside, of_job
from trenddojo.store.seats import Seat

PLAN = {"symbol": "NVDA", "direction": "long", "entry": "100", "stop": "95", "quantity": "10"}
EVERYTHING = Filters()


def log() -> list[AuditEntry]:
    return list(db.session.query(AuditEntry).order_by(AuditEntry.seq))


def last() -> AuditEntry:
    return log()[-1]


def by(person: User, act: str = "act", address: str = "192.0.2.7") -> Origin:
    return Origin(Source.BROWSER, act, Actor(person.id, person.name), address)


def tables(entry: AuditEntry) -> list[str]:
    return sorted({change["table"] for change in entry.changes})


class TestWho:
    def test_a_person_of_a_request(self, seat: Seat) -> None:
        with acting(by(seat.user, "trade.move_stop")):
            db.session.add(Setup(account_id=seat.account.id, name="Breakout"))
            db.session.commit()
        entry = last()
        assert (entry.actor_id, entry.actor, entry.source) == (seat.user.id, "Marta Lind", Source.BROWSER)
        assert (entry.act, entry.address, entry.at) == ("trade.move_stop", "192.0.2.7", NOW)

    def test_the_server_beside_requests(self, app: Flask, seat: Seat, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(origin.getpass, "getuser", lambda: "deploy")
        db.session.add(Setup(account_id=seat.account.id, name="Breakout"))
        db.session.commit()
        entry = last()
        assert (entry.actor_id, entry.actor, entry.source, entry.act) == (None, "deploy", Source.COMMAND, "script")

    def test_a_server_user_without_a_name(self, app: Flask, seat: Seat, monkeypatch: pytest.MonkeyPatch) -> None:
        def nameless() -> str:
            raise KeyError("getpwuid(): uid not found")

        monkeypatch.setattr(origin.getpass, "getuser", nameless)
        db.session.add(Setup(account_id=seat.account.id, name="Breakout"))
        db.session.commit()
        assert last().actor.startswith("user ")

    def test_a_command(self, app: Flask) -> None:
        given = ["user", "create", "--email", "kim@example.org", "--name", "Kim"]
        done = app.test_cli_runner().invoke(args=given, input=f"{PASSWORD}\n{PASSWORD}\n")
        assert done.exit_code == 0, done.output
        entry = last()
        assert (entry.act, entry.source, entry.area, entry.subject) == (
            "user create", Source.COMMAND, Area.PEOPLE, "Kim"
        )  # fmt: skip
        assert PASSWORD not in str(entry.changes)


class TestWhat:
    @pytest.fixture
    def plan(self, seat: Seat) -> Trade:
        return plans.plan_trade(seat, parse(PlanInput, {**PLAN, "tags": ["leader"], "setup": "Breakout"}), NOW, uuid4())

    def test_a_plan_is_one_act_about_its_trade(self, seat: Seat, plan: Trade) -> None:
        entry = last()
        assert (entry.subject, entry.area, entry.account_id) == ("NVDA long", Area.TRADING, seat.account.id)
        assert tables(entry) == ["instruments", "legs", "setups", "tags", "trade_stops", "trades"]
        trade = next(change for change in entry.changes if change["table"] == "trades")
        assert trade["fields"]["planned_stop"] == [None, "95"]
        assert "sort_at" not in trade["fields"]

    def test_a_fill_and_a_stop(self, seat: Seat, plan: Trade) -> None:
        trade = plan
        given = {"kind": "entry", "quantity": "10", "price": "100.5", "at": NOW.isoformat()}
        fills.record_fill(seat, trade, parse(FillInput, given, seat.zone), NOW)
        entry = last()
        assert entry.subject == "NVDA long"
        assert set(tables(entry)) >= {"executions", "trades"}
        stops.move_stop(seat, trade, parse(StopInput, {"price": "97"}), NOW)
        leg = next(change for change in last().changes if change["table"] == "legs")
        assert leg["fields"] == {"stop": ["95", "97"]}

    def test_risk_limits_before_and_after(self, seat: Seat) -> None:
        limits = {
            **dict.fromkeys(("max_risk_per_trade", "max_risk_per_day", "max_risk_per_week", "daily_loss_limit"), "1"),
            "max_position_value": "30", "max_open_positions": "5", "max_correlated_positions": "3",
            "max_sector_positions": "3",
            "sizing_method": "fixed_risk", "halve_after_losses": "3",
        }  # fmt: skip
        risk_settings.set_limits(seat, parse(RiskInput, limits))
        entry = last()
        assert (entry.area, entry.subject, entry.account_id) == (Area.RISK, "Trend Core", seat.account.id)
        assert entry.changes[0]["fields"]["daily_loss_limit"] == ["2", "1"]
        assert "max_risk_per_trade" not in entry.changes[0]["fields"]

    def test_checklist_answers_that_change(self, seat: Seat) -> None:
        item = checklist.add_item(seat, parse(NewItemInput, {"text": "Trend is up", "required": "0"}))
        with_it = parse(PlanInput, {**PLAN, "checklist": [str(item.id)]})
        trade = plans.plan_trade(seat, with_it, NOW, uuid4())
        plans.edit_plan(seat, trade, parse(PlanChange, {"checklist": []}), NOW)
        found = [change for change in last().changes if change["table"] == "checklist_responses"]
        assert [(change["act"], change["fields"]) for change in found] == [("changed", {"checked": [True, False]})]
        answers = db.session.query(ChecklistResponse).all()
        assert [(answer.item_id, answer.checked) for answer in answers] == [(item.id, False)]

    def test_many_new_rows_are_summed_up(self, seat: Seat) -> None:
        names = [f"Setup {number}" for number in range(audit.MOST_ADDED + 1)]
        db.session.add_all(Setup(account_id=seat.account.id, name=name) for name in names)
        seat.account.name = "Other"
        db.session.commit()
        entry = last()
        summed = next(change for change in entry.changes if change["table"] == "setups")
        assert (summed["rows"], len(summed["sha256"])) == (audit.MOST_ADDED + 1, 64)
        assert [change["fields"] for change in entry.changes if change["table"] == "accounts"] == [
            {"name": ["Trend Core", "Other"]}
        ]

    def test_an_act_on_two_accounts_is_of_neither(self, seat: Seat) -> None:
        other = make_seat(make_user("pia@example.org", "Pia Holm"), "Hers")
        for account in (seat.account, other.account):
            db.session.add(Setup(account_id=account.id, name="Breakout"))
        db.session.commit()
        assert last().account_id is None


class TestNotes:
    def test_a_sign_in(self, user: User) -> None:
        access.sign_in(user.email, PASSWORD)
        entry = last()
        assert (entry.act, entry.area, entry.actor_id) == ("sign_in", Area.SIGN_IN, user.id)

    def test_a_refused_sign_in_keeps_what_was_typed_for_an_email(self, user: User) -> None:
        with pytest.raises(Invalid):
            access.sign_in("Marta@example.org " + "x" * 400, "guess of a password")
        entry = last()
        assert (entry.act, entry.actor_id, entry.changes) == ("sign_in_failed", None, [])
        assert entry.detail["email"].startswith("Marta@example.org xxx")
        assert len(entry.detail["email"]) == access.LONGEST_EMAIL
        assert "guess" not in str(entry.detail)

    def test_a_sign_out(self, user: User) -> None:
        access.sign_out(user)
        assert (last().act, last().subject) == ("sign_out", "Marta Lind")

    def test_unlocking(self, user: User) -> None:
        with pytest.raises(Invalid):
            access.confirm(user, parse(UnlockInput, {"password": "not this one"}))
        assert last().act == "unlock_failed"
        access.confirm(user, parse(UnlockInput, {"password": PASSWORD}))
        assert last().act == "unlock"

    def test_a_note_goes_with_the_changes_of_its_transaction(self, seat: Seat) -> None:
        before = len(log())
        audit.note("broker_refused", Area.BROKERS, "Alpaca", code="ORDER_REJECTED", quantity=Decimal("1.50"))
        seat.account.name = "Other"
        db.session.commit()
        assert len(log()) == before + 1
        entry = last()
        assert (entry.act, entry.area, entry.subject) == ("broker_refused", Area.BROKERS, "Alpaca")
        assert entry.detail == {"code": "ORDER_REJECTED", "quantity": "1.5"}
        assert (tables(entry), entry.account_id) == (["accounts"], seat.account.id)

    def test_two_notes_are_two_entries(self, seat: Seat) -> None:
        before = len(log())
        audit.note("first", Area.BROKERS)
        audit.note("second", Area.BROKERS)
        seat.account.name = "Other"
        db.session.commit()
        assert [(entry.act, len(entry.changes)) for entry in log()[before:]] == [("first", 1), ("second", 0)]

    def test_a_note_is_forgotten_with_its_transaction(self, seat: Seat) -> None:
        before = len(log())
        audit.note("broker_refused", Area.BROKERS, "Alpaca")
        db.session.rollback()
        db.session.commit()
        assert len(log()) == before

    def test_what_json_cannot_keep_is_refused(self, app: Flask) -> None:
        with pytest.raises(TypeError, match="bytes cannot be kept"):
            audit.note("broken", Area.BROKERS, key=b"secret")


class TestSecrets:
    def test_a_changed_password_is_told_without_it(self, user: User) -> None:
        before = user.password_hash
        given = dict.fromkeys(("password", "again"), "six hungry owls dance")
        access.choose_password(user, parse(NewPasswordInput, given))
        entry = last()
        assert entry.changes[0]["fields"]["password_hash"] == ["(secret)", "(secret)"]
        for secret in (before, user.password_hash, "six hungry owls dance"):
            assert secret not in str(entry.changes)

    def test_a_generated_password_is_nowhere(self, app: Flask, user: User) -> None:
        admin = make_user("ada@example.org", "Ada", Role.ADMIN)
        added = people.reset_password(admin, user.id)
        assert added.password
        assert all(added.password not in str((entry.changes, entry.detail)) for entry in log())


class TestSight:
    @pytest.fixture
    def acts(self, seat: Seat) -> dict[str, User]:
        """Marta trades her account, Pia hers; Jon may look at Marta's; each signed in."""
        pia, jon = make_user("pia@example.org", "Pia Holm"), make_user("jon@example.org", "Jon Berg")
        hers = make_seat(pia, "Hers")
        with acting(by(seat.user, "seat")):
            set_member(seat, parse(MemberInput, {"email": jon.email, "role": "viewer"}))
        for person, account in ((seat.user, seat.account), (pia, hers.account)):
            with acting(by(person, f"setup of {person.name}")):
                db.session.add(Setup(account_id=account.id, name="Breakout"))
                db.session.commit()
        for person in (seat.user, pia, jon):
            with acting(by(person, "from home")):
                audit.record(f"sign-in of {person.name}", Area.SIGN_IN)
        return {"marta": seat.user, "pia": pia, "jon": jon}

    def seen(self, person: User, filters: Filters = EVERYTHING) -> set[str]:
        lines = audit.listed(person, filters, None, 100).lines
        return {line.entry.act for line in lines if line.entry.act != "script"}

    def test_ones_own_acts_and_those_on_ones_accounts(self, acts: dict[str, User]) -> None:
        assert self.seen(acts["marta"]) == {"seat", "setup of Marta Lind", "sign-in of Marta Lind"}
        assert self.seen(acts["jon"]) == {"seat", "setup of Marta Lind", "sign-in of Jon Berg"}
        assert self.seen(acts["pia"]) == {"setup of Pia Holm", "sign-in of Pia Holm"}

    def test_an_admin_sees_everything(self, acts: dict[str, User]) -> None:
        admin = make_user("ada@example.org", "Ada", Role.ADMIN)
        assert len(self.seen(admin)) == 6

    def test_asking_for_somebody_elses_shows_nothing_more(self, acts: dict[str, User]) -> None:
        pia = acts["pia"]
        assert self.seen(acts["marta"], Filters(person=pia.id)) == set()
        hers = next(entry.account_id for entry in log() if entry.act == "setup of Pia Holm")
        assert self.seen(acts["marta"], Filters(account=hers)) == set()

    def test_the_address_of_others_is_for_admins(self, acts: dict[str, User]) -> None:
        admin = make_user("ada@example.org", "Ada", Role.ADMIN)
        for person, expected in ((acts["jon"], ""), (acts["marta"], "192.0.2.7"), (admin, "192.0.2.7")):
            lines = audit.listed(person, EVERYTHING, None, 100).lines
            assert {line.address for line in lines if line.entry.act == "setup of Marta Lind"} == {expected}

    def test_filters(self, acts: dict[str, User], seat: Seat) -> None:
        marta = acts["marta"]
        assert self.seen(marta, Filters(area=Area.SIGN_IN)) == {"sign-in of Marta Lind"}
        assert self.seen(marta, Filters(account=seat.account.id)) == {"seat", "setup of Marta Lind"}
        assert self.seen(marta, Filters(since=NOW)) != set()
        assert self.seen(marta, Filters(until=NOW)) == set()

    def test_pages_meet(self, acts: dict[str, User]) -> None:
        admin = make_user("ada@example.org", "Ada", Role.ADMIN)
        found: list[int] = []
        place: int | None = None
        while True:
            page = audit.listed(admin, EVERYTHING, place, 2)
            found += [line.entry.seq for line in page.lines]
            if (place := page.older) is None:
                break
        assert found == [entry.seq for entry in reversed(log())]

    def test_choices(self, acts: dict[str, User], seat: Seat) -> None:
        assert set(audit.choices(acts["jon"]).people.values()) == {"Jon Berg", "Marta Lind"}
        assert audit.choices(acts["jon"]).accounts == {seat.account.id: "Trend Core"}
        admin = make_user("ada@example.org", "Ada", Role.ADMIN)
        assert set(audit.choices(admin).accounts.values()) == {"Trend Core", "Hers"}


def test_verify_reads_every_entry(app: Flask, seat: Seat) -> None:
    entries = log()
    verdict = audit.verify(entries[0].hash)
    assert (verdict.entries, verdict.last_hash, verdict.has_anchor) == (len(entries), entries[-1].hash, True)
    assert entries[0].previous_hash == chain.GENESIS


class TestBrokers:
    @pytest.fixture
    def manager(self, app: Flask, world: World) -> Iterator[BrokerManager]:
        found = furnish(app, **INTEGRATIONS)
        yield found
        found.close()

    @pytest.fixture
    def world(self, monkeypatch: pytest.MonkeyPatch) -> World:
        return with_fake(monkeypatch)

    def test_connecting_opening_and_ending_are_told_without_secrets(self, manager: BrokerManager, user: User) -> None:
        with acting(by(user, "brokers.make")):
            made = connect(manager, user, FAKE)
            link = connections.link_of(made.connection)
            db.session.rollback()
            manager.connect(link)
            connections.disconnect(manager, user, link.connection_id, NOW)
        acts = [entry for entry in log() if entry.area is Area.BROKERS]
        assert acts[0].act == "brokers.make"
        added = {change["table"]: change["fields"] for change in acts[0].changes}
        assert added["broker_credentials"]["ciphertext"] == [None, "(secret)"]
        assert added["broker_connections"]["mode"] == [None, "paper"]
        assert "state" not in added["broker_connections"]
        opened = next(entry for entry in acts if entry.act == "credentials_opened")
        assert (opened.subject, opened.changes) == ("Fake paper", [])
        ended = acts[-1]
        assert {change["table"]: change["act"] for change in ended.changes}["broker_credentials"] == "removed"
        told = str([(entry.detail, entry.changes, entry.subject) for entry in log()])
        assert all(KEYS[name] not in told for name in ("api_key", "secret_key"))
        assert audit.verify().broken is None

    def test_a_refusal_of_the_broker(self, manager: BrokerManager, user: User, world: World) -> None:
        world.keys = ["another-secret"]
        with acting(by(user)), pytest.raises(Refused):
            connect(manager, user, FAKE)
        entry = last()
        assert (entry.act, entry.actor_id, entry.changes) == ("broker_refused", user.id, [])
        assert entry.detail["mode"] == "paper"
        assert entry.detail["code"] == "AUTHENTICATION_FAILED"

    def test_how_a_connection_stands_is_no_act(self, manager: BrokerManager, user: User) -> None:
        link = connections.link_of(connect(manager, user).connection)
        before = len(log())
        manager.check([link])
        assert len(log()) == before


def test_a_thread_of_the_house_acts_for_the_house_and_one_in_a_request_for_its_person(app: Flask, user: User) -> None:
    with acting_beside(of_job("brokers")):
        assert origin.current().actor == HOUSE
    with acting(by(user)), acting_beside(of_job("brokers")):
        assert origin.current().actor.id == user.id
    assert origin.current().source is Source.COMMAND

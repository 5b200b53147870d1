"""The audit page, and the origin that every request gives its acts."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from tests.conftest import PASSWORD, make_seat, make_user, settings, sign_in
from trenddojo.domain.terms import Role
from trenddojo.factory import create_app
from trenddojo.store import triggers
from trenddojo.store.areas import Area
from trenddojo.store.database import Base, db
from trenddojo.store.models import AuditEntry, Setup, Source, User
from trenddojo.store.origin import current
from trenddojo.store.seats import Seat
from trenddojo.web.audit import words


def log() -> list[AuditEntry]:
    db.session.rollback()
    return list(db.session.query(AuditEntry).order_by(AuditEntry.seq))


def last() -> AuditEntry:
    return log()[-1]


def page(browser: FlaskClient, address: str = "/audit") -> str:
    reply = browser.get(address)
    assert reply.status_code == 200
    return reply.get_data(as_text=True)


def summaries(html: str) -> list[str]:
    """Each act's line as plain text."""
    found = re.findall(r"<summary>(<span class=.*?)</summary>", html, re.DOTALL)
    return [" ".join(re.sub(r"<[^>]+>", " ", one).split()) for one in found]


@pytest.fixture
def admin(app: Flask) -> User:
    return make_user("ada@example.org", "Ada", Role.ADMIN)


class TestOrigin:
    def test_an_act_carries_person_address_and_endpoint(self, client: FlaskClient, seat: Seat) -> None:
        given = {"kind": "deposit", "on": "2026-11-18", "amount": "250", "key": "a" * 32}
        reply = client.post("/cash", data=given, environ_base={"REMOTE_ADDR": "192.0.2.7"})
        assert reply.status_code == 303
        entry = last()
        assert (entry.actor_id, entry.actor, entry.address) == (seat.user.id, "Marta Lind", "192.0.2.7")
        assert (entry.source, entry.act, entry.area) == (Source.BROWSER, "cash.record", Area.ACCOUNTS)
        assert entry.account_id == seat.account.id

    def test_behind_a_proxy_the_address_is_the_visitors(self, database_url: str, app: Flask, user: User) -> None:
        application = create_app(settings(database_url, TRUSTED_PROXIES="1"))
        application.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
        typed = {"email": user.email, "password": "not this one"}
        db.session.rollback()
        application.test_client().post("/sign-in", data=typed, headers={"X-Forwarded-For": "203.0.113.9"})
        assert last().address == "203.0.113.9"

    def test_nobody_before_the_sign_in_and_the_person_at_it(self, app: Flask, user: User) -> None:
        browser = app.test_client()
        browser.post("/sign-in", data={"email": user.email, "password": "not this one"})
        refused = last()
        assert (refused.act, refused.actor, refused.actor_id) == ("sign_in_failed", "nobody", None)
        assert refused.detail == {"email": user.email}
        browser.post("/sign-in", data={"email": user.email, "password": PASSWORD})
        assert (last().act, last().actor_id, last().subject) == ("sign_in", user.id, "Marta Lind")
        browser.post("/sign-out")
        assert (last().act, last().actor_id) == ("sign_out", user.id)
        assert PASSWORD not in str([(entry.detail, entry.changes) for entry in log()])

    def test_signing_out_twice_is_one_act(self, client: FlaskClient) -> None:
        client.post("/sign-out")
        before = len(log())
        client.post("/sign-out")
        assert len(log()) == before

    def test_a_refused_request_is_no_act(self, client: FlaskClient) -> None:
        before = len(log())
        assert client.post("/cash", data={"amount": "nothing"}).status_code == 422
        assert client.get("/cash").status_code == 200
        assert len(log()) == before

    def test_what_follows_a_request_is_not_its_act(self, client: FlaskClient) -> None:
        client.get("/audit")
        assert current().source is Source.COMMAND

    def test_a_made_token_is_told_without_its_secret(self, client: FlaskClient) -> None:
        given = {"name": "Script", "scope": "read", "key": "0b53ef3631f14a7a9a536f1b9d3a9f10"}
        shown = client.post("/settings/tokens", data=given, follow_redirects=True).get_data(as_text=True)
        found = re.search(r"td_[A-Za-z0-9_-]{20,}", shown)
        assert found
        entry = last()
        assert (entry.act, entry.area, entry.subject) == ("settings.create_token", Area.SIGN_IN, "Script")
        assert entry.changes[0]["fields"]["digest"] == [None, "(secret)"]
        assert found[0] not in str(entry.changes)


class TestPage:
    def test_strangers_are_led_to_the_sign_in(self, app: Flask) -> None:
        assert app.test_client().get("/audit").headers["Location"].startswith("/sign-in")

    def test_an_act_in_words_with_what_was_before_and_after(self, client: FlaskClient, seat: Seat) -> None:
        seat.account.name = "Swing"
        db.session.commit()
        client.post("/cash", data={"kind": "deposit", "on": "2026-11-18", "amount": "250", "key": "a" * 32})
        shown = page(client)
        assert "14:42 Marta Lind Recorded cash Swing browser, 127.0.0.1" in summaries(shown)
        assert "Cash added" in shown
        assert '<span class="from">Trend Core</span>' in shown
        assert shown.count("<details>") == len(summaries(shown))

    def test_it_holds_only_what_the_person_may_see(self, app: Flask, client: FlaskClient, admin: User) -> None:
        pia = make_seat(make_user("pia@example.org", "Pia Holm"), "Hers")
        db.session.add(Setup(account_id=pia.account.id, name="Breakout"))
        db.session.commit()
        assert "Hers" not in page(client)
        assert "Hers" in page(sign_in(app, admin))
        for query in (f"account={pia.account.id}", f"person={pia.user.id}"):
            assert client.get(f"/audit?{query}").status_code == 404

    def test_filters(self, client: FlaskClient, seat: Seat) -> None:
        client.post("/cash", data={"kind": "deposit", "on": "2026-11-18", "amount": "250", "key": "a" * 32})
        assert len(summaries(page(client, "/audit?area=accounts"))) == 2
        assert "Nothing here" in page(client, "/audit?area=people")
        assert len(summaries(page(client, f"/audit?person={seat.user.id}&from=2026-11-19&to=2026-11-19"))) == 1
        assert "Nothing here" in page(client, "/audit?to=2026-11-18")

    def test_pages(self, client: FlaskClient, seat: Seat) -> None:
        for number in range(60):
            db.session.add(Setup(account_id=seat.account.id, name=f"Setup {number}"))
            db.session.commit()
        first = page(client, "/audit?area=trading")
        assert len(summaries(first)) == 50
        older = re.search(r'rel="next" href="([^"]+)"', first)
        assert older
        second = page(client, older[1].replace("&amp;", "&"))
        assert len(summaries(second)) == 10
        assert 'rel="prev" href="/audit?area=trading"' in second
        assert 'rel="next"' not in second

    @pytest.mark.parametrize(
        "query", ["area=other", "person=x", "after=0", "from=2026-02-30", "from=2026-02-02&to=2026-02-01"]
    )
    def test_a_view_that_cannot_be_shown(self, client: FlaskClient, query: str) -> None:
        reply = client.get(f"/audit?{query}")
        assert reply.status_code == 422
        assert "This view cannot be shown." in reply.get_data(as_text=True)

    def test_what_was_typed_stays_text(self, client: FlaskClient, seat: Seat) -> None:
        seat.account.name = "<script>alert(1)</script>"
        db.session.commit()
        shown = page(client)
        assert "<script>alert" not in shown
        assert "&lt;script&gt;alert" in shown


class TestChain:
    def test_an_admin_verifies_it(self, app: Flask, admin: User) -> None:
        browser = sign_in(app, admin)
        assert "Verify the chain" in page(browser)
        shown = browser.post("/audit/verify").get_data(as_text=True)
        assert f"{len(log())} entries, chain intact." in shown
        assert last().hash in shown

    def test_a_break_is_named(self, app: Flask, admin: User) -> None:
        for statement in [*triggers.removal("sqlite", "audit_log"), "UPDATE audit_log SET actor = 'x' WHERE seq = 1"]:
            db.session.execute(text(statement))
        db.session.commit()
        shown = sign_in(app, admin).post("/audit/verify").get_data(as_text=True)
        assert "The log was tampered with." in shown
        assert "The chain breaks at entry 1." in shown

    def test_for_others_it_is_not_there(self, client: FlaskClient) -> None:
        assert client.post("/audit/verify").status_code == 404
        assert "Verify the chain" not in page(client)


class TestWords:
    def routes(self, app: Flask) -> Iterator[str]:
        apart = ("api.", "alerts.", "brokers.", "pulse.", "system.", "unlock.", "audit.")
        for rule in app.url_map.iter_rules():
            if "POST" in (rule.methods or ()) and not rule.endpoint.startswith(apart):
                yield rule.endpoint

    @pytest.mark.usefixtures("furnished")
    def test_every_act_of_the_desk_has_words(self, app: Flask) -> None:
        silent = {
            "accounts.switch",
            "auth.sign_out",
            "auth.try_sign_in",
            "data.bring",
            "data.seen",
            "data.take",
            "orders.review_send",
            "saved_views.remove",
            "saved_views.save",
            "settings.theme",
            "ticket.size",
            "ticket.size_again",
        }
        assert {name for name in self.routes(app) if name not in words._ACTS} == silent

    def test_every_audited_table_has_words(self) -> None:
        audited = {one.class_.__tablename__ for one in Base.registry.mappers if one.class_.__audit__}
        assert set(words._TABLES) == audited

    def test_every_area_and_source_has_words(self) -> None:
        assert set(words.AREAS) == set(Area)
        assert set(words.SOURCES) == set(Source)

    def test_what_is_not_listed_is_read_from_its_name(self) -> None:
        assert words.act("orders.send_bracket") == "Send bracket"

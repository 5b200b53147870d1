"""The page of a person's own data: taken away whole, as fills for another journal, and brought in with its progress."""

from __future__ import annotations

import csv
import io
import zipfile

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.archive.moving import made
from tests.conftest import Clock, make_user, sign_in
from tests.services.recorded import enter, instrument, plan, stranger, viewer_of
from trenddojo.domain.terms import Role
from trenddojo.services.archive import arrivals
from trenddojo.services.archive.bringing import bring
from trenddojo.services.archive.course import Stage
from trenddojo.services.ending import ENDING
from trenddojo.store.database import db
from trenddojo.store.models import Account, AuditEntry, User
from trenddojo.store.seats import Seat, seats_of

HTMX = {"HX-Request": "true"}
PAGE = "/settings/data"


@pytest.fixture
def archive(app: Flask, clock: Clock, seat: Seat) -> bytes:
    of = instrument()
    of.identity = "stock|NVDA|USD||1"
    enter(seat, plan(seat, of), "10", "100", clock())
    db.session.commit()
    return made(seat.user, clock)


@pytest.fixture
def zoe(app: Flask, archive: bytes, seat: Seat) -> User:
    """Somebody who brings the archive of an account that is gone."""
    db.session.delete(db.session.get_one(Account, seat.account.id))
    db.session.commit()
    return make_user("zoe@example.org", "Zoe")


@pytest.fixture
def browser(app: Flask, zoe: User) -> FlaskClient:
    return sign_in(app, zoe)


def send(browser: FlaskClient, content: bytes, name: str = "trenddojo.zip") -> tuple[int, str]:
    answer = browser.post(f"{PAGE}/bring", data={"file": (io.BytesIO(content), name)}, follow_redirects=True)
    return answer.status_code, answer.text


def test_the_archive_is_taken_by_its_owner(client: FlaskClient, seat: Seat) -> None:
    plan(seat)
    answer = client.post(f"{PAGE}/archive")
    assert answer.headers["Content-Type"] == "application/zip"
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="trenddojo-2026-')
    with zipfile.ZipFile(io.BytesIO(answer.data)) as packed:
        assert packed.testzip() is None
        assert packed.read("json/trades.jsonl").count(b"\n") == 1
    assert db.session.scalars(select(AuditEntry.act)).all()[-1] == "archive_made"


def test_what_somebody_may_only_see_is_not_theirs_to_take(app: Flask, seat: Seat) -> None:
    plan(seat)
    vic = viewer_of(seat).user
    vic.role = Role.VIEWER
    db.session.commit()
    looking = sign_in(app, vic)
    with zipfile.ZipFile(io.BytesIO(looking.post(f"{PAGE}/archive").data)) as packed:
        assert packed.read("json/accounts.jsonl") == packed.read("json/trades.jsonl") == b""
    page = looking.get(PAGE).text
    assert "No account of your own" in page
    assert "You may look at accounts, but not add one." in page
    assert looking.get(f"{PAGE}/tradervue?account={seat.account.id}").status_code == 403
    assert looking.post(f"{PAGE}/bring", data={"file": (io.BytesIO(b"x"), "x.zip")}).status_code == 403


def test_strangers_are_sent_to_sign_in(app: Flask) -> None:
    for path in (PAGE, f"{PAGE}/tradervue", f"{PAGE}/arrival"):
        assert "/sign-in" in app.test_client().get(path).location


def test_fills_leave_in_the_accounts_zone(client: FlaskClient, seat: Seat, clock: Clock) -> None:
    trade = plan(seat)
    enter(seat, trade, "10", "100", clock())
    answer = client.get(f"{PAGE}/tradervue?account={seat.account.id}")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="tradervue-all-all.csv"'
    [row] = csv.DictReader(io.StringIO(answer.text))
    assert (row["Symbol"], row["Side"], row["Quantity"]) == ("NVDA", "B", "10")
    assert row["Time"] == f"{clock().astimezone(seat.zone):%H:%M:%S}"
    day = clock().astimezone(seat.zone).date()
    after = client.get(f"{PAGE}/tradervue?account={seat.account.id}&from={day.replace(year=day.year + 1)}").text
    assert after.splitlines() == answer.text.splitlines()[:1]


def test_dates_that_are_none_stand_by_their_fields(client: FlaskClient, seat: Seat) -> None:
    answer = client.get(f"{PAGE}/tradervue?account={seat.account.id}&from=yesterday")
    assert answer.status_code == 422
    assert 'value="yesterday"' in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert client.get(f"{PAGE}/tradervue?account={stranger().account.id}").status_code == 404


def test_an_archive_comes_in_and_says_so(browser: FlaskClient, archive: bytes, zoe: User, clock: Clock) -> None:
    status, page = send(browser, archive)
    assert status == 200
    assert "Waiting for its turn" in page
    assert 'hx-trigger="every 1s"' in page
    assert "under way" not in page
    assert browser.post(f"{PAGE}/bring", data={"file": (io.BytesIO(archive), "again.zip")}).status_code == 409
    assert arrivals.work_off(clock()) == 1
    part = browser.get(f"{PAGE}/arrival", headers=HTMX).text
    assert "<html" not in part
    assert "every 1s" not in part
    assert "Brought Trend Core: 1 trade, 1 fill." in part
    assert "What " not in part
    assert [seat.account.name for seat in seats_of(zoe)] == ["Trend Core"]
    browser.post(f"{PAGE}/seen")
    assert 'type="file"' in browser.get(PAGE).text
    assert arrivals.work_off(clock()) == 0


def test_an_archive_whose_accounts_are_here_says_so(client: FlaskClient, archive: bytes, clock: Clock) -> None:
    send(client, archive)
    arrivals.work_off(clock())
    page = client.get(PAGE).text
    assert "The account Trend Core is here already." in page
    assert 'role="alert"' in page
    assert "Nothing was brought in." in page


def test_a_file_that_is_none_is_refused_by_its_field(browser: FlaskClient) -> None:
    for content, name, why in ((b"Symbol\n" * 9, "fills.csv", "This is no ZIP file"), (b"", "", "Choose the archive")):
        status, page = send(browser, content, name)
        assert status == 422
        assert why in page
        assert 'aria-invalid="true"' in page


def test_progress_is_told_by_stage(browser: FlaskClient, archive: bytes, zoe: User, clock: Clock) -> None:
    send(browser, archive)
    arrivals.arrivals().move(zoe.id, Stage.WRITING, 1234, 5678)
    page = browser.get(PAGE).text
    assert "Writing it down" in page
    assert "1,234" in page
    assert "5,678 rows" in page
    arrivals.work_off(clock())


def test_each_stage_goes_to_its_end(archive: bytes, zoe: User, clock: Clock) -> None:
    told: list[tuple[Stage, int, int]] = []
    bring(zoe, io.BytesIO(archive), clock(), tell=lambda *course: told.append(course))
    assert [stage for stage, done, _ in told if not done] == [Stage.READING, Stage.WRITING, Stage.RECKONING]
    assert told[-1] == (Stage.RECKONING, 1, 1)


def test_whoever_may_no_longer_bring_brings_nothing(
    browser: FlaskClient, archive: bytes, zoe: User, clock: Clock
) -> None:
    send(browser, archive)
    zoe.role = Role.VIEWER
    db.session.commit()
    arrivals.work_off(clock())
    found = arrivals.arrivals().of(zoe.id)
    assert found is not None
    assert found.error == "You may look at accounts, but not add one."


def test_what_breaks_off_is_said_and_raised(
    browser: FlaskClient, archive: bytes, zoe: User, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_args: object, **_more: object) -> None:
        raise OSError("the disk is full")

    send(browser, archive)
    monkeypatch.setattr(arrivals, "bring", fail)
    with pytest.raises(OSError, match="full"):
        arrivals.work_off(clock())
    assert "It broke off" in browser.get(PAGE).text


def test_an_end_of_the_server_leaves_nothing(
    app: Flask, browser: FlaskClient, archive: bytes, zoe: User, clock: Clock
) -> None:
    send(browser, archive)
    app.extensions[ENDING] = True
    arrivals.work_off(clock())
    assert seats_of(zoe) == []

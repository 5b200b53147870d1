"""The page of goals: meters, history, forms; and where alerts about an account lead."""

from __future__ import annotations

from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.conftest import NOW, make_seat, make_user, sign_in
from tests.services.exposed import round_trip
from tests.services.recorded import viewer_of
from tests.services.test_goals import put
from trenddojo.services import goals, watching
from trenddojo.store.database import db
from trenddojo.store.models import Goal
from trenddojo.store.seats import Seat

GOOD = {"kind": "result_r", "target": "6", "period": "month", "note": "By the plan."}


def only(seat: Seat) -> Goal:
    (found,) = goals.goals_of(seat, NOW)
    return found.goal


def test_without_goals_it_says_how_to_begin(client: FlaskClient) -> None:
    page = client.get("/goals").text
    assert "No goal yet" in page
    assert "no trade closed" in page
    assert "What came of them" not in page
    assert '<a href="/goals" aria-current="page"' in page


def test_a_goal_is_set_changed_ended_and_goes_on(client: FlaskClient, seat: Seat) -> None:
    assert client.post("/goals", data={**GOOD, "key": uuid4().hex}).status_code == 303
    page = client.get("/goals").text
    assert "Close trades with 6R a month" in page
    assert "By the plan." in page
    assert "<b>0.00R</b> of 6.00R" in page
    assert "the first period" in page
    path = f"/goals/{only(seat).id}"
    assert 'value="6"' in client.get(path).text
    assert client.post(path, data={**GOOD, "target": "2.5"}).status_code == 303
    assert "Close trades with 2.5R a month" in client.get("/goals").text
    assert client.post(f"{path}/end").status_code == 303
    page = client.get("/goals").text
    assert "Go on: Close trades with 2.5R a month" in page
    assert client.get(path).status_code == client.post(path, data=GOOD).status_code == 409
    assert client.post(f"{path}/resume").status_code == 303
    assert "Go on:" not in client.get("/goals").text


def test_the_same_form_twice_sets_one(client: FlaskClient, seat: Seat) -> None:
    for _ in range(2):
        assert client.post("/goals", data={**GOOD, "key": "a" * 32}).status_code == 303
    assert only(seat).target == 6


def test_meters_history_and_streaks(client: FlaskClient, seat: Seat) -> None:
    put(seat, "gain_money", "300")
    put(seat, "losses_in_a_row", "1")
    round_trip(seat, "OCT", "450", entered=50, left=40)
    round_trip(seat, "L1", "-100", entered=9, left=3)
    round_trip(seat, "L2", "-50", entered=9, left=2)
    page = client.get("/goals").text
    assert '<b><span class="loss">\u2212150.00</span></b> of 300.00' in page
    assert "1 of 2 reached" in page
    assert "<b>2</b> of 1" in page
    assert ">missed</span>" in page
    assert '<td class="num strong"><span class="gain">+450.00</span></td>' in page
    assert "2 losses in a row" in page
    assert "risk halves at 3 losses" in page


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("target", ""), ("target", "-1"), ("target", "NaN"), ("target", "1e9"), ("target", "1001"),
        ("target", "x" * 9_000),
        ("kind", "luck"), ("kind", ""), ("period", "day"), ("period", "week"), ("note", "x" * 201), ("note", "\x00"),
    ],
)  # fmt: skip
def test_bad_input_is_told_by_its_field_and_the_rest_is_kept(
    client: FlaskClient, seat: Seat, field: str, value: str
) -> None:
    goal = put(seat, "result_r", "3")
    for path in ("/goals", f"/goals/{goal.id}"):
        answer = client.post(path, data={**GOOD, "target": "6", field: value})
        assert answer.status_code == 422
        assert f'id="f-{field}-e"' in answer.text
        assert answer.text.count('class="msg"') == 1
    assert only(seat).target == 3


def test_too_many_are_refused_with_a_sentence(client: FlaskClient, seat: Seat, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(goals, "MOST_GOALS", 1)
    put(seat, "result_r", "3")
    answer = client.post("/goals", data=GOOD)
    assert answer.status_code == 409
    assert "at most 1 goals at a time" in answer.text
    assert 'value="6"' in answer.text


def acts(browser: FlaskClient, goal: Goal) -> list[TestResponse]:
    path = f"/goals/{goal.id}"
    return [
        browser.get(path), browser.post(path, data=GOOD), browser.post(f"{path}/end"), browser.post(f"{path}/resume"),
    ]  # fmt: skip


def test_who_may_only_look_sees_them_and_changes_nothing(app: Flask, seat: Seat) -> None:
    goal, browser = put(seat, "result_r", "3"), sign_in(app, viewer_of(seat).user)
    page = browser.get("/goals").text
    assert "Close trades with 3R a month" in page
    assert "Set goal" not in page
    assert "/end" not in page
    assert [answer.status_code for answer in acts(browser, goal)] == [403] * 4
    assert browser.post("/goals", data=GOOD).status_code == 403


def test_another_persons_goals_are_not_there(app: Flask, seat: Seat) -> None:
    goal, pia = put(seat, "result_r", "3"), make_user("pia@example.org", "Pia")
    make_seat(pia, "Hers")
    browser = sign_in(app, pia)
    assert "Close trades with" not in browser.get("/goals").text
    assert [answer.status_code for answer in acts(browser, goal)] == [404] * 4
    assert "/sign-in" in app.test_client().get("/goals").location


def test_alerts_lead_to_the_page_of_the_account_at_hand(app: Flask, client: FlaskClient, seat: Seat) -> None:
    put(seat, "gain_money", "100")
    round_trip(seat, "WON", "150", entered=9, left=3)
    for number in range(3):
        round_trip(seat, f"L{number}", "-1", entered=9, left=2 - number / 10)
    watching.watch_all(NOW)
    page = client.get("/alerts").text
    assert '<a href="/goals">Open the goals</a>' in page
    assert '<a href="/risk">Open the risk page</a>' in page
    other = make_seat(seat.user, "Other")
    client.post("/accounts/switch", data={"account_id": str(other.account.id)})
    db.session.rollback()
    page = client.get("/alerts").text
    assert f'<a href="/accounts/{seat.account.id}">Show the account</a>' in page
    assert '<a href="/risk">Open the risk page</a>' not in page

"""A day's own page."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.conftest import sign_in
from tests.services import recorded
from tests.services.recorded import plan, viewer_of
from tests.services.test_journal import write
from trenddojo.domain.equity import local_date
from trenddojo.services import notes
from trenddojo.services.inputs import parse
from trenddojo.services.inputs.records import NoteInput
from trenddojo.store.seats import Seat


def test_an_empty_day(client: FlaskClient) -> None:
    page = client.get("/journal/2026-11-18").text
    assert "Wed 18 Nov 2026" in page
    assert "Nothing was held." in page
    assert "No fill, no stop move, no note on a trade." in page


def test_a_day_tells_its_course(client: FlaskClient, seat: Seat) -> None:
    trade = plan(seat)
    recorded.enter(seat, trade, "10", "100", recorded.day(1))
    recorded.move(seat, trade, "97", recorded.day(1))
    notes.add_note(seat, trade, parse(NoteInput, {"body": "By plan & <b>calm</b>"}), recorded.day(1))
    on = local_date(recorded.day(1), seat.zone)
    write(seat, on.isoformat(), "Quiet evening.")
    page = client.get(f"/journal/{on}").text
    for told in ("Bought 10 NVDA at 100.00", "Stop of NVDA to 97.00", "By plan &amp; &lt;b&gt;calm", "Quiet evening."):
        assert told in page
    assert page.count(f'href="/trades/{trade.id}"') == 4


@pytest.mark.parametrize("on", ["2026-11-20", "2026-02-30", "yesterday.", "٢٠٢٦-01-01", "2026-1-001"])
def test_a_day_that_is_none_or_still_to_come_is_not_there(client: FlaskClient, on: str) -> None:
    assert client.get(f"/journal/{on}").status_code == 404


def test_a_refused_note_stays_on_the_page_of_its_day(client: FlaskClient) -> None:
    answer = client.post("/journal", data={"on": "2026-10-07", "body": " "})
    assert answer.status_code == 422
    assert "Wed 7 Oct 2026" in answer.text


def test_a_viewer_reads(app: Flask, seat: Seat) -> None:
    write(seat, "2026-11-18", "Quiet.")
    page = sign_in(app, viewer_of(seat).user).get("/journal/2026-11-18").text
    assert "Quiet." in page
    assert "Keep note" not in page
    assert "/delete" not in page

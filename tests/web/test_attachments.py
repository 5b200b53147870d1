"""Pictures through the browser: sent by a form, shown to seats alone, refused with a sentence."""

from __future__ import annotations

from datetime import date
from io import BytesIO
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.test import TestResponse, encode_multipart

from tests.conftest import make_seat, make_user, sign_in
from tests.services.pictured import attached, encoded, image
from tests.services.recorded import plan, stranger, viewer_of
from trenddojo.services.attachments import Target
from trenddojo.store import attachments as stored
from trenddojo.store.models import Trade
from trenddojo.store.seats import Seat
from trenddojo.web.security import LARGEST_REQUEST

HTMX = {"HX-Request": "true"}
DAY = "2026-11-18"


def send(client: FlaskClient, path: str, *files: tuple[bytes, str], **more: Any) -> TestResponse:
    """Send a form of files. It is put together in memory: the test client's own would leave a file open."""
    chosen = files or ((encoded(), "chart.png"),)
    sent = MultiDict([("files", FileStorage(BytesIO(content), name)) for content, name in chosen])
    boundary, body = encode_multipart(sent)
    return client.post(path, data=body, content_type=f"multipart/form-data; boundary={boundary}", **more)


def look(client: FlaskClient, path: str, **headers: str) -> TestResponse:
    """A file, read to its end and closed."""
    with client.get(path, headers={name.replace("_", "-"): value for name, value in headers.items()}) as answer:
        answer.get_data()
        return answer


@pytest.fixture
def trade(seat: Seat) -> Trade:
    return plan(seat)


def test_pictures_are_attached_to_a_trade_and_seen_on_its_page(client: FlaskClient, seat: Seat, trade: Trade) -> None:
    red = encoded("JPEG", image(colour="red"))
    answer = send(client, f"/trades/{trade.id}/attachments", (encoded(), "a.png"), (red, "b.jpg"))
    assert (answer.status_code, answer.location) == (303, f"/trades/{trade.id}#pictures")
    page = client.get(f"/trades/{trade.id}").text
    assert "2 pictures attached." in page
    for row, _ in stored.of_trade(seat.account.id, trade.id):
        assert page.count(f'href="/attachments/{row.id}"') == 2  # in the panel and in the timeline
        assert f'src="/attachments/{row.id}/small"' in page
    assert page.index("Picture 1 of NVDA: a") < page.index("Picture 2 of NVDA: b")


def test_htmx_gets_the_panel_alone(client: FlaskClient, seat: Seat, trade: Trade) -> None:
    answer = send(client, f"/trades/{trade.id}/attachments", headers=HTMX)
    assert answer.status_code == 200
    assert answer.text.lstrip().startswith("<section")
    assert "1 picture attached." in answer.headers["HX-Trigger"]
    assert client.get(f"/trades/{trade.id}/attachments", headers=HTMX).text.lstrip().startswith("<section")
    assert "<html" in client.get(f"/trades/{trade.id}/attachments").text


def test_a_day_has_pictures_too(client: FlaskClient, seat: Seat) -> None:
    assert send(client, f"/journal/{DAY}/attachments").location == f"/journal/{DAY}#pictures"
    ((row, _),) = stored.of_day(seat.account.id, date.fromisoformat(DAY))
    assert f'src="/attachments/{row.id}/small"' in client.get(f"/journal/{DAY}").text
    assert f'href="/journal/{DAY}"' in client.get(f"/journal/{DAY}/attachments").text
    for on in ("2026-11-20", "2026-02-30", "yesterday.x"):
        assert send(client, f"/journal/{on}/attachments").status_code == 404


def test_a_picture_is_sent_as_what_it_is_and_to_nobody_elses_cache(client: FlaskClient, seat: Seat) -> None:
    row = attached(seat, Target(on=date.fromisoformat(DAY)), encoded("JPEG"), 'x"\r\nSet-Cookie: a.jpg')
    for path, media_type in ((f"/attachments/{row.id}", "image/webp"), (f"/attachments/{row.id}/small", "image/webp")):
        answer = look(client, path)
        assert (answer.status_code, answer.content_type) == (200, media_type)
        assert answer.data[:4] == b"RIFF"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cache-Control"] == "private, no-cache"
        assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
        assert answer.headers["Content-Disposition"].startswith("inline; filename")
        assert "Set-Cookie: a" not in {f"{name}: {value}" for name, value in answer.headers}
        again = look(client, path, If_None_Match=answer.headers["ETag"])
        assert (again.status_code, again.data) == (304, b"")


def test_it_is_deleted_with_a_way_back(client: FlaskClient, seat: Seat, trade: Trade) -> None:
    row = attached(seat, Target(trade_id=trade.id))
    answer = client.post(f"/attachments/{row.id}/delete")
    assert answer.location == f"/trades/{trade.id}#pictures"
    page = client.get(f"/trades/{trade.id}").text
    assert f"/attachments/{row.id}/restore" in page
    assert f'src="/attachments/{row.id}' not in page
    for path in ("", "/small"):
        assert client.get(f"/attachments/{row.id}{path}").status_code == 404
    client.post(f"/attachments/{row.id}/restore")
    assert look(client, f"/attachments/{row.id}").status_code == 200


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        ([(b"", "")], "Choose a picture first."),
        ([(b"<svg onload=alert(1)>", "x.png")], "x: This is no whole PNG, JPEG, WebP or GIF picture."),
        ([(b"<script>", "<script>alert(1)</script>.png")], "script&gt;: This is no whole"),
        ([(encoded(), "a.png")] * 11, "At most 10 pictures at once."),
    ],
)
def test_a_refusal_has_its_sentence(
    client: FlaskClient, seat: Seat, trade: Trade, files: list[tuple[bytes, str]], sentence: str
) -> None:
    for headers in ({}, HTMX):
        answer = send(client, f"/trades/{trade.id}/attachments", *files, headers=headers)
        assert answer.status_code == 422
        assert sentence in answer.text
        assert "<script>alert" not in answer.text
        assert ("<html" in answer.text) is not bool(headers)
    assert stored.of_trade(seat.account.id, trade.id) == []


def test_only_what_takes_pictures_takes_much(app: Flask, client: FlaskClient, trade: Trade) -> None:
    large = b"x" * (LARGEST_REQUEST + 1)
    path = f"/trades/{trade.id}/attachments"
    assert send(client, path, (large, "x.png")).status_code == 422
    assert send(client, f"/trades/{trade.id}/notes", (large, "x.png")).status_code == 413
    assert send(app.test_client(), path, (large, "x.png")).status_code in (303, 413)
    limit = app.extensions["trenddojo"].config.attachment_bytes
    answer = send(client, path, *[(b"x" * limit, "x.png")] * 6)
    assert answer.status_code == 413
    assert "Nothing was kept" in answer.text


def test_a_file_of_many_megabytes_is_refused_by_its_size(app: Flask, client: FlaskClient, trade: Trade) -> None:
    limit = app.extensions["trenddojo"].config.attachment_bytes
    answer = send(client, f"/trades/{trade.id}/attachments", (b"x" * (limit + 1), "x.png"))
    assert (answer.status_code, "x: At most 10 MB, please." in answer.text) == (422, True)


def test_somebody_elses_pictures_are_not_there(app: Flask, client: FlaskClient, seat: Seat) -> None:
    other = stranger()
    theirs = attached(other, Target(on=date.fromisoformat(DAY)))
    their_trade = plan(other)
    for picture in (theirs.id, uuid4()):
        for path in ("", "/small"):
            assert client.get(f"/attachments/{picture}{path}").status_code == 404
        for act in ("delete", "restore"):
            assert client.post(f"/attachments/{picture}/{act}").status_code == 404
    assert client.get(f"/trades/{their_trade.id}/attachments").status_code == 404
    assert send(client, f"/trades/{their_trade.id}/attachments").status_code == 404
    assert str(theirs.id) not in client.get(f"/journal/{DAY}").text
    assert "/sign-in" in app.test_client().get(f"/attachments/{theirs.id}").location


def test_a_viewer_looks_and_does_no_more(app: Flask, seat: Seat, trade: Trade) -> None:
    row = attached(seat, Target(trade_id=trade.id))
    browser = sign_in(app, viewer_of(seat).user)
    assert look(browser, f"/attachments/{row.id}").status_code == 200
    page = browser.get(f"/trades/{trade.id}").text
    assert f'src="/attachments/{row.id}/small"' in page
    assert "Add pictures" not in page
    assert f"/attachments/{row.id}/delete" not in page
    assert send(browser, f"/trades/{trade.id}/attachments").status_code == 403
    assert browser.post(f"/attachments/{row.id}/delete").status_code == 403
    assert browser.post(f"/attachments/{row.id}/restore").status_code == 403


def test_an_account_that_was_left_shows_nothing_more(app: Flask, seat: Seat) -> None:
    hers = make_seat(make_user("pia@example.org", "Pia"), "Hers")
    row = attached(hers, Target(on=date.fromisoformat(DAY)))
    assert sign_in(app, seat.user).get(f"/attachments/{row.id}").status_code == 404


def test_without_a_folder_there_is_no_form(app: Flask, client: FlaskClient, trade: Trade) -> None:
    object.__setattr__(app.extensions["trenddojo"].config, "attachments_path", None)
    assert "Add pictures" not in client.get(f"/trades/{trade.id}").text
    answer = send(client, f"/trades/{trade.id}/attachments")
    assert (answer.status_code, "ATTACHMENTS_PATH" in answer.text) == (422, True)
    assert client.get(f"/journal/{DAY}").status_code == 200

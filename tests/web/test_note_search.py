"""The search page: words marked in context, escaped first; the way from the top search and back to the note."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.conftest import NOW, make_seat, sign_in
from tests.services.recorded import plan, stranger, viewer_of
from tests.services.test_journal import write
from trenddojo.services import note_search, notes
from trenddojo.services.inputs import parse
from trenddojo.services.inputs.records import NoteInput
from trenddojo.store.seats import Seat
from trenddojo.web.excerpts import excerpt


@pytest.mark.parametrize(
    ("text", "words", "shown"),
    [
        ("Sold too early", ["too"], "Sold <mark>too</mark> early"),
        ("Sold TOO early, too", ["too"], "Sold <mark>TOO</mark> early, <mark>too</mark>"),
        (
            "a & b <b>bold</b>",
            ["b"],
            "a &amp; <mark>b</mark> &lt;<mark>b</mark>&gt;<mark>b</mark>old&lt;/<mark>b</mark>&gt;",
        ),
        ("<script>x</script>", ["<script>"], "<mark>&lt;script&gt;</mark>x&lt;/script&gt;"),
        ("a &amp; b", ["&amp;"], "a <mark>&amp;amp;</mark> b"),
        ("stop stopped", ["stop", "stopped"], "<mark>stop</mark> <mark>stopped</mark>"),
        ("a.b axb", ["a.b"], "<mark>a.b</mark> axb"),
        ("two\n\nlines", [], "two lines"),
        ("Über", ["über"], "<mark>Über</mark>"),
        ("nothing of it", ["else"], "nothing of it"),
    ],
)
def test_an_excerpt_marks_words_and_nothing_else(text: str, words: list[str], shown: str) -> None:
    assert excerpt(text, words) == shown


def test_an_excerpt_begins_a_little_before_the_first_word() -> None:
    found = excerpt("one two " * 60 + "needle " + "three four " * 60, ["needle"])
    assert found.startswith(("…one", "…two"))
    assert "<mark>needle</mark>" in found
    assert found.endswith("…")
    assert len(found) < 320


def test_an_empty_search_says_what_comes_next(client: FlaskClient) -> None:
    assert "No notes yet" in client.get("/journal/search").text
    assert "No note has all of this" in client.get("/journal/search?q=needle").text


def test_notes_are_found_and_lead_to_where_they_stand(client: FlaskClient, seat: Seat) -> None:
    trade = plan(seat)
    notes.add_note(seat, trade, parse(NoteInput, {"body": "Haystack <b>needle</b>", "kind": "review"}), NOW)
    write(seat, "2026-10-07", "Needle & thread")
    page = client.get("/journal/search?q=NEEDLE").text
    assert "Haystack &lt;b&gt;<mark>needle</mark>&lt;/b&gt;" in page
    assert "<mark>Needle</mark> &amp; thread" in page
    assert f'href="/trades/{trade.id}?show=notes#timeline"' in page
    assert f'href="/journal/2026-10-07?account={seat.account.id}"' in page
    assert 'value="NEEDLE"' in page


def test_htmx_gets_the_hits_alone_and_older_ones_follow(
    client: FlaskClient, seat: Seat, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(note_search.search, "__defaults__", (2,))
    for number in range(3):
        write(seat, "2026-11-18", f"note {number}")
    page = client.get("/journal/search?q=note", headers={"HX-Request": "true"}).text
    assert page.lstrip().startswith("<section")
    older = page.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    assert "q=note" in older
    second = client.get(older).text
    assert "<mark>note</mark> 0" in second
    assert "<mark>note</mark> 1" not in second
    assert 'rel="prev"' in second


BAD = [f"q={'x' * 201}", "q=1 2 3 4 5 6 7 8 9", "q=%00", "kind=diary", "account=x", "before=x", f"before={'0' * 32}"]


@pytest.mark.parametrize("query", BAD)
def test_a_bad_question_has_its_sentence(client: FlaskClient, seat: Seat, query: str) -> None:
    write(seat, "2026-11-18", "Quiet.")
    for headers in ({}, {"HX-Request": "true"}):
        answer = client.get(f"/journal/search?{query}", headers=headers)
        assert answer.status_code == 422
        assert "Nothing was looked for." in answer.text
        assert "Quiet." not in answer.text


def test_somebody_elses_notes_are_not_found(app: Flask, client: FlaskClient, seat: Seat) -> None:
    theirs = stranger()
    write(theirs, "2026-11-18", "Their needle")
    assert "Their" not in client.get("/journal/search?q=needle").text
    assert client.get(f"/journal/search?account={theirs.account.id}").status_code == 422
    assert client.get(f"/journal/2026-11-18?account={theirs.account.id}").status_code == 404
    assert client.get("/journal/2026-11-18?account=x").status_code == 404
    write(seat, "2026-11-18", "My needle")
    assert "My <mark>needle</mark>" in sign_in(app, viewer_of(seat).user).get("/journal/search?q=needle").text
    assert "/sign-in" in app.test_client().get("/journal/search").location


def test_a_day_of_another_account_is_looked_at_until_one_works_there(client: FlaskClient, seat: Seat) -> None:
    other = make_seat(seat.user, "Zulu")
    write(other, "2026-11-18", "Over there")
    write(other, "2026-11-17", "Before")
    address = f"/journal/2026-11-18?account={other.account.id}"
    page = client.get(address).text
    assert "Over there" in page
    assert "You work on Trend Core." in page
    assert f'href="/journal/2026-11-17?account={other.account.id}"' in page
    assert "Keep note" not in page
    assert "Add pictures" not in page
    assert "Over there" not in client.get("/journal/2026-11-18").text
    client.post("/accounts/switch", data={"account_id": str(other.account.id)})
    page = client.get(address).text
    assert "Keep note" in page
    assert "You work on" not in page


def test_the_top_search_leads_on_to_notes(client: FlaskClient) -> None:
    assert 'href="/journal/search?q=fomo"' in client.get("/trades?q=fomo").text
    assert "/journal/search?q=" not in client.get("/trades").text


def test_authors_are_named_where_it_is_not_oneself(app: Flask, client: FlaskClient, seat: Seat) -> None:
    write(seat, "2026-11-18", "needle")
    assert "by Marta" not in client.get("/journal/search?q=needle").text
    assert "by Marta Lind" in sign_in(app, viewer_of(seat).user).get("/journal/search?q=needle").text

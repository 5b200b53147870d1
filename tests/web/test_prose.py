"""Notes as they are shown: Markdown of the plain kind, and nothing that does anything."""

from __future__ import annotations

import re
from time import perf_counter

import pytest
from flask.testing import FlaskClient

from tests.conftest import NOW
from tests.services.recorded import plan
from tests.services.test_journal import write
from trenddojo.services import notes
from trenddojo.services.inputs import parse
from trenddojo.services.inputs.records import NoteInput
from trenddojo.store.seats import Seat
from trenddojo.web.prose import prose

LINK = 'target="_blank" rel="noopener noreferrer nofollow"'


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("Two\nlines", "<p>Two<br>\nlines</p>"),
        ("**b** _i_ ~~s~~ `c`", "<p><strong>b</strong> <em>i</em> <s>s</s> <code>c</code></p>"),
        ("# What I saw", '<p class="md-h">What I saw</p>'),
        ("- a\n- b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>"),
        ("3. a", '<ol start="3">\n<li>a</li>\n</ol>'),
        ("[x](https://e.org)", f'<p><a href="https://e.org" {LINK}>x</a></p>'),
        ("<mailto:a@e.org>", f'<p><a href="mailto:a@e.org" {LINK}>mailto:a@e.org</a></p>'),
        ("http://e.org is not a link", "<p>http://e.org is not a link</p>"),
        ("5 < 6 & 7 > 6", "<p>5 &lt; 6 &amp; 7 &gt; 6</p>"),
    ],
)
def test_what_is_typed_is_read(typed: str, shown: str) -> None:
    assert prose(typed).strip() == shown


def test_tables_are_read() -> None:
    assert prose("|a|b|\n|-|-:|\n|1|2|").replace("\n", "") == (
        "<table><thead><tr><th>a</th><th>b</th></tr></thead><tbody><tr><td>1</td><td>2</td></tr></tbody></table>"
    )


HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "![x](https://evil.example/pixel.png)",
    "![x](data:image/svg+xml;base64,PHN2Zz4=)",
    "<svg/onload=alert(1)>",
    "<svg><a xlink:href='javascript:alert(1)'><text>x</text></a></svg>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](java\tscript:alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](javascript&colon;alert(1))",
    "[x](data:text/html,<script>alert(1)</script>)",
    "[x](vbscript:x)",
    "[x](//evil.example)",
    "[x](/trades)",
    "[x](file:///etc/passwd)",
    "<javascript:alert(1)>",
    "[x]: javascript:alert(1)\n\n[x]",
    '[x](https://e.org "onmouseover=alert(1)")',
    '[x](https://e.org" onmouseover="alert(1))',
    "<iframe src=https://evil.example></iframe>",
    "<style>*{display:none}</style>",
    "<base href=https://evil.example>",
    "<form action=/x><button>y</button></form>",
    "`<script>`\n\n    <script>\n\n```<img onerror=x>\n<b>\n```",
    "<!--[if IE]><script>x</script><![endif]-->",
    "<math><mi//xlink:href='data:x,<script>'>",
    "\u2028<a\u00a0href='javascript:x'>",
]
_ALLOWED = re.compile(
    r"</?(?:p|br|hr|strong|em|s|code|pre|blockquote|ul|ol|li|table|thead|tbody|tr|th|td)>"
    r'|<p class="md-h">|<ol start="\d+">|</a>'
    rf'|<a href="(?:https?://|mailto:)[^"<>]*" {re.escape(LINK)}>'
)


@pytest.mark.parametrize("typed", HOSTILE)
def test_nothing_but_named_tags_comes_out(typed: str) -> None:
    for text in (typed, f"# {typed}", f"- > {typed}", f"|{typed}|\n|-|", f"**{typed}**", f"[{typed}](https://e.org)"):
        left = _ALLOWED.sub("", prose(text))
        assert "<" not in left, left


def test_a_class_or_style_of_ones_own_is_not_to_be_had() -> None:
    assert "style" not in prose("|a|\n|-:|\n|1|")
    assert 'class="language' not in prose("```btn btn-send\nx\n```")


@pytest.mark.parametrize(
    "piece",
    [
        "[",
        "![",
        "[a](",
        "[[a](",
        "**a",
        "*_",
        "> ",
        "- ",
        "`a``",
        "~~a",
        "<",
        "<!--",
        "|a|\n|-|\n",
        "[a]: b\n",
        "&#x",
        "\\",
    ],
)
def test_no_note_takes_long(piece: str) -> None:
    text = (piece * 8000)[:8000]
    start = perf_counter()
    prose(text)
    assert perf_counter() - start < 2  # a tenth of a second at worst where nothing else runs


def test_deep_nesting_ends() -> None:
    assert prose(">" * 8000).count("<blockquote>") <= 20
    assert prose("".join("  " * depth + "- x\n" for depth in range(80))).count("<ul>") <= 20


def test_notes_are_read_so_wherever_they_stand(client: FlaskClient, seat: Seat) -> None:
    trade = plan(seat)
    notes.add_note(seat, trade, parse(NoteInput, {"body": "**Bold** & <script>x</script>"}), NOW)
    write(seat, "2026-11-19", "~~Struck~~ <img src=x onerror=x>")
    for path in (f"/trades/{trade.id}", "/journal/2026-11-19"):
        page = client.get(path).text
        assert "<strong>Bold</strong> &amp; &lt;script&gt;" in page
    for path in ("/journal", "/journal/2026-11-19"):
        page = client.get(path).text
        assert "<s>Struck</s> &lt;img" in page

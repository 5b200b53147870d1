"""Which text a file is, and its lines within bounds."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trenddojo.statements.format import Unreadable
from trenddojo.statements.texts import LONGEST, Lines, count_lines, encoding_of, open_text


def written(folder: Path, content: bytes) -> Path:
    path = folder / "statement.csv"
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    ("encoding", "name"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8-sig"),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
        ("cp1252", "cp1252"),
    ],
)
def test_the_encoding_is_found_and_the_text_is_the_same(tmp_path: Path, encoding: str, name: str) -> None:
    text = "Symbol,Gebühr €\nAAPL,1\n"
    path = written(tmp_path, text.encode(encoding))
    assert encoding_of(path) == name
    with open_text(path) as file:
        assert file.read() == text


def test_utf_8_is_told_by_the_whole_file(tmp_path: Path) -> None:
    """A letter cut in two by the end of a block, and one that is none far down."""
    plain = b"a" * ((1 << 20) - 1)
    assert encoding_of(written(tmp_path, plain + "ü".encode())) == "utf-8"
    assert encoding_of(written(tmp_path, plain * 2 + b"\xfc")) == "cp1252"
    assert encoding_of(written(tmp_path, plain + b"\xc3")) == "cp1252"


@pytest.mark.parametrize(
    "content", [b"", b" \r\n\t ", b"PK\x03\x04rest", b"%PDF-1.7", b"\x1f\x8brest", b"\xd0\xcf\x11\xe0"]
)
def test_what_is_no_text_is_unreadable(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(Unreadable):
        encoding_of(written(tmp_path, content))


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_are_counted_whatever_ends_them(tmp_path: Path, end: str) -> None:
    with open_text(written(tmp_path, end.join(["one", "", "three"]).encode())) as file:
        assert [(number, text.strip()) for number, text in Lines(file)] == [(1, "one"), (2, ""), (3, "three")]


def test_a_line_that_never_ends_comes_as_its_beginning_and_the_next_one_is_next(tmp_path: Path) -> None:
    endless = "x" * (3 * LONGEST)
    with open_text(written(tmp_path, f"{endless}\nnext\n".encode())) as file:
        (first, beginning), (second, text) = Lines(file)
    assert (first, len(beginning)) == (1, LONGEST + 1)
    assert (second, text) == (2, "next\n")


def test_bytes_that_the_encoding_has_no_letter_for_become_marks(tmp_path: Path) -> None:
    with open_text(written(tmp_path, b"\xff\xfea\x00\x00\xd8b\x00")) as file:
        assert file.read() == "a\ufffdb"


@given(st.binary(max_size=400))
def test_no_content_raises_anything_else(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "anything.csv"
    path.write_bytes(content)
    try:
        with open_text(path) as file:
            lines = list(Lines(file))
    except Unreadable:
        return
    assert [number for number, _ in lines] == list(range(1, len(lines) + 1))
    assert count_lines(path) >= 1

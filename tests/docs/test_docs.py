"""The documents say what is true: every table and column, every variable, every command and file they name."""

import re
from pathlib import Path

import pytest

from trenddojo.store.database import Base

ROOT = Path(__file__).parents[2]
DOCS = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]


def _text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def _sections() -> dict[str, list[str]]:
    """The columns that DATA_MODELS.md lists for each table."""
    parts = re.split(r"^### (\w+)$", _text("docs/DATA_MODELS.md"), flags=re.MULTILINE)[1:]
    return {
        name: re.findall(r"^\| (\w+) \| (?!kind)", body, re.MULTILINE)
        for name, body in zip(parts[::2], parts[1::2], strict=True)
    }


def test_every_table_and_column_is_described() -> None:
    assert _sections() == {table.name: [c.name for c in table.columns] for table in Base.metadata.sorted_tables}


def test_every_variable_that_is_read_is_in_the_example_and_the_readme() -> None:
    read = set(re.findall(r'reader\.(?!group)\w+\(\s*"([A-Z_]+)"', _text("trenddojo/config.py"))) - {
        "FLASK_RUN_FROM_CLI"
    }
    assert len(read) > 12
    readme = _text("README.md")
    assert {name for name in read if f"`{name}`" not in readme} == set()
    named = set(re.findall(r"^([A-Z_]+)=", _text(".env.example"), re.MULTILINE))
    assert named | {"CREDENTIAL_MASTER_KEY"} >= read


@pytest.mark.parametrize("document", DOCS, ids=lambda path: path.name)
def test_every_file_that_a_document_links_to_is_there(document: Path) -> None:
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)", document.read_text(encoding="utf-8"))
    assert [link for link in links if not (document.parent / link).exists()] == []


def test_the_locks_carry_hashes_and_no_index_address() -> None:
    for name in ("requirements.txt", "requirements-dev.txt"):
        lock = _text(name)
        pins = re.findall(r"^([a-z0-9_.-]+==\S+)", lock, re.MULTILINE | re.IGNORECASE)
        assert len(pins) > 40
        assert len(re.findall(r"^[a-z].*\\\n    --hash=sha256:", lock, re.MULTILINE | re.IGNORECASE)) == len(pins)
        assert "http" not in lock
        assert "index" not in lock


def test_vendored_files_are_the_ones_that_are_noted() -> None:
    from hashlib import sha256

    rows = re.findall(r"^\| (\S+) \|.*\| ([0-9a-f]{64}) \|$", _text("static/vendor/VENDORED.md"), re.MULTILINE)
    assert len(rows) >= 4
    for name, digest in rows:
        assert sha256((ROOT / "static/vendor" / name).read_bytes()).hexdigest() == digest, name

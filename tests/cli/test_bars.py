"""`flask bars import`."""

from pathlib import Path

from flask import Flask

from trenddojo.services.market import files

HEAD = "Date,Open,High,Low,Close,Volume\n"


def test_a_file_is_imported_and_its_bad_lines_are_named(app: Flask, tmp_path: Path) -> None:
    path, run = tmp_path / "nvda.csv", app.test_cli_runner().invoke
    path.write_text(HEAD + "2026-11-02,100,108,97,103,10\n2026-11-03,1,1,2,1,1\n2026-11-04,103,104,102,104,9\n")
    done = run(args=["bars", "import", str(path), "--symbol", "nvda"])
    assert done.exit_code == 0
    assert "Line 3: Its prices are out of order" in done.output
    assert "2 bars of NVDA kept, 2026-11-02 to 2026-11-04; 1 lines refused." in done.output


def test_a_wrong_file_is_refused_in_a_sentence(app: Flask, tmp_path: Path) -> None:
    path, run = tmp_path / "wrong.csv", app.test_cli_runner().invoke
    path.write_text("symbol,quantity\n")
    done = run(args=["bars", "import", str(path), "--symbol", "NVDA"])
    assert done.exit_code == 1
    assert "Error: Line 1 should name the columns" in done.output
    with path.open("wb") as sparse:
        sparse.truncate(files.LARGEST + 1)
    assert "more than 16 MB" in run(args=["bars", "import", str(path), "--symbol", "NVDA"]).output


def test_a_wrong_currency_is_named(app: Flask, tmp_path: Path) -> None:
    path = tmp_path / "nvda.csv"
    path.write_text(HEAD + "2026-11-02,100,108,97,103,10\n")
    options = ["--symbol", "NVDA", "--currency", "DOLLARS"]
    done = app.test_cli_runner().invoke(args=["bars", "import", str(path), *options])
    assert done.exit_code == 1
    assert "Error:" in done.output

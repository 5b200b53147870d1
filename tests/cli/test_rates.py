"""`flask rates import`."""

from pathlib import Path

from flask import Flask

from tests.services.priced import HISTORY
from trenddojo.services import rate_files


def test_a_file_is_imported_once(app: Flask, tmp_path: Path) -> None:
    path, run = tmp_path / "hist.csv", app.test_cli_runner().invoke
    path.write_bytes(HISTORY)
    done = run(args=["rates", "import", str(path)])
    assert done.exit_code == 0
    assert "10 rates added, 0 changed, 0 known already: 4 currencies, 2026-01-05 to 2026-11-18." in done.output
    assert "0 rates added, 0 changed, 10 known already" in run(args=["rates", "import", str(path)]).output


def test_a_wrong_file_is_refused_in_a_sentence(app: Flask, tmp_path: Path) -> None:
    path, run = tmp_path / "wrong.csv", app.test_cli_runner().invoke
    path.write_text("symbol,quantity\n")
    done = run(args=["rates", "import", str(path)])
    assert done.exit_code == 1
    assert "Error: Line 1: It does not begin with the header" in done.output
    with path.open("wb") as sparse:
        sparse.truncate(rate_files.LARGEST + 1)
    assert "more than 8 MB" in run(args=["rates", "import", str(path)]).output

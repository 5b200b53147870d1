"""Tables as CSV files for spreadsheets: figures exact and unformatted, dates in ISO 8601, texts no formulas."""

import csv
import io
from collections.abc import Iterable, Sequence

from flask import Response, make_response

from trenddojo.domain.csv_cells import Cell, cell_text


def csv_file(name: str, heads: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Response:
    """A download called `name`.csv, in UTF-8 with the mark that spreadsheets know it by; an unknown figure is empty."""
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow(heads)
    writer.writerows([cell_text(cell) for cell in row] for row in rows)
    answer = make_response(written.getvalue().encode("utf-8-sig"))
    answer.headers["Content-Type"] = "text/csv; charset=utf-8"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return answer

"""One import: its page, the part of it that follows the work, and the file of refused lines."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Response, render_template, request, send_file, url_for

from trenddojo.domain.terms import ImportStatus
from trenddojo.services.errors import NotFound
from trenddojo.services.imports import asking, columns, looking
from trenddojo.services.imports.asking import Wanted
from trenddojo.statements.formats.mapped import MAPPED
from trenddojo.store.models import Import
from trenddojo.web import deps, frame, htmx, zones
from trenddojo.web.forms import Form
from trenddojo.web.imports import choices, line_view, one_view
from trenddojo.web.imports.blueprint import Answer, own, room
from trenddojo.web.imports.one_view import ImportView, Page, Questions

_PAGE = 50
_REFUSED = 6
"""Refused lines that are shown; the file has all."""


@room.get("/<uuid:import_id>")
def one(import_id: UUID) -> Answer:
    """An import; for htmx the part that follows the work on it."""
    return drawn(import_id)


@room.get("/<uuid:import_id>/refused.csv")
def refused(import_id: UUID) -> Response:
    """The lines that were refused, in the statement's own shape, to mend and bring again."""
    _, row = own(import_id)
    place = looking.refused_file(row)
    if place is None:
        raise NotFound("No line of it was refused, or its files are not kept any more.")
    stem = row.name.rpartition(".")[0] or row.name
    return send_file(place, "text/csv", as_attachment=True, download_name=f"{stem} refused.csv", max_age=0)


def drawn(import_id: UUID, form: Form | None = None) -> str:
    """The page, or the part alone for htmx; `form` is one that was refused."""
    view = _view(import_id, form)
    context: dict[str, Any] = {
        "view": view,
        "form": form or _answers(view),
        "formats": choices.formats(),
        "zones": zones.options(str((form.value("zone") if form else view.options.get("zone")) or "")),
        "zone": deps.zone(),
        "now": deps.now(),
        "stops": choices.STOPS,
    }
    if htmx.is_htmx():
        return render_template("imports/_import.html", **context)
    seat, _ = own(import_id)
    return frame.page("imports/import.html", nav="imports", about=seat.account, **context)


def _view(import_id: UUID, form: Form | None) -> ImportView:
    seat, row = own(import_id)
    facts = one_view.facts(
        row,
        seat,
        looking.brought_by(row),
        has_brought=looking.has_brought(row),
        has_refused=looking.refused_file(row) is not None,
        tells_figures=looking.tells_figures(row),
    )
    asks = row.status in (ImportStatus.RECEIVED, ImportStatus.READY, ImportStatus.FAILED) and row.sha256
    return ImportView(
        **facts,
        refused=looking.refused(row, _REFUSED, 0),
        questions=_questions(row, form) if asks else None,
        stops=one_view.stops(row) if row.status is ImportStatus.DONE and seat.may_trade else None,
        page=_page(row) if row.status is ImportStatus.READY else None,
        errors=form.errors if form else {},
    )


def _questions(row: Import, form: Form | None) -> Questions | None:
    head = looking.head(row)
    if head is None:
        return None
    wanted = asking.wanted(row)
    header = asking.header_of(head)
    is_mapped = row.format in ("", MAPPED.name) or Wanted.COLUMNS in wanted
    first = asking.first_date(head)
    return Questions(
        wanted=wanted,
        accounts=asking.accounts_in(row),
        columns=[cell for cell in header if cell],
        fields=columns.fields() if is_mapped else (),
        readings=asking.readings(first),
        sample=[row[:12] for row in head.rows[:6]],
        why=choices.why(row, header),
    )


def _answers(view: ImportView) -> Form:
    """The form with what was said so far; columns that are named as ours are proposed."""
    rule: Mapping[str, Any] = view.options.get("stop_rule") or {}
    stop = {"stop_kind": rule.get("kind", choices.NO_RULE), "stop_value": rule.get("value", "")}
    values: dict[str, Any] = {"format": view.format_name, **stop, **view.options}
    chosen: Mapping[str, str] = view.options.get("columns") or {}
    if view.questions and view.questions.fields:
        chosen = chosen or columns.proposed(view.questions.columns)
        values["format"] = values["format"] or MAPPED.name
    return Form({**values, **{f"column:{name}": column for name, column in chosen.items()}})


def _page(row: Import) -> Page:
    first = _first()
    lines = looking.preview(row, _PAGE + 1, first)
    return Page(
        lines=[line_view.line(one) for one in lines[:_PAGE]],
        newer=_there(row, first - _PAGE) if first else "",
        older=_there(row, first + _PAGE) if len(lines) > _PAGE else "",
        first=first,
    )


def _there(row: Import, first: int) -> str:
    return url_for("imports.one", import_id=row.id, first=max(first, 0) or None, _anchor="lines")


def _first() -> int:
    text = request.args.get("first", "0")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0

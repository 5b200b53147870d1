"""Gives the templates their vocabulary: filters for figures, icons, drawings and the addresses of static files."""

import hashlib
import json
from collections.abc import Callable
from functools import cache
from pathlib import Path

from flask import Flask

from trenddojo.web import drawings
from trenddojo.web.format import FILTERS
from trenddojo.web.icons import icon
from trenddojo.web.prose import prose


def register(app: Flask) -> None:
    """Give the app's templates the filters of format.py, `prose` and `from_json`, and `icon`, `draw` and `asset`."""
    app.jinja_env.filters.update(FILTERS, from_json=json.loads, prose=prose)
    app.jinja_env.globals.update(icon=icon, draw=drawings, asset=_assets(app))


def _assets(app: Flask) -> Callable[[str], str]:
    """Return a function from a static file's name to its address, which changes with the file's content."""
    folder, root = Path(app.static_folder or ""), (app.static_url_path or "").rstrip("/")

    @cache
    def asset(name: str) -> str:
        digest = hashlib.sha256((folder / name).read_bytes()).hexdigest()
        return f"{root}/{name}?v={digest[:10]}"

    return asset

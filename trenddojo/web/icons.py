"""Icons drawn into the page: Tabler outline, MIT (see static/vendor/VENDORED.md). Only those in use are kept."""

import json
from pathlib import Path

from markupsafe import Markup

_FRAME = (
    '<svg class="icon" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-linecap="round" '
    'stroke-linejoin="round" aria-hidden="true">{}</svg>'
)


def _draw(paths: list[str]) -> Markup:
    return Markup(_FRAME.format("".join(f'<path d="{path}"/>' for path in paths)))  # noqa: S704 (our own data file)


_ICONS: dict[str, Markup] = {
    name: _draw(paths) for name, paths in json.loads(Path(__file__).with_suffix(".json").read_text("utf-8")).items()
}


def icon(name: str) -> Markup:
    """Return the icon as SVG, hidden from assistive technology; a name that is not kept raises KeyError."""
    return _ICONS[name]

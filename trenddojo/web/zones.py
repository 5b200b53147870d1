"""Time zones as a person chooses them."""

from functools import cache

from trenddojo.domain.zones import zone_names

_REGIONS = ("Africa/", "America/", "Antarctica/", "Asia/", "Atlantic/", "Australia/", "Europe/", "Indian/", "Pacific/")


@cache
def _places() -> tuple[str, ...]:
    # Names such as US/Eastern are older ones of the same zones.
    return ("UTC", *sorted(name for name in zone_names() if name.startswith(_REGIONS)))


def options(chosen: str) -> list[tuple[str, str]]:
    """The choices of a field, as (name, text); `chosen` is among them, whatever it is."""
    names = _places() if chosen in _places() or not chosen else (chosen, *_places())
    return [(name, name.replace("_", " ")) for name in names]

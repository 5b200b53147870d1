"""Bars of prices as the API answers them."""

from datetime import datetime

from trenddojo.web.api.outputs.base import Exact, Output


class BarOut(Output):
    """Prices per unit from `start` on, in the instrument's currency; a day starts at its exchange's midnight."""

    start: datetime
    open: Exact
    high: Exact
    low: Exact
    close: Exact
    volume: int | None


class BarPage(Output):
    """Bars, the newest first, who told them, and when the newest one was fetched.

    `next` is the address of the page that follows, null at the end.
    """

    items: list[BarOut]
    sources: list[str]
    fetched_at: datetime | None
    next: str | None

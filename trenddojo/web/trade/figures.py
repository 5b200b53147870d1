"""The key figures of a trade in each state of its life."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from markupsafe import Markup

from trenddojo.domain.equity import local_date
from trenddojo.domain.legs import quantities_left
from trenddojo.domain.sizing import Sizing, assess
from trenddojo.domain.stops import Standing
from trenddojo.domain.trades import in_r
from trenddojo.services.books import Books
from trenddojo.services.errors import Invalid
from trenddojo.services.plans import plan_of
from trenddojo.services.previews import standing_now
from trenddojo.services.sizing import sizing_request
from trenddojo.store.seats import Seat
from trenddojo.web.format import (
    average,
    day,
    in_currency,
    money,
    percent,
    pnl,
    pnl_r,
    price,
    quantity,
    r_amount,
    signed,
)
from trenddojo.web.trade import words


@dataclass(frozen=True, slots=True)
class Figure:
    """One cell of the strip: what it is, the figure, and the line below it."""

    label: str
    figure: Markup | str
    sub: Markup | str = ""


def open_figures(books: Books, seat: Seat) -> list[Figure]:
    """Of a trade that holds something."""
    trade, now = books.trade, standing_now(books)
    return [
        Figure("Result so far", in_currency(pnl(trade.pnl), seat.account.base_currency), _on_entered(books)),
        Figure("Realised", pnl(now.realised), _taken_off(books)),
        _open(books),
        _if_stopped(books, now),
        _heat(books, seat, now),
        Figure("R", pnl_r(trade.r), _risked(books)),
    ]


def closed_figures(books: Books, seat: Seat) -> list[Figure]:
    """Of a trade that is over."""
    trade, position = books.trade, books.position
    reason = words.REASONS[trade.exit_reason] if trade.exit_reason else ""
    return [
        Figure("Result", in_currency(pnl(trade.pnl), seat.account.base_currency), _on_entered(books)),
        Figure("R", pnl_r(trade.r), _risked(books)),
        Figure(
            f"Entry, {words.units(books.instrument.asset_type, position.entered)}",
            average(position.average_entry),
            "average" if len(position.entries) > 1 else "",
        ),
        Figure("Exit", average(position.average_exit), reason),
        Figure("Held", _held(books, seat), _from_to(books, seat)),
        Figure("Fees", money(position.fees), "some estimated" if position.fees_estimated and position.fees else ""),
    ]


def plan_figures(books: Books, seat: Seat, now: datetime) -> list[Figure]:
    """Of a trade that has not begun; what its size risks is worked out as on the ticket."""
    trade = books.trade
    sizing = _sizing(books, seat, now)
    distance = abs(trade.planned_entry - trade.planned_stop) / trade.planned_entry if trade.planned_stop else None
    base = seat.account.base_currency
    size = Figure(
        "Size", quantity(trade.planned_quantity), words.unit(books.instrument.asset_type, trade.planned_quantity)
    )
    stop = Figure("Stop", price(trade.planned_stop), f"{percent(distance)} away" if distance is not None else "")
    if sizing is None:
        return [size, Figure("Entry", price(trade.planned_entry)), stop]
    return [
        size,
        Figure("Entry", price(trade.planned_entry), f"value {money(sizing.position_value)}"),
        stop,
        Figure(
            "Loss at stop",
            in_currency(pnl(-sizing.loss_at_stop), base),
            f"{_points(sizing.loss_percent)} of equity",
        ),
        *_targets(sizing),
    ]


def _sizing(books: Books, seat: Seat, now: datetime) -> Sizing | None:
    """The plan's own quantity, looked at again today; None where it no longer fits the account's terms."""
    if books.trade.planned_stop is None:
        return None
    plan = plan_of(books.trade, seat.account).model_copy(update={"risk_percent": None})
    try:
        return assess(sizing_request(seat, plan, now, without=books.trade.id), books.trade.planned_quantity)
    except Invalid:
        return None


def _targets(sizing: Sizing) -> list[Figure]:
    return [
        Figure(
            f"Target {number} at {price(outcome.price)}",
            pnl(outcome.gain),
            f"{quantity(round(outcome.reward_to_risk, 2))} to 1" if outcome.reward_to_risk is not None else "",
        )
        for number, outcome in enumerate(sizing.targets, 1)
    ]


def _points(value: Decimal | None) -> str:
    """Percent points, as equity shares are told."""
    return f"{money(value)}%" if value is not None else ""


def _on_entered(books: Books) -> str:
    share = books.trade.pnl_percent
    return f"{signed(share)}% on {money(books.position.entry_value)}" if share is not None else ""


def _taken_off(books: Books) -> str:
    exited = books.position.exited
    if not exited:
        return "nothing taken off"
    return f"{quantity(exited)} {words.left(books.trade.direction).lower()}, first in first out"


def _open(books: Books) -> Figure:
    trade, position = books.trade, books.position
    label = f"Open, {words.units(books.instrument.asset_type, position.quantity)}"
    if trade.last_price is None:
        return Figure(label, pnl(trade.open_pnl), "no price known yet")
    open_r = pnl_r(in_r(trade.open_pnl, position.open_risk))
    return Figure(label, pnl(trade.open_pnl), Markup("{} at {}").format(open_r, price(trade.last_price)))


def _if_stopped(books: Books, now: Standing) -> Figure:
    stops = sorted({stop for leg, stop in books.stops.items() if stop is not None and leg in _held_legs(books)})
    label = f"If stopped at {' and '.join(price(stop) for stop in stops)}" if stops else "If stopped"
    if now.unprotected:
        return Figure(label, pnl(now.if_stopped), f"{quantity(now.unprotected)} without a stop")
    told = " locked in" if now.locked_in else " in all"
    return Figure(label, pnl(now.if_stopped), pnl_r(now.if_stopped_r) + told if now.if_stopped_r is not None else "")


def _held_legs(books: Books) -> set[int]:
    return {leg for leg, left in quantities_left(books.position).items() if left}


def _heat(books: Books, seat: Seat, now: Standing) -> Figure:
    """What a stop-out takes from the entries' worth, and what it gives back from the last price (rule 30)."""
    if not now.heat:
        back = f"gives back {money(now.gives_back)}" if books.mark else "stops beyond the entries"
        return Figure("Heat", money(now.heat), back)
    in_risk = in_r(now.heat, books.position.initial_risk)
    share = f"{percent(now.heat / seat.account.equity)} of equity" if seat.account.equity > 0 else ""
    return Figure("Heat", money(now.heat), " · ".join(filter(None, (r_amount(in_risk), share))))


def _risked(books: Books) -> str:
    risk = books.position.initial_risk
    return f"of {money(risk)} risked" if risk is not None else "no valid stop at an entry"


def _held(books: Books, seat: Seat) -> str:
    opened, closed = books.position.opened_at, books.position.closed_at
    if opened is None or closed is None:
        return ""
    days = (local_date(closed, seat.zone) - local_date(opened, seat.zone)).days
    return f"{days} day{'' if days == 1 else 's'}"


def _from_to(books: Books, seat: Seat) -> str:
    opened, closed = books.position.opened_at, books.position.closed_at
    if opened is None or closed is None:
        return ""
    return f"{day(local_date(opened, seat.zone))} to {day(local_date(closed, seat.zone))}"

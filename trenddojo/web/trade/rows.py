"""The `now -> after` rows of the act panels, and the sentence below them."""

from dataclasses import dataclass

from markupsafe import Markup

from trenddojo.domain.figures import price as shown_price
from trenddojo.domain.stops import Standing
from trenddojo.domain.terms import Direction
from trenddojo.services.books import Books
from trenddojo.services.errors import Invalid
from trenddojo.services.inputs.records import ExitIdea, StopInput
from trenddojo.services.previews import standing_left, standing_moved, standing_now
from trenddojo.services.stops import StopMove, checked
from trenddojo.web.format import money, pnl, pnl_r, quantity, r, signed

Figures = tuple[tuple[str, Markup | str, Markup | str], ...]


@dataclass(frozen=True, slots=True)
class After:
    """Rows of (label, now, after), what is to be said, and the button; `warns` where one should look again."""

    act: str
    rows: Figures
    say: str
    warns: bool = False


def after_stop(books: Books, stop: StopInput | None) -> After:
    """What a stop move would do; without one the rows show the present alone."""
    now = standing_now(books)
    if stop is None:
        return After(_MOVE, _stop_rows(books, now, None), _ratchet(books))
    try:
        move = checked(books, stop)
    except Invalid as refusal:
        return After(_MOVE, _stop_rows(books, now, None), refusal.message, warns=True)
    say = _loosened(books, move) if move.is_override else move.warning
    return After(_MOVE, _stop_rows(books, now, standing_moved(books, move)), say or _ratchet(books), warns=bool(say))


def after_exit(books: Books, idea: ExitIdea | None) -> After:
    """What an exit would do; without one the rows show the present alone."""
    now = standing_now(books)
    if idea is None:
        return After(_LEAVE, _exit_rows(now, None), _FIFO)
    try:
        then = standing_left(books, idea)
    except Invalid as refusal:
        return After(_LEAVE, _exit_rows(now, None), refusal.message, warns=True)
    return After(_LEAVE, _exit_rows(now, then), _FIFO)


_MOVE, _LEAVE = "Move stop", "Record exit"
_FIFO = "The oldest shares leave first. Cut the stop order at your broker to what is left."


def _stop_rows(books: Books, now: Standing, then: Standing | None) -> Figures:
    back = (("Gives back", money(now.gives_back), money(then.gives_back) if then else ""),) if books.mark else ()
    return (
        ("Heat", money(now.heat), money(then.heat) if then else ""),
        *back,
        ("If stopped", signed(now.if_stopped), pnl(then.if_stopped) if then else ""),
        ("In R", r(now.if_stopped_r), pnl_r(then.if_stopped_r) if then else ""),
    )


def _exit_rows(now: Standing, then: Standing | None) -> Figures:
    return (
        ("Realised", signed(now.realised), pnl(then.realised) if then else ""),
        ("Heat", money(now.heat), money(then.heat) if then else ""),
        ("If stopped", signed(now.if_stopped), pnl(then.if_stopped) if then else ""),
        ("Left, and for the stop order", quantity(now.quantity), quantity(then.quantity) if then else ""),
    )


def _ratchet(books: Books) -> str:
    if books.trade.direction is Direction.LONG:
        return "A stop only rises. Lowering it needs a written reason."
    return "A short's stop only falls. Raising it needs a written reason."


def _loosened(books: Books, move: StopMove) -> str:
    verb = "lowers" if books.trade.direction is Direction.LONG else "raises"
    old = " and ".join(sorted({shown_price(leg.stop) for leg in move.legs if leg.stop is not None}))
    return f"This {verb} the stop from {old}: write why. It is kept as an override."

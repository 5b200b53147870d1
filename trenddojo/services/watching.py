"""What traders are told of an account without asking: limits approached, goals and targets reached, rules broken.

A job looks at every account each minute. Each condition rings once for everybody who may trade the account, and is over
when a look no longer finds it. Every figure is the one that the risk page and the goals page show; no broker is asked.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from trenddojo.domain.budgets import Budget
from trenddojo.domain.caps import Cap
from trenddojo.domain.figures import price
from trenddojo.domain.goal_words import asked
from trenddojo.domain.goals import GoalState
from trenddojo.domain.watching import Level, level_of
from trenddojo.services import alerts
from trenddojo.services.exposure import RiskBoard, risk_board
from trenddojo.services.goals import goals_of
from trenddojo.store import accounts, desk, goals
from trenddojo.store.alerts import open_with_prefix
from trenddojo.store.database import db, discard, reading
from trenddojo.store.models import Account, User
from trenddojo.store.seats import Seat, owner_seats, seat_at

LOOK_BACK = timedelta(days=30)
OFTEN = 3
"""How often a rule is broken within LOOK_BACK before it is told."""
_RULES = {rule.value for rule in Cap}


@dataclass(frozen=True, slots=True)
class Condition:
    """Something to know of an account for as long as it lasts; `key` is the same for the same condition."""

    key: str
    code: str
    title: str
    next_step: str
    trade_id: UUID | None = None


def watch_all(now: datetime) -> int:
    """Look at every account: how many were looked at. Ends the caller's transaction without keeping it."""
    discard()
    with reading():
        found = [(seat.user.id, seat.account.id) for seat in owner_seats()]
        discard()
    for owner_id, account_id in found:
        _watch(owner_id, account_id, now)
    return len(found)


def _watch(owner_id: UUID, account_id: UUID, now: datetime) -> None:
    """Ring for what is new about one account, and end what is over; nothing is written where nothing changed."""
    with reading():
        seat = _seat(owner_id, account_id)
        told = {person: _told(person, account_id) for person in _traders(seat.account)} if seat else {}
        known = set().union(*told.values()) if told else set()
        found = {one.key: one for one in conditions(seat, now, known)} if seat else {}
        name = seat.account.name if seat else ""
        discard()
    over = known - found.keys()
    if not over and all(found.keys() <= keys for keys in told.values()):
        return
    for person, keys in told.items():
        for key in sorted(found.keys() - keys):
            _ring(person, account_id, name, found[key], now)
    if over:
        alerts.resolve(over, now)
    db.session.commit()


def _seat(owner_id: UUID, account_id: UUID) -> Seat | None:
    """The owner's seat, read anew; None for an account that was put away meanwhile."""
    return seat_at(db.session.get_one(User, owner_id), account_id)


def _traders(account: Account) -> list[UUID]:
    """Whoever may trade the account."""
    people = accounts.people_at(account)
    seats = (seat_at(person, account.id) for person in people if person.is_active)
    return [seat.user.id for seat in seats if seat is not None and seat.may_trade]


def _prefix(account_id: UUID) -> str:
    return f"watch:{account_id}:"


def _told(person: UUID, account_id: UUID) -> set[str]:
    return open_with_prefix(person, account_id, _prefix(account_id))


def _ring(person: UUID, account_id: UUID, name: str, found: Condition, now: datetime) -> None:
    title = f"{name}: {found.title}"
    alerts.ring(
        person, found.key, found.code, title, found.next_step, now=now, account_id=account_id, trade_id=found.trade_id
    )


def conditions(seat: Seat, now: datetime, told: Collection[str] = ()) -> Iterator[Condition]:
    """All that is to be known of an account now; `told` are the keys of what is known already."""
    prefix, board = _prefix(seat.account.id), risk_board(seat, now)
    yield from _limits(prefix, board, told)
    yield from _streak(prefix, board)
    yield from _targets(prefix, seat)
    yield from _goals(prefix, seat, now)
    yield from _rules(prefix, seat, now)


_LIMITS: tuple[tuple[str, str, str, Callable[[RiskBoard], Budget]], ...] = (
    ("daily_risk", "risk today", "New entries are denied until tomorrow", lambda board: board.today),
    ("weekly_risk", "risk this week", "New entries are denied until Monday", lambda board: board.this_week),
    ("daily_loss", "loss today", "New entries are denied until tomorrow", lambda board: board.daily_loss),
    (
        "max_open_positions",
        "open positions",
        "New positions are denied until one closes",
        lambda board: board.positions,
    ),
)


def _limits(prefix: str, board: RiskBoard, told: Collection[str]) -> Iterator[Condition]:
    for rule, name, denied, budget_of in _LIMITS:
        key = f"{prefix}limit:{rule}:"
        level = level_of(budget_of(board), was_near=f"{key}{Level.NEAR}" in told)
        if level is Level.NEAR:
            step = "The risk page shows what is left. Nothing is denied yet."
            yield Condition(f"{key}{level}", "LIMIT_NEAR", f"{name} beyond 80% of the limit.", step)
        elif level is Level.REACHED:
            step = f"{denied}. Exits always go."
            yield Condition(f"{key}{level}", "LIMIT_REACHED", f"{name} at the limit.", step)


def _streak(prefix: str, board: RiskBoard) -> Iterator[Condition]:
    if board.halved:
        losses = board.limits.halve_after_losses
        step = "Risk per trade and fixed units count half until the next win."
        yield Condition(f"{prefix}streak", "LOSING_STREAK", f"{losses} losses in a row or more.", step)


def _targets(prefix: str, seat: Seat) -> Iterator[Condition]:
    """Open trades whose last known price is at a target or beyond."""
    for trade in desk.open_with_target(seat.account.id):
        sign = trade.direction.sign
        for number, target in ((1, trade.target_1), (2, trade.target_2)):
            if target is not None and trade.last_price is not None and sign * (trade.last_price - target) >= 0:
                title = f"{trade.symbol} trades at its target {number}, {price(target)}."
                step = "Open the trade: take profit as planned, or raise the stop."
                yield Condition(f"{prefix}target:{trade.id}:{number}", "TARGET_REACHED", title, step, trade.id)


def _goals(prefix: str, seat: Seat, now: datetime) -> Iterator[Condition]:
    for progress in goals_of(seat, now, most=1):
        goal, present = progress.goal, progress.now
        if goal.ended_on is not None or present.is_over or present.state is GoalState.OPEN:
            continue
        words = asked(goal.kind, goal.target, goal.period, seat.account.base_currency)
        key = f"{prefix}goal:{goal.id}:{present.stretch.since}:{present.state}"
        if present.state is GoalState.REACHED:
            yield Condition(key, "GOAL_REACHED", f"goal reached. {words}.", "The goals page shows how it went before.")
        else:
            step = f"It begins anew with the next {goal.period}."
            yield Condition(key, "GOAL_MISSED", f"goal missed. {words}.", step)


def _rules(prefix: str, seat: Seat, now: datetime) -> Iterator[Condition]:
    """Rules broken often within the last 30 days: stops loosened, and orders that a limit denied, each by its limit."""
    since = now - LOOK_BACK
    loosened = len(goals.loosened_at(seat.account.id, since))
    if loosened >= OFTEN:
        title = f"stops were loosened {OFTEN} times or more within {LOOK_BACK.days} days."
        yield Condition(
            f"{prefix}rule:stop", "RULE_BROKEN", title, "Read the reasons again, on the trades or in the audit."
        )
    denied = Counter(rule for rule in goals.denied_rules(seat.account.id, since) if rule in _RULES)
    for rule in sorted(rule for rule, count in denied.items() if count >= OFTEN):
        label = Cap(rule).label.lower()
        title = f"{OFTEN} orders or more beyond the limit “{label}” within {LOOK_BACK.days} days."
        step = "They were denied. Plan smaller, or think the limit over when nothing is at stake."
        yield Condition(f"{prefix}rule:{rule}", "RULE_BROKEN", title, step)

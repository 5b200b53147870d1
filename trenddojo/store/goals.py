"""Queries about goals, and the records that they, the streaks and the alerts about rules are judged by."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select

from trenddojo.domain.order_states import OrderState
from trenddojo.store.database import db
from trenddojo.store.models import Goal, JournalNote, Order, OrderEvent, Trade, TradeStop


def goal_at(account_id: UUID, goal_id: UUID) -> Goal | None:
    """One goal of an account, ended or not."""
    return db.session.scalar(select(Goal).where(Goal.id == goal_id, Goal.account_id == account_id))


def goals_of(account_id: UUID) -> Sequence[Goal]:
    """The account's goals, ended ones included, the oldest first."""
    query = select(Goal).where(Goal.account_id == account_id)
    return db.session.scalars(query.order_by(Goal.created_at, Goal.id)).all()


def noted_dates(account_id: UUID, since: date, until: date) -> set[date]:
    """The dates of a span, both ends included, of which somebody wrote in the account's journal."""
    query = select(JournalNote.on).where(
        JournalNote.account_id == account_id, JournalNote.on.between(since, until), JournalNote.deleted_at.is_(None)
    )
    return set(db.session.scalars(query.distinct()))


def loosened_at(account_id: UUID, since: datetime) -> list[datetime]:
    """When stops of the account's trades were loosened, from a moment on: once for a move of several legs.

    Those of deleted trades do not count.
    """
    query = (
        select(TradeStop.at, TradeStop.trade_id)
        .join(Trade, Trade.id == TradeStop.trade_id)
        .where(
            Trade.account_id == account_id,
            Trade.deleted_at.is_(None),
            TradeStop.is_override.is_(True),
            TradeStop.at >= since,
        )
    )
    return [at for at, _ in db.session.execute(query.distinct().order_by(TradeStop.at))]


def denied_rules(account_id: UUID, since: datetime) -> list[str]:
    """The rules that the account's orders would have broken, from a moment on: each once for every order denied."""
    query = (
        select(OrderEvent.evidence)
        .join(Order, Order.id == OrderEvent.order_id)
        .where(
            Order.account_id == account_id,
            Order.state == OrderState.DENIED,
            Order.created_at >= since,
            OrderEvent.kind == "denied",
        )
    )
    return [rule for evidence in db.session.scalars(query) for rule in {one["rule"] for one in evidence["denials"]}]

"""What the list of alerts shows."""

from dataclasses import dataclass
from datetime import datetime

from flask import url_for

from trenddojo.store.models import Alert
from trenddojo.web import deps

_RISK, _GOALS = ("risk.index", "Open the risk page"), ("goals.index", "Open the goals")
_PAGES = {
    "LIMIT_NEAR": _RISK,
    "LIMIT_REACHED": _RISK,
    "LOSING_STREAK": _RISK,
    "GOAL_REACHED": _GOALS,
    "GOAL_MISSED": _GOALS,
    "RULE_BROKEN": _GOALS,
}
"""Where alerts of the account at hand lead; those of another lead to that account, from which one switches."""


@dataclass(frozen=True, slots=True)
class AlertRow:
    """One alert: what happened, what to do, how often it came and since when; `url` leads to what it is about."""

    title: str
    next_step: str
    count: int
    first_at: datetime
    last_at: datetime
    resolved_at: datetime | None
    is_new: bool
    url: str
    about: str


def alert_row(alert: Alert) -> AlertRow:
    """An alert as it is listed."""
    url, about = _leads_to(alert)
    return AlertRow(
        title=alert.title,
        next_step=alert.next_step,
        count=alert.count,
        first_at=alert.first_at,
        last_at=alert.last_at,
        resolved_at=alert.resolved_at,
        is_new=alert.read_at is None and alert.resolved_at is None,
        url=url,
        about=about,
    )


def _leads_to(alert: Alert) -> tuple[str, str]:
    """Where what it tells of can be looked at and mended."""
    kind, _, about = alert.key.partition(":")
    if alert.code == "ORDER_NEEDS_REVIEW" and kind == "review":
        return url_for("orders.show", order_id=about), "Decide about the order"
    if alert.code == "POSITION_DIFFERS":
        return url_for("orders.reconcile", account=alert.account_id), "Open the reconciliation"
    if alert.code in _PAGES and _is_at_hand(alert):
        endpoint, words = _PAGES[alert.code]
        return url_for(endpoint), words
    if alert.trade_id:
        return url_for("trade.show", trade_id=alert.trade_id), "Open the trade"
    if alert.connection_id:
        return url_for("brokers.index", _anchor=f"connection-{alert.connection_id}"), "Show the connection"
    if alert.account_id:
        return url_for("accounts.show", account_id=alert.account_id), "Show the account"
    return "", ""


def _is_at_hand(alert: Alert) -> bool:
    seat = deps.current_seat()
    return seat is not None and seat.account.id == alert.account_id

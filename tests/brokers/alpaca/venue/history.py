"""The portfolio's history: what the account was worth at the end of each span."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from tests.brokers.alpaca.venue import hours
from tests.brokers.alpaca.venue.figures import Figures
from tests.brokers.alpaca.venue.refusals import missing
from tests.brokers.alpaca.venue.times import NEW_YORK, read_instant
from trenddojo.brokers.simulator.sessions import Session

_PERIODS = {"D": 1, "W": 7, "M": 30, "A": 365}
_SPANS = {"1Min": 1, "5Min": 5, "15Min": 15, "1H": 60}
Query = Mapping[str, str]


def history_document(figures: Figures, query: Query, now: datetime) -> dict[str, Any]:
    """Raises Refusal."""
    start, end = _range(query, now)
    is_short = end - start <= timedelta(days=7)
    timeframe = query.get("timeframe") or ("5Min" if is_short else "1D")
    if timeframe != "1D" and timeframe not in _SPANS:
        raise missing("invalid timeframe")
    instants = [at for session in hours.SESSIONS.between(start, end) for at in _instants(session, timeframe)]
    instants = [at for at in instants if at <= now]
    base = figures.equity_at(instants[0] - timedelta(days=1)) if instants else figures.equity
    equity = [round(figures.equity_at(at), 2) for at in instants]
    return {
        "timestamp": [_told(at, timeframe) for at in instants],
        "equity": [float(value) for value in equity],
        "profit_loss": [float(value - base) for value in equity],
        "profit_loss_pct": [float(round((value - base) / base, 6)) if base else None for value in equity],
        "base_value": float(base),
        "base_value_asof": instants[0].astimezone(NEW_YORK).date().isoformat() if instants else None,
        "timeframe": timeframe,
        "cashflow": {},
    }


def _range(query: Query, now: datetime) -> tuple[datetime, datetime]:
    try:
        end = _end(query, now)
        if query.get("start"):
            return read_instant(query["start"]), end
        period = query.get("period") or "1M"
        return end - timedelta(days=int(period[:-1]) * _PERIODS[period[-1]]), end
    except (ValueError, KeyError):
        raise missing("invalid period, start or end") from None


def _end(query: Query, now: datetime) -> datetime:
    if query.get("end"):
        return read_instant(query["end"])
    if query.get("date_end"):
        return datetime.combine(date.fromisoformat(query["date_end"]), datetime.max.time(), NEW_YORK)
    return now


def _instants(session: Session, timeframe: str) -> list[datetime]:
    """When a session's points are taken."""
    if timeframe == "1D":
        return [session.close]
    step = timedelta(minutes=_SPANS[timeframe])
    count = (session.close - session.open) // step
    return [session.open + number * step for number in range(count + 1)]


def _told(at: datetime, timeframe: str) -> int:
    """Days are stamped by their begin in New York."""
    if timeframe != "1D":
        return int(at.timestamp())
    return int(datetime.combine(at.astimezone(NEW_YORK).date(), datetime.min.time(), NEW_YORK).timestamp())

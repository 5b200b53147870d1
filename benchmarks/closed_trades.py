"""Makes many closed trades out of the thousand of `benchmarks.seed`, within the database, over the same days."""

from sqlalchemy import text

from trenddojo.store.database import db

_TIMES = "WITH RECURSIVE copies(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM copies WHERE n < :times)"
_NEW_ID = "substr(trades.id, 1, 24) || printf('%08x', copies.n)"
"""A copy keeps the beginning of the id that it was made of, so that both tables make the same ones."""


def multiply(times: int) -> None:
    """Each closed trade so many times more, with a P&L and R of its own and closed in another second; with its days."""
    columns = [row[1] for row in db.session.execute(text("PRAGMA table_info(trades)"))]
    changed = {
        "id": _NEW_ID,
        "realised": "realised + copies.n % 97",
        "pnl": "pnl + copies.n % 97",
        "r": "r + copies.n % 97 * 1000003",
        "closed_at": "substr(closed_at, 1, 17) || printf('%02d', copies.n % 60) || substr(closed_at, 20)",
    }
    values = ", ".join(changed.get(name, f'trades."{name}"') for name in columns)
    names = ", ".join(f'"{name}"' for name in columns)
    trades = f"INSERT INTO trades ({names}) {_TIMES} SELECT {values} FROM trades, copies WHERE status = 'closed'"
    days = (
        'INSERT INTO trade_days (trade_id, "on", account_id, booked, open_change) '
        "SELECT id, closed_on, account_id, realised, 0 FROM trades "
        "WHERE status = 'closed' AND id NOT IN (SELECT trade_id FROM trade_days)"
    )
    db.session.execute(text(trades), {"times": times - 1})
    db.session.execute(text(days))
    db.session.commit()

"""Makes many closed trades out of the thousand of `benchmarks.seed`, within the database, over the same days."""

from sqlalchemy import text

from trenddojo.store.database import db

_TIMES = "WITH RECURSIVE copies(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM copies WHERE n < :times)"
_CHANGED = {
    "id": "substr(trades.id, 1, 24) || printf('%08x', copies.n)",
    "realised": "realised + copies.n % 97",
    "pnl": "pnl + copies.n % 97",
    "r": "r + copies.n % 97 * 1000003",
    "closed_at": "substr(closed_at, 1, 17) || printf('%02d', copies.n % 60) || substr(closed_at, 20)",
}
_DAYS = (
    'INSERT INTO trade_days (trade_id, "on", account_id, booked, open_change) '
    "SELECT id, closed_on, account_id, realised, 0 FROM trades "
    "WHERE status = 'closed' AND id NOT IN (SELECT trade_id FROM trade_days)"
)


def multiply(times: int) -> None:
    """Each closed trade so many times, every copy with a P&L and R of its own and closed in another second; with days.

    The indexes are made anew after it, which is quicker than to keep them meanwhile.
    """
    found = text("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql <> ''")
    indexes = {name: sql for name, sql in db.session.execute(found)}  # noqa: C416
    for name in indexes:
        db.session.execute(text(f'DROP INDEX "{name}"'))
    columns = [row[1] for row in db.session.execute(text("PRAGMA table_info(trades)"))]
    names = ", ".join(f'"{name}"' for name in columns)
    values = ", ".join(_CHANGED.get(name, f'trades."{name}"') for name in columns)
    copies = f"INSERT INTO trades ({names}) {_TIMES} SELECT {values} FROM trades, copies WHERE status = 'closed'"
    if times > 1:
        db.session.execute(text(copies), {"times": times - 1})
        db.session.execute(text(_DAYS))
    for definition in indexes.values():
        db.session.execute(text(definition))
    db.session.commit()

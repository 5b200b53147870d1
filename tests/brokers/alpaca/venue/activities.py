"""The account's activities: fills and what else moved the cash, in pages."""

from collections.abc import Iterable, Mapping
from datetime import date

from tests.brokers.alpaca.venue.account import Account, Entry, Fill
from tests.brokers.alpaca.venue.documents import Document, activity_document
from tests.brokers.alpaca.venue.refusals import missing
from tests.brokers.alpaca.venue.times import NEW_YORK, read_nanoseconds, whole_nanoseconds

_LARGEST = 100
_CATEGORIES = {"trade_activity": True, "non_trade_activity": False}
_TRADES = "FILL"
Query = Mapping[str, str]


class Activities:
    """What is told of the ledger. Fills can be told late: each read counts one off what a late one waits for."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._late: dict[str, int] = {}
        self._waits: list[int] = []

    def book_late(self, reads: int) -> None:
        """The next fill appears after this many further reads."""
        if reads > 0:
            self._waits.append(reads)

    def filled(self, fill: Fill) -> None:
        """A fill has happened."""
        if self._waits:
            self._late[fill.id] = self._waits.pop(0)

    def listed(self, query: Query, types: str | None = None) -> list[Document]:
        """Raises Refusal."""
        types = types or query.get("activity_types") or query.get("activity_type")
        rows: list[Fill | Entry] = [*self._told(), *self._account.entries]
        rows = [row for row in rows if types is None or row.activity_type in types.split(",")]
        if category := query.get("category"):
            rows = [row for row in rows if (row.activity_type == _TRADES) is _CATEGORIES.get(category)]
        is_descending = query.get("direction", "desc") != "asc"
        rows = sorted(_within(rows, query), key=_id, reverse=is_descending)
        if token := query.get("page_token"):
            rows = [row for row in rows if (row.id < token if is_descending else row.id > token)]
        return [activity_document(row) for row in rows[: _page_size(query)]]

    def _told(self) -> list[Fill]:
        told = [fill for fill in self._account.fills if fill.id not in self._late]
        self._late = {fill: reads - 1 for fill, reads in self._late.items() if reads > 1}
        return told


def _id(row: Fill | Entry) -> str:
    return row.id


def _within(rows: Iterable[Fill | Entry], query: Query) -> Iterable[Fill | Entry]:
    try:
        day = date.fromisoformat(query["date"][:10]) if query.get("date") else None
        after, until = (read_nanoseconds(query[name]) if query.get(name) else None for name in ("after", "until"))
    except ValueError:
        raise missing("invalid date format") from None
    if day and (after or until):
        raise missing("date cannot be used with after or until")
    for row in rows:
        at = whole_nanoseconds(row.at)
        if day and row.at.astimezone(NEW_YORK).date() != day:
            continue
        if (after is None or at > after) and (until is None or at < until):
            yield row


def _page_size(query: Query) -> int | None:
    size = query.get("page_size")
    if not size:
        return None if query.get("date") else _LARGEST
    if not size.isdigit() or not 1 <= int(size) <= _LARGEST:
        raise missing(f"page_size must be between 1 and {_LARGEST}")
    return int(size)

"""Lists of orders: which, in what order, how many."""

from collections.abc import Iterable, Mapping
from uuid import UUID

from tests.brokers.alpaca.venue.documents import Document, order_document
from tests.brokers.alpaca.venue.orders import Order
from tests.brokers.alpaca.venue.refusals import missing
from tests.brokers.alpaca.venue.times import nanoseconds, read_nanoseconds
from tests.brokers.alpaca.venue.wire import is_yes

_LARGEST, _USUAL = 500, 50
_STATUSES = ("open", "closed", "all")
Query = Mapping[str, str]


def orders_listed(orders: Mapping[str, Order], query: Query) -> list[Document]:
    """Raises Refusal."""
    status, is_nested = _one_of(query, "status", _STATUSES), is_yes(query, "nested")
    rows = [order for order in orders.values() if _has_status(order, status)]
    if is_nested:
        rows = [order for order in rows if order.parent is None or not _has_status(order.parent, status)]
    rows = [order for order in rows if _is_wanted(order, query)]
    rows = list(_within(rows, orders, query))
    rows.sort(key=_place, reverse=_one_of(query, "direction", ("desc", "asc")) == "desc")
    return [order_document(order, nested=is_nested) for order in rows[: _limit(query)]]


def read_id(text: str) -> str:
    """An order's id as it is kept. Raises Refusal where it is no UUID."""
    try:
        return str(UUID(text))
    except ValueError:
        raise missing("order_id is missing") from None


def _has_status(order: Order, status: str) -> bool:
    """Sleeping legs are not listed as open."""
    if status == "all":
        return True
    return (order.is_open and order.status != "held") if status == "open" else not order.is_open


def _is_wanted(order: Order, query: Query) -> bool:
    if (symbols := query.get("symbols")) and order.symbol not in symbols.split(","):
        return False
    return all(query.get(name) in (None, "", getattr(order, name)) for name in ("side", "asset_class"))


def _within(rows: Iterable[Order], orders: Mapping[str, Order], query: Query) -> Iterable[Order]:
    ids = [name for name in ("before_order_id", "after_order_id") if query.get(name)]
    times = [name for name in ("after", "until") if query.get(name)]
    if len(ids) > 1 or (ids and times):
        raise missing("only one of before_order_id, after_order_id, or after and until is accepted")
    if ids:
        edge = orders.get(read_id(query[ids[0]]))
        if edge is None:
            raise missing(f"{ids[0]} not found")
        is_after = ids == ["after_order_id"]
        return (row for row in rows if (_place(row) > _place(edge) if is_after else _place(row) < _place(edge)))
    after, until = _time(query, "after"), _time(query, "until")
    return (
        row
        for row in rows
        if (after is None or nanoseconds(row.submitted_at) > after)
        and (until is None or nanoseconds(row.submitted_at) < until)
    )


def _place(order: Order) -> tuple[int, int]:
    return nanoseconds(order.submitted_at), order.number


def _time(query: Query, name: str) -> int | None:
    if not query.get(name):
        return None
    try:
        return read_nanoseconds(query[name])
    except ValueError:
        raise missing(f"invalid {name}") from None


def _limit(query: Query) -> int:
    limit = query.get("limit") or str(_USUAL)
    if not limit.isdigit() or not 1 <= int(limit) <= _LARGEST:
        raise missing(f"limit must be between 1 and {_LARGEST}")
    return int(limit)


def _one_of(query: Query, name: str, words: tuple[str, ...]) -> str:
    """The first word is the usual one."""
    word = query.get(name) or words[0]
    if word not in words:
        raise missing(f"invalid {name}")
    return word

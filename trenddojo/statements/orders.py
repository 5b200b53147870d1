"""Lists of orders, of which only what was filled is a fill."""

from decimal import Decimal

from trenddojo.statements.columns import folded
from trenddojo.statements.values import BadValue, amount

_AT_WORK = frozenset(
    ("working", "open", "pending", "alive", "live", "queued", "received", "sent", "partialfilled", "partiallyfilled")
)
_ENDED = ("cancel", "out", "expire", "reject")


def unfilled(status: str, filled: str, name: str) -> str | None:
    """Why an order is no fill; None where all that it will ever fill is told. `name` is the column of `filled`.

    An order that ended with a part of it filled is a fill of that part. Raises BadValue for one of which a part is
    filled and more may come: the next file will tell it again, with another quantity.
    """
    quantity: Decimal | None = amount(filled, name)
    if not quantity:
        return f"An order that was not filled: {status or 'no status'}."
    word = folded(status)
    if any(end in word for end in _ENDED):
        return None
    if any(one in word for one in _AT_WORK):
        raise BadValue(
            f"“{status}”: this order was still at work when the file was written, and more of it may have filled "
            "since. Export it again once it has ended."
        )
    return None

"""The numbers of orders: each above every one that was ever used, also after a gateway has begun anew."""

from trenddojo.brokers.spec import LedgerStore

_KEY = "last_order_number"


class Numbers:
    """Hands out order numbers, and keeps the last one before it is used.

    A gateway whose ids were reset tells a low next number; an order that was sent under it again would change another.
    """

    def __init__(self, ledger: LedgerStore) -> None:
        self._ledger = ledger
        self._last = int(ledger.load().get(_KEY, "0"))

    def take(self, count: int, least: int) -> range:
        """The next `count` numbers, none below `least`."""
        first = max(least, self._last + 1)
        self._last = first + count - 1
        self._ledger.save({_KEY: str(self._last)})
        return range(first, first + count)

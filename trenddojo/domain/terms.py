"""The vocabulary of the field, as closed sets of words that are also what the database and the API hold."""

from enum import StrEnum


class Direction(StrEnum):
    """Which way a trade gains."""

    LONG = "long"
    SHORT = "short"

    @property
    def sign(self) -> int:
        """+1 for a long, -1 for a short: multiply a price change by it to get the gain of one unit."""
        return 1 if self is Direction.LONG else -1

    @property
    def entry_side(self) -> "Side":
        """The side of a fill that adds to the position."""
        return Side.BUY if self is Direction.LONG else Side.SELL

    @property
    def exit_side(self) -> "Side":
        """The side of a fill that reduces the position."""
        return Side.SELL if self is Direction.LONG else Side.BUY


class Side(StrEnum):
    """What an execution did."""

    BUY = "buy"
    SELL = "sell"


class AssetType(StrEnum):
    """What kind of instrument is traded."""

    STOCK = "stock"
    ETF = "etf"
    OPTION = "option"
    CRYPTO = "crypto"
    FOREX = "forex"
    FUTURE = "future"


class OptionRight(StrEnum):
    """The right of an option."""

    CALL = "call"
    PUT = "put"


class TradeStatus(StrEnum):
    """A trade's life; see "Records" in the design of the order engine."""

    PLANNING = "planning"
    PENDING = "pending"
    ACTIVE = "active"
    CLOSED = "closed"
    CANCELLED = "cancelled"


class ExitReason(StrEnum):
    """Why a position was left."""

    STOP_LOSS = "stop_loss"
    TARGET = "target"
    MANUAL = "manual"
    TRAILING_STOP = "trailing_stop"
    EXPIRED = "expired"
    RECONCILED = "reconciled"


class NoteKind(StrEnum):
    """When in a trade's life a note was written."""

    ENTRY = "entry"
    MANAGEMENT = "management"
    EXIT = "exit"
    REVIEW = "review"


class MediaType(StrEnum):
    """How a kept picture is encoded."""

    PNG = "image/png"
    WEBP = "image/webp"


class ImportStatus(StrEnum):
    """How far a statement has come.

    Received: it waits for what a person has to say of it. Reading: its lines are read, and compared with the books.
    Ready: what it would bring is known, and nothing is in the books yet. Booking, undoing: at work. The others are
    ends; what failed can be tried again.
    """

    RECEIVED = "received"
    READING = "reading"
    READY = "ready"
    BOOKING = "booking"
    DONE = "done"
    FAILED = "failed"
    UNDOING = "undoing"
    UNDONE = "undone"


class CashKind(StrEnum):
    """What moved cash on an account, apart from trades.

    Only deposits and withdrawals are flows; the others count in returns (rule 47 of the numbers).
    """

    DEPOSIT = "deposit"
    WITHDRAWAL = "withdrawal"
    FEE = "fee"
    INTEREST = "interest"
    DIVIDEND = "dividend"


class Role(StrEnum):
    """What a person may do in the whole installation."""

    ADMIN = "admin"
    TRADER = "trader"
    VIEWER = "viewer"


class TokenScope(StrEnum):
    """What a personal API token may do, within what its owner may."""

    READ = "read"
    TRADE = "trade"
    ADMIN = "admin"


class ViewRoom(StrEnum):
    """Where a view under a name belongs."""

    TRADES = "trades"
    REPORTS = "reports"
    COMPARE = "compare"


class MemberRole(StrEnum):
    """What a person may do on one account that somebody else owns."""

    TRADER = "trader"
    VIEWER = "viewer"


class SizingMethod(StrEnum):
    """How the first quantity of a trade is found."""

    FIXED_RISK = "fixed_risk"
    FIXED_UNITS = "fixed_units"
    KELLY = "kelly"


MANUAL = "manual"
"""The broker of an account whose orders a person places by hand; every other name is one of the brokers' registry."""


class AccountType(StrEnum):
    """Whether an account holds real money, play money, or only follows one that is held elsewhere."""

    LIVE = "live"
    PAPER = "paper"
    TRACKING = "tracking"


class Mode(StrEnum):
    """How a broker connection reaches its broker."""

    MOCK = "mock"
    PAPER = "paper"
    LIVE = "live"


class SplitSource(StrEnum):
    """Who told of a split."""

    TYPED = "typed"
    IMPORT = "import"


class Timeframe(StrEnum):
    """The length of a bar."""

    MINUTE = "1m"
    HOUR = "1h"
    DAY = "1d"

"""What can go wrong with a broker, named by what to do about it, and the remedy of each as data."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Flag, StrEnum, auto
from types import MappingProxyType


class BrokerErrorCode(StrEnum):
    """The codes that every broker's errors are mapped to."""

    CONNECTION_FAILED = "CONNECTION_FAILED"
    AUTHENTICATION_FAILED = "AUTHENTICATION_FAILED"
    GATEWAY_NOT_RUNNING = "GATEWAY_NOT_RUNNING"
    SESSION_EXPIRED = "SESSION_EXPIRED"
    INSUFFICIENT_FUNDS = "INSUFFICIENT_FUNDS"
    POSITION_SIZE_EXCEEDED = "POSITION_SIZE_EXCEEDED"
    MARKET_CLOSED = "MARKET_CLOSED"
    SYMBOL_NOT_FOUND = "SYMBOL_NOT_FOUND"
    ORDER_REJECTED = "ORDER_REJECTED"
    RISK_LIMIT_EXCEEDED = "RISK_LIMIT_EXCEEDED"
    DAILY_LOSS_LIMIT = "DAILY_LOSS_LIMIT"
    MARGIN_CALL = "MARGIN_CALL"
    RATE_LIMIT_EXCEEDED = "RATE_LIMIT_EXCEEDED"
    API_ERROR = "API_ERROR"
    TIMEOUT = "TIMEOUT"
    UNKNOWN = "UNKNOWN"


class BrokerError(Exception):
    """A broker refused, failed, or could not be asked.

    `message` is a plain sentence that may be shown and logged: never a secret, an address with one, or a stack.
    `details` are facts for the log and the person, as text: the broker's own code, a request id, a field.
    """

    def __init__(
        self, message: str, code: BrokerErrorCode, broker: str, details: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.broker = broker
        self.details: Mapping[str, str] = MappingProxyType(dict(details or {}))


class NotSent(BrokerError):
    """It is certain that the request never left: an order that met it is not at the broker (section 3 of the order
    engine's rules: a refused connection, or a limit of our own)."""


class OutcomeUnknown(BrokerError):
    """The request may have been carried out although no usable answer came: ask, never send again."""


ALREADY_FINAL = "already_final"
"""The detail `reason` of a refusal because the order had ended before. To a cancel it is no fault: the end is asked."""

PROVES_NOTHING = frozenset(
    {
        BrokerErrorCode.CONNECTION_FAILED,
        BrokerErrorCode.GATEWAY_NOT_RUNNING,
        BrokerErrorCode.API_ERROR,
        BrokerErrorCode.TIMEOUT,
        BrokerErrorCode.UNKNOWN,
    }
)
"""Codes that are no refusal: a write that meets one, and is not proven to have stayed here, may have been done."""


def is_not_sent(error: BrokerError) -> bool:
    """Whether a write that met this error certainly did not reach the broker's books: 429 refuses before it acts."""
    return isinstance(error, NotSent) or error.code is BrokerErrorCode.RATE_LIMIT_EXCEEDED


def is_unknown(error: BrokerError) -> bool:
    """Whether a write that met this error may have been carried out."""
    return isinstance(error, OutcomeUnknown) or (error.code in PROVES_NOTHING and not is_not_sent(error))


class Act(Flag):
    """What to do about an error; an error may ask for several."""

    NOTIFY = auto()
    """Store an alert for the person."""
    RETRY = auto()
    """Ask again after a while: reads only."""
    REAUTHENTICATE = auto()
    """Nothing more is asked with these credentials until the person has renewed them."""
    RECONNECT = auto()
    """Drop the client and connect anew."""
    LOG = auto()
    """Write it to the log."""


@dataclass(frozen=True, slots=True)
class Remedy:
    """What to do about a code: acts, seconds before a read is tried again, the person's next step, the HTTP status."""

    acts: Act
    next_step: str
    status: int = 502
    wait_seconds: float = 1.0


_TELL = Act.NOTIFY
REMEDIES: Mapping[BrokerErrorCode, Remedy] = MappingProxyType(
    {
        BrokerErrorCode.CONNECTION_FAILED: Remedy(
            Act.RETRY | Act.RECONNECT | Act.LOG, "We try again by ourselves. Check the server's network if it goes on."
        ),
        BrokerErrorCode.AUTHENTICATION_FAILED: Remedy(
            Act.REAUTHENTICATE | _TELL, "Check the keys at the broker, then enter them again under Brokers."
        ),
        BrokerErrorCode.GATEWAY_NOT_RUNNING: Remedy(
            Act.RECONNECT | _TELL, "Start the gateway on this server and sign in to it. We try again by ourselves."
        ),
        BrokerErrorCode.SESSION_EXPIRED: Remedy(Act.REAUTHENTICATE | _TELL, "Sign in at the broker again."),
        BrokerErrorCode.INSUFFICIENT_FUNDS: Remedy(_TELL, "Make the order smaller, or free buying power first."),
        BrokerErrorCode.POSITION_SIZE_EXCEEDED: Remedy(_TELL, "Make the order smaller."),
        BrokerErrorCode.MARKET_CLOSED: Remedy(_TELL, "Wait until the market opens, or send an order that may rest."),
        BrokerErrorCode.SYMBOL_NOT_FOUND: Remedy(_TELL, "Check the symbol as the broker spells it."),
        BrokerErrorCode.ORDER_REJECTED: Remedy(_TELL, "Read why, change the order, and send it as a new one."),
        BrokerErrorCode.RISK_LIMIT_EXCEEDED: Remedy(_TELL, "Make the order smaller, or change the limit under Risk."),
        BrokerErrorCode.DAILY_LOSS_LIMIT: Remedy(_TELL, "No new risk today. Orders that reduce a position still go."),
        BrokerErrorCode.MARGIN_CALL: Remedy(
            _TELL | Act.LOG, "Reduce positions or deposit money, and look at the broker's own message."
        ),
        BrokerErrorCode.RATE_LIMIT_EXCEEDED: Remedy(
            Act.RETRY | Act.LOG, "Wait a minute. What was refused was not sent.", status=429, wait_seconds=60.0
        ),
        BrokerErrorCode.API_ERROR: Remedy(
            Act.RETRY | Act.LOG | _TELL, "We ask again by ourselves. Look at the broker's status page if it goes on."
        ),
        BrokerErrorCode.TIMEOUT: Remedy(
            Act.RETRY | Act.RECONNECT | Act.LOG, "We ask again by ourselves. Do not send an order twice.", status=504
        ),
        BrokerErrorCode.UNKNOWN: Remedy(Act.LOG | _TELL, "It is logged. Look at the broker's own page before you act."),
    }
)
"""The remedy of each code; applied in one place, the services' broker faults."""

"""What can be made to go wrong on the simulated exchange: a script that is used up call by call."""

from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from threading import Lock

from trenddojo.brokers.errors import BrokerError, BrokerErrorCode, NotSent, OutcomeUnknown
from trenddojo.brokers.types import Execution

WRITES = frozenset({"place_order", "modify_order", "cancel_order"})
"""The calls whose outcome may stay unknown, by the names of BrokerClient's methods."""

_NEVER_LEFT = frozenset(
    {BrokerErrorCode.CONNECTION_FAILED, BrokerErrorCode.GATEWAY_NOT_RUNNING, BrokerErrorCode.RATE_LIMIT_EXCEEDED}
)
_PROVES_NOTHING = frozenset({BrokerErrorCode.TIMEOUT, BrokerErrorCode.API_ERROR, BrokerErrorCode.UNKNOWN})


class FaultKind(StrEnum):
    """What happens to one call."""

    REFUSE = "refuse"
    """It is answered with an error, and nothing is done."""
    TIME_OUT = "time_out"
    """Nothing is done and no answer comes."""
    LOSE_ANSWER = "lose_answer"
    """It is done and no answer comes."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One line of the script: `operation` is a method's name, or None for whichever call comes first."""

    kind: FaultKind
    operation: str | None = None
    code: BrokerErrorCode = BrokerErrorCode.TIMEOUT

    def meets(self, operation: str) -> bool:
        """Whether it is meant for this call."""
        return self.operation in (None, operation)


class Faults:
    """The script of one client. Each fault meets one call; of those that fit a call the oldest is used."""

    def __init__(self, broker: str) -> None:
        self._broker = broker
        self._script: deque[Fault] = deque()
        self._events: deque[str] = deque()
        self._silent_reads = 0
        self._delay = timedelta(0)
        self._lock = Lock()

    def refuse(self, code: BrokerErrorCode, operation: str | None = None) -> None:
        """Answer a call with this error; nothing is done."""
        self.add(Fault(FaultKind.REFUSE, operation, code))

    def time_out(self, operation: str | None = None) -> None:
        """Let a call time out before it reaches the exchange: nothing is booked, and the caller cannot know."""
        self.add(Fault(FaultKind.TIME_OUT, operation))

    def lose_answer(self, operation: str | None = "place_order") -> None:
        """Carry a call out and lose its answer."""
        self.add(Fault(FaultKind.LOSE_ANSWER, operation))

    def add(self, fault: Fault) -> None:
        """Append a line to the script."""
        with self._lock:
            self._script.append(fault)

    def duplicate_events(self) -> None:
        """Tell every fill of the next answer that has any twice."""
        self._events.append("duplicate")

    def reorder_events(self) -> None:
        """Tell the fills of the next answer that has several newest first."""
        self._events.append("reorder")

    def late_commission(self, *, reads: int = 0, seconds: float = 0) -> None:
        """Leave commissions out of the next `reads` answers, and until `seconds` after their fill."""
        self._silent_reads, self._delay = reads, timedelta(seconds=seconds)

    def clear(self) -> None:
        """Forget the script."""
        with self._lock:
            self._script.clear()
        self._events.clear()
        self.late_commission()

    @contextmanager
    def around(self, operation: str) -> Iterator[None]:
        """Let the script meet a call. Raises BrokerError before or after its work."""
        fault = self._taken(operation)
        if fault is not None and fault.kind is FaultKind.REFUSE:
            raise BrokerError(f"Refused by the script: {fault.code}.", fault.code, self._broker)
        if fault is not None and fault.kind is FaultKind.TIME_OUT:
            raise error_met(fault.code, operation, self._broker)
        yield
        if fault is not None:
            raise error_met(fault.code, operation, self._broker)

    def told(self, fills: tuple[Execution, ...], now: datetime) -> tuple[Execution, ...]:
        """What one answer tells of `fills`: oldest first and whole, unless the script wants it otherwise."""
        told = tuple(self._without_commission(fill, now) for fill in fills)
        self._silent_reads = max(0, self._silent_reads - bool(fills))
        event = self._events.popleft() if self._events and fills else ""
        if event == "duplicate":
            return tuple(fill for fill in told for _ in range(2))
        return told[::-1] if event == "reorder" else told

    def _without_commission(self, fill: Execution, now: datetime) -> Execution:
        is_late = self._silent_reads > 0 or now < fill.at + self._delay
        return replace(fill, commission=None) if is_late else fill

    def _taken(self, operation: str) -> Fault | None:
        with self._lock:
            found = next((fault for fault in self._script if fault.meets(operation)), None)
            if found is not None:
                self._script.remove(found)
        return found


SENTENCES: Mapping[BrokerErrorCode, str] = {
    BrokerErrorCode.CONNECTION_FAILED: "The broker could not be reached.",
    BrokerErrorCode.AUTHENTICATION_FAILED: "The broker did not accept the keys.",
    BrokerErrorCode.GATEWAY_NOT_RUNNING: "The broker's gateway does not answer.",
    BrokerErrorCode.SESSION_EXPIRED: "The sign-in at the broker has ended.",
    BrokerErrorCode.INSUFFICIENT_FUNDS: "The account has too little buying power.",
    BrokerErrorCode.POSITION_SIZE_EXCEEDED: "The position would be larger than the broker allows.",
    BrokerErrorCode.MARKET_CLOSED: "The market is closed.",
    BrokerErrorCode.SYMBOL_NOT_FOUND: "The broker does not know this symbol.",
    BrokerErrorCode.ORDER_REJECTED: "The broker refused the order.",
    BrokerErrorCode.RISK_LIMIT_EXCEEDED: "The order is over one of the account's risk limits.",
    BrokerErrorCode.DAILY_LOSS_LIMIT: "The account has reached its daily loss limit.",
    BrokerErrorCode.MARGIN_CALL: "The account has a margin call.",
    BrokerErrorCode.RATE_LIMIT_EXCEEDED: "The broker counted too many requests.",
    BrokerErrorCode.API_ERROR: "The broker answered with an error of its own.",
    BrokerErrorCode.TIMEOUT: "The broker did not answer in time.",
    BrokerErrorCode.UNKNOWN: "The broker answered something that nobody here knows.",
}
"""What a person reads of an error that is only simulated."""


def error_met(code: BrokerErrorCode, operation: str, broker: str) -> BrokerError:
    """The error that a call meets with this code: it proves that nothing left, leaves a write's outcome open, or is a
    plain refusal."""
    kind: type[BrokerError] = BrokerError
    if code in _NEVER_LEFT:
        kind = NotSent
    elif code in _PROVES_NOTHING and operation in WRITES:
        kind = OutcomeUnknown
    return kind(f"{SENTENCES[code]} (Simulated.)", code, broker)

"""A broker's request limits, kept by ourselves: sliding windows of sixty seconds, with a reserve for what protects."""

from collections import deque
from collections.abc import Callable
from math import ceil
from threading import Lock

from trenddojo.brokers.errors import BrokerErrorCode
from trenddojo.brokers.ports import Purpose, Withheld
from trenddojo.brokers.spec import BrokerSpec, Endpoint

WINDOW_SECONDS = 60.0
_A_LITTLE = 0.001
"""Added to every wait, in seconds, so that rounding never ends it just before the place is free."""
_COUNTED = {
    Endpoint.ORDERS: "orders",
    Endpoint.POSITIONS: "requests for positions",
    Endpoint.ACCOUNT: "requests for account figures",
    Endpoint.MARKET: "requests for prices",
}


class OverLimit(Withheld):
    """There is no place for a request now, by the rule that is told; `wait_seconds` until there may be one."""

    def __init__(self, broker: str, rule: str, wait_seconds: float) -> None:
        seconds = str(ceil(wait_seconds))
        message = f"{rule}; try again in {seconds} s."
        super().__init__(message, BrokerErrorCode.RATE_LIMIT_EXCEEDED, broker, {"retry_after": seconds})
        self.wait_seconds = wait_seconds


class Window:
    """At most `limit` requests in any sixty seconds, a reserve of them only for what protects. Not thread-safe."""

    def __init__(self, limit: int, counted: str) -> None:
        self.limit, self.counted = limit, counted
        self._free_at: deque[float] = deque()

    def wait(self, now: float, purpose: Purpose) -> float:
        """Seconds until a request may go, 0 for at once. `now` is monotonic, in seconds."""
        while self._free_at and self._free_at[0] <= now:
            self._free_at.popleft()
        places = self.limit if purpose is Purpose.PROTECT else self.limit - reserve_of(self.limit)
        over = len(self._free_at) - places
        return self._free_at[over] - now + _A_LITTLE if over >= 0 else 0.0

    def take(self, now: float) -> None:
        """Note that a request goes now."""
        self._free_at.append(now + WINDOW_SECONDS)


def reserve_of(limit: int) -> int:
    """How many of a minute's requests are kept for what protects: a tenth, at least one, never all of them."""
    return min(max(1, limit // 10), limit - 1)


class Limits:
    """The windows of one connection: one for each endpoint, and one for all requests where the broker counts those.

    One call of a client counts as one request. Thread-safe.
    """

    def __init__(self, spec: BrokerSpec, monotonic: Callable[[], float]) -> None:
        self._spec, self._monotonic = spec, monotonic
        self._lock = Lock()
        overall = spec.limits.overall
        self._overall = [] if overall is None else [Window(overall, "requests")]
        self._windows = {endpoint: self._window(endpoint) for endpoint in Endpoint}
        self._rests_until = 0.0

    def _window(self, endpoint: Endpoint) -> Window:
        limit = self._spec.limits.of(endpoint)
        return Window(limit, _COUNTED[endpoint])

    def told(self, overall: int) -> None:
        """The broker says how many requests a minute it takes in all: every limit follows in proportion."""
        usual = self._spec.limits.overall
        with self._lock:
            if not usual or not self._overall or overall == self._overall[0].limit or overall < 1:
                return
            self._overall[0].limit = overall
            for endpoint, window in self._windows.items():
                window.limit = max(1, self._spec.limits.of(endpoint) * overall // usual)

    def enter(self, endpoint: Endpoint, purpose: Purpose) -> None:
        """Take a place for a request that goes now. Raises OverLimit at once where there is none, and takes nothing."""
        with self._lock:
            now = self._monotonic()
            if purpose is not Purpose.PROTECT and now < self._rests_until:
                rule = f"{self._spec.label} asked for fewer requests"
                raise OverLimit(self._spec.name, rule, self._rests_until - now)
            windows = [self._windows[endpoint], *self._overall]
            wait, tightest = max(((window.wait(now, purpose), window) for window in windows), key=lambda one: one[0])
            if wait:
                rule = f"{self._spec.label} takes {tightest.limit} {tightest.counted} a minute"
                raise OverLimit(self._spec.name, rule, wait)
            for window in windows:
                window.take(now)

    def rest(self, seconds: float) -> None:
        """The broker itself refused a request as one too many: only what protects goes for that long."""
        with self._lock:
            self._rests_until = self._monotonic() + seconds

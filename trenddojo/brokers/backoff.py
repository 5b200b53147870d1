"""How long to wait before trying again."""

from dataclasses import dataclass
from random import Random

from trenddojo.brokers.errors import REMEDIES, Act, BrokerError

_LARGEST_POWER = 32


@dataclass(frozen=True, slots=True)
class BackOff:
    """Capped exponential back-off with full jitter, so that what fell together does not come back together.

    `base` and `cap` are seconds. Source: M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
    """

    base: float = 5.0
    cap: float = 300.0

    def ceiling(self, failures: int) -> float:
        """The longest wait, in seconds, after that many failures in a row (at least 1)."""
        return min(self.cap, self.base * 2.0 ** min(failures - 1, _LARGEST_POWER))

    def wait(self, failures: int, random: Random) -> float:
        """Seconds to wait after that many failures in a row."""
        return random.uniform(0.0, self.ceiling(failures))


@dataclass(frozen=True, slots=True)
class Retrying:
    """When a read is asked again within its call: up to `attempts` times, holding its caller up for `longest` seconds.

    A longer wait holds up no thread: after a broker's rate limit the connection rests, and whoever asked comes again.
    """

    attempts: int = 3
    longest: float = 5.0

    def wait(self, error: BrokerError, attempt: int, waited: float) -> float | None:
        """Seconds until a read that failed is asked again, by the error's remedy; None when it is not.

        `attempt` counts from 1, `waited` is how long it has held its caller up. Each wait is twice the one before it.
        """
        remedy = REMEDIES[error.code]
        if Act.RETRY not in remedy.acts or attempt >= self.attempts:
            return None
        wait = remedy.wait_seconds * 2.0 ** (attempt - 1)
        return wait if waited + wait <= self.longest else None

"""How a connection stands, and when it is tried next: values, made anew by each thing that happens."""

from dataclasses import dataclass
from datetime import datetime

from trenddojo.brokers.errors import REMEDIES, Act, BrokerError, BrokerErrorCode
from trenddojo.brokers.types import ConnectionStatus

NOT_WELL = "The broker does not answer as it should."


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of a connection; `code` says what is wrong with one that is not well.

    `due` is the monotonic second from which a connection that is not well may be tried again; None where it is
    well, or where it waits for a person. `failures` counts the tries in a row that did not help.

    `is_suspect`: a call of somebody's found it not well, and the next one that succeeds clears it.
    """

    status: ConnectionStatus
    code: BrokerErrorCode | None = None
    failures: int = 0
    due: float | None = None
    is_suspect: bool = False

    @property
    def is_well(self) -> bool:
        """Whether it is connected and answers as it should."""
        return self.status.is_connected and self.status.is_healthy

    @property
    def waits_for_person(self) -> bool:
        """Whether nothing is tried until somebody has renewed the credentials."""
        return not self.is_well and self.due is None


def needs_person(error: BrokerError) -> bool:
    """Whether these credentials are of no more use."""
    return Act.REAUTHENTICATE in REMEDIES[error.code].acts


def well(before: Standing | None, at: datetime) -> Standing:
    """Connected, and it answers as it should."""
    return Standing(_status(before, at, connected=True, error=None))


def unwell(before: Standing | None, found: ConnectionStatus, failures: int, due: float) -> Standing:
    """Just connected, and the broker says that all is not as it should be."""
    status = _status(before, found.since, connected=found.is_connected, error=found.error or NOT_WELL)
    return Standing(status, BrokerErrorCode.CONNECTION_FAILED, failures, due)


def down(before: Standing | None, at: datetime, error: BrokerError, failures: int, due: float | None) -> Standing:
    """Not connected: trying failed, or a call found that these credentials are of no more use (`due` None)."""
    return Standing(_status(before, at, connected=False, error=error.message), error.code, failures, due)


def suspect(before: Standing | None, at: datetime, message: str, code: BrokerErrorCode, due: float) -> Standing:
    """A call found it not well."""
    failures = before.failures if before else 0
    status = _status(before, at, connected=before is not None and before.status.is_connected, error=message)
    return Standing(status, code, failures, due, is_suspect=True)


def _status(before: Standing | None, at: datetime, *, connected: bool, error: str | None) -> ConnectionStatus:
    """Since `at`, or since longer where it was so before."""
    was = before.status if before else None
    is_same = was is not None and (was.is_connected, was.is_healthy) == (connected, error is None)
    since = was.since if was is not None and is_same else at
    return ConnectionStatus(is_connected=connected, is_healthy=error is None, error=error, since=since)

"""One connection as the manager holds it: a client used by one thread at a time, its limits, and how it stands."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import partial
from threading import Lock

from trenddojo.brokers import standing
from trenddojo.brokers.base import BrokerClient
from trenddojo.brokers.errors import REMEDIES, Act, BrokerError, BrokerErrorCode
from trenddojo.brokers.limits import Limits
from trenddojo.brokers.ports import Link, Ports, Purpose, Withheld
from trenddojo.brokers.spec import BrokerSpec, Endpoint, RateLimits
from trenddojo.brokers.standing import Standing
from trenddojo.brokers.telling import Telling
from trenddojo.brokers.tools import Tools
from trenddojo.brokers.types import ConnectionStatus
from trenddojo.domain.terms import Mode

NO_LIMITS = RateLimits(otherwise=1_000_000)
"""Of mock mode, where there is nobody to spare."""
NOT_OURS = "Another process of TrendDojo talks to the brokers."
_BUG = "Something went wrong in TrendDojo while it talked to the broker. It is logged."


class Connection:
    """A connection of one person's to one broker.

    Everything about the client happens while the lock is held; what there is to tell is told after it is released.
    Credentials are asked for when a client is built, and live as long as it does.
    """

    def __init__(self, link: Link, spec: BrokerSpec, ports: Ports, tools: Tools) -> None:
        self.link, self.spec, self.ports, self.tools = link, spec, ports, tools
        self._limits = Limits(spec if link.mode is not Mode.MOCK else replace(spec, limits=NO_LIMITS), tools.monotonic)
        self._lock = Lock()
        self._client: BrokerClient | None = None
        self._standing: Standing | None = None
        self._telling = Telling(ports, tools)
        self._is_ending = False
        self._used_at = tools.monotonic()

    @property
    def standing(self) -> Standing | None:
        """How it stands, None while nothing is held."""
        return self._standing

    @property
    def client(self) -> BrokerClient | None:
        """The client as it is, for whoever only looks at it."""
        return self._client

    @property
    def idle_seconds(self) -> float:
        """How long nobody but the monitor has used it."""
        return self.tools.monotonic() - self._used_at

    def permit(self, purpose: Purpose) -> None:
        """Raises Withheld where this process or the mode may not be used for `purpose` now."""
        if not self.ports.owns():
            raise self._withheld(NOT_OURS, BrokerErrorCode.CONNECTION_FAILED, reason="not_owner")
        if sentence := self.ports.allows(self.link, purpose):
            code = BrokerErrorCode.CONNECTION_FAILED if purpose is Purpose.READ else BrokerErrorCode.ORDER_REJECTED
            raise self._withheld(sentence, code, reason="not_allowed")

    @contextmanager
    def used(self, purpose: Purpose, endpoint: Endpoint | None, account_id: str | None) -> Iterator[BrokerClient]:
        """The connected client of an account, to ask it one thing; `endpoint` is None where that sends nothing.

        Raises Withheld where the connection is busy, cannot be connected, does not serve the account, or has no place
        in its limits. What a BrokerError means for the connection is applied; telling of it is left to the caller.
        """
        self._used_at = self.tools.monotonic()
        with self._held(self.tools.patience):
            client = self._ready(purpose, account_id)
            if endpoint is not None:
                self._limits.enter(endpoint, purpose)
            try:
                yield client
            except BrokerError as error:
                self._met(error)
                raise
            if endpoint is not None:
                self._answered(client)

    def open(self) -> tuple[str, ...]:
        """Build a new client with the credentials of now and connect it; answers the ids of its accounts.

        The old client goes even where it is busy and this raises. Raises BrokerError.
        """
        self._is_ending = True
        with self._held(self.tools.patience):
            self._let_go()
            self._signed_in(Purpose.READ)
        with self.used(Purpose.READ, None, None) as client:
            return client.list_accounts()

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Leave the broker to another client within; afterwards ours is connected again, if it was.

        Raises Withheld where the connection is busy.
        """
        with self._held(self.tools.patience):
            client = self._client
            if client is None or not client.is_connected:
                yield
                return
            try:
                with suppress(BrokerError):
                    client.disconnect()
                yield
            finally:
                with suppress(BrokerError):
                    self._connected_anew()

    def drop(self) -> None:
        """Let go of the client and its credentials, as soon as nobody is using it."""
        self._is_ending = True
        self._end_if_asked()

    def look(self) -> None:
        """The monitor's look: how does it stand, and has its turn come to be connected anew?

        What is busy is left for the next time; what may not be used is not held either. Raises no BrokerError.
        """
        if not self.ports.owns():
            self.drop()
        elif sentence := self.ports.allows(self.link, Purpose.READ):
            self.drop()
            self._telling.tell_shut(self.link, sentence)
        else:
            with suppress(BrokerError), self._held(0.0):
                self._telling.anew()
                self._examine()

    def report(self, error: BrokerError, what: str) -> None:
        """Tell of an error that a call met."""
        self.ports.on_fault(self.link, error, what)

    # ---- with the lock held

    def _ready(self, purpose: Purpose, account_id: str | None) -> BrokerClient:
        """Whatever goes wrong here, for who asks it is certain that nothing of theirs was sent."""
        try:
            client = self._connected(purpose)
            return client if account_id is None else client.for_account(account_id)
        except Withheld:
            raise
        except BrokerError as error:
            refusal = Withheld(error.message, error.code, error.broker, error.details)
        raise refusal

    def _connected(self, purpose: Purpose) -> BrokerClient:
        if self._client is not None and self._client.is_connected:
            return self._client
        self._require_turn(purpose)
        return self._signed_in(purpose)

    def _require_turn(self, purpose: Purpose) -> None:
        """Only the monitor and reads wait for their turn: an order or a cancel is worth a try at once."""
        now, stands = self.tools.monotonic(), self._standing
        if stands is None or stands.code is None:
            return
        told = stands.status.error or ""
        if stands.due is None:
            raise self._withheld(told, stands.code, reason="sign_in_due")
        if purpose is Purpose.READ and now < stands.due:
            raise self._withheld(told, stands.code, reason="waiting")

    def _signed_in(self, purpose: Purpose) -> BrokerClient:
        self._limits.enter(Endpoint.ACCOUNT, purpose)
        return self._connected_anew()

    def _connected_anew(self) -> BrokerClient:
        try:
            client = self._client = self._client or self._built()
            with suppress(BrokerError):
                client.disconnect()
            client.connect()
        except BrokerError as error:
            self._fell(error)
            self._telling.note(error, "connecting")
            raise
        self._greet(client.get_connection_status())
        client.subscribe_to_order_events(partial(self.ports.on_event, self.link))
        return client

    def _built(self) -> BrokerClient:
        ports, key = self.ports, self.link.connection_id
        return self.tools.client(
            self.spec,
            self.link,
            credentials=ports.secrets(key),
            ledger=ports.ledger(key),
            tokens=ports.tokens(key),
        )

    def _greet(self, found: ConnectionStatus) -> None:
        if found.is_connected and found.is_healthy:
            self._standing = standing.well(self._standing, self.tools.clock())
        else:
            failures, due = self._another_failure()
            self._standing = standing.unwell(self._standing, found, failures, due)

    def _fell(self, error: BrokerError) -> None:
        failures, due = self._another_failure()
        is_over = standing.needs_person(error)
        if is_over:
            self._discard()
        self._standing = standing.down(self._standing, self.tools.clock(), error, failures, None if is_over else due)

    def _another_failure(self) -> tuple[int, float]:
        failures = (self._standing.failures if self._standing else 0) + 1
        return failures, self.tools.monotonic() + self.tools.backoff.wait(failures, self.tools.random)

    def _met(self, error: BrokerError) -> None:
        if standing.needs_person(error):
            self._fell(error)
        elif Act.RECONNECT in REMEDIES[error.code].acts:
            self._suspect(error.message, error.code)
        elif error.code is BrokerErrorCode.RATE_LIMIT_EXCEEDED:
            told = error.details.get("retry_after", "")
            self._limits.rest(float(told) if told.isdecimal() else REMEDIES[error.code].wait_seconds)

    def _suspect(self, message: str, code: BrokerErrorCode) -> None:
        now = self.tools.clock()
        self._standing = standing.suspect(self._standing, now, message, code, self.tools.monotonic())

    def _answered(self, client: BrokerClient) -> None:
        if (told := client.told_limit) is not None:
            self._limits.told(told)
        if self._standing is not None and self._standing.is_suspect:
            self._standing = standing.well(self._standing, self.tools.clock())

    def _examine(self) -> None:
        """A connection that is not well is connected anew when its turn has come, one that is well is asked."""
        client, before = self._client, self._standing
        if before is not None and before.waits_for_person:
            return
        if client is None or before is None or not before.is_well:
            self._require_turn(Purpose.READ)
            self._signed_in(Purpose.READ)
            return
        self._limits.enter(Endpoint.ACCOUNT, Purpose.READ)
        found = client.get_connection_status()
        if not (found.is_connected and found.is_healthy):
            self._suspect(found.error or standing.NOT_WELL, BrokerErrorCode.CONNECTION_FAILED)
            self._signed_in(Purpose.READ)

    def _let_go(self) -> None:
        self._is_ending = False
        self._standing = None
        self._telling.anew()
        self._discard()

    def _discard(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            with suppress(BrokerError):
                client.disconnect()

    # ---- around the lock

    @contextmanager
    def _held(self, patience: float) -> Iterator[None]:
        if not self._lock.acquire(timeout=patience):
            message = f"{self.spec.label} is still answering another request of this connection."
            raise self._withheld(message, BrokerErrorCode.TIMEOUT, reason="busy")
        try:
            with self._proven():
                yield
        finally:
            self._lock.release()
            self._end_if_asked()
            self._telling.tell(self.link, self._standing)

    @contextmanager
    def _proven(self) -> Iterator[None]:
        """Whatever leaves here and is no BrokerError is a bug: it goes on its way, and the connection is suspect."""
        is_proven = False
        try:
            yield
            is_proven = True
        except BrokerError:
            is_proven = True
            raise
        finally:
            if not is_proven:
                self._suspect(_BUG, BrokerErrorCode.UNKNOWN)

    def _end_if_asked(self) -> None:
        while self._is_ending and self._lock.acquire(blocking=False):
            try:
                self._let_go()
            finally:
                self._lock.release()

    def _withheld(self, message: str, code: BrokerErrorCode, *, reason: str) -> Withheld:
        return Withheld(message, code, self.link.broker, {"reason": reason})

"""The one way to a broker over HTTP: only to the hosts of the mode, never sending anything twice, telling no secret."""

from collections.abc import Callable, Collection, Mapping
from http import HTTPStatus
from typing import Any, NoReturn
from urllib.parse import urlsplit

from requests import ConnectTimeout, PreparedRequest, ReadTimeout, Request, RequestException, Session
from requests.adapters import HTTPAdapter
from urllib3.exceptions import NewConnectionError, ReadTimeoutError

from trenddojo.brokers.answers import Answer, read
from trenddojo.brokers.errors import BrokerError, BrokerErrorCode, NotSent, OutcomeUnknown

__all__ = ["LOOPBACK", "TIMEOUTS", "Answer", "Wire", "session"]

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
TIMEOUTS = (3.05, 10.0)
"""Seconds to wait for the connection, and for each part of the answer."""
_READ_WAITS = (0.25, 0.5)
"""Seconds before a read is asked again, one for each time."""
_LONGEST_PAUSE = 5.0
"""A read waits here for a broker that names a time up to this, in seconds; longer ones are for the caller to wait."""
_ASKED_AGAIN = {BrokerErrorCode.CONNECTION_FAILED, BrokerErrorCode.API_ERROR}
_LONGEST_PLACE = 120


def session() -> Session:
    """A session that does nothing by itself: no retries, nothing from the environment."""
    made = Session()
    made.trust_env = False
    for scheme in ("https://", "http://"):
        made.mount(scheme, HTTPAdapter(max_retries=0))
    return made


class Wire:
    """A client's one HTTP session. Not thread-safe, as clients are not.

    `hosts` are the only ones that it reaches. `headers` go with every request and are told to nobody. `hidden` are
    secrets, struck out of a refusal's text should the broker repeat them. `timeouts` are seconds (connect, read).
    Raises ValueError for a transport that sends again by itself.
    """

    def __init__(
        self,
        broker: str,
        label: str,
        hosts: Collection[str],
        transport: Callable[[], Session],
        *,
        sleep: Callable[[float], None],
        headers: Mapping[str, str] | None = None,
        hidden: Collection[str] = (),
        timeouts: tuple[float, float] = TIMEOUTS,
    ) -> None:
        self._broker, self._label, self._hosts, self._sleep = broker, label, frozenset(hosts), sleep
        self._headers, self._hidden, self._timeouts = dict(headers or {}), tuple(filter(None, hidden)), timeouts
        self._session = transport()
        self._session.trust_env = False
        if any(one.max_retries.total for one in self._session.adapters.values() if isinstance(one, HTTPAdapter)):
            raise ValueError("A broker's transport must not send again by itself.")

    def __repr__(self) -> str:
        return f"Wire({self._broker}: {', '.join(sorted(self._hosts))})"

    def close(self) -> None:
        """Let go of open connections."""
        self._session.close()

    def get(
        self, url: str, params: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Ask; after a lost connection, a 5xx, or a 429 that soon passes, up to twice more.

        Raises NotSent (CONNECTION_FAILED, RATE_LIMIT_EXCEEDED, UNKNOWN for a request that must or can not be made),
        and BrokerError (TIMEOUT, CONNECTION_FAILED, API_ERROR).
        """
        request = self._request("GET", url, headers, params=params)
        for wait in _READ_WAITS:
            try:
                return self._exchange(request, changes=False)
            except BrokerError as error:
                pause = _pause(error, wait)
                if pause is None:
                    raise
            self._sleep(pause)
        return self._exchange(request, changes=False)

    def send(
        self,
        method: str,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        data: object = None,
        form: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send `data` as JSON, or `form`, exactly once.

        Raises NotSent as `get` does, where nothing was done, and OutcomeUnknown (TIMEOUT, API_ERROR) where something
        may have been.
        """
        return self._exchange(self._request(method, url, headers, params=params, json=data, data=form), changes=True)

    def _request(self, method: str, url: str, headers: Mapping[str, str] | None, **parts: Any) -> Request:
        return Request(method, url, headers={**self._headers, **(headers or {})}, **parts)

    def _exchange(self, request: Request, *, changes: bool) -> Answer:
        prepared = self._prepared(request)
        place = _place(prepared)
        try:
            response = self._session.send(prepared, timeout=self._timeouts, allow_redirects=False)
        except RequestException as error:
            lost = self._lost(error, place, changes=changes)
        else:
            return self._judged(read(response, self._hidden), place, changes=changes)
        raise lost  # out here, so that it leads to no exception that holds the request

    def _prepared(self, request: Request) -> PreparedRequest:
        prepared = self._encoded(request)
        if prepared is None:
            self._refuse(f"An address or a key for {self._label} has a character that cannot be sent.")
        self._require_host(prepared)
        return prepared

    def _encoded(self, request: Request) -> PreparedRequest | None:
        """The request as it goes out; None where a text in it cannot, which is not told because it may be a secret."""
        try:
            prepared = self._session.prepare_request(request)
            for value in prepared.headers.values():
                value.encode("latin-1")
        except (RequestException, UnicodeEncodeError):
            return None
        return prepared

    def _require_host(self, prepared: PreparedRequest) -> None:
        """The last step before the wire: the address is one of the mode's, and nobody can read along."""
        parts = urlsplit(prepared.url or "")
        is_private = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)
        if not is_private or parts.hostname not in self._hosts or parts.username is not None:
            self._refuse(f"{self._label} is not reached at {parts.scheme}://{parts.hostname} in this mode.")

    def _refuse(self, message: str) -> NoReturn:
        raise NotSent(f"{message} Nothing was sent.", BrokerErrorCode.UNKNOWN, self._broker)

    def _lost(self, error: RequestException, place: str, *, changes: bool) -> BrokerError:
        if isinstance(error, ConnectTimeout) or _holds(error, NewConnectionError):
            message = f"{self._label} cannot be reached ({place})."
            return NotSent(message, BrokerErrorCode.CONNECTION_FAILED, self._broker)
        if isinstance(error, ReadTimeout) or _holds(error, ReadTimeoutError):
            return self._open(f"{self._label} did not answer in time ({place}).", BrokerErrorCode.TIMEOUT, changes)
        code = BrokerErrorCode.API_ERROR if changes else BrokerErrorCode.CONNECTION_FAILED
        return self._open(f"The connection to {self._label} was lost ({place}).", code, changes)

    def _judged(self, answer: Answer, place: str, *, changes: bool) -> Answer:
        if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
            message = f"{self._label} takes no more requests for the moment ({place})."
            raise NotSent(message, BrokerErrorCode.RATE_LIMIT_EXCEEDED, self._broker, answer.details)
        if _is_no_answer(answer):
            message = f"{self._label} gave no usable answer ({answer.status}, {place})."
            raise self._open(message, BrokerErrorCode.API_ERROR, changes, answer.details)
        return answer

    def _open(
        self, message: str, code: BrokerErrorCode, changes: bool, details: Mapping[str, str] | None = None
    ) -> BrokerError:
        kind = OutcomeUnknown if changes else BrokerError
        return kind(message, code, self._broker, details)


def _is_no_answer(answer: Answer) -> bool:
    """Whether it proves neither success nor refusal: a redirect, a server's own trouble, a success cut short."""
    status = answer.status
    is_redirect = HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST
    is_trouble = status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.REQUEST_TIMEOUT
    return is_redirect or is_trouble or (answer.is_success and not answer.is_whole)


def _pause(error: BrokerError, wait: float) -> float | None:
    """Seconds until a read is asked again; None where that is not for the wire to do."""
    if error.code in _ASKED_AGAIN:
        return wait
    told = error.details.get("retry_after")
    if error.code is BrokerErrorCode.RATE_LIMIT_EXCEEDED and told is not None and float(told) <= _LONGEST_PAUSE:
        return max(wait, float(told))
    return None


def _holds(error: BaseException, kind: type[BaseException]) -> bool:
    """Whether an exception of this kind lies within what `error` was made from."""
    within = [*error.args, getattr(error, "reason", None)]
    return isinstance(error, kind) or any(_holds(one, kind) for one in within if isinstance(one, BaseException))


def _place(prepared: PreparedRequest) -> str:
    """Host and path, without the query."""
    parts = urlsplit(prepared.url or "")
    return f"{parts.netloc}{parts.path}"[:_LONGEST_PLACE]

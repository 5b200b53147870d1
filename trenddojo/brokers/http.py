"""The one way to a broker over HTTP: only to the hosts of the mode, never sending anything twice, telling no secret."""

import time
from collections.abc import Callable, Collection, Mapping
from http import HTTPStatus
from random import Random
from typing import Any, NoReturn, TypeVar
from urllib.parse import urlsplit

from msgspec.json import Decoder
from requests import ConnectTimeout, PreparedRequest, ReadTimeout, RequestException, Response, Session
from requests.adapters import HTTPAdapter
from requests.exceptions import ContentDecodingError
from urllib3.exceptions import HTTPError, NewConnectionError, ReadTimeoutError

from trenddojo.brokers.answers import UNTYPED, Answer, read
from trenddojo.brokers.errors import BrokerError, BrokerErrorCode, NotSent, OutcomeUnknown
from trenddojo.brokers.hosts import LOOPBACK
from trenddojo.brokers.outgoing import check, outgoing

__all__ = ["TIMEOUTS", "Answer", "Wire", "session"]

TIMEOUTS = (3.05, 10.0)
"""Seconds to wait for the connection, and for each part of the answer."""
LONGEST = 30.0
"""Seconds within which an answer has to be whole, however it drips."""
_READ_WAITS = (0.25, 0.5)
"""Seconds before a read is asked again, one for each time, less up to a half by chance."""
_LONGEST_PAUSE = 5.0
"""A read waits here for a broker that names a time up to this, in seconds; longer ones are for the caller to wait."""
_ASKED_AGAIN = {BrokerErrorCode.CONNECTION_FAILED, BrokerErrorCode.API_ERROR}
_LONGEST_PLACE = 120
_PART = 1 << 18
"""The most bytes of an answer that are taken at once."""

T = TypeVar("T")


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
    secrets, struck out of a refusal's text should the broker repeat them. `timeouts` are seconds (connect, read), and
    `monotonic` tells them: an answer has `LONGEST` to be whole.
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
        random: Random | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._broker, self._label, self._hosts, self._sleep = broker, label, frozenset(hosts), sleep
        self._hidden, self._timeouts, self._random = tuple(filter(None, hidden)), timeouts, random or Random()
        self._monotonic, self._longest = monotonic, LONGEST
        self._session = transport()
        usual = {name: str(value) for name, value in self._session.headers.items()}
        self._headers = {**usual, **(headers or {})}
        self._session.trust_env = False
        if any(one.max_retries.total for one in self._session.adapters.values() if isinstance(one, HTTPAdapter)):
            raise ValueError("A broker's transport must not send again by itself.")

    def __repr__(self) -> str:
        return f"Wire({self._broker}: {', '.join(sorted(self._hosts))})"

    def hide(self, text: str) -> None:
        """Strike this out of refusals too: a number that the broker has told and nobody is to read in an error."""
        self._hidden = (*self._hidden, text) if text and text not in self._hidden else self._hidden

    def close(self) -> None:
        """Let go of open connections."""
        self._session.close()

    def get(
        self,
        url: str,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        *,
        into: Decoder[T] = UNTYPED,
    ) -> Answer[T]:
        """Ask, and read the answer by `into`; after a lost connection, a 5xx, or a 429 that soon passes, up to twice
        more.

        Raises NotSent (CONNECTION_FAILED, RATE_LIMIT_EXCEEDED, UNKNOWN for a request that must or can not be made),
        and BrokerError (TIMEOUT, CONNECTION_FAILED, API_ERROR).
        """
        request = self._request("GET", url, headers, params=params)
        for wait in _READ_WAITS:
            try:
                return self._exchange(request, into, changes=False)
            except BrokerError as error:
                pause = _pause(error, wait * self._random.uniform(0.5, 1.0))
                if pause is None:
                    raise
            self._sleep(pause)
        return self._exchange(request, into, changes=False)

    def send(
        self,
        method: str,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        data: object = None,
        form: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        into: Decoder[T] = UNTYPED,
    ) -> Answer[T]:
        """Send `data` as JSON, or `form`, exactly once.

        Raises NotSent as `get` does, where nothing was done, and OutcomeUnknown (TIMEOUT, API_ERROR) where something
        may have been.
        """
        request = self._request(method, url, headers, params=params, data=data, form=form)
        return self._exchange(request, into, changes=True)

    def _request(self, method: str, url: str, headers: Mapping[str, str] | None, **parts: Any) -> PreparedRequest:
        prepared = self._encoded(method, url, {**self._headers, **(headers or {})}, **parts)
        if prepared is None:
            self._refuse(f"An address or a key for {self._label} has a character that cannot be sent.")
        return prepared

    def _exchange(self, prepared: PreparedRequest, into: Decoder[T], *, changes: bool) -> Answer[T]:
        self._require_host(prepared)
        place = _place(prepared)
        try:
            answer = read(*self._sent(prepared), self._hidden, into)
        except (RequestException, HTTPError) as error:
            lost = self._lost(error, place, changes=changes)
        else:
            return self._judged(answer, place, changes=changes)
        raise lost  # out here, so that it leads to no exception that holds the request

    def _sent(self, prepared: PreparedRequest) -> tuple[Response, bytes]:
        """Send it, and take the whole answer. Raises RequestException or urllib3's HTTPError where that fails.

        Through the adapter itself: a session would also keep cookies and look where redirects lead. The body is taken
        as it comes, because the time limit of a socket begins anew with each byte of one that drips.
        """
        until = self._monotonic() + self._longest
        adapter = self._session.get_adapter(prepared.url or "")
        parts = []
        with adapter.send(prepared, stream=True, timeout=self._timeouts) as response:
            while part := response.raw.read1(_PART, decode_content=True):
                parts.append(part)
                if self._monotonic() > until:
                    raise ReadTimeout(f"no whole answer within {self._longest:g} s")
            if response.raw.length_remaining:
                raise ContentDecodingError("the answer was cut short")
        return response, b"".join(parts)

    def _encoded(self, method: str, url: str, headers: Mapping[str, str], **parts: Any) -> PreparedRequest | None:
        """The request as it goes out; None where a text in it cannot, which is not told because it may be a secret."""
        try:
            check(headers)
            return outgoing(method, url, headers, **parts)
        except (RequestException, UnicodeEncodeError):
            return None

    def _require_host(self, prepared: PreparedRequest) -> None:
        """The last step before the wire: the address is one of the mode's, and nobody can read along."""
        parts = urlsplit(prepared.url or "")
        is_private = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)
        if not is_private or parts.hostname not in self._hosts or parts.username is not None:
            self._refuse(f"{self._label} is not reached at {parts.scheme}://{parts.hostname} in this mode.")

    def _refuse(self, message: str) -> NoReturn:
        raise NotSent(f"{message} Nothing was sent.", BrokerErrorCode.UNKNOWN, self._broker)

    def _lost(self, error: RequestException | HTTPError, place: str, *, changes: bool) -> BrokerError:
        if isinstance(error, ConnectTimeout) or _holds(error, NewConnectionError):
            message = f"{self._label} cannot be reached ({place})."
            return NotSent(message, BrokerErrorCode.CONNECTION_FAILED, self._broker)
        if isinstance(error, ReadTimeout) or _holds(error, ReadTimeoutError):
            return self._open(f"{self._label} did not answer in time ({place}).", BrokerErrorCode.TIMEOUT, changes)
        code = BrokerErrorCode.API_ERROR if changes else BrokerErrorCode.CONNECTION_FAILED
        return self._open(f"The connection to {self._label} was lost ({place}).", code, changes)

    def _judged(self, answer: Answer[T], place: str, *, changes: bool) -> Answer[T]:
        if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
            message = f"{self._label} takes no more requests for the moment ({place})."
            raise NotSent(message, BrokerErrorCode.RATE_LIMIT_EXCEEDED, self._broker, answer.details)
        if _is_no_answer(answer):
            message = f"{self._label} gave no usable answer ({answer.status}, {place})."
            raise self._open(message, BrokerErrorCode.API_ERROR, changes, answer.details)
        if answer.is_success and answer.misfit:
            message = f"{self._label} answered in a form that is not known ({place}): {answer.misfit}"
            raise self._open(message, BrokerErrorCode.API_ERROR, changes, answer.details)
        return answer

    def _open(
        self, message: str, code: BrokerErrorCode, changes: bool, details: Mapping[str, str] | None = None
    ) -> BrokerError:
        kind = OutcomeUnknown if changes else BrokerError
        return kind(message, code, self._broker, details)


def _is_no_answer(answer: Answer[Any]) -> bool:
    """Whether it proves neither success nor refusal: a redirect, a server's own trouble, a success cut short."""
    status = answer.status
    is_redirect = HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST
    is_trouble = status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.REQUEST_TIMEOUT
    return is_redirect or is_trouble or (answer.is_success and not answer.is_whole)


def _pause(error: BrokerError, wait: float) -> float | None:
    """Seconds until a read is asked again; None where that is not for the wire to do."""
    if error.code in _ASKED_AGAIN:
        return None if "misfit" in error.details else wait  # it would be the same the next time
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

"""Whether keys and account are those of the connection's mode: told apart before anything is sent, and by the account.

A key id begins with PK in paper trading and AK in live, a paper account's number with PA; a live one's is nine digits.
Both are habits of Alpaca's and no contract, so only what is surely of the other environment is refused.
"""

import re

from trenddojo.brokers.errors import BrokerError, BrokerErrorCode, NotSent
from trenddojo.domain.terms import Mode

KEY, SECRET = "api_key", "secret_key"
"""The names of the fields of the connect form."""
_KEYS = {Mode.PAPER: "PK", Mode.LIVE: "AK"}
_NUMBERS = {Mode.PAPER: r"PA\w*", Mode.LIVE: r"\d{9}"}
_OTHER = {Mode.PAPER: Mode.LIVE, Mode.LIVE: Mode.PAPER}


def require_keys(key: str, secret: str, mode: Mode, broker: str) -> None:
    """Raises NotSent (AUTHENTICATION_FAILED) where a key is missing or surely of the other environment."""
    if not key or not secret:
        raise NotSent("Alpaca's API key or its secret is missing.", BrokerErrorCode.AUTHENTICATION_FAILED, broker)
    other = _OTHER[mode]
    if key.startswith(_KEYS[other]):
        message = f"This key begins with {_KEYS[other]}: it is one for {other} trading, and the connection is {mode}."
        raise NotSent(message, BrokerErrorCode.AUTHENTICATION_FAILED, broker, {"reason": "other_environment"})


def require_environment(account_number: str, mode: Mode, broker: str) -> None:
    """Raises BrokerError (AUTHENTICATION_FAILED) where the account is surely of the other environment."""
    other = _OTHER[mode]
    if re.fullmatch(_NUMBERS[other], account_number):
        message = f"These keys open an account for {other} trading, and the connection is {mode}."
        raise BrokerError(message, BrokerErrorCode.AUTHENTICATION_FAILED, broker, {"reason": "other_environment"})

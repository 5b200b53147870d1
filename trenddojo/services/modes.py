"""What a connection's mode allows: the one place that knows the server's switches and the lock."""

from collections.abc import Callable
from typing import cast

from flask import current_app, has_request_context

from trenddojo.brokers.manager import Purpose
from trenddojo.config import Config
from trenddojo.domain.terms import Mode

INTEGRATIONS_OFF = "Broker connections are off on this server. Set ENABLE_BROKER_INTEGRATIONS=true to allow them."
LIVE_OFF = "Live trading is off on this server. Set ENABLE_LIVE_TRADING=true to allow it."
LOCKED = "Live trading is locked. Unlock it with your password first."

EXTENSION = "trading_unlocked"
"""Where the application keeps what tells whether the person of the present request has unlocked live trading."""


def allowed(config: Config, mode: Mode, purpose: Purpose, unlocked: bool) -> str:
    """Why `purpose` is not allowed in `mode`, as a sentence; empty where it is.

    The simulated exchange needs nothing. The lock holds back new live risk only: reading, cancelling and reducing stay
    possible, so that nobody is locked into a position.
    """
    if mode is Mode.MOCK:
        return ""
    if not config.enable_broker_integrations:
        return INTEGRATIONS_OFF
    if mode is Mode.LIVE and not config.enable_live_trading:
        return LIVE_OFF
    if mode is Mode.LIVE and purpose is Purpose.TRADE and not unlocked:
        return LOCKED
    return ""


def is_unlocked() -> bool:
    """Whether the person of this request has unlocked live trading; never so outside of one, as in a job."""
    return has_request_context() and cast(Callable[[], bool], current_app.extensions[EXTENSION])()

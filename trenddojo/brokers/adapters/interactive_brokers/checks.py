"""What is looked at before something is sent, and what it means for the sending that something else goes wrong."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal

from trenddojo.brokers.adapters.interactive_brokers.codes import NAME
from trenddojo.brokers.errors import BrokerError, BrokerErrorCode, NotSent, OutcomeUnknown, is_unknown
from trenddojo.brokers.validation import INVALID_QUANTITY
from trenddojo.domain.orders import OrderRequest, OrderUpdate


@contextmanager
def unsent() -> Iterator[None]:
    """Within, nothing is sent: a question that fails raises NotSent, and a refusal what it is."""
    try:
        yield
    except BrokerError as error:
        if not is_unknown(error):
            raise
        raise NotSent(error.message, error.code, error.broker, error.details) from None


@contextmanager
def sent() -> Iterator[None]:
    """Within, something has been sent: an answer that cannot be put together raises OutcomeUnknown."""
    try:
        yield
    except BrokerError as error:
        raise OutcomeUnknown(error.message, BrokerErrorCode.API_ERROR, error.broker, error.details) from None


def off_grid(request: OrderRequest, tick: Decimal | None) -> Mapping[str, str]:
    """A sentence for each field with a price that is none of its instrument's, `tick` being the least step."""
    if tick is None:
        return {}
    sentence = f"Prices of {request.symbol} go in steps of {tick.normalize():f}."
    return {field: sentence for field, price in _prices(request) if price is not None and price % tick}


def require_none(errors: Mapping[str, str]) -> None:
    """Raises BrokerError (ORDER_REJECTED) for the first field that has one."""
    for field, sentence in errors.items():
        raise BrokerError(sentence, BrokerErrorCode.ORDER_REJECTED, NAME, {"field": field})


def require_quantity(update: OrderUpdate) -> None:
    """Raises BrokerError (ORDER_REJECTED) for a change to nothing, or to less."""
    if update.quantity is not None and update.quantity <= 0:
        require_none({"quantity": INVALID_QUANTITY})


def _prices(request: OrderRequest) -> Iterator[tuple[str, Decimal | None]]:
    """Every price of an order and of its exits, by the field that it is told of."""
    yield "limit_price", request.limit_price
    yield "stop_price", request.stop_price
    if request.stop_loss is not None:
        yield "stop_loss", request.stop_loss.stop_price
        yield "stop_loss", request.stop_loss.limit_price
    if request.take_profit is not None:
        yield "take_profit", request.take_profit.limit_price

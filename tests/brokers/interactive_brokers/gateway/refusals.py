"""What the gateway answers instead of doing something: a code and a sentence.

The codes are those of IBKR's "TWS API Message Codes"; the sentences are as they appear in logs.
"""

from decimal import Decimal


class Refusal(Exception):
    """An error message about one request or order."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(f"{code}: {text}")
        self.code = code
        self.text = text


def malformed(why: str) -> Refusal:
    return Refusal(320, f"Error reading request. {why}")


def invalid(why: str) -> Refusal:
    return Refusal(321, f"Error validating request.-'bN' : cause - {why}")


def read_only() -> Refusal:
    return invalid("The API interface is currently in Read-Only mode.")


def no_definition() -> Refusal:
    return Refusal(200, "No security definition has been found for the request")


def ambiguous() -> Refusal:
    return Refusal(200, "The contract description specified for this order is ambiguous.")


def off_the_tick() -> Refusal:
    return Refusal(110, "The price does not conform to the minimum price variation for this contract.")


def duplicate() -> Refusal:
    return Refusal(103, "Duplicate order id")


def not_modifiable() -> Refusal:
    return Refusal(104, "Cannot modify a filled order.")


def mismatched() -> Refusal:
    return Refusal(105, "Order being modified does not match original order.")


def other_type() -> Refusal:
    return Refusal(329, "Order modify failed. Cannot change to the new order type.")


def no_such_order(order_id: int) -> Refusal:
    return Refusal(135, f"Can't find order with id ={order_id}")


def not_found(order_id: int) -> Refusal:
    return Refusal(10147, f"OrderId {order_id} that needs to be cancelled is not found.")


def not_cancellable(order_id: int, status: str) -> Refusal:
    return Refusal(10148, f"OrderId {order_id} that needs to be cancelled cannot be cancelled, state: {status}.")


def being_cancelled(perm_id: int) -> Refusal:
    return Refusal(161, f"Cancel attempted when order is not in a cancellable state.  Order permId ={perm_id}")


def rejected(why: str) -> Refusal:
    return Refusal(201, f"Order rejected - reason:{why}")


def too_dear(equity: Decimal, margin: Decimal) -> Refusal:
    return rejected(
        "YOUR ORDER IS NOT ACCEPTED. IN ORDER TO OBTAIN THE DESIRED POSITION YOUR EQUITY WITH LOAN VALUE "
        f"[{equity:.2f} USD] MUST EXCEED THE INITIAL MARGIN [{margin:.2f} USD]"
    )


def no_history(why: str) -> Refusal:
    return Refusal(162, f"Historical Market Data Service error message:{why}")

"""The TWS library that is installed: the only module that imports it, on the thread whose loop it is to use.

ib_insync is the declared one and no longer maintained; ib_async continues it with the same names, and the two cannot be
installed together. Of either only the protocol is used: its client, which speaks it, and its messages. What they make
of the messages differs, and loses facts that orders live by: both call an order cancelled after any error about it.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Any

_NAMES = ("ib_insync", "ib_async")


@dataclass(frozen=True, slots=True)
class Library:
    """What is used of it. `client` makes a protocol client for whoever hears its messages."""

    name: str
    client: Any
    contract: Any
    order: Any
    execution_filter: Any

    def a_contract(self, terms: Mapping[str, object]) -> Any:
        """A contract with these of its fields."""
        return self.contract(**terms)

    def an_order(self, terms: Mapping[str, object]) -> Any:
        """An order with these of its fields."""
        return self.order(**terms)


def load() -> Library:
    """The one that is installed. Call it where the loop of this thread has been set: ib_insync asks for it on import.

    Raises ModuleNotFoundError where neither is.
    """
    name = next((one for one in _NAMES if find_spec(one)), None)
    if name is None:
        raise ModuleNotFoundError(f"Interactive Brokers needs one of {' and '.join(_NAMES)}.")
    found = import_module(name)
    for one in (name, "eventkit"):
        logging.getLogger(one).setLevel(logging.CRITICAL)  # they log messages with account numbers in them
    return Library(name, found.Client, found.Contract, found.Order, found.ExecutionFilter)

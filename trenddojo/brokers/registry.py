"""The brokers that there are: a name leads to the module that holds its SPEC, imported when first asked for."""

from functools import cache
from importlib import import_module

from trenddojo.brokers.spec import BrokerSpec

ADAPTERS: dict[str, str] = {
    "simulated": "trenddojo.brokers.adapters.simulated",
    "alpaca": "trenddojo.brokers.adapters.alpaca",
    "interactive_brokers": "trenddojo.brokers.adapters.interactive_brokers",
    "schwab": "trenddojo.brokers.adapters.schwab",
}
"""One line a broker, in the order in which pages list them."""


class UnknownBroker(LookupError):
    """No broker has this name or alias."""


def specs() -> tuple[BrokerSpec, ...]:
    """Every broker, in order."""
    return tuple(_loaded(module) for module in ADAPTERS.values())


def spec_of(name: str) -> BrokerSpec:
    """The broker of this name or alias. Raises UnknownBroker."""
    if name in ADAPTERS:
        return _loaded(ADAPTERS[name])
    for spec in specs():
        if name in spec.aliases:
            return spec
    raise UnknownBroker(name)


@cache
def _loaded(module: str) -> BrokerSpec:
    found = import_module(module).SPEC
    if not isinstance(found, BrokerSpec):
        raise TypeError(f"{module}.SPEC must be a BrokerSpec")
    return found

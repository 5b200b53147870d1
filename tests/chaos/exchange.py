"""Toy's exchange as a process of its own: python -m tests.chaos.exchange --broker exchange --ledger FILE --token KEY"""

from tests.brokers.toy.stub import exchange_spec
from trenddojo.brokers.registry import ADAPTERS
from trenddojo.brokers.simulator import server

SPEC = exchange_spec()

if __name__ == "__main__":
    ADAPTERS["exchange"] = "tests.chaos.exchange"
    server.main()

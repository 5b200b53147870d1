"""The real application, which also knows Toy and spares nobody requests, as the chaos test serves it."""

from trenddojo.brokers.registry import ADAPTERS
from trenddojo.factory import create_app

ADAPTERS["toy"] = "tests.chaos.broker"
ADAPTERS["alpaca"] = "tests.chaos.alpaca"
ADAPTERS["interactive_brokers"] = "tests.chaos.interactive_brokers"
app = create_app()
app.config["RATELIMIT_ENABLED"] = False

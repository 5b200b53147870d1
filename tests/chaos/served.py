"""The real application, which also knows Toy, as the chaos test serves it."""

from trenddojo.brokers.registry import ADAPTERS
from trenddojo.factory import create_app

ADAPTERS["toy"] = "tests.chaos.broker"
app = create_app()
app.config["RATELIMIT_ENABLED"] = False

"""The application with one more broker, `benchmarks.remote`, and with request limits out of reach, at the real time."""

from trenddojo.brokers.registry import ADAPTERS
from trenddojo.config import from_environment
from trenddojo.factory import create_app

ADAPTERS["remote"] = "benchmarks.remote"
app = create_app(from_environment())
app.config["RATELIMIT_DEFAULT"] = "1000000 per minute"

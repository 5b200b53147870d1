"""The application with request limits out of reach and at the clock of the seeded data, for load."""

from benchmarks.seed import NOW
from trenddojo.config import from_environment
from trenddojo.factory import create_app

app = create_app(from_environment(), lambda: NOW)
app.config["RATELIMIT_DEFAULT"] = "1000000 per minute"

"""Whether pages are as fast while a gateway of Interactive Brokers hangs as they are without one.

Run: .venv/bin/python -m benchmarks.gateway
The real server, as it ships and begun anew for each turn, on copies of one database: without a connection; with one
whose gateway falls silent once it is connected, while jobs ask it about an order that works; and with one whose gateway
takes connections and never says a word. Each time 200 people ask for a page at once. What they wait for is the others
before them: the server draws one page after the other, and what waits for the gateway does so in threads of the jobs.
"""

import http.client
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from uuid import UUID, uuid4

from benchmarks.connections import ROOT, cookie_of, copied
from benchmarks.seed import fill
from tests.chaos.exchanges import Gateway, running
from tests.chaos.processes import Server, connected, free_port, until
from trenddojo.config import load
from trenddojo.domain.terms import TokenScope
from trenddojo.factory import create_app
from trenddojo.services.inputs import parse
from trenddojo.services.inputs.people import TokenInput
from trenddojo.services.tokens import create_token
from trenddojo.store.database import db
from trenddojo.store.models import User

PAGES = ("/", "/trades", "/orders", "/reports", "/pulse?seen=0")
AT_ONCE = 200
TURNS = 6
LIMIT = 1.25
TRADES = 1_000
APPLICATION = "benchmarks.connected:app"
NONE, SILENT, MUTE = "none", "silent", "mute"
TOLD = {NONE: "no connection", SILENT: "falls silent once connected", MUTE: "takes connections, says nothing"}


@dataclass
class Case:
    """A server, what is done before it starts and once it is warm, and what was measured, in milliseconds by turn.

    `hung` counts the turns that its gateway kept it waiting to the end.
    """

    server: Server
    before: Callable[[], object]
    after: Callable[[], object]
    turns: list[list[float]] = field(default_factory=list)
    hung: int = 0


def nothing() -> None:
    """Where nothing is to be done."""


def server_in(folder: Path) -> Server:
    """The server as it ships, with a database in `folder`, and with request limits out of reach."""
    folder.mkdir()
    server = Server(folder, free_port(), {}, APPLICATION)
    return Server(folder, server.port, {"THREADS": _default_threads(server)}, APPLICATION)


def _default_threads(server: Server) -> str:
    settings = server.environment()
    del settings["THREADS"]
    return str(load(settings, None).threads)


def furnished(server: Server) -> str:
    """A database with a year of trades of one person, and a token of theirs: returns a session's cookie."""
    settings = server.environment()
    subprocess.run([sys.executable, "-m", "trenddojo.migrate"], cwd=ROOT, env=settings, check=True)
    app = create_app(load(settings, None))
    user_id = fill(app, TRADES)
    with app.app_context():
        entered = parse(TokenInput, {"name": "bench", "scope": TokenScope.ADMIN, "key": uuid4().hex})
        server.token = create_token(db.session.get_one(User, user_id), entered, datetime.now(UTC))[1]
        db.session.commit()
        db.session.remove()
        db.engine.dispose()
    return cookie_of(app, user_id)


def resting(server: Server, account: str, price: Decimal) -> None:
    """An order that works: because of it the account is followed every few seconds."""
    plan = {
        "account_id": account, "symbol": "AAPL", "direction": "long", "quantity": "1",
        "entry": f"{price * Decimal('0.90'):.2f}", "stop": f"{price * Decimal('0.85'):.2f}",
    }  # fmt: skip
    trade = server.call("POST", "/trades", plan).json()["id"]
    sent = server.call("POST", f"/trades/{trade}/orders", {"type": "limit"}, **{"Idempotency-Key": uuid4().hex})
    if sent.status_code != 201:
        raise SystemExit(sent.text)


def cases(folder: Path, there: Gateway) -> tuple[str, dict[str, Case]]:
    """The servers on their databases, and the cookie of who asks them."""
    servers = {name: server_in(folder / name) for name in TOLD}
    base = servers[NONE]
    cookie = furnished(base)
    with base.running():
        resting(base, connected(base, there), there.prices()["AAPL"])
        for name in (SILENT, MUTE):
            copied(base.database, servers[name].database)
        ended = base.call("DELETE", f"/connections/{UUID(_column(base, 'id'))}")
        if not ended.ok:
            raise SystemExit(ended.text)
    return cookie, {
        NONE: Case(base, nothing, nothing),
        SILENT: Case(servers[SILENT], lambda: there.tell("speak"), lambda: hushed(there)),
        MUTE: Case(servers[MUTE], lambda: there.tell("hush"), nothing),
    }


def hushed(there: Gateway) -> None:
    """The server has asked the gateway, which then falls silent and is asked once more."""
    asked_again(there)
    there.tell("hush")
    asked_again(there)


def asked_again(there: Gateway) -> None:
    before = there.asked("/looks")
    until(lambda: there.asked("/looks") > before, "a job's question")


def take(case: Case, cookie: str) -> None:
    """One turn of a case."""
    case.before()
    with case.server.running():
        for page in PAGES:
            ask(case.server.port, page, cookie)
        case.after()
        before = _column(case.server, "state")
        case.turns.append(crowd(case.server.port, cookie))
        case.hung += _column(case.server, "state") == before


def _column(server: Server, name: str) -> str:
    with closing(sqlite3.connect(server.database)) as database:
        ((found,),) = database.execute(f"SELECT {name} FROM broker_connections")
        return str(found)


def crowd(port: int, cookie: str) -> list[float]:
    """So many requests at once, in milliseconds."""
    taken: list[float] = []
    start = threading.Barrier(AT_ONCE)

    def visit(number: int) -> None:
        start.wait()
        begin = time.perf_counter()
        ask(port, PAGES[number % len(PAGES)], cookie)
        taken.append((time.perf_counter() - begin) * 1000)

    threads = [threading.Thread(target=visit, args=(number,)) for number in range(AT_ONCE)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    if len(taken) < AT_ONCE:
        raise SystemExit("a request was not answered")
    return taken


def ask(port: int, page: str, cookie: str) -> None:
    """A page that has to come."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    with closing(connection):
        connection.request("GET", page, headers={"Cookie": cookie})
        answer = connection.getresponse()
        answer.read()
    if answer.status not in (200, 204):
        raise SystemExit(f"{page}: {answer.status}")


def report(found: dict[str, Case]) -> bool:
    """Print medians, and their ratios turn by turn; answers whether these are within the limit."""
    print(f"{'gateway':34}{'median ms':>10}{'p95 ms':>10}{'ratio':>8}{'limit':>8}{'hung to the end':>18}")
    base, is_good = [statistics.median(one) for one in found[NONE].turns], True
    for name, case in found.items():
        every = [taken for one in case.turns for taken in one]
        median, slow = statistics.median(every), statistics.quantiles(every, n=20)[-1]
        ratio = statistics.median(statistics.median(one) / mine for one, mine in zip(case.turns, base, strict=True))
        is_good = is_good and ratio <= LIMIT
        rest = "" if name is NONE else f"{ratio:8.2f}{LIMIT:8.2f}{case.hung:>13} of {TURNS}"
        print(f"{TOLD[name]:34}{median:10.0f}{slow:10.0f}{rest}")
    return is_good


def main() -> int:
    """Let the servers take turns, and print how they did."""
    with tempfile.TemporaryDirectory() as folder, running(Gateway, Path(folder)) as there:
        if not isinstance(there, Gateway):
            raise TypeError
        cookie, found = cases(Path(folder), there)
        for _ in range(TURNS):
            for case in found.values():
                take(case, cookie)
    return 0 if report(found) else 1


if __name__ == "__main__":
    raise SystemExit(main())

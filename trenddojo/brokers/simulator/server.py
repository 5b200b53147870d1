"""The simulated exchange as a process of its own, over HTTP, so that it outlives whoever trades on it.

    python -m trenddojo.brokers.simulator.server --ledger FILE [--port 0] [--seed 7] [--token WORD] [--faults JSON]

It prints its address. What was answered is in the ledger file, whatever kills the process. Amounts are strings, and an
order's status is the broker's own word. A call that the script lets time out, or whose answer it loses, ends with a cut
connection. POST and DELETE /faults add to the script and clear it.
"""

import json
import sys
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Mapping
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from requests import Session

from trenddojo.brokers.errors import BrokerError, BrokerErrorCode
from trenddojo.brokers.registry import spec_of
from trenddojo.brokers.simulator.client import MARKET_SEED, SimulatedClient
from trenddojo.brokers.simulator.fields import ALWAYS_OPEN, LATENCY_MS
from trenddojo.brokers.simulator.ledger_file import FileLedger
from trenddojo.brokers.simulator.server_calls import UNREADABLE, as_json, call_for, fault
from trenddojo.brokers.spec import Building
from trenddojo.domain.terms import Mode

_STATUSES = {
    BrokerErrorCode.AUTHENTICATION_FAILED: 401,
    BrokerErrorCode.SYMBOL_NOT_FOUND: 404,
    BrokerErrorCode.RATE_LIMIT_EXCEEDED: 429,
    BrokerErrorCode.API_ERROR: 500,
}


class Server(ThreadingHTTPServer):
    """Serves one connected client on this machine; with a token, only to who brings it."""

    daemon_threads = True

    def __init__(self, client: SimulatedClient, port: int = 0, token: str = "") -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.client = client
        self.token = token

    @property
    def address(self) -> str:
        """Where it is reached."""
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body leave together

    def do_GET(self) -> None:
        self._answer()

    do_POST = do_PATCH = do_DELETE = do_GET  # noqa: N815 - the names are http.server's

    def _answer(self) -> None:
        try:
            status, told = self._called()
        except BrokerError as error:
            if error.code is BrokerErrorCode.TIMEOUT:
                self.close_connection = True  # cut: whoever asked learns nothing
                return
            status = _STATUSES.get(error.code, 422)
            told = {"code": error.code, "message": error.message, "details": dict(error.details)}
        self._send(status, as_json(told))

    def _called(self) -> tuple[int, object]:
        fields = self._fields()
        if self.server.token and self.headers["Authorization"] != f"Bearer {self.server.token}":
            raise BrokerError("Unknown token.", BrokerErrorCode.AUTHENTICATION_FAILED, self.server.client.name)
        found = call_for(self.command, unquote(urlsplit(self.path).path))
        if found is None:
            return 404, {"message": "There is nothing here."}
        call, name = found
        try:
            return 200, call(self.server.client, name, fields)
        except UNREADABLE as error:
            return 400, {"message": f"Unreadable: {type(error).__name__}"}

    def _fields(self) -> Mapping[str, Any]:
        body = self.rfile.read(int(self.headers["Content-Length"] or 0))
        return dict(parse_qsl(urlsplit(self.path).query, keep_blank_values=True)) | (json.loads(body) if body else {})

    def _send(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Requests are not logged."""


class NoTokens:
    """The token store of a broker without a sign-in by redirect."""

    def read(self) -> Mapping[str, str]:
        """None."""
        return {}

    def write(self, tokens: Mapping[str, str]) -> None:
        """Raises TypeError: there is nothing to be kept."""
        raise TypeError("a simulated connection has no tokens")


def served(asked: Namespace) -> Server:
    """The server that the command line asks for."""
    building = Building(
        connection="server",
        mode=Mode.MOCK,
        credentials={},
        settings={ALWAYS_OPEN: "on", LATENCY_MS: str(asked.latency_ms)},
        clock=lambda: datetime.now(UTC),
        sleep=time.sleep,
        transport=Session,
        ledger=FileLedger(asked.ledger),
        tokens=NoTokens(),
    )
    client = SimulatedClient(spec_of(asked.broker), building, asked.seed)
    client.connect()
    for line in json.loads(asked.faults):
        client.faults.add(fault(line))
    return Server(client, asked.port, asked.token)


def main() -> None:
    """Serve until the process is ended."""
    parser = ArgumentParser(prog="python -m trenddojo.brokers.simulator.server")
    parser.add_argument("--ledger", type=Path, required=True)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--seed", type=int, default=MARKET_SEED)
    parser.add_argument("--broker", default="simulated")
    parser.add_argument("--latency-ms", type=int, default=0)
    parser.add_argument("--token", default="")
    parser.add_argument("--faults", default="[]")
    server = served(parser.parse_args())
    sys.stdout.write(f"{server.address}\n")
    sys.stdout.flush()
    server.serve_forever()


if __name__ == "__main__":
    main()

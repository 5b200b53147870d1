"""Toy's own server, for tests: an exchange on this machine with Toy's words, behind HTTP and a key."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from threading import Thread

from tests.brokers.subjects import Subject, building
from tests.brokers.toy.toy_broker.mapping import HELD, WORDS
from tests.conftest import Clock
from trenddojo.brokers.building import build_client
from trenddojo.brokers.http import session
from trenddojo.brokers.registry import spec_of
from trenddojo.brokers.simulator.client import SimulatedClient
from trenddojo.brokers.simulator.server import Server
from trenddojo.brokers.spec import BrokerSpec
from trenddojo.domain.terms import Mode

KEY = "TOY0key0TOY0key0"


def exchange_spec() -> BrokerSpec:
    """The exchange at Toy's, which tells an order's status in Toy's words."""
    words = {ours: word for word, ours in WORDS.items()}
    simulated = spec_of("simulated")
    return replace(simulated, profile=replace(simulated.profile, words=words, held_word=HELD))


@contextmanager
def toy_server(clock: Clock, key: str = KEY) -> Iterator[Server]:
    """The exchange at Toy's, where `key` opens one account."""
    client = SimulatedClient(exchange_spec(), building(Mode.MOCK, clock))
    client.connect()
    server = Server(client, token=key)
    thread = Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def toy_subject(spec: BrokerSpec, server: Server, clock: Clock) -> Subject:
    """A client of Toy's paper mode against that server."""
    built_from = building(
        Mode.PAPER, clock, credentials={"key": KEY}, settings={"address": server.address}, transport=session
    )
    return Subject(spec=spec, mode=Mode.PAPER, clock=clock, fresh=lambda: build_client(spec, built_from))

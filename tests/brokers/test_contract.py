"""The contract suite over every registered broker and each of its modes."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

import pytest

from tests.brokers.alpaca.subject import alpaca_subject
from tests.brokers.contract import *  # noqa: F403 - the checks
from tests.brokers.interactive_brokers.subject import ibkr_subject
from tests.brokers.subjects import Subject, simulated
from trenddojo.brokers.registry import specs
from trenddojo.brokers.spec import BrokerSpec
from trenddojo.domain.terms import Mode


@contextmanager
def _at_alpaca(mode: Mode) -> Iterator[Subject]:
    with alpaca_subject(mode) as (made, _venue):
        yield made


@contextmanager
def _at_ibkr(mode: Mode) -> Iterator[Subject]:
    with ibkr_subject(mode) as (made, _gateway):
        yield made


_LOCAL = {"alpaca": _at_alpaca, "interactive_brokers": _at_ibkr}


def _subject(spec: BrokerSpec, mode: Mode) -> AbstractContextManager[Subject]:
    """How each is set up; a mode that reaches a real broker brings a local one. Raises KeyError for one without."""
    return nullcontext(simulated(spec)) if mode is Mode.MOCK else _LOCAL[spec.name](mode)


@pytest.fixture(params=[(spec, mode) for spec in specs() for mode in sorted(spec.modes)],
                ids=lambda pair: f"{pair[0].name}-{pair[1]}")  # fmt: skip
def subject(request: pytest.FixtureRequest) -> Iterator[Subject]:
    with _subject(*request.param) as made:
        yield made

"""The contract suite over every registered broker and each of its modes."""

from collections.abc import Callable

import pytest

from tests.brokers.contract import *  # noqa: F403 - the checks
from tests.brokers.subjects import Subject, simulated
from trenddojo.brokers.registry import specs
from trenddojo.brokers.spec import BrokerSpec
from trenddojo.domain.terms import Mode

SUBJECTS: dict[tuple[str, Mode], Callable[[BrokerSpec], Subject]] = {
    (spec.name, Mode.MOCK): simulated for spec in specs()
}
"""How each is set up; a mode that reaches a real broker brings a stub of it."""


@pytest.fixture(params=[(spec, mode) for spec in specs() for mode in sorted(spec.modes)],
                ids=lambda pair: f"{pair[0].name}-{pair[1]}")  # fmt: skip
def subject(request: pytest.FixtureRequest) -> Subject:
    spec, mode = request.param
    return SUBJECTS[spec.name, mode](spec)

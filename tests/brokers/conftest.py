"""The contract's checks are asserted like any test's."""

import pytest

pytest.register_assert_rewrite("tests.brokers.contract")

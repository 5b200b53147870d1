"""What every broker's client must do, in every mode: checks that a test module runs with a `subject` of its own.

    from tests.brokers.contract import *

`subject` is a fixture of that module's, a `tests.brokers.subjects.Subject`.
"""

# ruff: noqa: F403 - the checks are what is imported
from tests.brokers.contract.account import *
from tests.brokers.contract.connection import *
from tests.brokers.contract.fills import *
from tests.brokers.contract.market import *
from tests.brokers.contract.orders import *

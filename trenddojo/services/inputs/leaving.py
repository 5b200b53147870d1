"""What is asked of an account's fills that leave for another journal."""

from trenddojo.services.inputs.reports import PeriodQuery
from trenddojo.services.inputs.types import Id


class LeavingQuery(PeriodQuery):
    """An account and its dates, both included; without one from its first, or to its last."""

    account: Id

"""What the reports may be asked for."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import BeforeValidator, Field

from trenddojo.services.breakdowns import Breakdown
from trenddojo.services.inputs.base import Input
from trenddojo.services.inputs.kinds import is_blank
from trenddojo.services.inputs.types import OptionalDay
from trenddojo.services.spans import Period

_BLANK = BeforeValidator(lambda value: None if is_blank(value) else value)


class PeriodQuery(Input):
    """A period by name, or from a date to a date; without any, this year to date."""

    period: Annotated[Period | None, _BLANK] = None
    since: OptionalDay = Field(None, alias="from")
    until: OptionalDay = Field(None, alias="to")

    def problems(self) -> Mapping[str, str]:
        """Dates the wrong way round."""
        if self.since and self.until and self.until < self.since:
            return {"to": f"Must not be before the first day, {self.since}."}
        return {}

    @property
    def is_custom(self) -> bool:
        """Whether the period is given by dates."""
        return self.since is not None or self.until is not None

    @property
    def named(self) -> Period | None:
        """The period by name; None where it is given by dates."""
        return None if self.is_custom else self.period or Period.YEAR


class ReportQuery(PeriodQuery):
    """A period, and `by` how trades are grouped."""

    by: Annotated[Breakdown | None, _BLANK] = None

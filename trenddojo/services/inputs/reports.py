"""What the reports may be asked for."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from pydantic import BeforeValidator, Field, ValidationInfo

from trenddojo.domain.terms import MANUAL, Direction, Mode
from trenddojo.services.breakdowns import Breakdown
from trenddojo.services.inputs.base import Input
from trenddojo.services.inputs.kinds import Kind, is_blank, refuse, text
from trenddojo.services.inputs.types import Label, OptionalDay, Quality, Symbol
from trenddojo.services.spans import Period
from trenddojo.store.closed import ClosedFilter

ALL_ACCOUNTS = "all"
_BLANK = BeforeValidator(lambda value: None if is_blank(value) else value)


class AccountMode(StrEnum):
    """What accounts can be taken together by: their mode, or that they are kept by hand."""

    MANUAL = MANUAL
    MOCK = Mode.MOCK.value
    PAPER = Mode.PAPER.value
    LIVE = Mode.LIVE.value

    @classmethod
    def of(cls, mode: Mode | None) -> "AccountMode":
        """An account's mode as it is asked for."""
        return cls(mode) if mode else cls.MANUAL


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


def _account(value: Any, _info: ValidationInfo) -> UUID | str:
    if value == ALL_ACCOUNTS:
        return ALL_ACCOUNTS
    try:
        return UUID(str(value))
    except ValueError:
        raise refuse("Choose one of your accounts, or all.") from None


AccountOrAll = Annotated[UUID | str, Kind(_account, {"type": "string", "description": "an id, or all"})]


class ReportQuery(PeriodQuery):
    """A period, `by` how trades are grouped, and which trades of which accounts; without an answer all of the one.

    `account` is an id, or `all` for those of one `mode`, whose amounts are never added to those of another.
    """

    by: Annotated[Breakdown | None, _BLANK] = None
    tag: Annotated[str, text(0, 30)] = ""
    setup: Label = ""
    symbol: Annotated[Symbol | None, _BLANK] = None
    direction: Annotated[Direction | None, _BLANK] = None
    quality: Quality = None
    market: Label = ""
    account: Annotated[AccountOrAll | None, _BLANK] = None
    mode: Annotated[AccountMode | None, _BLANK] = None

    def problems(self) -> Mapping[str, str]:
        """Dates the wrong way round, and a mode where one account is asked for."""
        found = dict(super().problems())
        if self.mode and self.account != ALL_ACCOUNTS:
            found["mode"] = "Says which accounts are taken together: send it with account=all."
        return found

    @property
    def grouping(self) -> Breakdown:
        """What trades are grouped by: their setup unless asked otherwise."""
        return self.by or Breakdown.SETUP

    @property
    def filter(self) -> ClosedFilter:
        """Which closed trades are meant."""
        return ClosedFilter(
            tag=self.tag,
            setup=self.setup,
            symbol=self.symbol or "",
            direction=self.direction,
            quality=self.quality,
            market=self.market,
        )

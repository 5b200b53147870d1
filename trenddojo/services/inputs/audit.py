"""What the audit log may be asked."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field

from trenddojo.domain.equity import start_of
from trenddojo.services.inputs.base import Input
from trenddojo.services.inputs.kinds import is_blank, whole
from trenddojo.services.inputs.types import OptionalDay, OptionalId
from trenddojo.store.areas import Area
from trenddojo.store.audit_log import Filters

LAST = 999_999_999
_BLANK = BeforeValidator(lambda value: None if is_blank(value) else value)


class AuditQuery(Input):
    """Which acts, the newest first. `from` and `to` are dates in the asking person's zone, both included.

    `person` and `account` are ids, `after` is the number of the last entry of the page before.
    """

    person: OptionalId = None
    account: OptionalId = None
    area: Annotated[Area | None, _BLANK] = None
    since: OptionalDay = Field(None, alias="from")
    until: OptionalDay = Field(None, alias="to")
    after: Annotated[Annotated[int, whole(1, LAST)] | None, _BLANK] = None

    def problems(self) -> Mapping[str, str]:
        """Dates the wrong way round."""
        if self.since and self.until and self.until < self.since:
            return {"to": f"Must not be before the first day, {self.since}."}
        return {}

    def filters(self, zone: ZoneInfo) -> Filters:
        """Which entries are meant, where a day is one of `zone`."""
        return Filters(
            person=self.person,
            account=self.account,
            area=self.area,
            since=start_of(self.since, zone) if self.since else None,
            until=start_of(self.until + timedelta(days=1), zone) if self.until else None,
        )

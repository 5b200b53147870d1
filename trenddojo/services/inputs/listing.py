"""What the trades list may be asked for: the words of its address, which a person may type or share."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from pydantic import BeforeValidator, Field, ValidationInfo

from trenddojo.domain.money import DIGITS, MONEY_PLACES, RATIO_PLACES
from trenddojo.domain.terms import Direction, TradeStatus
from trenddojo.services.inputs.base import Input
from trenddojo.services.inputs.kinds import EARLIEST, LATEST, Kind, is_blank, refuse, text
from trenddojo.services.inputs.types import OptionalDay
from trenddojo.store.listing import Filters, Order, Place, Result, Sort

ANY_ACCOUNT = "any"
_SEPARATOR = "~"
_BLANK = BeforeValidator(lambda value: None if is_blank(value) else value)
_LOST = "This is no place in this list. Begin again from the first page."


class Shown(StrEnum):
    """Which trades by their state: one status, or all plans."""

    PLANS = "plans"
    PLANNING = "planning"
    PENDING = "pending"
    ACTIVE = "active"
    CLOSED = "closed"
    CANCELLED = "cancelled"

    @property
    def statuses(self) -> tuple[TradeStatus, ...]:
        """The statuses meant."""
        if self is Shown.PLANS:
            return TradeStatus.PLANNING, TradeStatus.PENDING
        return (TradeStatus(self.value),)


def _account(value: Any, _info: ValidationInfo) -> UUID | str:
    if value == ANY_ACCOUNT:
        return ANY_ACCOUNT
    try:
        return UUID(str(value))
    except ValueError:
        raise refuse("Choose one of your accounts, or any.") from None


def _order(value: Any, _info: ValidationInfo) -> Order:
    name = str(value)
    if name.removeprefix("-") not in set(Sort):
        raise refuse(f"Choose one of {', '.join(Sort)}, with - before it for descending.")
    return Order(Sort(name.removeprefix("-")), name.startswith("-"))


class ListQuery(Input):
    """One page of the list. `account` is empty for the one at hand; `after` and `before` are places as `spelled`."""

    account: Annotated[Annotated[UUID | str, Kind(_account, {"type": "string"})] | None, _BLANK] = None
    status: Annotated[Shown | None, _BLANK] = None
    side: Annotated[Direction | None, _BLANK] = None
    setup: Annotated[str, text(0, 60)] = ""
    tag: Annotated[str, text(0, 30)] = ""
    q: Annotated[str, text(0, 32)] = ""
    result: Annotated[Result | None, _BLANK] = None
    since: OptionalDay = Field(None, alias="from")
    until: OptionalDay = Field(None, alias="to")
    sort: Annotated[Annotated[Order, Kind(_order, {"type": "string"})] | None, _BLANK] = None
    after: Annotated[str, text(0, 120)] = ""
    before: Annotated[str, text(0, 120)] = ""

    def problems(self) -> Mapping[str, str]:
        """Dates the wrong way round, and places that are none in this order."""
        found = {}
        if self.since and self.until and self.until < self.since:
            found["to"] = f"Must not be before the first day, {self.since}."
        for name in ("after", "before"):
            if (spelled := getattr(self, name)) and read_place(spelled, self.order.by) is None:
                found[name] = _LOST
        return found

    @property
    def order(self) -> Order:
        """The order asked for: newest first if none was."""
        return self.sort or Order()

    @property
    def backwards(self) -> bool:
        """Whether the page ends before a place instead of beginning after one."""
        return bool(self.before)

    @property
    def place(self) -> Place | None:
        """The place that the page begins after or ends before; None for the first page."""
        spelled = self.before or self.after
        return read_place(spelled, self.order.by) if spelled else None

    @property
    def filters(self) -> Filters:
        """Which trades are meant."""
        return Filters(
            statuses=self.status.statuses if self.status else (),
            direction=self.side,
            setup=self.setup,
            tag=self.tag,
            query=self.q,
            result=self.result,
            since=self.since,
            until=self.until,
        )


def spelled(place: Place) -> str:
    """A place as text for an address: the sort value, empty where there is none, and the id."""
    value = place.value
    shown = "" if value is None else value.isoformat() if isinstance(value, datetime) else str(value)
    return f"{shown}{_SEPARATOR}{place.id.hex}"


def read_place(spelled: str, by: Sort) -> Place | None:
    """The place that `spelled` names in the order `by`; None if it names none."""
    shown, _, identity = spelled.rpartition(_SEPARATOR)
    try:
        return Place(_value(shown, by), UUID(hex=identity))
    except (ValueError, InvalidOperation):
        return None


def _value(shown: str, by: Sort) -> datetime | Decimal | str | None:
    if by is Sort.SYMBOL:
        return shown
    if by is Sort.OPENED or (by is Sort.CLOSED and shown):
        return _moment(shown)
    return _figure(shown, MONEY_PLACES if by is Sort.PNL else RATIO_PLACES) if shown else None


def _moment(shown: str) -> datetime:
    found = datetime.fromisoformat(shown)
    if found.tzinfo is None or not EARLIEST.year <= found.year <= LATEST.year:
        raise ValueError(shown)
    return found


def _figure(shown: str, places: int) -> Decimal:
    """A number that fits its column: a finite one without more places or digits."""
    found = Decimal(shown)
    if not found.is_finite() or found.adjusted() >= DIGITS - places or found.normalize().as_tuple().exponent < -places:  # type: ignore[operator]
        raise ValueError(shown)
    return found

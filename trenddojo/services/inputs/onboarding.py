"""What a person wants imported of what an account held and traded before its books begin here."""

from collections.abc import Mapping
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, Field

from trenddojo.services.inputs import kinds
from trenddojo.services.inputs.base import Input
from trenddojo.services.inputs.types import OptionalDay, OptionalPrice, Symbol

MOST = 1000
BOTH: Final = "Say one of the two: a stop, or that it has none."
TWICE: Final = "This is named twice."


def _objects(value: Any) -> Any:
    """A list of objects; what is wrong within one is said by its place and field, such as `positions.0.stop`."""
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(one, Mapping | Input) for one in value):
        raise kinds.refuse("Send a list of objects.")
    if len(value) > MOST:
        raise kinds.refuse(f"At most {MOST} of them.")
    return value


_FLAG = BeforeValidator(lambda value: False if value in (None, "") else value)
_OBJECTS = BeforeValidator(_objects)


class PositionWanted(Input):
    """An open position to import.

    `stop` is where its stop is now, or `without_stop` says that it has none. `initial_stop` is the one that it was
    entered with, of which R is made; left empty, that is `stop` where it is still on the losing side of the entry.
    `entered_on` is needed where the broker does not tell the fills.
    """

    symbol: Symbol
    stop: OptionalPrice = None
    without_stop: Annotated[bool, _FLAG] = False
    initial_stop: OptionalPrice = None
    entered_on: OptionalDay = None

    def problems(self) -> Mapping[str, str]:
        """A stop and none at once."""
        return {"stop": BOTH} if self.without_stop and self.stop is not None else {}


class TripWanted(Input):
    """A closed trade to import, named by its first fill. Without `initial_stop` it has no R."""

    first_fill: Annotated[str, kinds.text(1, 200)]
    initial_stop: OptionalPrice = None


class ImportInput(Input):
    """What to import: open positions by their symbols, closed trades by their first fills."""

    positions: Annotated[list[PositionWanted], _OBJECTS] = Field(default_factory=list)
    trades: Annotated[list[TripWanted], _OBJECTS] = Field(default_factory=list)

    def problems(self) -> Mapping[str, str]:
        """What single positions object to, and whatever is named twice."""
        found = {
            f"positions.{place}.{field}": sentence
            for place, one in enumerate(self.positions)
            for field, sentence in one.problems().items()
        }
        for name, ids in (("symbol", [one.symbol for one in self.positions]), ("first_fill", self._fills)):
            group = "positions" if name == "symbol" else "trades"
            found |= {f"{group}.{place}.{name}": TWICE for place, one in enumerate(ids) if one in ids[:place]}
        return found

    @property
    def _fills(self) -> list[str]:
        return [one.first_fill for one in self.trades]

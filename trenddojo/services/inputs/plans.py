"""What a person sends to size an entry, to plan a trade, and to change a plan."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any, Final
from uuid import UUID

from pydantic import BeforeValidator, Field, ValidationInfo

from trenddojo.domain.plans import check_plan
from trenddojo.domain.terms import AssetType, Direction, OptionRight
from trenddojo.services.inputs import types
from trenddojo.services.inputs.base import Input
from trenddojo.services.inputs.kinds import Kind, is_blank, refuse

REQUIRED: Final = "This is required."
LARGEST_CHECKLIST = 200
CONTRACTS: Final = (AssetType.OPTION, AssetType.FUTURE)
"""Asset types whose multiplier and expiry have to be told."""


def _ids() -> Kind:
    """Ids of checklist items, as a list or as one id; repeated ones count once."""

    def read(value: Any, _info: ValidationInfo) -> list[UUID]:
        sent = [] if is_blank(value) else value if isinstance(value, list) else [value]
        if len(sent) > LARGEST_CHECKLIST:
            raise refuse(f"At most {LARGEST_CHECKLIST} of them.")
        return list(dict.fromkeys(_id(one) for one in sent))

    items = {"type": "string", "format": "uuid"}
    return Kind(read, {"type": "array", "items": items, "maxItems": LARGEST_CHECKLIST})


def _id(value: Any) -> UUID:
    try:
        return UUID(str(value))
    except ValueError:
        raise refuse("Send the ids of checklist items.") from None


_BLANK = BeforeValidator(lambda value: None if is_blank(value) else value)

ItemIds = Annotated[list[UUID], _ids()]
OptionalMultiplier = Annotated[types.Multiplier | None, _BLANK]
OptionalCurrency = Annotated[types.Currency | None, _BLANK]
OptionalSymbol = Annotated[types.Symbol | None, _BLANK]
OptionalDirection = Annotated[Direction | None, _BLANK]
OptionalAssetType = Annotated[AssetType | None, _BLANK]
OptionalRight = Annotated[OptionRight | None, _BLANK]


class SizingInput(Input):
    """One entry to size. Prices are in the instrument's currency.

    Left empty: `risk_percent` takes the account's maximum, `quantity` the largest that is allowed, `currency` the
    account's, `lot` and `multiplier` what is usual for the asset type (options and futures have no usual multiplier),
    `sector` the one that the symbol has on the account.
    `fx` is what one unit of `currency` is worth in the account's; `initial_margin` is a future's, of one contract.
    """

    symbol: OptionalSymbol = None
    direction: Direction
    entry: types.Price
    stop: types.Price
    target_1: types.OptionalPrice = None
    target_2: types.OptionalPrice = None
    risk_percent: types.OptionalRiskPercent = None
    quantity: types.OptionalQuantity = None
    asset_type: AssetType = AssetType.STOCK
    multiplier: OptionalMultiplier = None
    lot: types.OptionalQuantity = None
    currency: OptionalCurrency = None
    fx: types.OptionalFxRate = None
    initial_margin: types.OptionalPrice = None
    correlation_group: types.Label = ""
    sector: types.Label = ""
    exchange: types.Exchange = ""
    expiry: types.OptionalDay = None
    strike: types.OptionalPrice = None
    right: OptionalRight = None

    @property
    def targets(self) -> tuple[Decimal, ...]:
        """The targets that are set, the first one first."""
        return tuple(target for target in (self.target_1, self.target_2) if target is not None)

    def problems(self) -> Mapping[str, str]:
        """Prices on the wrong side of the entry, and a contract without its multiplier."""
        found = self._price_problems()
        if self.asset_type in CONTRACTS and self.multiplier is None:
            found["multiplier"] = REQUIRED
        if self.asset_type is not AssetType.FUTURE and self.initial_margin is not None:
            found["initial_margin"] = "Only a future has an initial margin."
        return found

    def _price_problems(self) -> dict[str, str]:
        found = check_plan(self.direction, self.entry, self.stop, self.targets)
        if self.target_1 is None and "target_1" in found:
            found["target_2"] = found.pop("target_1")  # the only target that is set is the second
        return found


class _Words(Input):
    """What a plan says beside its figures.

    `checklist` holds the ids of the items that are checked; `planned_at` left empty is now.
    """

    setup: types.Label = ""
    quality: types.Quality = None
    market_condition: types.Label = ""
    timeframe: types.Label = ""
    label: types.Label = ""
    thesis: types.OptionalProse = ""
    tags: types.Tags = Field(default_factory=list)
    checklist: ItemIds = Field(default_factory=list)
    planned_at: types.OptionalInstant = None


class PlanInput(SizingInput, _Words):
    """A trade's plan."""

    symbol: types.Symbol

    def problems(self) -> Mapping[str, str]:
        """What sizing objects to, and terms that the asset type needs or cannot have."""
        return {**super().problems(), **self._contract_problems()}

    def _contract_problems(self) -> dict[str, str]:
        needed = {
            "expiry": self.asset_type in CONTRACTS,
            "strike": self.asset_type is AssetType.OPTION,
            "right": self.asset_type is AssetType.OPTION,
        }
        found = {}
        for field, wanted in needed.items():
            is_given = getattr(self, field) is not None
            if wanted and not is_given:
                found[field] = REQUIRED
            if is_given and not wanted:
                found[field] = f"Leave this empty: the type is {self.asset_type}."
        return found


class PlanChange(_Words):
    """Some fields of a plan to change; those that are not sent stay, and null or empty clears what may be empty."""

    symbol: OptionalSymbol = None
    direction: OptionalDirection = None
    entry: types.OptionalPrice = None
    stop: types.OptionalPrice = None
    target_1: types.OptionalPrice = None
    target_2: types.OptionalPrice = None
    risk_percent: types.OptionalRiskPercent = None
    quantity: types.OptionalQuantity = None
    asset_type: OptionalAssetType = None
    multiplier: OptionalMultiplier = None
    lot: types.OptionalQuantity = None
    currency: OptionalCurrency = None
    fx: types.OptionalFxRate = None
    initial_margin: types.OptionalPrice = None
    correlation_group: types.Label = ""
    sector: types.Label = ""
    exchange: types.Exchange = ""
    expiry: types.OptionalDay = None
    strike: types.OptionalPrice = None
    right: OptionalRight = None

    def problems(self) -> Mapping[str, str]:
        """Required fields that were sent empty."""
        needed = ("symbol", "direction", "entry", "stop", "asset_type")
        return {field: REQUIRED for field in needed if field in self.model_fields_set and getattr(self, field) is None}

    def applied_to(self, plan: PlanInput) -> PlanInput:
        """`plan` with the changes; whether its fields still fit each other is for its `problems` to say.

        Another currency drops the old one's rate, another symbol the old one's sector.
        """
        update = {field: getattr(self, field) for field in self.model_fields_set}
        if update.get("symbol", plan.symbol) != plan.symbol and update.get("sector", plan.sector) == plan.sector:
            update["sector"] = ""
        if "currency" in update and update["currency"] != plan.currency:
            update.setdefault("fx", None)
        return plan.model_copy(update=update)

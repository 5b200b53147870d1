"""How answers are written: decimals as plain text, moments as ISO 8601 in UTC, unknown facts as null."""

from decimal import Decimal
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, ConfigDict, PlainSerializer, WithJsonSchema

from trenddojo.domain.money import EXACT, MONEY_PLACES, RATIO_PLACES, rounded

_PERCENT_PLACES = 4


class Output(BaseModel):
    """An immutable answer, made from anything that has its fields. Serializers are built at a model's first use."""

    model_config: ClassVar[ConfigDict] = ConfigDict(
        frozen=True, from_attributes=True, defer_build=True, validate_by_name=True, validate_by_alias=True
    )

    def as_json(self) -> dict[str, Any]:
        """The answer as plain JSON values."""
        return self.model_dump(mode="json")


def plain(value: Decimal) -> str:
    """An exact decimal without exponent and trailing zeros: 146.2, 0, -0.05."""
    text = f"{EXACT.plus(value):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _money(value: Decimal) -> str:
    return f"{rounded(value, MONEY_PLACES):f}"


def _ratio(value: Decimal) -> str:
    return plain(rounded(value, RATIO_PLACES))


def _percent(value: Decimal) -> str:
    return plain(rounded(value, _PERCENT_PLACES))


def _described(what: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "format": "decimal", "description": what})


Exact = Annotated[Decimal, PlainSerializer(plain, return_type=str), _described("in plain digits")]
Money = Annotated[Decimal, PlainSerializer(_money, return_type=str), _described("money, 2 decimal places")]
Ratio = Annotated[Decimal, PlainSerializer(_ratio, return_type=str), _described("at most 9 decimal places")]
Percent = Annotated[Decimal, PlainSerializer(_percent, return_type=str), _described("percent points: 1 means 1%")]

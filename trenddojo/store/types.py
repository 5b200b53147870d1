"""Column types that keep numbers exact and times aware in SQLite and PostgreSQL alike."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, DateTime, Enum, Numeric
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator, TypeEngine

from trenddojo.domain import money


class OutOfScale(ValueError):
    """A number has more places or more digits than its column declares; nothing is rounded in silence."""


class Scaled(TypeDecorator[Decimal]):
    """An exact decimal of `places` places and at most 18 digits.

    PostgreSQL keeps a NUMERIC. SQLite's NUMERIC is a float, so there the column is a 64-bit integer of units of
    10^-places; its SUM is integer arithmetic and refuses to overflow, so sums are exact in both.

    Raises OutOfScale when a value does not fit.
    """

    impl = Numeric
    cache_ok = True

    def __init__(self, places: int) -> None:
        super().__init__(precision=money.DIGITS, scale=places)
        self.places = places

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """A 64-bit integer on SQLite, NUMERIC elsewhere."""
        if dialect.name == "sqlite":
            return dialect.type_descriptor(BigInteger())
        return dialect.type_descriptor(Numeric(money.DIGITS, self.places))

    def process_bind_param(self, value: Decimal | int | None, dialect: Dialect) -> Any:
        """Refuse what does not fit, then hand over units (SQLite) or the number itself."""
        if value is None:
            return None
        number = Decimal(value)
        if not number.is_finite():
            raise OutOfScale(f"{number} is not a finite number")
        units = number.scaleb(self.places, money.EXACT)
        if units != units.to_integral_value():
            raise OutOfScale(f"{number} has more than {self.places} decimal places")
        if abs(units) >= 10**money.DIGITS:
            raise OutOfScale(f"{number} has more than {money.DIGITS - self.places} digits before the point")
        return int(units) if dialect.name == "sqlite" else number

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        """The number with exactly its declared places."""
        return None if value is None else money.rounded(value, self.places)

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Decimal | None] | None:
        """How SQLite's units are read: in one call, because a page may read thousands of them."""
        if dialect.name != "sqlite":
            return super().result_processor(dialect, coltype)
        exponent = -self.places

        def read(units: int | None) -> Decimal | None:
            return None if units is None else Decimal(units).scaleb(exponent)

        return read


class Utc(TypeDecorator[datetime]):
    """An instant: aware in Python, timestamptz in PostgreSQL, UTC text in SQLite. Raises ValueError when naive."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Store in UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone cannot be stored")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Read as UTC."""
        if value is None:
            return None
        return value.astimezone(UTC)

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], datetime | None] | None:
        """How SQLite's texts are read: in one call, because a page may read thousands of them."""
        return _utc_of_text if dialect.name == "sqlite" else super().result_processor(dialect, coltype)


def _utc_of_text(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text).replace(tzinfo=UTC)


Price = Scaled(money.PRICE_PLACES)
Rate = Scaled(money.FX_PLACES)
Quantity = Scaled(money.QUANTITY_PLACES)
Money = Scaled(money.MONEY_PLACES)
Ratio = Scaled(money.RATIO_PLACES)


def words(choices: type[StrEnum], name: str = "") -> Enum:
    """A column that holds one of the words of `choices`, checked by the database.

    A table's second column of the same choices needs a `name` of its own.
    """
    return Enum(
        choices,
        native_enum=False,
        create_constraint=True,
        length=24,
        name=name or choices.__name__.lower(),
        values_callable=lambda kind: [member.value for member in kind],
    )

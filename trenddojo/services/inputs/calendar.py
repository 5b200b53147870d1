"""What the calendar may be asked for."""

from enum import StrEnum
from typing import Annotated

from pydantic import BeforeValidator, Field

from trenddojo.services.inputs.base import Input
from trenddojo.services.inputs.kinds import is_blank


class Unit(StrEnum):
    """In what a day is told: in money, what it realised; in R, the results of the trades that closed on it."""

    MONEY = "money"
    R = "r"


class CalendarQuery(Input):
    """Money or R; money unless asked otherwise."""

    unit: Annotated[Unit | None, BeforeValidator(lambda value: None if is_blank(value) else value)] = Field(
        None, alias="in"
    )

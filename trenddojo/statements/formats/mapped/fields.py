"""The fields that a person may name the columns of."""

from collections.abc import Mapping
from types import MappingProxyType

from trenddojo.statements.columns import Aliases
from trenddojo.statements.format import Need, Options, Unreadable, Unsettled

FIELDS: Mapping[str, str] = MappingProxyType(
    {
        "date": "Date, or date and time",
        "time": "Time",
        "symbol": "Symbol",
        "side": "Buy or sell; without it the sign of the quantity tells",
        "quantity": "Quantity",
        "price": "Price",
        "commission": "Commission",
        "fees": "Other fees",
        "effect": "Open or close",
        "currency": "Currency",
        "fx": "Rate to the account's currency",
        "asset_type": "Kind of instrument",
        "expiry": "Expiry",
        "strike": "Strike",
        "right": "Call or put",
        "multiplier": "Multiplier",
        "account": "Account",
        "key": "Number of the fill",
        "note": "Note",
        "tags": "Tags, with commas between them",
    }
)
"""Our names of the fields, and what to ask for, in the order in which to ask."""

NEEDED = ("date", "symbol", "quantity", "price")
"""The fields without which no fill is told."""


def aliases_of(options: Options) -> Aliases:
    """The columns that a person named, by field.

    Raises Unsettled where a needed one is not named, and Unreadable for a field that there is none of.
    """
    named = {field: (column,) for field, column in options.columns.items() if column.strip()}
    if missing := [FIELDS[field] for field in NEEDED if field not in named]:
        raise Unsettled(Need.COLUMNS, f"Say which columns of the file these are: {', '.join(missing)}.")
    if strange := [field for field in named if field not in FIELDS]:
        raise Unreadable(f"There is no field “{strange[0]}”. The fields are {', '.join(FIELDS)}.")
    return named
